"""Read the published scheduling sets as levelling problems, where they lie.

Resource-constrained projects of PSPLIB (Kolisch and Sprecher 1997, files in the Patterson form)
and job shops (Fisher and Thompson 1963, Lawrence 1984), each with its proven optimum.
"""

import csv
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from domain.levelling.problem import Job, Precedence, Problem, Resource


class Instance(NamedTuple):
    """One published problem, its proven optimum, and the length it has without any resource."""

    name: str
    problem: Problem
    optimum: int
    longest_path: int | None = None


def projects(shared: Path) -> list[Instance]:
    """Return the resource-constrained projects, by name."""
    folder = shared / "data" / "psplib"
    with (folder / "bounds.csv").open() as table:
        bounds = {row["instance"]: row for row in csv.DictReader(table)}
    found = []
    with tarfile.open(folder / "j30-sets-01-24.tar.xz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None or not member.name.endswith(".rcp"):
                continue
            name = Path(member.name).stem
            optimum, longest = (int(bounds[name][each]) for each in ("optimum", "longest_path"))
            found.append(Instance(name, _project(content.read().decode()), optimum, longest))
    return sorted(found)


def job_shops(shared: Path) -> Iterator[Instance]:
    """Yield the job shops, by name."""
    folder = shared / "data" / "jobshop"
    with (folder / "bounds.csv").open() as table:
        for row in csv.DictReader(table):
            text = (folder / f"{row['instance']}.txt").read_text()
            yield Instance(row["instance"], _job_shop(text), int(row["optimum"]))


def _project(text: str) -> Problem:
    numbers = iter(map(int, text.split()))
    count, kinds = next(numbers), next(numbers)
    resources = tuple(Resource(f"r{number}", ((0, next(numbers)),)) for number in range(kinds))
    jobs, links = [], []
    for job in range(1, count + 1):
        duration = next(numbers)
        demands = tuple((resource.id, next(numbers)) for resource in resources)
        jobs.append(Job(str(job), duration, demands))
        links += [Precedence(str(job), str(next(numbers))) for _ in range(next(numbers))]
    return Problem(tuple(jobs), tuple(links), resources)


def _job_shop(text: str) -> Problem:
    (count, machines), *rows = (
        list(map(int, line.split())) for line in text.splitlines() if line.strip()
    )
    jobs, links = [], []
    for job, row in enumerate(rows[:count]):
        for step, (machine, duration) in enumerate(zip(row[::2], row[1::2], strict=True)):
            jobs.append(Job(f"{job}.{step}", duration, ((f"m{machine}", 1),)))
            if step:
                links.append(Precedence(f"{job}.{step - 1}", f"{job}.{step}"))
    resources = tuple(Resource(f"m{machine}", ((0, 1),)) for machine in range(machines))
    return Problem(tuple(jobs), tuple(links), resources)
