"""What can become true of a skill's rate (stream `rate-<skill>`)."""

from typing import ClassVar

from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import CalendarDate, Cost


class RateChanged(DomainEvent):
    """From a day on an hour of this skill costs so much; the last word on a day counts."""

    type_name = "rate.changed.v1"
    message_class: ClassVar[MessageClass] = "revision"

    valid_from: CalendarDate
    rate: Cost

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


EVENTS: tuple[type[DomainEvent], ...] = (RateChanged,)
