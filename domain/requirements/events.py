"""What can become true of one requirement (stream `requirement-<id>`)."""

from typing import Annotated, ClassVar

from pydantic import Field

from domain.kernel.ids import Id
from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import Name, Quantity, UnitCode, WorkingMinutes

Rank = Annotated[int, Field(ge=1, le=99)]
"""Who is served first where there is not enough: the lower number."""

ORDINARY: Rank = 50


class RequirementIdentified(DomainEvent):
    """A phase needs so much of an item, so many working minutes before it starts."""

    type_name = "requirement.identified.v1"
    message_class: ClassVar[MessageClass] = "revision"

    phase: Id
    item: Id
    qty: Quantity
    uom: UnitCode
    qty_per: Quantity | None = None
    offset_min: WorkingMinutes = 0
    bom_line: Name | None = None
    priority: Rank = ORDINARY

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class RequirementChanged(DomainEvent):
    """The phase needs it otherwise; what is absent stays as it was."""

    type_name = "requirement.changed.v1"
    message_class: ClassVar[MessageClass] = "revision"

    qty: Quantity | None = None
    offset_min: WorkingMinutes | None = None
    priority: Rank | None = None


class RequirementCancelled(DomainEvent):
    """The phase does not need it any more."""

    type_name = "requirement.cancelled.v1"
    message_class: ClassVar[MessageClass] = "revision"


EVENTS: tuple[type[DomainEvent], ...] = (
    RequirementIdentified,
    RequirementChanged,
    RequirementCancelled,
)
