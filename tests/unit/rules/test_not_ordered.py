"""Rule M3 against needs that nobody ordered, with moments worked out by hand."""

from datetime import date, datetime
from decimal import Decimal

from domain.items.events import BomLine, BomRevised
from domain.plans.events import PhaseDurationRevised
from domain.rules import Cleared, Finding
from domain.rules.not_ordered import NotOrdered
from domain.rules.watched import Watched
from tests.unit.projections.histories import DAY, PROJECT, History, at
from tests.unit.rules.findings import last, told
from tests.unit.rules.stocks import SUBJECTS, a_mounting, counted, item, needs, takes

RULE = NotOrdered()


def a_need() -> History:
    """Needed on Monday the 16th at eight, seven days from order: to order on the 9th at eight."""
    return needs(takes(a_mounting(), 7))


def due_of(history: History) -> datetime | None:
    """Return the moment that the rule waits for after a history."""
    project, state = Watched(PROJECT), RULE.initial()
    for recorded in history.events:
        project.take(recorded)
        RULE.fold(state, recorded, project)
    return RULE.due(state, project)


def test_it_is_warned_of_three_working_days_before() -> None:
    history = a_need()
    assert due_of(history) == at("2026-03-04 08:00")
    assert told(RULE, history.tick("2026-03-04 07:59")) == []
    found = last(RULE, history.tick("2026-03-04 08:00"))
    assert (found.subjects, found.severity) == (SUBJECTS, "medium")
    assert found.impact_days == Decimal(0)
    assert found.summary == (
        "24 of valves, needed on 2026-03-16, are not on order; the time to order is 2026-03-09"
    )
    assert (found.evidence, found.act_by) == ((6, 7), date(2026, 3, 9))


def test_it_is_grave_once_the_time_is_over_and_grows_by_the_working_day() -> None:
    """Ordered on Wednesday the 11th at eight it comes on the 18th, two days after the need."""
    history = a_need().tick("2026-03-04 08:00").tick("2026-03-09 08:01")
    assert last(RULE, history).severity == "high"
    assert due_of(history) == at("2026-03-10 00:00")
    assert last(RULE, history.tick("2026-03-11 08:00")).impact_days == Decimal("2.00")


def test_an_order_or_stock_ends_it() -> None:
    because = "All that is needed of valves is there or on order"
    for history in (
        a_need().tick("2026-03-05 08:00").ordered("PO-1", "2026-03-13"),
        counted(a_need().tick("2026-03-05 08:00"), 24),
    ):
        assert told(RULE, history)[1:] == [Cleared("not_ordered", SUBJECTS, because)]


def test_a_need_that_moves_ends_it_with_a_working_day_to_spare() -> None:
    """Found three days before; one day more is still within the margin, two are not."""
    for days, ends in ((11, False), (12, True)):
        history = a_need().tick("2026-03-04 08:00")
        history.plan(PhaseDurationRevised(phase_id="build", old_min=0, new_min=days * DAY))
        assert isinstance(told(RULE, history)[-1], Cleared) == ends


def test_what_is_made_is_not_ordered_but_its_parts_are() -> None:
    """A valve is made of two seals, for which no lead time is known."""
    seals = BomLine(item="seals", qty_per=Decimal(2), uom="H87")
    history = item(a_need(), BomRevised(revision="A", lines=(seals,))).tick("2026-03-09 08:00")
    (found,) = told(RULE, history)
    assert isinstance(found, Finding)
    assert found.subjects == ("item-PRJ-7/seals",)
    assert found.summary.startswith("48 of seals, needed on 2026-03-09, are not on order")
