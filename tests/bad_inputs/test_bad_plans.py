"""Plans that cannot be or had better not be: each is refused clearly, or scheduled and flagged."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from consumers.bootstrap import System
from consumers.gateways.plan_form import PlanFileError
from consumers.plan_import import import_plan_file
from tests.unit.consumers.systems import system_in

TEN_YEARS_MIN = 10 * 366 * 1440
CENTURY_MIN = 100 * 365 * 1440
WEEK = [{"day": day, "windows": [["08:00", "12:00"], ["13:00", "17:00"]]} for day in range(1, 6)]
DAY = 480

Row = dict[str, Any]


def phase(phase_id: str, duration_min: int = DAY, **more: object) -> Row:
    row = {"id": phase_id, "wbs": "1", "name": phase_id, "kind": "task", "department": "shop"}
    return {**row, "duration_min": duration_min, **more}


def link(pred: str, succ: str, link_type: str = "FS", **more: object) -> Row:
    return {"pred": pred, "succ": succ, "type": link_type, **more}


def chain(length: int, duration_min: int = DAY) -> tuple[list[Row], list[Row]]:
    ids = [f"p{number}" for number in range(length)]
    links = [link(pred, succ) for pred, succ in pairwise(ids)]
    return [phase(each, duration_min) for each in ids], links


def plan(
    phases: Sequence[Row],
    links: Sequence[Row] = (),
    *,
    weekly: Sequence[Row] = WEEK,
    promise: str | None = None,
) -> Row:
    project = {"id": "P", "name": "P", "start": "2026-03-02T08:00", "zone": "UTC", "calendar": "c"}
    return {
        "format": "takt.plan/1",
        "project": {**project, "promise": promise},
        "calendars": [{"id": "c", "weekly": weekly, "exceptions": []}],
        "phases": list(phases),
        "links": list(links),
    }


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with system_in(tmp_path) as built:
        yield built


@pytest.fixture
def taken_in(system: System, tmp_path: Path) -> Callable[[Row], Row]:
    def take_in(document: Row) -> Row:
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(document))
        told = import_plan_file(system, file, None, dry_run=False)
        system.settle()
        return told

    return take_in


@pytest.fixture
def scheduled(system: System, taken_in: Callable[[Row], Row]) -> Callable[[Row], Row]:
    def schedule(document: Row) -> Row:
        told = taken_in(document)
        assert told["outcome"] == "recorded", told
        answer: Row = system.views.schedule("P", None)
        return answer

    return schedule


def the(phase_id: str, schedule: Row) -> Row:
    (row,) = [each for each in schedule["phases"] if each["id"] == phase_id]
    return dict(row)


@pytest.mark.parametrize("length", [2, 3, 1_000, 10_000])
def test_a_circle_of_any_length_is_refused_and_shown(
    taken_in: Callable[[Row], Row], system: System, length: int
) -> None:
    phases, links = chain(length)

    told = taken_in(plan(phases, [*links, link(f"p{length - 1}", "p0")]))

    assert told["outcome"] == "refused"
    assert told["code"] == "cycle"
    assert told["text"].startswith("the link would let the network go in a circle: ")
    assert f"p{length - 1} -> p0 -> p1" in told["text"]
    assert len(told["text"]) < 300
    assert system.log.head() == 0


def test_a_circle_through_a_summary_is_refused(taken_in: Callable[[Row], Row]) -> None:
    phases = [phase("whole", 0), phase("part", parent="whole"), phase("other")]

    told = taken_in(plan(phases, [link("whole", "other"), link("other", "part")]))

    assert (told["outcome"], told["code"]) == ("refused", "cycle")


def test_a_phase_cannot_wait_for_itself(taken_in: Callable[[Row], Row]) -> None:
    told = taken_in(plan([phase("a")], [link("a", "a")]))

    assert (told["outcome"], told["code"]) == ("refused", "self_link")
    assert told["text"] == "phase a cannot wait for itself"


def test_phases_that_are_parts_of_each_other_are_named(taken_in: Callable[[Row], Row]) -> None:
    phases = [phase("a", parent="b"), phase("b", parent="c"), phase("c", parent="a"), phase("d")]

    with pytest.raises(PlanFileError) as refused:
        taken_in(plan(phases))

    assert (refused.value.code, refused.value.pointer) == ("cycle", "/phases/2/parent")
    assert str(refused.value) == (
        "each of c, b, a is a part of the one before it, the first of the last:"
        " take the parent of one of them away"
    )


def test_a_phase_cannot_be_a_part_of_itself(taken_in: Callable[[Row], Row]) -> None:
    with pytest.raises(PlanFileError) as refused:
        taken_in(plan([phase("a", parent="a")]))

    assert str(refused.value) == "a is a part of itself: take the parent of one of them away"


@pytest.mark.parametrize(
    ("phases", "links", "pointer"),
    [
        ([phase("a", CENTURY_MIN)], [], "/phases/0/duration_min"),
        ([phase("a", remaining_min=CENTURY_MIN)], [], "/phases/0/remaining_min"),
        (
            [phase("a"), phase("b")],
            [link("a", "b", lag={"value": CENTURY_MIN})],
            "/links/0/lag/value",
        ),
        (
            [phase("a"), phase("b")],
            [link("a", "b", lag={"value": -CENTURY_MIN})],
            "/links/0/lag/value",
        ),
    ],
)
def test_a_duration_or_a_lag_of_a_century_is_refused_with_its_place(
    taken_in: Callable[[Row], Row], phases: list[Row], links: list[Row], pointer: str
) -> None:
    with pytest.raises(PlanFileError) as refused:
        taken_in(plan(phases, links))

    assert (refused.value.code, refused.value.pointer) == ("malformed", pointer)
    assert str(refused.value) == (
        "a duration or a lag is at most ten years (5270400 min): give the phase that time in"
        " several phases, or check the unit (minutes)"
    )


def test_a_plan_that_runs_out_of_the_calendar_is_recorded_and_flagged(
    scheduled: Callable[[Row], Row],
) -> None:
    schedule = scheduled(plan(*chain(60, TEN_YEARS_MIN)))

    assert schedule["problem"]["text"] == (
        "no working time is planned outside the years 1900 to 2400"
    )
    assert schedule["finish"] is None
    assert [row["start"] for row in schedule["phases"]] == [None] * 60


def test_ten_years_of_work_at_a_minute_a_week_are_flagged_too(
    scheduled: Callable[[Row], Row],
) -> None:
    weekly = [{"day": 1, "windows": [["08:00", "08:01"]]}]

    schedule = scheduled(plan([phase("a", TEN_YEARS_MIN)], weekly=weekly))

    assert schedule["problem"] is not None
    assert schedule["finish"] is None


def test_a_calendar_without_working_time_is_refused(taken_in: Callable[[Row], Row]) -> None:
    with pytest.raises(PlanFileError) as refused:
        taken_in(plan([phase("a")], weekly=[]))

    assert (refused.value.code, refused.value.pointer) == ("no_working_time", "/calendars/0")
    assert str(refused.value) == "calendar c: no day of the week has a working window"


def test_a_chain_without_any_duration_is_one_instant(scheduled: Callable[[Row], Row]) -> None:
    schedule = scheduled(plan(*chain(1_000, 0)))

    instants = {(row["start"], row["finish"], row["critical"]) for row in schedule["phases"]}
    assert instants == {("2026-03-02T08:00:00+00:00", "2026-03-02T08:00:00+00:00", True)}


@pytest.mark.parametrize(
    ("link_type", "lag"),
    [
        ("FS", {"value": -20 * DAY}),
        ("SS", {"value": -20 * DAY}),
        ("FF", {"value": -20 * DAY, "unit": "elapsed_min"}),
        ("SF", {"value": -20 * DAY, "calendar": "24h"}),
        ("FS", {"value": -100_000, "unit": "percent_of_pred"}),
    ],
)
def test_a_lead_that_folds_back_never_starts_before_the_project(
    scheduled: Callable[[Row], Row], link_type: str, lag: Row
) -> None:
    schedule = scheduled(plan([phase("a"), phase("b")], [link("a", "b", link_type, lag=lag)]))

    assert the("b", schedule)["start"] == "2026-03-02T08:00:00+00:00"
    assert the("b", schedule)["finish"] == "2026-03-02T17:00:00+00:00"


def test_a_fixed_start_before_its_predecessor_is_kept_and_flagged(
    scheduled: Callable[[Row], Row],
) -> None:
    fixed = phase("b", constraint={"kind": "MSO", "at": "2026-03-02T08:00"})

    schedule = scheduled(plan([phase("a"), fixed], [link("a", "b")]))

    assert the("b", schedule)["start"] == "2026-03-02T08:00:00+00:00"
    assert (the("a", schedule)["total_float_min"], the("a", schedule)["critical"]) == (-DAY, True)
    assert schedule["negative_float_count"] == 1


def test_constraints_that_contradict_each_other_show_as_negative_float(
    scheduled: Callable[[Row], Row],
) -> None:
    late = phase("a", constraint={"kind": "SNET", "at": "2026-03-09T08:00"})
    early = phase("b", constraint={"kind": "FNLT", "at": "2026-03-04T17:00"})

    schedule = scheduled(plan([late, early], [link("a", "b")]))

    floats = [the(each, schedule)["total_float_min"] for each in ("a", "b")]
    assert floats == [-4 * DAY, -4 * DAY]
    assert schedule["negative_float_count"] == 2


def test_a_promise_before_the_project_starts_is_flagged_in_every_phase(
    scheduled: Callable[[Row], Row],
) -> None:
    schedule = scheduled(plan(*chain(3), promise="2026-01-01"))

    assert schedule["negative_float_count"] == 3
    assert all(row["total_float_min"] < 0 for row in schedule["phases"])


def test_more_phases_than_a_plan_may_have_are_refused_at_once(
    taken_in: Callable[[Row], Row],
) -> None:
    document = plan([])
    document["phases"] = [{}] * 200_001

    with pytest.raises(PlanFileError) as refused:
        taken_in(document)

    assert refused.value.code == "plan_too_large"
    assert str(refused.value) == (
        "200001 phases are more than the 200000 one plan may have: split it"
    )
