"""Critical paths that textbooks print and benchmark sets publish."""

import csv
import json
import tarfile
from pathlib import Path

import pytest

from domain.kernel.calendar import ELAPSED
from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Link, Network, Schedule

EXAMPLES = ("cpm-vanhoucke2014-p1", "cpm-three-parallel")
INSTANCES = 240


def on_the_clock(durations: dict[str, int], links: list[tuple[str, str]]) -> Schedule:
    """Schedule finish-to-start links in which every minute counts, from minute 0."""
    return schedule(
        Network(
            project_start=0,
            calendars={"24h": ELAPSED},
            default_calendar="24h",
            activities=tuple(Activity(each, length) for each, length in durations.items()),
            links=tuple(Link(f"{pred}-{succ}", pred, succ) for pred, succ in links),
        )
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_printed_early_and_late_dates_and_critical_activities_come_out(
    name: str, shared: Path
) -> None:
    example = json.loads((shared / "data" / "worked-examples" / f"{name}.json").read_text())
    planned = on_the_clock(example["durations"], [tuple(link) for link in example["links"]])
    published = example["published"]
    rows = planned.phases
    assert {
        each: [row.early_start, row.early_finish, row.late_start, row.late_finish]
        for each, row in rows.items()
    } == published["times"]
    assert planned.finish == published["project_duration"]
    assert {each for each, row in rows.items() if row.critical} == set(published["critical"])
    assert {each for each, row in rows.items() if row.on_longest_path} == set(published["critical"])


def test_all_resource_free_lengths_of_the_benchmark_projects_come_out(shared: Path) -> None:
    folder = shared / "data" / "psplib"
    with (folder / "bounds.csv").open() as table:
        longest = {row["instance"]: int(row["longest_path"]) for row in csv.DictReader(table)}
    found = {}
    with tarfile.open(folder / "j30-sets-01-24.tar.xz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None and member.name.endswith(".rcp"):
                found[Path(member.name).stem] = length_of(content.read().decode())
    assert len(longest) == INSTANCES
    assert found == longest


def length_of(text: str) -> int:
    """Return the project length of a benchmark project (.rcp) without regard to resources."""
    numbers = iter(map(int, text.split()))
    jobs, resources = next(numbers), next(numbers)
    for _ in range(resources):
        next(numbers)
    durations, links = {}, []
    for job in range(1, jobs + 1):
        durations[f"{job:02}"] = next(numbers)
        for _ in range(resources):
            next(numbers)
        links += [(f"{job:02}", f"{next(numbers):02}") for _ in range(next(numbers))]
    return on_the_clock(durations, links).finish
