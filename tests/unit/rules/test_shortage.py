"""Rule M2 against stock that falls short, with quantities added up by hand."""

from decimal import Decimal

from domain.items.events import PlanningRulesSet
from domain.plans.events import PhaseDurationRevised
from domain.rules import Cleared
from domain.rules.shortage import ShortOfItem
from tests.unit.projections.histories import DAY
from tests.unit.rules.findings import last, told
from tests.unit.rules.stocks import SUBJECTS, a_mounting, counted, item, needs, takes

RULE = ShortOfItem()


def test_what_stock_and_orders_do_not_cover_is_found() -> None:
    """Ten lie there, 24 are needed on Monday the 16th."""
    found = last(RULE, needs(counted(a_mounting(), 10)))
    assert (found.subjects, found.severity) == (SUBJECTS, "medium")
    assert found.summary == "14 of valves are short, first on 2026-03-16; Mount wait for it"
    assert found.evidence == (7,)


def test_an_order_in_time_ends_it_and_one_that_comes_later_does_not() -> None:
    history = needs(counted(a_mounting(), 10))
    assert told(RULE, history.ordered("PO-1", "2026-03-13"))[-1] == Cleared(
        "shortage", SUBJECTS, "valves is not short"
    )
    late = needs(counted(a_mounting(), 10)).ordered("PO-1", "2026-03-17")
    assert last(RULE, late).summary.startswith("14 of valves are short")


def test_the_impact_is_what_an_order_now_comes_too_late() -> None:
    """From Monday the 2nd 21 days lead to Monday the 23rd: five working days after the 16th."""
    assert last(RULE, needs(takes(a_mounting(), 21))).impact_days == Decimal("5.00")


def test_less_than_the_safety_stock_is_short() -> None:
    history = item(counted(a_mounting(), 24), PlanningRulesSet(safety_stock=Decimal(5)))
    assert last(RULE, needs(history)).summary.startswith("5 of valves are short")


def test_what_is_far_away_is_told_when_its_time_comes() -> None:
    """Ninety days before Monday the 6th of July is Tuesday the 7th of April, at eight."""
    history = needs(a_mounting(90))
    assert told(RULE, history.tick("2026-04-07 07:59")) == []
    assert len(told(RULE, history.tick("2026-04-07 08:00"))) == 1


def test_a_phase_that_moves_moves_the_first_day() -> None:
    history = needs(a_mounting(90)).tick("2026-03-02 08:00")
    history.plan(PhaseDurationRevised(phase_id="build", old_min=0, new_min=10 * DAY))
    assert "first on 2026-03-16" in last(RULE, history).summary
