"""Rule M8 against promises that were moved, counted by hand."""

from datetime import date
from decimal import Decimal

from domain.commitments.events import PromiseDateMoved, ReceiptPosted
from domain.rules import Cleared
from domain.rules.promise_churn import PromiseChurn
from tests.unit.projections.histories import History, at
from tests.unit.rules.findings import last, told

RULE = PromiseChurn()
SUBJECTS = ("commitment-PO-1",)


def promised(*words: tuple[str, str]) -> History:
    """Order valves; the vendor promises each day at a time of his own."""
    history = History().opened().calendar("plant").ordered("PO-1", "2026-06-30")
    for told_on, day in words:
        event = PromiseDateMoved(new=date.fromisoformat(day), told_by="desk", channel="email")
        history.record("commitment-PO-1", event, effective_at=at(f"{told_on} 09:00"))
    return history


THREE = (
    ("2026-03-02", "2026-06-01"),
    ("2026-03-09", "2026-06-02"),
    ("2026-03-16", "2026-06-03"),
    ("2026-03-30", "2026-06-02"),
)
"""Monday, Tuesday, Wednesday, Tuesday: three moves of one working day each."""


def test_three_moves_in_thirty_days_are_found() -> None:
    found = last(RULE, promised(*THREE))
    assert (found.severity, found.impact_days, found.evidence) == ("medium", Decimal(0), (5, 6, 7))
    assert found.summary == (
        "Fluxtec moved the promise of valves (PO-1) 3 times, 3 of them in 30 days, "
        "by 3.00 working days in all"
    )


def test_the_first_promise_and_the_same_day_again_are_no_moves() -> None:
    assert told(RULE, promised(*THREE[:3], ("2026-03-30", "2026-06-03"))) == []


def test_moves_further_apart_are_not_found() -> None:
    assert told(RULE, promised(*THREE[:3], ("2026-04-08", "2026-06-02"))) == []


def test_two_moves_of_ten_working_days_in_all_are_found_whatever_their_direction() -> None:
    """From Monday the 1st to Monday the 8th and back: five and five."""
    words = (("2026-03-02", "2026-06-01"), ("2026-04-02", "2026-06-08"))
    assert told(RULE, promised(*words)) == []
    found = last(RULE, promised(*words, ("2026-05-10", "2026-06-01")))
    assert found.severity == "medium"
    assert "by 10.00 working days in all" in found.summary


def test_often_and_far_is_graver() -> None:
    assert last(RULE, promised(*THREE[:3], ("2026-03-30", "2026-06-17"))).severity == "high"


def test_it_ends_when_the_first_of_the_moves_is_thirty_days_old() -> None:
    """The first move was told on March the 9th at nine."""
    assert len(told(RULE, promised(*THREE).tick("2026-04-08 08:59"))) == 1
    assert told(RULE, promised(*THREE).tick("2026-04-08 09:00"))[1:] == [
        Cleared("promise_churn", SUBJECTS, "Fluxtec moved PO-1 2 times of late")
    ]


def test_it_ends_when_everything_is_here() -> None:
    history = promised(*THREE)
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(24), at=at("2026-04-01 10:00")))
    assert told(RULE, history)[1:] == [
        Cleared("promise_churn", SUBJECTS, "Nothing more is to come of PO-1")
    ]
