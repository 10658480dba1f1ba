"""Add up what is known of one commitment: what we need, what they promise, what is expected.

need_by is ours, promised is theirs, expected is what their last shipping notice says; the three
are never merged. What failed its inspection counts as not delivered. Facts are a set taken by
(effective time, version), none of them raises. Source of the rules: DOMAIN 3.7.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from domain.commitments.events import (
    CommitmentAcknowledged,
    CommitmentCancelled,
    CommitmentRequested,
    CommitmentRevised,
    CommitmentSent,
    CommitmentShortClosed,
    ExpediteAnswered,
    ExpediteRequested,
    InspectionFailed,
    InspectionPassed,
    PromiseDateMoved,
    ReceiptPosted,
    ShipmentNotified,
)
from domain.kernel.messages import Recorded

Facts: TypeAlias = tuple[Recorded[Any], ...]
"""Facts of one commitment by (effective time, version)."""

ContradictionCode: TypeAlias = Literal["old_revision", "over_receipt"]
FACTS: Final = (
    CommitmentSent,
    CommitmentAcknowledged,
    PromiseDateMoved,
    ExpediteAnswered,
    ShipmentNotified,
    ReceiptPosted,
    InspectionPassed,
    InspectionFailed,
)
BASIS_POINTS: Final = 10_000
NOTHING: Final = Decimal(0)


class Status(Enum):
    """Where a commitment stands."""

    UNKNOWN = "unknown"
    REQUESTED = "requested"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    SHORT_CLOSED = "short_closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A fact that contradicts what else is known; the fact stays, rule X1 reports it."""

    code: ContradictionCode
    fact: Recorded[Any]
    against: Recorded[Any] | None = None
    """The event of this commitment that it contradicts, where there is one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a commitment's history adds up to; quantities in the line's unit, dates as days."""

    revision: int = 0
    """The last revision we made; 0 while the commitment is unknown."""
    need_by: date | None = None
    ordered_qty: Decimal = NOTHING
    sent_revision: int = 0
    acknowledged_revision: int = 0
    answer: CommitmentAcknowledged | None = None
    """The vendor's last answer to the revision that was the latest sent."""
    promised: date | None = None
    promised_of: Recorded[Any] | None = None
    """The fact that promised the date."""
    expected: date | None = None
    expedite_wanted: date | None = None
    """The day we last asked the vendor to come by, sooner than promised."""
    expedite_answer: ExpediteAnswered | None = None
    """The vendor's last answer to being asked to come sooner."""
    received_qty: Decimal = NOTHING
    passed_qty: Decimal = NOTHING
    failed_qty: Decimal = NOTHING
    last_receipt_at: datetime | None = None
    closed: Literal["short_closed", "cancelled"] | None = None
    closed_of: Recorded[Any] | None = None
    """The request that closed it."""
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def open(self) -> bool:
        """Tell whether something is still to come."""
        return self.status not in _OVER

    @property
    def awaits_answer(self) -> bool:
        """Tell whether the latest revision went out and was not answered."""
        return self.sent_revision == self.revision > self.acknowledged_revision

    @property
    def good_qty(self) -> Decimal:
        """What came less what failed its inspection; never below nothing."""
        return max(self.received_qty - self.failed_qty, NOTHING)

    @property
    def uninspected_qty(self) -> Decimal:
        """What came and was neither passed nor failed; never below nothing."""
        return max(self.received_qty - self.passed_qty - self.failed_qty, NOTHING)

    @property
    def status(self) -> Status:
        """The furthest step taken."""
        if self.revision == 0:
            return Status.UNKNOWN
        if self.closed is not None:
            return Status(self.closed)
        if self.received_qty > 0:
            whole = self.good_qty >= self.ordered_qty
            return Status.RECEIVED if whole else Status.PARTLY_RECEIVED
        if self.acknowledged_revision == self.revision:
            return Status.ACKNOWLEDGED
        return Status.SENT if self.sent_revision == self.revision else Status.REQUESTED


