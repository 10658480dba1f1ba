"""Hold the import of plans to all or nothing, once, with the actuals the file tells."""

import json
from pathlib import Path
from typing import Any

import pytest

from consumers.bootstrap import System
from consumers.plan_import import import_plan_file
from domain.kernel.refusals import DomainError
from tests.unit.consumers.systems import StandingClock, system_in

PLAN: dict[str, Any] = {
    "format": "takt.plan/1",
    "project": {
        "id": "PRJ-7",
        "name": "Press line",
        "start": "2026-03-02T08:00",
        "zone": "Europe/Berlin",
        "calendar": "day",
        "promise": "2026-03-06",
        "data_date": "2026-03-03T08:00",
    },
    "calendars": [
        {
            "id": "day",
            "weekly": [{"day": day, "windows": [["08:00", "16:00"]]} for day in range(1, 6)],
            "exceptions": [{"date": "2026-03-04", "windows": []}],
        }
    ],
    "resources": [{"id": "saw", "name": "Saw", "department": "Works", "capacity_milli": 1000}],
    "phases": [
        {"id": "weld", "name": "Weld", "department": "Works", "duration_min": 480,
         "parent": "all", "deadline": "2026-03-05"},
        {"id": "all", "name": "Everything", "department": "Works"},
        {"id": "cut", "name": "Cut", "department": "Works", "duration_min": 480, "parent": "all",
         "requires": [{"resource": "saw", "milli": 500}], "actual_start": "2026-03-02T08:00",
         "actual_finish": "2026-03-02T16:00"},
    ],
    "links": [{"pred": "cut", "succ": "weld", "lag": {"value": 60, "unit": "working_min"}}],
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(PLAN), encoding="utf-8")
    return path


def clock() -> StandingClock:
    standing = StandingClock()
    standing.at = standing.at.replace(day=10)
    return standing


def test_a_plan_becomes_events_and_a_schedule(file: Path, tmp_path: Path) -> None:
    with system_in(tmp_path / "home", clock()) as system:
        report = import_plan_file(system, file, None, dry_run=False)
        system.settle()
        schedule = system.views.schedule("PRJ-7", None)
        names = [event.event.type_name for event in system.log.read(0, 100)]
    phases = {phase["id"]: phase for phase in schedule["phases"]}
    assert report["outcome"] == "recorded"
    assert report["actuals"] == 2
    assert schedule["promise"] == "2026-03-06"
    # A lag of an hour after the cut, then the works holiday on the 4th.
    assert phases["weld"]["start"] == "2026-03-03T09:00:00+01:00"
    assert phases["weld"]["finish"] == "2026-03-05T09:00:00+01:00"
    assert phases["weld"]["driver"] == {"kind": "predecessor", "ref": "cut-weld"}
    assert phases["cut"]["actual_finish"] == "2026-03-02T16:00:00+01:00"
    assert phases["all"]["finish"] == phases["weld"]["finish"]
    assert names.index("plan.phase_planned.v1") < names.index("phase.started.v1")


def test_the_same_file_again_changes_nothing(file: Path, tmp_path: Path) -> None:
    with system_in(tmp_path / "home", clock()) as system:
        import_plan_file(system, file, None, dry_run=False)
        head = system.log.head()
        again = import_plan_file(system, file, None, dry_run=False)
        facts = [e for e in system.log.read(head, 10) if not e.stream.startswith("conflict-")]
    assert again["outcome"] == "repeated"
    assert facts == []


def test_a_dry_run_says_what_would_be_recorded_and_records_nothing(
    file: Path, tmp_path: Path
) -> None:
    with system_in(tmp_path / "home", clock()) as system:
        report = import_plan_file(system, file, None, dry_run=True)
        assert system.log.head() == 0
    assert report["outcome"] == "planned"
    assert report["events"] == 13


def test_a_file_can_be_imported_under_another_project(file: Path, tmp_path: Path) -> None:
    with system_in(tmp_path / "home", clock()) as system:
        import_plan_file(system, file, "PRJ-8", dry_run=False)
        system.settle()
        assert system.views.schedule("PRJ-8", None)["project"] == "PRJ-8"


def refusal_of(system: System, path: Path) -> str | None:
    """Return the code of the refusal, whether the file or the decision brought it."""
    try:
        code: str | None = import_plan_file(system, path, None, dry_run=False)["code"]
    except DomainError as refused:
        return refused.code
    return code


def with_change(change: dict[str, Any]) -> bytes:
    return json.dumps(PLAN | change).encode()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "malformed"),
        (b"[]", "malformed"),
        (b"{", "malformed"),
        (with_change({"format": "takt.plan/2"}), "malformed"),
        (with_change({"surprise": 1}), "malformed"),
        (with_change({"phases": [*PLAN["phases"], PLAN["phases"][0]]}), "duplicate_id"),
        (with_change({"links": [{"pred": "cut", "succ": "nobody"}]}), "unknown_subject"),
        (with_change({"links": [{"pred": "cut", "succ": "cut"}]}), "self_link"),
    ],
)
def test_a_wrong_file_is_refused_with_a_code_and_nothing_is_recorded(
    raw: bytes, code: str, tmp_path: Path
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(raw)
    with system_in(tmp_path / "home", clock()) as system:
        assert refusal_of(system, path) == code
        assert system.log.head() == 0


def test_a_refused_plan_stays_refused_when_it_is_tried_again(tmp_path: Path) -> None:
    links = [{"pred": "cut", "succ": "weld"}, {"pred": "weld", "succ": "cut"}]
    path = tmp_path / "plan.json"
    path.write_bytes(with_change({"links": links, "phases": [*PLAN["phases"]]}))
    with system_in(tmp_path / "home", clock()) as system:
        refusals = {refusal_of(system, path), refusal_of(system, path)}
    assert refusals == {"cycle"}


def test_a_dry_run_of_a_plan_that_is_in_says_so(file: Path, tmp_path: Path) -> None:
    with system_in(tmp_path / "home", clock()) as system:
        import_plan_file(system, file, None, dry_run=False)
        assert import_plan_file(system, file, None, dry_run=True)["outcome"] == "repeated"


def test_a_cycle_is_refused_and_nothing_is_recorded(tmp_path: Path) -> None:
    links = [{"pred": "cut", "succ": "weld"}, {"pred": "weld", "succ": "cut"}]
    path = tmp_path / "plan.json"
    path.write_bytes(with_change({"links": links}))
    with system_in(tmp_path / "home", clock()) as system:
        assert refusal_of(system, path) == "cycle"
        assert system.log.head() == 0
