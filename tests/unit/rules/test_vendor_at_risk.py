"""Rule M6 against vendors' records, with the shares worked out by hand."""

from datetime import date
from decimal import Decimal

from domain.commitments.events import PromiseDateMoved, ReceiptPosted
from domain.projects.events import RuleSet
from domain.rules import Cleared
from domain.rules.vendor_at_risk import VendorAtRisk
from tests.unit.projections.histories import History, at
from tests.unit.rules.findings import last, told

RULE = VendorAtRisk()
SUBJECTS = ("commitment-PO-9",)


def promised(day: str) -> PromiseDateMoved:
    """Return the vendor's word that it comes on a day."""
    return PromiseDateMoved(new=date.fromisoformat(day), told_by="desk", channel="email")


def a_record(*slips: int) -> History:
    """Let orders promised for January the 10th come so many days later, one after the other."""
    history = History().opened().calendar("plant").phase("mount", 5)
    for number, slip in enumerate(slips, 1):
        line = f"PO-{number}"
        history.ordered(line, "2026-02-20")
        history.record(
            f"commitment-{line}", promised("2026-01-10"), effective_at=at("2025-12-01 08:00")
        )
        came = ReceiptPosted(qty=Decimal(24), at=at(f"2026-01-{10 + slip} 08:00"))
        history.record(f"commitment-{line}", came, effective_at=at(f"2026-01-{10 + slip} 08:00"))
    return history


def an_order(history: History, day: str = "2026-03-04") -> History:
    """Order once more for Friday the 6th, promised for a day."""
    return history.ordered("PO-9", "2026-03-06", "mount").commitment("PO-9", promised(day))


def test_a_vendor_who_came_late_too_often_is_found() -> None:
    """Two of four slipped by five days, the later: 1 + 0.97 of 1 + 0.97 + 0.97² + 0.97³ weigh.

    1.97 of 3.823573 are 51.52 %; mixed with the same record of all vendors that is the same. The
    promise leaves two days, five days later is Monday the 9th: a working day late, no float.
    """
    found = last(RULE, an_order(a_record(0, 1, 5, 5)))
    assert (found.subjects, found.probability_bp) == (SUBJECTS, 5152)
    assert found.impact_days == Decimal("1.00")
    assert found.summary == (
        "valves (PO-9) of Fluxtec is promised for 2026-03-04 and expected on 2026-03-09; "
        "Mount need it by 2026-03-06"
    )


def test_a_vendor_who_keeps_his_word_is_not_found() -> None:
    assert told(RULE, an_order(a_record(0, 1, 0, 1))) == []


def test_of_no_record_nothing_is_known() -> None:
    assert told(RULE, an_order(a_record())) == []


def test_a_promise_after_the_need_is_not_for_this_rule() -> None:
    assert told(RULE, an_order(a_record(5, 5), "2026-03-09")) == []


def test_an_order_past_its_promised_day_is_not_for_this_rule() -> None:
    """What is promised for March the 4th is told of on that day, and begins no finding after it."""
    for now, is_found in (("2026-03-04 20:00", True), ("2026-03-05 00:00", False)):
        history = a_record(5, 5).ordered("PO-9", "2026-03-06", "mount").tick(now)
        history.commitment("PO-9", promised("2026-03-04"))
        assert bool(told(RULE, history)) == is_found


def test_an_earlier_promise_ends_it_with_a_day_to_spare() -> None:
    """Slips of five days fit between the 1st and the 6th, with a day to spare from the 28th on."""
    for day, ends in (("2026-03-01", False), ("2026-02-28", True)):
        history = an_order(a_record(5, 5)).commitment("PO-9", promised(day))
        assert isinstance(told(RULE, history)[-1], Cleared) == ends


def test_a_receipt_of_the_same_vendor_judges_his_open_orders() -> None:
    history = a_record(0)
    history.ordered("PO-8", "2026-03-02").commitment("PO-8", promised("2026-01-10"))
    an_order(history)
    assert told(RULE, history) == []
    came = ReceiptPosted(qty=Decimal(24), at=at("2026-03-01 08:00"))
    history.record("commitment-PO-8", came, effective_at=at("2026-03-01 08:00"))
    assert last(RULE, history).subjects == SUBJECTS


def test_a_project_may_bear_more_risk() -> None:
    history = an_order(a_record(0, 1, 5, 5))
    history.project(RuleSet(rule="vendor_at_risk", parameters={"risk": 6000}))
    assert isinstance(told(RULE, history)[-1], Cleared)


def test_it_ends_when_it_is_here() -> None:
    history = an_order(a_record(5, 5))
    history.commitment("PO-9", ReceiptPosted(qty=Decimal(24), at=at("2026-03-05 08:00")))
    assert isinstance(told(RULE, history)[-1], Cleared)
