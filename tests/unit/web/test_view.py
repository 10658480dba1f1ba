"""Rows become what a page shows: dates, shares, drivers, deliveries once each."""

import pytest

from tests.unit.web.rows import delivery, phase, schedule, status, view


def test_a_project_without_rows_is_still_a_view() -> None:
    empty = view({}, {})
    assert (empty.name, empty.phases, empty.finish, empty.slip_days) == ("PRJ-7", (), None, None)


def test_what_the_schedule_and_the_status_say_comes_together() -> None:
    seen = view()
    assert (seen.name, str(seen.promise), str(seen.slip_days)) == (
        "Bottling line",
        "2026-03-12",
        "1.00",
    )
    assert seen.departments[0].running == 2


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"stage": "planned"}, 0),
        ({"stage": "running", "remaining_min": 600}, 7_500),
        ({"stage": "running", "remaining_min": 3_000}, 0),
        ({"stage": "running", "remaining_min": 600, "physical_bp": 1_000}, 1_000),
        ({"stage": "running", "duration_min": 0, "remaining_min": 0}, 0),
        ({"stage": "finished", "remaining_min": 0}, 10_000),
        ({"stage": "aborted"}, 10_000),
    ],
)
def test_the_share_done_is_what_was_measured_or_what_remains(
    row: dict[str, object], expected: int
) -> None:
    assert view(schedule(phase("weld", **row))).phases[0].done_bp == expected


def test_a_phase_is_late_where_the_status_says_so() -> None:
    rows = schedule(phase("weld"), phase("cut"), phase("paint"))
    told = status(late_start_phases=["weld"], late_finish_phases=["cut"])
    assert {each.id for each in view(rows, told).phases if each.late} == {"weld", "cut"}


def test_a_driver_is_told_by_the_name_of_its_phase() -> None:
    links = [{"id": "L1", "pred": "cut", "type": "FS"}]
    rows = schedule(
        phase("weld", driver={"kind": "predecessor", "ref": "L1"}, links=links),
        phase("cut", name="Laser cutting", driver={"kind": "data_date", "ref": None}),
        phase("line", driver={"kind": "child", "ref": "weld"}),
        phase("paint", driver={"kind": "resource", "ref": "booth"}),
        phase("pack", driver=None),
    )
    told = {each.id: each.driver for each in view(rows).phases}
    assert told == {
        "weld": "after “Laser cutting”",
        "cut": "data date",
        "line": "“Weld”",
        "paint": "resource booth",
        "pack": "",
    }


def test_a_delivery_that_is_late_and_unconfirmed_is_told_once_as_late() -> None:
    told = status(
        late_deliveries=[delivery("PO-1")],
        unconfirmed=[delivery("PO-1"), delivery("PO-2", need="2026-03-11", expected=None)],
    )
    seen = view(None, told).deliveries
    assert [(each.id, each.late) for each in seen] == [("PO-1", True), ("PO-2", False)]


def test_a_schedule_that_cannot_be_computed_says_why() -> None:
    rows = schedule(
        phase("weld", start=None, finish=None, late_finish=None, total_float_min=None),
        problem={"code": "cycle", "text": "weld waits for itself", "ids": ["weld"]},
    )
    seen = view(rows)
    assert seen.problem == "weld waits for itself"
    assert seen.phases[0].start is None
