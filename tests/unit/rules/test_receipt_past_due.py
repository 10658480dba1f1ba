"""Rule M7 against deliveries that did not come, with days worked out by hand."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

from domain.commitments.events import CommitmentCancelled, PromiseDateMoved, ReceiptPosted
from domain.rules import Cleared, Finding
from domain.rules.receipt_past_due import ReceiptPastDue
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History, at
from tests.unit.rules.findings import last, told

RULE = ReceiptPastDue()
SUBJECTS = ("commitment-PO-1",)


def promised(day: str) -> PromiseDateMoved:
    """Return the vendor's word that it comes on a day."""
    return PromiseDateMoved(new=date.fromisoformat(day), told_by="desk", channel="email")


def an_order() -> History:
    """Order valves for Friday the 6th, promised for it; mount has two days of float."""
    history = History().opened().calendar("plant")
    history.phase("build", 7).phase("mount", 5).phase("test", 1)
    history.link("build", "test").link("mount", "test")
    return history.ordered("PO-1", "2026-03-06", "mount").commitment("PO-1", promised("2026-03-06"))


def test_it_is_found_when_the_promised_day_is_over() -> None:
    """On Thursday the 12th four working days are over, of which the float takes two."""
    history = an_order().tick("2026-03-13 00:00")
    assert told(RULE, history) == [
        Finding(
            rule="receipt_past_due",
            rule_version=1,
            kind="vendor",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal("2.00"),
            summary=(
                "Fluxtec promised valves (PO-1) for 2026-03-06, and it has not come; "
                "Mount need it by 2026-03-06"
            ),
            evidence=(8, 9),
            first_position=10,
            act_by=date(2026, 3, 6),
            remedies=(
                "Ask Fluxtec for the day it comes, and record it",
                "Post the receipt if it is here",
                "Order what is lacking elsewhere",
            ),
        )
    ]


def test_the_promised_day_itself_is_not_past() -> None:
    assert told(RULE, an_order().tick("2026-03-06 23:59")) == []


def test_it_waits_for_the_end_of_the_promised_day_and_then_for_each_working_day() -> None:
    project, state = Watched(PROJECT), RULE.initial()
    dues = []
    for recorded in an_order().tick("2026-03-07 00:00").tick("2026-03-10 00:00").events:
        project.take(recorded)
        RULE.fold(state, recorded, project)
        dues.append(RULE.due(state, project))
    assert dues[-3:] == [
        at("2026-03-07 00:00"),  # The end of Friday.
        at("2026-03-10 00:00"),  # The end of Monday, the next working day.
        at("2026-03-11 00:00"),
    ]
    assert all(due is None or due < later for due, later in pairwise(dues) if later is not None)


def test_it_is_told_again_when_a_working_day_more_is_lost() -> None:
    history = an_order()
    for day in range(7, 14):
        history.tick(f"2026-03-{day:02} 00:00")
    found = told(RULE, history)
    assert [each.impact_days for each in found if isinstance(each, Finding)] == [0, 1, 2]
    assert {each.first_position for each in found if isinstance(each, Finding)} == {10}


def test_a_receipt_of_a_part_leaves_the_rest_past_due() -> None:
    history = an_order().commitment(
        "PO-1", ReceiptPosted(qty=Decimal(9), at=at("2026-03-06 10:00"))
    )
    assert last(RULE, history.tick("2026-03-07 00:00")).subjects == SUBJECTS


def test_it_clears_when_everything_is_here_or_promised_for_later_or_given_up() -> None:
    for event, because in (
        (ReceiptPosted(qty=Decimal(24), at=at("2026-03-12 10:00")), "PO-1 is received"),
        (promised("2026-03-16"), "PO-1 is promised for 2026-03-16"),
        (CommitmentCancelled(), "PO-1 is cancelled"),
    ):
        history = an_order().tick("2026-03-12 09:00").commitment("PO-1", event)
        assert told(RULE, history)[1:] == [Cleared("receipt_past_due", SUBJECTS, because)]


def test_an_order_without_a_promise_is_past_nothing() -> None:
    history = History().opened().calendar("plant").ordered("PO-1", "2026-03-06")
    assert told(RULE, history.tick("2026-04-01 00:00")) == []
