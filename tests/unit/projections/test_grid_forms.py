"""Hold the grid of a schedule, and the calendar of its milestones, to the schedule's document."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from projections.reports.as_csv import grid_csv
from projections.reports.as_ics import milestones_ics
from projections.reports.as_xlsx import grid_xlsx
from projections.reports.grid import grid_of
from tests.office_files import parts, sheets

INJECTED = "=cmd|' /C calc'!A0"
SHEET_BEGINS = date(1899, 12, 30)  # Days of a sheet are counted from here.


def phase(phase_id: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401  Whatever a row holds.
    return {
        "id": phase_id, "wbs": "1", "name": phase_id.capitalize(), "kind": "task",
        "department": "Weld shop", "parent": None, "calendar": None, "duration_min": 480,
        "start": "2026-03-02T08:00:00+01:00", "finish": "2026-03-02T16:00:00+01:00",
        "critical": True, "total_float_min": -480, "free_float_min": 0, "stage": "planned",
        "actual_start": None, "actual_finish": None, "remaining_min": None, "physical_bp": None,
        "deadline": None, "baseline_start": None, "baseline_finish": None, "constraint": None,
        "links": [],
    } | fields  # fmt: skip


def schedule(*phases: dict[str, Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "project": "P", "name": "Press", "position": 17, "zone": "Europe/Berlin",
        "data_date": "2026-03-02T07:00:00+01:00", "start": "2026-03-02T08:00:00+01:00",
        "phases": list(phases),
    } | fields  # fmt: skip


def read(written: bytes) -> list[dict[str, str]]:
    text = written.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def events(written: bytes) -> list[Event]:
    return Calendar.from_ical(written).events


def test_a_row_has_its_ids_the_position_and_what_the_schedule_says_of_the_phase() -> None:
    lag = {"calendar": None, "unit": "working_min", "value": -60}
    (row,) = read(grid_csv(grid_of(schedule(phase(
        "weld", parent="frame", physical_bp=2500,
        constraint={"at": "2026-03-02T08:00:00+01:00", "kind": "SNET"},
        links=[{"pred": "cut", "type": "FS", "lag": None},
               {"pred": "saw", "type": "SS", "lag": lag}],
    )))))  # fmt: skip
    assert row == {
        "project": "P", "branch": "", "position": "17", "true_at": "", "zone": "Europe/Berlin",
        "id": "weld", "wbs": "1", "name": "Weld", "kind": "task", "department": "Weld shop",
        "parent": "frame", "calendar": "", "duration_min": "480",
        "start": "2026-03-02T08:00:00+01:00", "finish": "2026-03-02T16:00:00+01:00",
        "critical": "yes", "total_float_min": "-480", "free_float_min": "0", "stage": "planned",
        "actual_start": "", "actual_finish": "", "remaining_min": "", "physical_bp": "2500",
        "deadline": "", "baseline_start": "", "baseline_finish": "",
        "constraint": "SNET", "constraint_at": "2026-03-02T08:00:00+01:00",
        "predecessors": "cut FS; saw SS -60 working_min",
    }  # fmt: skip


def test_a_grid_of_a_branch_or_of_what_was_true_says_so_in_each_row() -> None:
    told = schedule(phase("weld"), branch={"id": "night"}, true_at="2026-03-01T00:00:00Z")
    (row,) = read(grid_csv(grid_of(told)))
    assert (row["branch"], row["true_at"]) == ("night", "2026-03-01T00:00:00Z")


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        (INJECTED, f"'{INJECTED}"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),  # So that it can be told from an escaped one.
        ("'tis", "'tis"),
        ("1-2", "1-2"),
        ('say "x, y"', 'say "x, y"'),
    ],
)
def test_no_cell_of_the_values_is_run_by_a_program(name: str, cell: str) -> None:
    (row,) = read(grid_csv(grid_of(schedule(phase("weld", name=name)))))
    assert row["name"] == cell


def test_a_workbook_keeps_numbers_dates_and_words_apart() -> None:
    grid = grid_of(schedule(phase("weld", name=INJECTED)))
    (head, row) = sheets(grid_xlsx(grid))["Schedule"]
    found = dict(zip(head, row, strict=True))
    assert found["name"] == INJECTED
    assert found["position"] == 17.0
    assert found["total_float_min"] == -480.0
    start = found["start"]
    assert isinstance(start, float)
    whole, minutes = divmod(round(start * 24 * 60), 24 * 60)
    assert SHEET_BEGINS + timedelta(whole) == date(2026, 3, 2)
    assert minutes == 8 * 60
    assert found["zone"] == "Europe/Berlin"
    assert b"<f>" not in parts(grid_xlsx(grid))["xl/worksheets/sheet1.xml"]
    assert grid_xlsx(grid) == grid_xlsx(grid)


def test_milestones_are_events_of_a_calendar_in_the_zone_of_the_project() -> None:
    done = "2026-07-01T12:00:00+02:00"
    written = milestones_ics(schedule(
        phase("weld"),
        phase("ready", kind="finish_ms", name="Ready; at last\nreally\rtrue", wbs="2"),
        phase("begun", kind="start_ms", finish=done, actual_finish=done),
        phase("some_day", kind="finish_ms", start=None, finish=None),
    ))  # fmt: skip
    ready, begun = events(written)
    assert ready.uid == "P/ready@milestones.takt"
    assert ready.sequence == 17
    assert str(ready.summary).split() == ["Ready;", "at", "last", "really", "true"]
    assert ready.description == "Weld shop: planned, 2"
    assert begun.description == "Weld shop: reached, 1"
    berlin = ZoneInfo("Europe/Berlin")
    assert ready.start == datetime(2026, 3, 2, 16, tzinfo=berlin)
    assert begun.start == datetime(2026, 7, 1, 12, tzinfo=berlin)
    assert datetime(2026, 3, 2, 6, tzinfo=UTC) == ready.DTSTAMP
    assert b"DTSTART;TZID=Europe/Berlin:20260302T160000\r\n" in written
    assert b"BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n" in written
    assert b"\r" not in written.replace(b"\r\n", b"")


def test_a_milestone_that_moved_is_the_same_event_said_later() -> None:
    before = schedule(phase("ready", kind="finish_ms"))
    after = schedule(
        phase("ready", kind="finish_ms", finish="2026-03-05T16:00:00+01:00"), position=30
    )
    (old,), (new,) = (events(milestones_ics(each)) for each in (before, after))
    assert old.uid == new.uid
    assert (old.sequence, new.sequence) == (17, 30)


def test_a_milestone_of_a_branch_takes_no_place_of_the_projects_own() -> None:
    (event,) = events(
        milestones_ics(schedule(phase("ready", kind="finish_ms"), branch={"id": "night"}))
    )
    assert event.uid == "P/night/ready@milestones.takt"


def test_a_schedule_without_milestones_is_an_empty_calendar() -> None:
    written = milestones_ics(schedule(phase("weld"), data_date=None))
    assert events(written) == []
