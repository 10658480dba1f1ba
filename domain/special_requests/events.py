"""What can become true of one special request (stream `request-<id>`)."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.ids import Id
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import (
    INTEGER_MAX,
    CalendarDate,
    Money,
    Name,
    Quantity,
    Text,
    UnitCode,
    WorkingDays,
)

FoundIn: TypeAlias = Literal["contract", "email", "call", "meeting"]
RequestKind: TypeAlias = Literal[
    "spec",
    "finish",
    "packaging",
    "quantity",
    "date",
    "inspection",
    "documents",
    "delivery",
    "other",
]
Position: TypeAlias = Annotated[int, Field(ge=0)]
EffortMinutes: TypeAlias = Annotated[int, Field(ge=-INTEGER_MAX, le=INTEGER_MAX)]
"""Working minutes more than before; fewer are negative."""


class Material(BaseModel):
    """So much of an item is needed more."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    item: Name
    qty: Quantity
    uom: UnitCode


class ReportedOfRequest(DomainEvent):
    """Something the customer did, or somebody heard of him."""

    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"


class DecidedOnRequest(DomainEvent):
    """A step of our own on a special request."""

    message_class: ClassVar[MessageClass] = "revision"


class RequestIdentified(ReportedOfRequest):
    """A customer wants something special, in his own words; where it was found, and by whom."""

    type_name = "request.identified.v1"

    from_party: Name
    found_in: FoundIn
    verbatim: Text
    identified_by: Name

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class RequestWithdrawn(ReportedOfRequest):
    """The customer does not want it any more."""

    type_name = "request.withdrawn.v1"

    by: Name


class RequestClassified(DecidedOnRequest):
    """The request is of this kind."""

    type_name = "request.classified.v1"

    kind: RequestKind


class ImpactAssessed(DecidedOnRequest):
    """What carrying the request out would do, as it was computed on a branch.

    `days` are working days by which the project would be done later, `phases` those that would move
    or that the branch changes, `assessed_at_position` the base of the branch.
    Without a branch nothing in the plan is to change.
    """

    type_name = "request.impact_assessed.v1"

    branch: Id | None = None
    days: WorkingDays
    effort_min: EffortMinutes
    money: Money | None = None
    materials: tuple[Material, ...] = ()
    phases: tuple[Id, ...] = ()
    assessed_at_position: Position


class RequestQuoted(DecidedOnRequest):
    """The customer was told what the request would cost him."""

    type_name = "request.quoted.v1"

    money: Money
    valid_until: CalendarDate | None = None


class RequestRejected(DecidedOnRequest):
    """It will not be done."""

    type_name = "request.rejected.v1"

    by: Name


class RequestApproved(DecidedOnRequest):
    """It may be done, at the impact that was assessed last."""

    type_name = "request.approved.v1"
    mark: ClassVar[Mark] = "both"

    by: Name


class RequestApplied(DecidedOnRequest):
    """The plan holds it: these events of the same commit came of it, each as `stream@version`."""

    type_name = "request.applied.v1"

    events: tuple[Name, ...] = ()


class RequestVerified(DecidedOnRequest):
    """Somebody saw that what was asked for is there."""

    type_name = "request.verified.v1"

    evidence: Text


class CustomerInformed(DecidedOnRequest):
    """The customer was told what became of the request, by this notice."""

    type_name = "request.customer_informed.v1"
    message_class: ClassVar[MessageClass] = "communication"

    notice: Name


EVENTS: tuple[type[DomainEvent], ...] = (
    RequestIdentified,
    RequestWithdrawn,
    RequestClassified,
    ImpactAssessed,
    RequestQuoted,
    RequestRejected,
    RequestApproved,
    RequestApplied,
    RequestVerified,
    CustomerInformed,
)
