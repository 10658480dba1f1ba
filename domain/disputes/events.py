"""What can become true of the reason that one event names: it is disputed, and that is settled.

The stream is `dispute-<id>`, the id derived from the id of the event (see `stream_of_dispute`).
"""

from typing import ClassVar, Literal, TypeAlias

from domain.kernel.corrections import EventId
from domain.kernel.ids import derived_id, stream_of
from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import Name, Reason, Text

Outcome: TypeAlias = Literal["upheld", "changed", "withdrawn"]
"""Upheld: what the event says stands. Changed: what was proposed counts. Withdrawn: by who did."""


def stream_of_dispute(target: str) -> str:
    """Return the stream of the disputes of one event, by its id `<stream>:<version>`.

    An event id may hold `/` and is longer than an id may be, and what follows a stream's category
    up to a `/` names its project: so the id here is derived from the event's.
    """
    return stream_of("dispute", derived_id("", target))


class DisputeEvent(DomainEvent):
    """A step in a dispute of one reason."""

    message_class: ClassVar[MessageClass] = "communication"


class ReasonDisputed(DisputeEvent):
    """A party says that an event had another reason, or that somebody else answers for it."""

    type_name = "dispute.reason_disputed.v1"

    target: EventId
    by: Name
    proposed_reason: Reason
    proposed_responsible: Name | None = None
    why: Text

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class DisputeSettled(DisputeEvent):
    """What is disputed stands, is changed to what was proposed, or is disputed no more."""

    type_name = "dispute.settled.v1"

    target: EventId
    outcome: Outcome
    by: Name
    text: Text | None = None


EVENTS: tuple[type[DomainEvent], ...] = (ReasonDisputed, DisputeSettled)
