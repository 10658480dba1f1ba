"""What can become true of a resource (stream `resource-<project>/<id>`)."""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from domain.kernel.ids import Id
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import Instant, Milli, Name, Text


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
    OutageReported,
    OutageEnded,
)
