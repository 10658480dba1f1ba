"""A small catalogue of its own for tests of the log, and messages made of it."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from domain.kernel.messages import DomainEvent, Envelope, MessageClass
from domain.kernel.registry import Registry, Upcast
from domain.kernel.values import Instant, Quantity, Text
from domain.log.port import MessageKey, Original, Proposed, Submission

START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
MES: Final = "mes-1"


class PartAdded(DomainEvent):
    """A part is known from now on."""

    type_name = "part.added.v1"
    message_class: ClassVar[MessageClass] = "revision"

    name: str = "bolt"

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class KitAdded(DomainEvent):
    """Several parts are known from now on."""

    type_name = "kit.added.v1"
    message_class: ClassVar[MessageClass] = "revision"

    parts: tuple[str, ...]

    def introduces(self, stream: str) -> tuple[str, ...]:
        del stream
        return tuple(f"part-{part}" for part in self.parts)


class PartCounted(DomainEvent):
    """So many were counted."""

    type_name = "part.counted.v2"
    message_class: ClassVar[MessageClass] = "progress"

    count: int
    weight: Quantity | None = None
    at: Instant | None = None
    note: Text | None = None


class Opaque(DomainEvent):
    """Something of which only the sender knows the shape."""

    type_name = "opaque.kept.v1"
    message_class: ClassVar[MessageClass] = "progress"

    body: Any


class Measured(DomainEvent):
    """A number that JSON may not be able to say."""

    type_name = "value.measured.v1"
    message_class: ClassVar[MessageClass] = "progress"

    value: float


def counted_before_notes(stored: dict[str, Any]) -> dict[str, Any]:
    """Read what the first release called `qty`."""
    return {"count": stored["qty"]}


REGISTRY: Final = Registry(
    (PartAdded, KitAdded, PartCounted, Opaque, Measured),
    {"part.counted.v1": Upcast("part.counted.v2", counted_before_notes)},
)


def at(minutes: float) -> datetime:
    """Return the moment so many minutes after the start of all samples."""
    return START + timedelta(minutes=minutes)


def envelope(message_id: str, **fields: Any) -> Envelope:  # noqa: ANN401
    """Return who, when and why with valid defaults."""
    known: dict[str, Any] = {
        "recorded_at": START,
        "effective_at": START,
        "intake": "fact",
        "actor": "press line",
        "role": "plant_system",
        "source": MES,
        "message_id": message_id,
        "causation_id": message_id,
        "correlation_id": message_id,
    }
    return Envelope(**(known | fields))


def proposed(stream: str, event: DomainEvent, message_id: str = "m", **fields: Any) -> Proposed:  # noqa: ANN401
    """Return an event on its way to a stream."""
    return Proposed(stream, event, envelope(message_id, **fields))


def digest(body: str) -> bytes:
    """Return what tells a repeat from a conflict."""
    return hashlib.sha256(body.encode()).digest()


def message(
    message_id: str,
    *events: DomainEvent,
    stream: str = "part-1",
    body: str = "",
    parks: bool = False,
    expected: Mapping[str, int] | None = None,
    refusal: tuple[str, str] | None = None,
    original: Original | None = None,
    **fields: Any,  # noqa: ANN401
) -> Submission:
    """Return a message whose events all go to one stream."""
    return Submission(
        MessageKey(MES, message_id),
        digest(body or message_id),
        fields.get("recorded_at", START),
        tuple(proposed(stream, event, message_id, **fields) for event in events),
        expected or {},
        refusal,
        parks,
        original,
    )


def counted(message_id: str, count: int = 1, **options: Any) -> Submission:  # noqa: ANN401
    """Return a fact about a part, which waits where the part is unknown."""
    return message(message_id, PartCounted(count=count), parks=True, **options)


def added(message_id: str = "add", **options: Any) -> Submission:  # noqa: ANN401
    """Return the message that makes a part known."""
    return message(message_id, PartAdded(), **options)


def record(place: str, value: bytes = b"{}") -> Original:
    """Return a message as it lay in a topic."""
    return Original("kafka", place, value, b"part-1", (("ce_id", b"m-1"), ("trace", None)))
