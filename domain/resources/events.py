"""What can become true of a resource (stream `resource-<project>/<id>`)."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from domain.kernel.ids import Id
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import INTEGER_MAX, CalendarDate, Instant, Milli, Name, Text

OvertimeMinutes = Annotated[int, Field(ge=0, le=1440)]
"""Minutes worked beyond the calendar on one date, at most a day of them."""

AllocatedMilli = Annotated[int, Field(gt=0, le=INTEGER_MAX)]
"""A share of a resource in thousandths; nothing of it is no allocation."""


class ResourceRegistered(DomainEvent):
    """The resource can be planned with."""

    type_name = "resource.registered.v1"
    message_class: ClassVar[MessageClass] = "revision"

    name: Name
    resource_class: Literal["labour", "equipment", "material", "other"]
    department_id: Name

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class CapacitySet(DomainEvent):
    """So much of the resource is there, in thousandths, on its calendar."""

    type_name = "resource.capacity_set.v1"
    message_class: ClassVar[MessageClass] = "revision"

    milli_units: Milli
    calendar_id: Id | None = None
    valid_from: Instant | None = None


class OvertimeAuthorised(DomainEvent):
    """On this date the resource works so much longer than its calendar says; 0: no longer.

    It follows the last window of the date; on a free day it begins when work begins on others.
    """

    type_name = "resource.overtime_authorised.v1"
    message_class: ClassVar[MessageClass] = "revision"

    date: CalendarDate
    minutes: OvertimeMinutes


class AllocationEvent(DomainEvent):
    """A change of what the resource is held for; its id is unique inside the resource."""

    message_class: ClassVar[MessageClass] = "revision"

    allocation_id: Id


class AllocationMade(AllocationEvent):
    """So much of the resource is held for a phase from an instant to another.

    With `overbooking_accepted_by` it may be more than there is: that party took it on itself.
    """

    type_name = "resource.allocation_made.v1"

    phase_id: Id
    since: Instant
    until: Instant
    milli_units: AllocatedMilli
    overbooking_accepted_by: Name | None = None


class AllocationChanged(AllocationEvent):
    """The allocation is of this time and size now; its phase never changes."""

    type_name = "resource.allocation_changed.v1"

    since: Instant
    until: Instant
    milli_units: AllocatedMilli
    overbooking_accepted_by: Name | None = None


class AllocationReleased(AllocationEvent):
    """The resource is no longer held."""

    type_name = "resource.allocation_released.v1"


class OutageReported(DomainEvent):
    """The resource is not available, perhaps without a known end."""

    type_name = "resource.outage_reported.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    since: Instant
    until: Instant | None = None
    kind: Literal["breakdown", "maintenance", "absence"]
    ref: Text | None = None

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.until is not None and self.until < self.since:
            msg = "until lies before since: an outage ends after it began"
            raise ValueError(msg)
        return self


class OutageEnded(DomainEvent):
    """The resource is available again."""

    type_name = "resource.outage_ended.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    at: Instant


EVENTS: tuple[type[DomainEvent], ...] = (
    ResourceRegistered,
    CapacitySet,
    OvertimeAuthorised,
    AllocationMade,
    AllocationChanged,
    AllocationReleased,
    OutageReported,
    OutageEnded,
)
