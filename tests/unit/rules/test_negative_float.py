"""Rule S4 against floats worked out by hand."""

from decimal import Decimal
from typing import Literal

from domain.plans.events import ConstraintSet, DeadlineSet, PhaseDurationRevised, PhaseRemoved
from domain.rules import Cleared, Finding
from domain.rules.negative_float import NegativeFloat
from tests.unit.projections.histories import DAY, History, at
from tests.unit.rules.findings import last, told

RULE = NegativeFloat()
SUBJECTS = ("project-PRJ-7",)


def a_project(days: int = 3) -> History:
    """Cut from Monday the 2nd, then weld for two days, which must end by Friday evening."""
    history = History().opened().calendar("plant").promise("2026-03-20")
    history.phase("cut", days).phase("weld", 2).link("cut", "weld")
    return must(history, "FNLT", "2026-03-06 17:00")


def takes(history: History, minutes: int) -> History:
    """Let cutting take so many minutes instead."""
    return history.plan(PhaseDurationRevised(phase_id="cut", old_min=0, new_min=minutes))


def must(
    history: History, kind: Literal["FNLT", "MFO"], when: str, phase_id: str = "weld"
) -> History:
    """Type a date that a phase must be finished by, or on."""
    return history.plan(ConstraintSet(phase_id=phase_id, kind=kind, at=at(when)))


def test_a_plan_without_margin_is_no_finding() -> None:
    assert told(RULE, a_project()) == []


def test_a_chain_that_is_too_late_is_one_finding_with_the_most_that_is_lacking() -> None:
    """Five days of cutting and two of welding end on Tuesday evening: two days too late."""
    assert told(RULE, takes(a_project(), 5 * DAY)) == [
        Finding(
            rule="negative_float",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal("2.00"),
            summary=(
                "2 phases are later than the dates allow, the most by 2.00 working days: Cut, Weld"
            ),
            evidence=(7, 8),
            first_position=8,
            remedies=(
                "work overtime on what leads to it",
                "expedite or overlap what leads to it",
                "re-sequence",
                "agree on another date",
            ),
        )
    ]


def test_a_constraint_is_held_against_without_any_promise() -> None:
    history = History().opened().calendar("plant").phase("cut", 3).phase("weld", 2)
    history.link("cut", "weld").phase("paint", 10)
    found = last(RULE, must(history, "FNLT", "2026-03-05 17:00"))
    assert (found.impact_days, found.evidence) == (Decimal("1.00"), (7,))
    assert "2 phases" in found.summary


def test_a_deadline_counts_though_it_moves_no_late_date() -> None:
    history = a_project().plan(DeadlineSet(phase_id="cut", at=at("2026-03-03 17:00")))
    found = last(RULE, history)
    assert (found.impact_days, found.evidence) == (Decimal("1.00"), (8,))
    assert found.summary.endswith("the most by 1.00 working days: Cut")


def test_it_is_told_again_only_when_it_has_changed_by_a_working_day() -> None:
    history = takes(a_project(), 5 * DAY)
    takes(history, 6 * DAY - 60)
    assert len(told(RULE, history)) == 1
    takes(history, 6 * DAY)
    again = last(RULE, history)
    assert (again.impact_days, again.first_position) == (Decimal("3.00"), 8)


def test_it_clears_with_a_working_day_of_margin_and_not_before() -> None:
    history = takes(a_project(), 5 * DAY)
    takes(history, 2 * DAY + 1)
    assert not any(isinstance(each, Cleared) for each in told(RULE, history))
    takes(history, 2 * DAY)
    assert told(RULE, history)[-1] == Cleared(
        "negative_float", SUBJECTS, "No phase is later than its dates allow"
    )


def test_what_is_pinned_to_a_date_never_has_a_margin() -> None:
    history = must(a_project(), "MFO", "2026-03-05 17:00")
    assert last(RULE, history).impact_days == Decimal("1.00")
    takes(history, DAY)
    assert isinstance(told(RULE, history)[-1], Cleared)


def test_what_is_done_or_removed_is_not_late_any_more() -> None:
    history = takes(a_project(), 5 * DAY).finished("cut", "2026-03-09 17:00")
    found = last(RULE, history)
    assert found.impact_days == Decimal("3.00")
    assert found.summary.startswith("1 phase is later")
    history.plan(PhaseRemoved(phase_id="weld", links=("L1",)))
    assert isinstance(told(RULE, history)[-1], Cleared)


def test_many_phases_are_counted_and_a_few_are_named() -> None:
    history = History().opened().calendar("plant")
    for number in range(9):
        history.phase(f"p{number}", 2)
        history.plan(DeadlineSet(phase_id=f"p{number}", at=at("2026-03-02 17:00")))
    history.data_date("2026-03-04 08:00")
    assert last(RULE, history).summary == (
        "9 phases are later than the dates allow, the most by 3.00 working days: "
        "P0, P1, P2, P3, P4 and 4 more"
    )


def test_a_promise_that_is_missed_is_told_by_another_rule() -> None:
    history = History().opened().calendar("plant").promise("2026-03-06").phase("cut", 8)
    assert told(RULE, history) == []


def test_what_is_later_than_a_missed_promise_is_told() -> None:
    """The promise is missed by three days, and cutting lacks five against its constraint."""
    history = History().opened().calendar("plant").promise("2026-03-06").phase("cut", 7)
    history.phase("weld", 8)
    assert last(RULE, must(history, "FNLT", "2026-03-03 17:00", "cut")).impact_days == Decimal(5)
    history.plan(PhaseDurationRevised(phase_id="weld", old_min=0, new_min=11 * DAY))
    assert isinstance(told(RULE, history)[-1], Cleared)
