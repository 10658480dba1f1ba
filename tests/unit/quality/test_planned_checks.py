"""Hold each check of how a plan is built to a plan made to fail it, and to one that passes."""

from collections.abc import Callable

import pytest

from domain.calendars.events import CalendarDefined, WeeklyWindow
from domain.plans.events import ConstraintSet, ResourceRequirementSet
from domain.projects.events import SchedulingPolicySet
from domain.quality.check import Check
from domain.quality.plan import Plan
from domain.quality.planned import (
    hard_constraints,
    high_duration,
    high_float,
    invalid_dates,
    lags,
    leads,
    logic,
    negative_float,
    relationship_types,
    resources,
)
from tests.property.random_histories import network_at
from tests.unit.projections.histories import DAY, History, at


def a_plan() -> History:
    """Return a plan that passes every check: two milestones and two tasks between them."""
    history = History().opened().calendar("plant").promise("2026-03-20")
    history.phase("go", 0, kind="start_ms").phase("cut", 2).phase("weld", 3)
    history.phase("done", 0, kind="finish_ms")
    return history.link("go", "cut").link("cut", "weld").link("weld", "done")


def checked(check: Callable[[Plan], Check], history: History) -> Check:
    return check(Plan.of(network_at(history, len(history.events)), None))


def test_logic_is_passed_where_every_task_follows_and_is_followed() -> None:
    found = checked(logic, a_plan())
    assert (found.passed, found.numerator, found.denominator, found.phases) == (True, 0, 2, ())


def test_logic_names_the_tasks_with_an_open_end() -> None:
    found = checked(logic, a_plan().phase("paint", 1).phase("pack", 1).link("paint", "pack"))
    assert (found.passed, found.phases) == (False, ("pack", "paint"))
    assert (found.numerator, found.denominator, found.figure) == (2, 4, 0.5)


def test_logic_of_a_summary_is_that_of_what_lies_under_it() -> None:
    history = a_plan().phase("body", 0).phase("frame", 1, parent="body").link("cut", "body")
    assert checked(logic, history).phases == ("frame",)
    assert checked(logic, history.link("body", "weld")).phases == ()


def test_leads_names_the_link_and_whom_it_pulls_forward() -> None:
    assert checked(leads, a_plan()).passed is True
    found = checked(leads, a_plan().phase("paint", 1).link("cut", "paint", lag_min=-60))
    assert (found.passed, found.phases, found.links) == (False, ("paint",), ("L4",))
    assert (found.numerator, found.denominator) == (1, 4)


def test_lags_above_one_in_twenty_fail() -> None:
    assert checked(lags, a_plan()).passed is True
    found = checked(lags, a_plan().phase("paint", 1).link("cut", "paint", lag_min=60))
    assert (found.passed, found.phases, found.figure) == (False, ("paint",), 0.25)


def test_relationship_types_must_be_finish_to_start_in_nine_of_ten() -> None:
    assert checked(relationship_types, a_plan()).figure == 1.0
    found = checked(relationship_types, a_plan().phase("paint", 1).link("cut", "paint", "SS"))
    assert (found.passed, found.phases, found.figure) == (False, ("paint",), 0.75)


@pytest.mark.parametrize("kind", ["MSO", "MFO", "SNLT", "FNLT"])
def test_hard_constraints_are_those_that_hold_late_dates(kind: str) -> None:
    event = ConstraintSet.model_validate(
        {"phase_id": "weld", "kind": kind, "at": "2026-03-10T08:00:00Z"}
    )
    found = checked(hard_constraints, a_plan().plan(event))
    assert (found.passed, found.phases, found.figure) == (False, ("weld",), 0.5)


def test_a_start_no_earlier_is_no_hard_constraint() -> None:
    event = ConstraintSet(phase_id="weld", kind="SNET", at=at("2026-03-10 08:00"))
    assert checked(hard_constraints, a_plan().plan(event)).passed is True


