"""Rule S6 against a buffer of ten working days, used up by days worked out by hand."""

from decimal import Decimal

import pytest

from domain.plans.events import PhaseDurationRevised
from domain.projects.events import BaselineApproved, RuleSet
from domain.rules import Cleared, Finding
from domain.rules.buffer_fever import BufferFever
from tests.unit.projections.histories import DAY, History
from tests.unit.rules.findings import last, told

RULE = BufferFever()
SUBJECTS = ("project-PRJ-7",)
CLEARED = Cleared("buffer_fever", SUBJECTS, "The buffer lasts for what is still to be done")


def a_plan() -> History:
    """Cut for five days and weld for five: from Monday the 2nd to Friday the 13th of March."""
    history = History().opened().calendar("plant").phase("cut", 5).phase("weld", 5)
    return history.link("cut", "weld").phase("paint", 1)


def approved(history: History) -> History:
    return history.project(
        BaselineApproved(name="B1", at_position=len(history.events), approved_by="anna")
    )


def baselined() -> History:
    """Promised for Friday the 27th: two weeks are left, ten working days."""
    return approved(a_plan().promise("2026-03-27"))


def welds(history: History, days: int) -> History:
    return history.plan(PhaseDurationRevised(phase_id="weld", old_min=0, new_min=days * DAY))


def cut(history: History) -> History:
    """Cut in the five days that it was to take."""
    return history.started("cut", "2026-03-02 08:00").finished("cut", "2026-03-06 17:00")


def test_buffer_used_before_anything_is_done_is_amber_above_a_tenth() -> None:
    """One day is a tenth of ten; two are more."""
    assert told(RULE, welds(baselined(), 6)) == []
    assert told(RULE, welds(baselined(), 7)) == [
        Finding(
            rule="buffer_fever",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal(0),
            summary=(
                "2.00 of 10.00 working days before the promise are used (20 %) with 0 % of the "
                "longest chain done: nothing is done yet"
            ),
            evidence=(8, 9),
            first_position=9,
            remedies=(
                "Act on the first open phase of the longest chain",
                "Keep what threatens it from starting other work",
            ),
        )
    ]


def test_it_is_red_above_three_tenths() -> None:
    assert last(RULE, welds(baselined(), 8)).severity == "medium"
    assert last(RULE, welds(baselined(), 9)).severity == "high"


def test_the_lines_rise_with_what_is_done_of_the_chain() -> None:
    """With cutting done and nine days of welding to come, 5 of 14 days are done: 36 %.

    Amber begins above 10 + 60 · 5/14 = 31 %, red above 30 + 60 · 5/14 = 51 %; 40 % are used.
    """
    found = last(RULE, welds(cut(baselined()), 9))
    assert found.severity == "medium"
    assert found.summary == (
        "4.00 of 10.00 working days before the promise are used (40 %) with 36 % of the "
        "longest chain done: a burn rate of 1.12"
    )


def test_it_ends_a_working_day_below_the_amber_line() -> None:
    """Two of ten days are used. With cutting done, 5 of 12, amber begins above 3.5 days."""
    assert told(RULE, cut(welds(baselined(), 7)))[-1] == CLEARED
    # One day is used of a line at one day: neither begins nor ends.
    assert len(told(RULE, welds(welds(baselined(), 7), 6))) == 1
    assert told(RULE, welds(welds(baselined(), 7), 5))[1:] == [CLEARED]


def test_it_is_told_again_when_a_day_more_is_used() -> None:
    found = told(RULE, welds(welds(baselined(), 7), 8))
    assert [type(each) for each in found] == [Finding, Finding]


def test_work_beside_the_chain_is_not_what_is_done_of_it() -> None:
    history = welds(baselined(), 7)
    history.started("paint", "2026-03-02 08:00").finished("paint", "2026-03-02 17:00")
    assert len(told(RULE, history)) == 1


def test_it_ends_when_all_work_is_done() -> None:
    history = cut(welds(baselined(), 7))
    history.started("weld", "2026-03-09 08:00").finished("weld", "2026-03-26 17:00")
    history.started("paint", "2026-03-02 08:00").finished("paint", "2026-03-02 17:00")
    assert told(RULE, history)[-1] == CLEARED


@pytest.mark.parametrize(
    "history",
    [
        a_plan().promise("2026-03-27"),
        approved(a_plan()),
        approved(a_plan().promise("2026-03-13")),
        approved(a_plan().promise("2026-03-02")),
    ],
    ids=["no baseline", "no promise", "no buffer", "less than none"],
)
def test_without_a_buffer_nothing_is_found(history: History) -> None:
    assert told(RULE, welds(history, 30)) == []


def test_a_baseline_whose_dates_nobody_knows_any_more_is_none() -> None:
    history = welds(a_plan().promise("2026-03-27"), 6)
    history.project(BaselineApproved(name="B1", at_position=5, approved_by="anna"))
    assert told(RULE, welds(history, 9)) == []


def test_a_project_sets_its_own_lines() -> None:
    history = baselined().project(RuleSet(rule="buffer_fever", parameters={"amber_begin": 20}))
    assert told(RULE, welds(history, 7)) == []
    assert len(told(RULE, welds(history, 8))) == 1
