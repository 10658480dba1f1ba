"""Let time be an event: the only source of "now" that a fold or a rule may have."""

from typing import ClassVar

from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import Instant


class ClockAdvanced(DomainEvent):
    """Time has come to `to`; it never goes back, and an extra tick changes nothing."""

    type_name = "clock.advanced.v1"
    message_class: ClassVar[MessageClass] = "clock"
    mark: ClassVar[Mark] = "fact"

    to: Instant
