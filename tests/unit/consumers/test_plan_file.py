"""The neutral plan `takt.plan/1`: read strictly, refused with a place and what to do."""

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from consumers.gateways.plan_checks import PHASES_MAX
from consumers.gateways.plan_file import PlanFile, PlanFileError, link_ids, read_plan
from domain.kernel.refusals import Malformed

PLAN: dict[str, Any] = {
    "format": "takt.plan/1",
    "project": {
        "id": "PRJ-7",
        "name": "Line 3",
        "start": "2026-03-02T08:00",
        "zone": "Europe/Berlin",
        "calendar": "days",
    },
    "calendars": [
        {
            "id": "days",
            "weekly": [{"day": day, "windows": [["08:00", "12:00"]]} for day in range(1, 6)],
            "exceptions": [{"date": "2026-05-01", "windows": []}],
        }
    ],
    "resources": [
        {"id": "press", "name": "Press", "department": "forming", "capacity_milli": 1000}
    ],
    "phases": [
        {
            "id": "weld", "wbs": "1.1", "name": "Weld", "kind": "task", "department": "welding",
            "duration_min": 480, "requires": [{"resource": "press", "milli": 500}],
        },
        {
            "id": "paint", "wbs": "1.2", "name": "Paint", "kind": "task", "department": "paint",
            "duration_min": 240, "constraint": {"kind": "SNET", "at": "2026-03-04T08:00"},
            "deadline": "2026-03-06",
        },
    ],
    "links": [
        {"pred": "weld", "succ": "paint", "type": "FS", "lag": {"value": 60, "unit": "elapsed_min"}}
    ],
}  # fmt: skip


NEED = "requires/0/resource"


def changed(pointer: str, value: object) -> dict[str, Any]:
    """Return the plan with the value at a JSON pointer replaced, or added."""
    plan = deepcopy(PLAN)
    *way, last = pointer.strip("/").split("/")
    place: Any = plan
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if isinstance(place, list):
        place[int(last) : int(last) + 1] = [value]
    else:
        place[last] = value
    return plan


def read(plan: object) -> PlanFile:
    return read_plan(json.dumps(plan).encode())


def refused(plan: object) -> PlanFileError:
    with pytest.raises(PlanFileError) as refusal:
        read(plan)
    return refusal.value


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_plan_is_read_as_it_stands() -> None:
    plan = read(PLAN)
    assert (plan.project.id, plan.project.zone) == ("PRJ-7", "Europe/Berlin")
    assert [phase.id for phase in plan.phases] == ["weld", "paint"]
    assert plan.phases[0].requires[0].milli == 500
    assert plan.links[0].lag is not None
    assert plan.links[0].lag.unit == "elapsed_min"
    assert plan.calendars[0].working("UTC").exceptions == ((date(2026, 5, 1), ()),)


def test_a_time_without_an_offset_is_local_time_of_the_project() -> None:
    assert read(PLAN).project.start == utc("2026-03-02T07:00")
    summer = changed("/project/start", "2026-07-01T08:00:00")
    assert read(summer).project.start == utc("2026-07-01T06:00")
    offset = changed("/project/start", "2026-03-02T08:00:00-05:00")
    assert read(offset).project.start == utc("2026-03-02T13:00")


def test_a_date_alone_is_its_beginning_and_for_a_latest_date_its_end() -> None:
    assert read(changed("/project/start", "2026-03-02")).project.start == utc("2026-03-01T23:00")
    assert read(PLAN).phases[1].deadline == utc("2026-03-06T23:00")
    promised = read(changed("/project/promise", "2026-06-30")).project.promise
    assert promised == utc("2026-06-30T22:00")
    for kind, expected in (("FNLT", "2026-03-04T23:00"), ("SNET", "2026-03-03T23:00")):
        constraint = {"kind": kind, "at": "2026-03-04"}
        phase = read(changed("/phases/1/constraint", constraint)).phases[1]
        assert phase.constraint is not None
        assert phase.constraint.at == utc(expected)


def test_a_local_time_that_summer_time_leaves_out_needs_an_offset() -> None:
    refusal = refused(changed("/project/start", "2026-03-29T02:30"))
    assert (refusal.code, refusal.pointer) == ("malformed", "/project/start")
    assert "write an offset" in str(refusal)
    assert read(changed("/project/start", "2026-03-29T02:30+01:00")).project.start == utc(
        "2026-03-29T01:30"
    )


def test_another_project_id_can_be_given() -> None:
    assert read_plan(json.dumps(PLAN).encode(), "PRJ-8").project.id == "PRJ-8"


