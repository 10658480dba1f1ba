"""Rule S13 against typed dates that hold phases by days worked out by hand."""

from decimal import Decimal

from domain.plans.events import ConstraintCleared, ConstraintSet, PhaseDurationRevised
from domain.rules import Cleared, Finding
from domain.rules.silent_constraint import SilentConstraint
from tests.unit.projections.histories import DAY, History, at
from tests.unit.rules.findings import last, told

RULE = SilentConstraint()
SUBJECTS = ("project-PRJ-7",)


def a_plan() -> History:
    """Cut for two days from Monday the 2nd, then weld for two."""
    history = History().opened().calendar("plant").phase("cut", 2).phase("weld", 2)
    return history.link("cut", "weld")


def no_earlier(history: History, when: str, phase_id: str = "weld") -> History:
    """Type a date before which a phase must not start."""
    return history.plan(ConstraintSet(phase_id=phase_id, kind="SNET", at=at(when)))


def test_a_date_later_than_the_predecessor_is_found_with_the_days_it_holds() -> None:
    """Welding could start on Wednesday morning and is held until Friday morning."""
    assert told(RULE, no_earlier(a_plan(), "2026-03-06 08:00")) == [
        Finding(
            rule="silent_constraint",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="low",
            impact_days=Decimal(0),
            summary=(
                "1 phase is held by a typed date later than by the predecessors, Weld by 2.00 "
                "working days: Weld"
            ),
            evidence=(6,),
            first_position=6,
            remedies=(
                "replace the date by a link to what it stands for",
                "clear the constraint if nothing stands behind it",
            ),
        )
    ]


def test_a_date_that_holds_nothing_is_no_finding() -> None:
    assert told(RULE, no_earlier(a_plan(), "2026-03-04 08:00")) == []


def test_less_than_a_day_is_no_finding() -> None:
    assert told(RULE, no_earlier(a_plan(), "2026-03-04 16:00")) == []


def test_a_phase_without_predecessor_is_held_from_the_projects_start() -> None:
    assert "Cut by 3.00" in last(RULE, no_earlier(a_plan(), "2026-03-05 08:00", "cut")).summary


def test_a_lag_is_no_constraint() -> None:
    history = History().opened().calendar("plant").phase("cut", 2).phase("weld", 2)
    history.link("cut", "weld", "FS", DAY)
    assert "Weld by 1.00" in last(RULE, no_earlier(history, "2026-03-06 08:00")).summary


def test_the_promise_would_gain_what_is_lacking_of_the_days_held() -> None:
    """Held for two days it ends on Monday evening, one day after the promise."""
    found = last(RULE, no_earlier(a_plan().promise("2026-03-06"), "2026-03-06 08:00"))
    assert (found.impact_days, found.severity) == (Decimal("1.00"), "medium")


def test_several_are_one_finding_with_the_longest_first() -> None:
    history = no_earlier(a_plan().phase("paint"), "2026-03-06 08:00")
    no_earlier(history, "2026-03-06 08:00", "paint")
    found = last(RULE, history)
    assert found.summary.startswith("2 phases are held")
    assert found.summary.endswith("Paint by 4.00 working days: Paint, Weld")


def test_it_clears_when_the_date_is_cleared_or_the_predecessor_takes_as_long() -> None:
    history = no_earlier(a_plan(), "2026-03-06 08:00")
    history.plan(ConstraintCleared(phase_id="weld"))
    gone = Cleared("silent_constraint", SUBJECTS, "No typed date holds anything back")
    assert told(RULE, history)[1:] == [gone]
    history = no_earlier(a_plan(), "2026-03-06 08:00")
    history.plan(PhaseDurationRevised(phase_id="cut", old_min=0, new_min=4 * DAY))
    assert told(RULE, history)[1:] == [gone]


def test_work_that_began_is_held_no_more() -> None:
    history = no_earlier(a_plan(), "2026-03-06 08:00").started("weld", "2026-03-04 08:00")
    assert isinstance(told(RULE, history)[-1], Cleared)
