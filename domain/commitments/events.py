"""What can become true of one commitment (stream `commitment-<id>`, one per order line)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.kernel.ids import Id
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import CalendarDate, Instant, Name, Quantity, Text, UnitCode

Revision = Annotated[int, Field(ge=1)]
AcknowledgementStatus = Literal[
    "accepted",
    "date_rescheduled",
    "quantity_changed",
    "backordered",
    "partial",
    "substituted",
    "on_hold",
    "date_pending",
    "rejected",
]
"""The answers of a seller as in X12 855, data element 668."""


class CommitmentRequested(DomainEvent):
    """We need this from a vendor by the end of a day; revision 1 of the line."""

    type_name = "commitment.requested.v1"
    message_class: ClassVar[MessageClass] = "revision"

    vendor: Name
    kind: Literal["goods", "service", "subcontract"]
    item: Name
    qty: Quantity
    uom: UnitCode
    need_by: CalendarDate
    order_ref: Text | None = None
    for_phases: tuple[Id, ...] = ()
    for_requirements: tuple[Id, ...] | None = None
    """The material requirements that the line is to cover; None: none are named."""

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class CommitmentRevised(DomainEvent):
    """We need it otherwise: this revision counts, and wants a new acknowledgement."""

    type_name = "commitment.revised.v1"
    message_class: ClassVar[MessageClass] = "revision"

    revision: Revision
    need_by: CalendarDate | None = None
    qty: Quantity | None = None


class CommitmentSent(DomainEvent):
    """The vendor has this revision of the line."""

    type_name = "commitment.sent.v1"
    message_class: ClassVar[MessageClass] = "communication"
    mark: ClassVar[Mark] = "both"

    revision: Revision
    channel: Name


class CommitmentAcknowledged(DomainEvent):
    """The vendor answered a revision, perhaps with a date of its own."""

    type_name = "commitment.acknowledged.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    revision: Revision
    status: AcknowledgementStatus
    promised_date: CalendarDate | None = None
    qty: Quantity | None = None
    raw_code: Text | None = None


class PromiseDateMoved(DomainEvent):
    """The vendor promises another date."""

    type_name = "commitment.promise_date_moved.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    old: CalendarDate | None = None
    new: CalendarDate
    told_by: Name
    channel: Name
    proof_ref: Text | None = None


class ExpediteRequested(DomainEvent):
    """We asked the vendor to come sooner than promised; our need_by stays what it is."""

    type_name = "commitment.expedite_requested.v1"
    message_class: ClassVar[MessageClass] = "communication"

    wanted: CalendarDate


class ExpediteAnswered(DomainEvent):
    """The vendor said whether he can come sooner; a date he names with it is what he promises."""

    type_name = "commitment.expedite_answered.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    answer: Literal["accepted", "partly", "refused"]
    date: CalendarDate | None = None
    told_by: Name | None = None
    channel: Name | None = None
    proof_ref: Text | None = None


class ShipmentNotified(DomainEvent):
    """Goods are on their way."""

    type_name = "commitment.shipment_notified.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    qty: Quantity
    eta: CalendarDate
    carrier_ref: Text | None = None


class ReceiptPosted(DomainEvent):
    """Goods or work were received."""

    type_name = "commitment.receipt_posted.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    qty: Quantity
    at: Instant


class InspectionPassed(DomainEvent):
    """So much of what came is good."""

    type_name = "commitment.inspection_passed.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    qty: Quantity


class InspectionFailed(DomainEvent):
    """So much of what came is not good: it counts as not delivered and may come again."""

    type_name = "commitment.inspection_failed.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    qty: Quantity


class CommitmentShortClosed(DomainEvent):
    """Nothing more is expected although not everything came."""

    type_name = "commitment.short_closed.v1"
    message_class: ClassVar[MessageClass] = "revision"


class CommitmentCancelled(DomainEvent):
    """We do not want it any more."""

    type_name = "commitment.cancelled.v1"
    message_class: ClassVar[MessageClass] = "revision"


EVENTS: tuple[type[DomainEvent], ...] = (
    CommitmentRequested,
    CommitmentRevised,
    CommitmentSent,
    CommitmentAcknowledged,
    PromiseDateMoved,
    ExpediteRequested,
    ExpediteAnswered,
    ShipmentNotified,
    ReceiptPosted,
    InspectionPassed,
    InspectionFailed,
    CommitmentShortClosed,
    CommitmentCancelled,
)
