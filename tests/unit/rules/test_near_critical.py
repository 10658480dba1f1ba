"""Rule S7 against floats worked out by hand."""

from decimal import Decimal

from domain.plans.events import PhaseDurationRevised
from domain.projects.events import RuleSet
from domain.rules import Cleared, Finding
from domain.rules.near_critical import NearCritical
from tests.unit.projections.histories import DAY, History
from tests.unit.rules.findings import last, told

RULE = NearCritical()
SUBJECTS = ("project-PRJ-7",)


def a_plan() -> History:
    """Paint for ten days; cut and weld for seven beside it: three days of float."""
    history = History().opened().calendar("plant").phase("paint", 10)
    return history.phase("cut", 5).phase("weld", 2)


def linked() -> History:
    return a_plan().link("cut", "weld")


def takes(history: History, minutes: int) -> History:
    """Let cutting take so many minutes instead."""
    return history.plan(PhaseDurationRevised(phase_id="cut", old_min=0, new_min=minutes))


def test_two_days_of_float_beside_the_longest_path_are_near_critical() -> None:
    assert told(RULE, takes(linked(), 6 * DAY)) == [
        Finding(
            rule="near_critical",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="low",
            impact_days=Decimal(0),
            summary=(
                "2 phases beside the longest path have 2 working days of float or hardly more, "
                "Cut has 2.00: Cut, Weld"
            ),
            evidence=(7,),
            first_position=7,
            remedies=("follow these phases as closely as the critical ones",),
        )
    ]


def test_three_days_of_float_and_the_longest_path_itself_are_not() -> None:
    assert told(RULE, linked()) == []
    assert told(RULE, takes(linked(), 13 * DAY)) == []


def test_it_clears_a_working_day_above_the_limit() -> None:
    history = takes(takes(linked(), 6 * DAY), 5 * DAY + 1)
    assert len(told(RULE, history)) == 1
    assert told(RULE, takes(history, 5 * DAY))[1:] == [
        Cleared(
            "near_critical",
            SUBJECTS,
            "Nothing beside the longest path has 2 working days of float or less",
        )
    ]


def test_a_project_may_look_further() -> None:
    history = History().project(RuleSet(rule="near_critical", parameters={"float": 3}))
    history.opened().calendar("plant").phase("paint", 10).phase("cut", 7)
    assert "Cut has 3.00" in last(RULE, history).summary


def test_what_ends_leaves_it() -> None:
    history = takes(linked(), 6 * DAY).finished("cut", "2026-03-09 17:00")
    assert last(RULE, history).summary.startswith("1 phase beside the longest path has")