def test_a_file_is_read_by_its_ending_or_else_by_its_content(tmp_path: Path) -> None:
    for name in ("plan.json", "plan"):
        file = tmp_path / name
        file.write_text(json.dumps(PLAN))
        assert read_plan(file).project.id == "PRJ-7"
    xml = tmp_path / "plan.xml"
    xml.write_text(json.dumps(PLAN))
    with pytest.raises(PlanFileError, match="does not begin as XML"):
        read_plan(xml)
    with pytest.raises(FileNotFoundError):
        read_plan(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("pointer", "value", "place"),
    [
        ("/format", "takt.plan/2", "/format"),
        ("/project/zone", "Europe/Atlantis", "/project/zone"),
        ("/project/start", "yesterday", "/project/start"),
        ("/project/start", "1969-12-31T08:00", "/project/start"),
        ("/project/start", "9999-12-31T23:00-10:00", "/project/start"),
        ("/project/start", "2026-02-30", "/project/start"),
        ("/project/id", "a/b", "/project/id"),
        ("/project/id", "x" * 65, "/project/id"),
        ("/project/id", "ä", "/project/id"),
        ("/project/budget", 1, "/project/budget"),
        ("/phases/0/duration_min", -1, "/phases/0/duration_min"),
        ("/phases/0/duration_min", "480", "/phases/0/duration_min"),
        ("/phases/0/duration_min", True, "/phases/0/duration_min"),
        ("/phases/0/name", "", "/phases/0/name"),
        ("/phases/0/kind", "job", "/phases/0/kind"),
        ("/phases/0/constraint", {"kind": "SNET"}, "/phases/0/constraint"),
        ("/phases/0/requires/0/milli", -1, "/phases/0/requires/0/milli"),
        ("/links/0/type", "XX", "/links/0/type"),
        ("/links/0/lag/value", 10 * 366 * 1440, "/links/0/lag/value"),
        ("/links/0/lag/unit", "days", "/links/0/lag/unit"),
        ("/calendars/0/weekly/0/day", 0, "/calendars/0/weekly/0/day"),
        ("/calendars/0/weekly/0/windows/0", ["8", "12"], "/calendars/0/weekly/0/windows/0"),
        ("/calendars/0/weekly/0/windows/0", ["08:00"], "/calendars/0/weekly/0/windows/0/1"),
        ("/calendars/0/exceptions/0/date", "1 May", "/calendars/0/exceptions/0/date"),
    ],
)
def test_what_a_field_may_not_be_is_refused_with_its_place(
    pointer: str, value: object, place: str
) -> None:
    refusal = refused(changed(pointer, value))
    assert (refusal.code, refusal.pointer) == ("malformed", place)


@pytest.mark.parametrize(
    ("pointer", "value", "code", "place"),
    [
        ("/phases/1/id", "weld", "duplicate_id", "/phases/1/id"),
        ("/phases/1/parent", "body", "unknown_subject", "/phases/1/parent"),
        ("/phases/1/calendar", "nights", "unknown_subject", "/phases/1/calendar"),
        ("/project/calendar", "nights", "unknown_subject", "/project/calendar"),
        ("/links/0/pred", "melt", "unknown_subject", "/links/0/pred"),
        ("/links/0/succ", "melt", "unknown_subject", "/links/0/succ"),
        (f"/phases/0/{NEED}", "oven", "unknown_subject", f"/phases/0/{NEED}"),
        ("/links/1", {"pred": "weld", "succ": "paint", "type": "FS"}, "duplicate_link", "/links/1"),
    ],
)  # fmt: skip
def test_an_id_twice_or_of_nothing_is_refused_with_its_place(
    pointer: str, value: object, code: str, place: str
) -> None:
    refusal = refused(changed(pointer, value))
    assert (refusal.code, refusal.pointer) == (code, place)


@pytest.mark.parametrize(
    ("windows", "code"),
    [
        ([["08:00", "12:00"], ["11:00", "13:00"]], "window_overlap"),
        ([["12:00", "08:00"]], "window_out_of_day"),
        ([["23:00", "24:01"]], "window_out_of_day"),
    ],
)
def test_a_calendar_nobody_can_work_by_is_refused(windows: object, code: str) -> None:
    refusal = refused(changed("/calendars/0/weekly/0/windows", windows))
    assert (refusal.code, refusal.pointer) == (code, "/calendars/0")


def test_a_calendar_without_working_time_or_with_a_day_twice_is_refused() -> None:
    assert refused(changed("/calendars/0/weekly", [])).code == "no_working_time"
    day = {"day": 1, "windows": [["08:00", "12:00"]]}
    assert "described twice" in str(refused(changed("/calendars/0/weekly", [day, day])))


def test_a_plan_of_more_phases_than_one_may_have_is_refused_at_once() -> None:
    refusal = refused(changed("/phases", [{}] * (PHASES_MAX + 1)))
    assert (refusal.code, refusal.pointer) == ("plan_too_large", "/phases")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'{"format": "takt.plan/1"}',
        b'{"format": "takt.plan/1", "format": "takt.plan/1"}',
        json.dumps(PLAN).encode() + b"x",
        b"\xef\xbb\xbf" + json.dumps(PLAN).encode(),
        json.dumps(PLAN).replace("Line 3", "\\ud800").encode(),
        json.dumps(PLAN).replace("480", "NaN").encode(),
        json.dumps(PLAN).replace("480", "480.5").encode(),
    ],
)
def test_bytes_that_are_no_plan_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed) as refusal:
        read_plan(raw)
    assert refusal.value.code == "malformed"


def test_a_link_is_named_by_its_ends_whatever_order_the_file_has() -> None:
    both = changed("/links/1", {"pred": "weld", "succ": "paint", "type": "FF"})
    assert link_ids(read(both).links) == ["weld-paint", "weld-paint-FF"]
    both["links"].reverse()
    assert link_ids(read(both).links) == ["weld-paint-FF", "weld-paint"]


def test_a_link_between_long_names_has_a_short_name_of_its_own() -> None:
    plan = deepcopy(PLAN)
    pred, succ = "a" * 64, "b" * 64
    plan["phases"][0]["id"], plan["phases"][1]["id"] = pred, succ
    plan["links"] = [{"pred": pred, "succ": succ, "type": "FS"}]
    (name,) = link_ids(read(plan).links)
    assert len(name) <= 64
    assert name == link_ids(read(plan).links)[0]
