"""Keep the commitments of a project: what its phases wait for, and until when."""

from bisect import insort
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.commitments.events import (
    CommitmentAcknowledged,
    CommitmentCancelled,
    CommitmentRequested,
    CommitmentRevised,
    CommitmentSent,
    CommitmentShortClosed,
    PromiseDateMoved,
    ReceiptPosted,
    ShipmentNotified,
)
from domain.kernel.calendar import minute_of
from domain.kernel.messages import Recorded
from domain.planning.network import Bound

_CONFIRMING: Final = frozenset(
    {"accepted", "date_rescheduled", "quantity_changed", "partial", "substituted"}
)


class Supply:
    """One commitment: need, promise and expectation are three dates and never merged.

    Facts count by (effective_at, version), requests as they stand in the stream. An answer to an
    older revision than the present one is no answer.
    """

    def __init__(self, commitment_id: str, requested: CommitmentRequested, position: int) -> None:
        self.id = commitment_id
        self.vendor = requested.vendor
        self.item = requested.item
        self.for_phases = requested.for_phases
        self.qty = requested.qty
        self.need_by = requested.need_by
        self.need_position = position
        self._revision = 1
        self._closed_as: str | None = None
        self._sent = False
        self._facts: list[Recorded[Any]] = []
        self._begin()

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take a later event of the commitment's stream in."""
        match recorded.event:
            case CommitmentRevised() as revised:
                self._revision = revised.revision
                self._sent = False
                self.qty = self.qty if revised.qty is None else revised.qty
                if revised.need_by is not None:
                    self.need_by = revised.need_by
                    self.need_position = recorded.position
            case CommitmentShortClosed():
                self._closed_as = "short_closed"
            case CommitmentCancelled():
                self._closed_as = "cancelled"
            case CommitmentSent() as sent:
                self._sent = self._sent or sent.revision >= self._revision
            case _:
                insort(self._facts, recorded, key=lambda fact: (fact.effective_at, fact.version))
        self._begin()
        for fact in self._facts:
            self._take(fact)

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self._closed_as is None and not self.is_received

    @property
    def is_received(self) -> bool:
        """Whether all that was ordered is here."""
        return self.received > 0 and self.received >= self.qty

    @property
    def expected(self) -> date:
        """The day it is expected on: announced with the shipment, else promised, else needed."""
        return self.eta or self.promised or self.need_by

    @property
    def status(self) -> str:
        """Where it stands, in one word."""
        if self._closed_as is not None:
            return self._closed_as
        if self.is_received:
            return "received"
        if self.eta is not None:
            return "shipped"
        return self.answer or ("sent" if self._sent else "requested")

    def _begin(self) -> None:
        self.answer: str | None = None
        self.is_confirmed = False
        self.promised: date | None = None
        self.promise_position = self.need_position
        self.eta: date | None = None
        self.received = Decimal(0)
        self.received_at: datetime | None = None

    def _take(self, fact: Recorded[Any]) -> None:
        match fact.event:
            case CommitmentAcknowledged() as answer if answer.revision >= self._revision:
                self.answer = answer.status
                self.is_confirmed = answer.status in _CONFIRMING
                if answer.promised_date is not None:
                    self.promised = answer.promised_date
                    self.promise_position = fact.position
                elif answer.status == "accepted":
                    self.promised, self.promise_position = self.need_by, fact.position
            case PromiseDateMoved() as moved:
                self.promised, self.promise_position = moved.new, fact.position
            case ShipmentNotified() as shipped:
                self.eta = shipped.eta
            case ReceiptPosted() as receipt:
                self.received += receipt.qty
                self.received_at = max(receipt.at, self.received_at or receipt.at)
            case _:
                pass


class Supplies:
    """All commitments of a project by id."""

    def __init__(self) -> None:
        self._lines: dict[str, Supply] = {}
        self._for_phase: dict[str, list[Supply]] = {}
        self._zone = ZoneInfo("UTC")

    def use_zone(self, zone: ZoneInfo) -> None:
        """Let days of delivery end in this zone."""
        self._zone = zone

    def fold(self, recorded: Recorded[Any]) -> Sequence[str]:
        """Take one event in; return the phases that wait for the commitment it is about."""
        if isinstance(recorded.event, CommitmentRequested):
            supply = Supply(recorded.subject_id, recorded.event, recorded.position)
            self._lines[supply.id] = supply
            for phase_id in supply.for_phases:
                self._for_phase.setdefault(phase_id, []).append(supply)
            return supply.for_phases
        known = self._lines.get(recorded.subject_id)
        if known is None:
            return ()
        known.fold(recorded)
        return known.for_phases

    def lines(self) -> Sequence[Supply]:
        """Return every commitment."""
        return tuple(self._lines.values())

    def get(self, commitment_id: str) -> Supply | None:
        """Return one commitment."""
        return self._lines.get(commitment_id)

    def bounds(self, phase_id: str) -> tuple[Bound, ...]:
        """Return before which instants a phase cannot start, one per commitment it waits for.

        Goods that are due on a day are there when it has ended, goods that came when they came;
        what was cancelled or closed holds nothing back.
        """
        bounds = []
        for supply in self._for_phase.get(phase_id, ()):
            if supply.is_received and supply.received_at is not None:
                bounds.append(Bound(minute_of(supply.received_at), "commitment", supply.id))
            elif supply.is_open:
                day = datetime.combine(supply.expected + timedelta(days=1), time(), self._zone)
                bounds.append(Bound(minute_of(day), "commitment", supply.id))
        return tuple(bounds)
