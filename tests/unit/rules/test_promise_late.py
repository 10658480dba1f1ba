"""Rule M5 against orders whose lateness and float were worked out by hand."""

from datetime import date
from decimal import Decimal

from domain.commitments.events import (
    CommitmentAcknowledged,
    CommitmentRevised,
    PromiseDateMoved,
    ReceiptPosted,
)
from domain.projects.events import SchedulingPolicySet
from domain.rules import Cleared, Finding
from domain.rules.promise_late import PromiseLate
from tests.unit.projections.histories import History, at
from tests.unit.rules.findings import last, told

RULE = PromiseLate()


def an_order(need_by: str = "2026-03-06") -> History:
    """Order valves that the mounting waits for; mount has two days of float before the test."""
    history = History().opened().calendar("plant")
    history.phase("build", 7).phase("mount", 5).phase("test", 1)
    history.link("build", "test").link("mount", "test")
    return history.ordered("PO-1", need_by, "mount")


def promised(day: str) -> PromiseDateMoved:
    """Return the vendor's word that it comes on another day."""
    return PromiseDateMoved(new=date.fromisoformat(day), told_by="desk", channel="email")


def test_a_promise_after_the_need_is_found_with_the_days_its_float_leaves() -> None:
    """Needed on Friday the 6th, promised for Thursday the 12th: four working days, two of float."""
    history = an_order().commitment("PO-1", promised("2026-03-12"))
    assert told(RULE, history) == [
        Finding(
            rule="promise_late",
            rule_version=1,
            kind="vendor",
            subjects=("commitment-PO-1",),
            severity="medium",
            impact_days=Decimal("2.00"),
            summary=(
                "Fluxtec promises valves (PO-1) for 2026-03-12, 4.00 working days after "
                "2026-03-06, when Mount need it"
            ),
            evidence=(8, 9),
            first_position=9,
        )
    ]


def test_a_delay_within_the_float_moves_nothing_and_is_still_found() -> None:
    history = an_order().commitment("PO-1", promised("2026-03-10"))
    assert last(RULE, history).impact_days == Decimal(0)


def test_a_delivery_for_no_phase_has_no_float() -> None:
    history = History().opened().calendar("plant").ordered("PO-2", "2026-03-06")
    assert last(RULE, history.commitment("PO-2", promised("2026-03-09"))).impact_days == Decimal(1)


def test_a_promise_within_the_need_is_no_finding() -> None:
    history = an_order().commitment("PO-1", promised("2026-03-06"))
    assert told(RULE, history) == []


def test_an_acknowledged_date_counts_like_a_moved_one() -> None:
    answer = CommitmentAcknowledged(
        revision=1, status="date_rescheduled", promised_date=date(2026, 3, 9)
    )
    assert last(RULE, an_order().commitment("PO-1", answer)).evidence == (8, 9)


def test_what_changes_nothing_is_not_told_again() -> None:
    history = an_order().commitment("PO-1", promised("2026-03-12"))
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(1), at=at("2026-03-06 10:00")))
    assert len(told(RULE, history)) == 1


def test_another_date_is_told_as_the_same_condition() -> None:
    history = an_order().commitment("PO-1", promised("2026-03-12"))
    history.commitment("PO-1", promised("2026-03-16"))
    first, second = told(RULE, history)
    assert isinstance(first, Finding)
    assert isinstance(second, Finding)
    assert second.impact_days == Decimal(4)
    assert (second.subjects, second.first_position) == (first.subjects, first.first_position)


def test_it_clears_when_the_promise_is_back_within_the_need() -> None:
    history = an_order().commitment("PO-1", promised("2026-03-12"))
    history.commitment("PO-1", promised("2026-03-06"))
    assert told(RULE, history)[1:] == [
        Cleared(
            "promise_late",
            ("commitment-PO-1",),
            "PO-1 is promised for 2026-03-06, needed by 2026-03-06",
        )
    ]


def test_it_clears_when_everything_is_here() -> None:
    history = an_order().commitment("PO-1", promised("2026-03-12"))
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(24), at=at("2026-03-05 10:00")))
    assert told(RULE, history)[1:] == [
        Cleared("promise_late", ("commitment-PO-1",), "PO-1 is received")
    ]


def test_it_clears_when_we_need_it_later() -> None:
    history = an_order().commitment("PO-1", promised("2026-03-12"))
    history.commitment("PO-1", CommitmentRevised(revision=2, need_by=date(2026, 3, 13)))
    assert isinstance(told(RULE, history)[1], Cleared)


def test_a_delay_of_the_plan_does_not_tell_the_vendor_again() -> None:
    history = an_order().commitment("PO-1", promised("2026-03-12"))
    assert len(told(RULE, history.phase("paint", 30))) == 1


def test_float_is_counted_as_if_the_late_goods_did_not_hold_the_phase() -> None:
    drives = SchedulingPolicySet(material_drives=True)
    history = an_order().project(drives).commitment("PO-1", promised("2026-03-12"))
    assert last(RULE, history).impact_days == Decimal(2)