_OVER: Final = frozenset({Status.UNKNOWN, Status.RECEIVED, Status.SHORT_CLOSED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Line:
    """What is recorded of one commitment: its facts as a set, its requests in stream order."""

    requested: CommitmentRequested | None = None
    facts: Facts = ()
    requests: Facts = ()

    def after(self, recorded: Recorded[Any]) -> "Line":
        """Return the line with one more event; never raises, in whatever order they come."""
        if isinstance(recorded.event, FACTS):
            placed = list(self.facts)
            insort(placed, recorded, key=_place)
            return replace(self, facts=tuple(placed))
        first = recorded.event if isinstance(recorded.event, CommitmentRequested) else None
        return replace(
            self,
            requested=self.requested or first,
            requests=(*self.requests, recorded),
        )

    def standing(self, tolerance_bp: int = 0) -> Standing:
        """Return what it adds up to; receipts may exceed the order by a share in basis points.

        What we ask for is known from the requests alone, so a fact that was reported before its
        order came in is judged by that order all the same.
        """
        now = Standing()
        for known in self.requests:
            now = _requested(now, known)
        allowed = now.ordered_qty * (BASIS_POINTS + tolerance_bp) / BASIS_POINTS
        for known in self.facts:
            now = _reported(now, known, allowed)
        return now


def line_of(history: Iterable[Recorded[Any]]) -> Line:
    """Return what is recorded of a commitment by its history."""
    line = Line()
    for recorded in history:
        line = line.after(recorded)
    return line


def promised_by(event: object) -> date | None:
    """Return the day that a vendor promises with an event; None where he promises none."""
    match event:
        case CommitmentAcknowledged(promised_date=day):
            return day
        case PromiseDateMoved(new=day):
            return day
        case ExpediteAnswered(date=day):
            return day
        case _:
            return None


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version


def _requested(now: Standing, known: Recorded[Any]) -> Standing:
    match known.event:
        case CommitmentRequested(need_by=need_by, qty=qty):
            return replace(now, revision=1, need_by=need_by, ordered_qty=qty)
        case CommitmentRevised(revision=revision, need_by=need_by, qty=qty):
            return replace(
                now,
                revision=revision,
                need_by=need_by or now.need_by,
                ordered_qty=now.ordered_qty if qty is None else qty,
            )
        case ExpediteRequested(wanted=wanted):
            return replace(now, expedite_wanted=wanted)
        case CommitmentShortClosed():
            return replace(now, closed="short_closed", closed_of=known)
        case CommitmentCancelled():
            return replace(now, closed="cancelled", closed_of=known)
        case other:
            raise AssertionError(other)  # Every event of a commitment is a fact or one of these.


def _reported(now: Standing, known: Recorded[Any], allowed: Decimal) -> Standing:
    match known.event:
        case CommitmentSent(revision=revision):
            if revision > now.revision:
                return _contradicted(now, "old_revision", known)
            return replace(now, sent_revision=max(now.sent_revision, revision))
        case CommitmentAcknowledged() as answer:
            return _acknowledged(now, answer, known)
        case PromiseDateMoved():
            return _promised(now, known)
        case ExpediteAnswered() as answer:
            return _promised(replace(now, expedite_answer=answer), known)
        case ShipmentNotified(eta=eta):
            return replace(now, expected=eta)
        case ReceiptPosted() as receipt:
            return _received(now, receipt, known, allowed)
        case other:
            return _inspected(now, other)


def _inspected(now: Standing, event: object) -> Standing:
    match event:
        case InspectionPassed(qty=qty):
            return replace(now, passed_qty=now.passed_qty + qty)
        case InspectionFailed(qty=qty):
            return replace(now, failed_qty=now.failed_qty + qty)
        case other:
            raise AssertionError(other)  # `Line.after` keeps facts alone among the facts.


def _acknowledged(now: Standing, answer: CommitmentAcknowledged, known: Recorded[Any]) -> Standing:
    """Take an answer in if it refers to the latest revision sent, or to one made after that.

    A revision the vendor answers was evidently sent, whether or not that was recorded.
    """
    if not now.sent_revision <= answer.revision <= now.revision:
        return _contradicted(now, "old_revision", known)
    answered = replace(
        now,
        sent_revision=answer.revision,
        acknowledged_revision=answer.revision,
        answer=answer,
    )
    return _promised(answered, known)


def _promised(now: Standing, known: Recorded[Any]) -> Standing:
    day = promised_by(known.event)
    return now if day is None else replace(now, promised=day, promised_of=known)


def _received(
    now: Standing, receipt: ReceiptPosted, known: Recorded[Any], allowed: Decimal
) -> Standing:
    received = replace(now, received_qty=now.received_qty + receipt.qty, last_receipt_at=receipt.at)
    end = now.closed_of
    # What failed its inspection may be delivered again: its replacement is no over-delivery.
    if received.good_qty > allowed or (end is not None and _place(end) < _place(known)):
        return _contradicted(received, "over_receipt", known, end)
    return received


def _contradicted(
    now: Standing,
    code: ContradictionCode,
    known: Recorded[Any],
    against: Recorded[Any] | None = None,
) -> Standing:
    found = Contradiction(code, known, against)
    return replace(now, contradictions=(*now.contradictions, found))