def test_high_float_begins_above_44_working_days() -> None:
    plan = History().opened().calendar("plant").phase("long", 50).phase("just", 6)
    assert checked(high_float, plan).passed is True
    found = checked(high_float, plan.phase("much", 5))
    assert (found.passed, found.phases, found.denominator) == (False, ("much",), 3)


def test_of_a_plan_without_tasks_no_share_is_told() -> None:
    found = checked(high_float, History().opened().calendar("plant"))
    assert (found.passed, found.figure, found.undefined) == (None, None, "there is no such task")


def test_negative_float_names_those_that_are_too_late_for_the_promise() -> None:
    assert checked(negative_float, a_plan()).passed is True
    found = checked(negative_float, a_plan().phase("late", 40).link("weld", "late"))
    assert (found.passed, found.phases) == (False, ("cut", "late", "weld"))


def test_high_duration_begins_above_44_working_days() -> None:
    assert checked(high_duration, a_plan().phase("long", 44)).passed is True
    found = checked(high_duration, a_plan().phase("long", 44, duration_min=44 * DAY + 1))
    assert (found.passed, found.phases) == (False, ("long",))


def test_a_working_day_is_that_of_the_phases_own_calendar() -> None:
    around = CalendarDefined(
        zone="UTC",
        weekly=tuple(WeeklyWindow(dow=day, from_min=0, to_min=1440) for day in range(1, 8)),
    )
    history = a_plan().record("calendar-PRJ-7/24h", around)
    history.phase("oven", 0, duration_min=44 * 1440, calendar_id="24h")
    assert checked(high_duration, history).passed is True


def test_invalid_dates_are_actuals_after_the_day_that_was_reported() -> None:
    history = a_plan().data_date("2026-03-04 06:00").started("cut", "2026-03-04 08:00")
    assert checked(invalid_dates, history).passed is True
    found = checked(invalid_dates, history.started("weld", "2026-03-05 08:00"))
    assert (found.passed, found.phases, found.denominator) == (False, ("weld",), 2)


def test_invalid_dates_are_work_planned_for_what_is_past() -> None:
    # Under msproject the data date moves no work, so an update was forgotten.
    history = a_plan().project(SchedulingPolicySet(dialect="msproject"))
    assert checked(invalid_dates, history.data_date("2026-03-02 08:00")).passed is True
    begun_late = checked(invalid_dates, history.data_date("2026-03-03 08:00"))
    assert (begun_late.passed, begun_late.phases) == (False, ("cut",))
    running = history.started("cut", "2026-03-02 08:00")
    assert checked(invalid_dates, running).passed is True
    found = checked(invalid_dates, running.data_date("2026-03-04 08:00"))
    assert (found.passed, found.phases) == (False, ("cut",))


def test_without_a_data_date_no_date_is_invalid_or_valid() -> None:
    found = checked(invalid_dates, a_plan())
    assert (found.passed, found.figure, found.undefined) == (None, None, "there is no data date")


def test_resources_names_tasks_of_a_day_that_require_none() -> None:
    needs = [
        ResourceRequirementSet(phase_id=phase, resource_id="saw", milli=1000)
        for phase in ("cut", "weld")
    ]
    history = a_plan().plan(needs[0])
    found = checked(resources, history)
    assert (found.passed, found.phases, found.figure) == (False, ("weld",), 0.5)
    history.plan(needs[1]).phase("short", 0, duration_min=DAY - 1)
    assert checked(resources, history).passed is True


def test_what_has_ended_is_not_judged_any_more() -> None:
    history = a_plan().phase("paint", 60).link("cut", "paint", "SS", -60)
    assert checked(logic, history).passed is False
    history.started("paint", "2026-03-02 08:00").finished("paint", "2026-03-03 08:00")
    for check in (logic, leads, relationship_types, high_duration):
        assert checked(check, history).passed is True


def test_without_a_schedule_floats_are_undefined_and_the_rest_is_told() -> None:
    history = a_plan().link("weld", "cut")
    for check in (high_float, negative_float, invalid_dates):
        found = checked(check, history)
        assert (found.passed, found.undefined) == (None, "there is no schedule")
    assert checked(logic, history).passed is True
