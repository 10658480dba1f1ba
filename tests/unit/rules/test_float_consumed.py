"""Rule S5 against floats that were used up by days worked out by hand."""

from decimal import Decimal

from domain.plans.events import ConstraintSet, PhaseDurationRevised
from domain.projects.events import BaselineApproved
from domain.rules import Cleared, Finding
from domain.rules.float_consumed import FloatConsumed
from tests.unit.projections.histories import DAY, History, at
from tests.unit.rules.findings import last, told

RULE = FloatConsumed()
SUBJECTS = ("project-PRJ-7",)


def a_plan() -> History:
    """Cut for two days, then weld for two, beside ten days of painting: six days of float."""
    history = History().opened().calendar("plant").phase("cut", 2).phase("weld", 2)
    return history.link("cut", "weld").phase("paint", 10)


def baselined() -> History:
    history = a_plan()
    return history.project(
        BaselineApproved(name="B1", at_position=len(history.events), approved_by="anna")
    )


def takes(history: History, minutes: int) -> History:
    """Let cutting take so many minutes instead."""
    return history.plan(PhaseDurationRevised(phase_id="cut", old_min=0, new_min=minutes))


def test_half_of_the_float_used_up_is_found() -> None:
    assert told(RULE, takes(baselined(), 5 * DAY)) == [
        Finding(
            rule="float_consumed",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="low",
            impact_days=Decimal(0),
            summary=(
                "2 phases have used up 50 % of the float since the baseline or more, Cut has "
                "3.00 working days left: Cut, Weld"
            ),
            evidence=(7, 8),
            first_position=8,
            remedies=(
                "start what leads to it sooner",
                "overtime or expediting on what leads to it",
            ),
        )
    ]


def test_a_minute_less_is_not() -> None:
    assert told(RULE, takes(baselined(), 5 * DAY - 1)) == []


def test_four_fifths_weigh_more_and_are_told_again() -> None:
    history = takes(takes(baselined(), 5 * DAY), 7 * DAY)
    first, again = told(RULE, history)
    assert isinstance(first, Finding)
    assert isinstance(again, Finding)
    assert (again.severity, again.first_position) == ("medium", first.first_position)


def test_four_fifths_are_reached_to_the_minute() -> None:
    """Of six days four and eight tenths."""
    used_min = 6 * DAY * 8 // 10
    assert last(RULE, takes(baselined(), 2 * DAY + used_min)).severity == "medium"
    assert last(RULE, takes(baselined(), 2 * DAY + used_min - 1)).severity == "low"


def test_float_below_none_is_told_as_lacking() -> None:
    """Welding must end by the evening of Friday 13 March, the tenth working day."""
    by_friday = ConstraintSet(phase_id="weld", kind="FNLT", at=at("2026-03-13 17:00"))
    history = takes(a_plan().plan(by_friday), 2 * DAY)
    history.project(
        BaselineApproved(name="B1", at_position=len(history.events), approved_by="anna")
    )
    assert "Cut lacks 1.00 working days: Cut, Weld" in last(RULE, takes(history, 9 * DAY)).summary


def test_without_a_baseline_there_is_nothing_to_compare_with() -> None:
    assert told(RULE, takes(a_plan(), 8 * DAY)) == []


def test_it_clears_with_a_working_day_above_the_limit() -> None:
    history = takes(takes(baselined(), 5 * DAY), 4 * DAY + 1)
    assert len(told(RULE, history)) == 1
    assert told(RULE, takes(history, 4 * DAY))[1:] == [
        Cleared("float_consumed", SUBJECTS, "No phase has used up so much of its float")
    ]


def test_what_has_ended_uses_no_float() -> None:
    history = takes(baselined(), 5 * DAY).finished("cut", "2026-03-06 17:00")
    assert last(RULE, history).summary.startswith("1 phase has used up")


def test_a_new_baseline_is_compared_with_from_then_on() -> None:
    history = takes(baselined(), 5 * DAY)
    history.project(
        BaselineApproved(name="B2", at_position=len(history.events), approved_by="anna")
    )
    assert isinstance(told(RULE, history)[-1], Cleared)
