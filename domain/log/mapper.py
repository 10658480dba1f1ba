"""Turn events into stored bytes and back: flat JSON, permanent names, nothing that cannot be read.

The stored state is one JSON object: the envelope's fields (those that are not null) and `data`, the
event's own. `recorded_at` always comes first, so that the log can set it under its writer lock
without encoding the event again (`Encoded.state_at`).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, cast

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import PydanticSerializationError, from_json, to_json

from domain.kernel.messages import DomainEvent, Envelope, Intake, Recorded
from domain.kernel.registry import Registry
from domain.kernel.values import Reason, rfc3339
from domain.log.port import Proposed, Unreadable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_HEAD: Final = b'{"recorded_at":"'
_DATA: Final = b',"data":'
# An odd number of backslashes before u0000; an even one is the text of somebody who wrote "\\u0000".
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

Decode = Callable[[bytes], tuple[DomainEvent, Envelope]]


def micros_of(moment: datetime) -> int:
    """Return the microseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(micros: int) -> datetime:
    """Return the UTC instant that many microseconds after 1970-01-01T00:00Z."""
    return _EPOCH + timedelta(microseconds=micros)


class Encoded(NamedTuple):
    """An event on its way into the log; its version and its `recorded_at` may still change."""

    stream: str
    topic: str
    at_us: int
    """The moment it was taken in, µs since 1970; the log raises it to the last one if it is older."""
    state: bytes
    project_id: str | None
    introduces: tuple[str, ...]

    def state_at(self, at_us: int) -> bytes:
        """Return the stored state with this `recorded_at`."""
        if at_us == self.at_us:
            return self.state
        behind = self.state.index(b'"', len(_HEAD))
        return _HEAD + rfc3339(moment_of(at_us)).encode() + self.state[behind:]


class EventMapper(Mapper[str]):
    """The library's mapper in Takt's stored form; names that no registry knows are refused."""

    def __init__(self, registry: Registry, transcoder: Transcoder | None = None) -> None:
        super().__init__(transcoder or _NoTranscoder())
        self.registry = registry
        self._decoders: dict[str, Decode] = {}

    def encode(self, proposed: Proposed) -> Encoded:
        """Return the bytes of an event; raises Unreadable if they would not read back the same."""
        event, envelope = proposed.event, proposed.envelope
        topic = type(event).type_name
        if self.registry.models.get(topic) is not type(event):
            msg = f"{topic} is not the catalogue's name of {type(event).__qualname__}"
            raise Unreadable(msg)
        try:
            about = type(envelope).__pydantic_serializer__.to_json(
                envelope, exclude_none=True, warnings="error"
            )
            data = type(event).__pydantic_serializer__.to_json(
                event, exclude_none=True, warnings="error"
            )
            state = about[:-1] + _DATA + data + b"}"
            read, read_envelope = self._decoder(topic)(state)
        except (PydanticSerializationError, ValidationError, UnicodeEncodeError) as error:
            msg = f"{topic} of {proposed.stream} cannot be read back: {error}"
            raise Unreadable(msg) from error
        if vars(read) != vars(event) or vars(read_envelope) != vars(envelope):
            msg = f"{topic} of {proposed.stream} reads back as something else"
            raise Unreadable(msg)
        if b"\\u0000" in state and _NUL.search(state):
            msg = f"{topic} of {proposed.stream} holds the NUL character"
            raise Unreadable(msg)
        return Encoded(
            proposed.stream,
            topic,
            micros_of(envelope.recorded_at),
            state,
            envelope.project_id,
            event.introduces(proposed.stream),
        )

    def decode(
        self, topic: str, state: bytes, stream: str, version: int, position: int
    ) -> Recorded[DomainEvent]:
        """Return a stored event in its place; raises Unreadable for unknown names and bad bytes."""
        try:
            event, envelope = self._decoder(topic)(state)
        except ValidationError as error:
            msg = f"{topic} at {stream}:{version} cannot be read: {error}"
            raise Unreadable(msg) from error
        return Recorded(event, envelope, stream, version, position)

    def _decoder(self, topic: str) -> Decode:
        decode = self._decoders.get(topic)
        if decode is None:
            decode = self._decoders[topic] = self._new_decoder(topic)
        return decode

    def _new_decoder(self, topic: str) -> Decode:
        """Build what reads one name; raises Unreadable for a name that no catalogue has."""
        model = self.registry.models.get(topic)
        if model is not None:
            return _decoder_of(model)
        if not self.registry.knows(topic):
            msg = f"{topic!r} is no name of the catalogue"
            raise Unreadable(msg)

        def decode_older(state: bytes) -> tuple[DomainEvent, Envelope]:
            stored = from_json(state)
            today, stored["data"] = self.registry.upcast(topic, stored["data"])
            return self._decoder(today.type_name)(to_json(stored))

        return decode_older

    def describe(self, stored: StoredEvent) -> Encoded:
        """Return what the log keeps about a stored event beside its bytes."""
        stream = cast("str", stored.originator_id)
        event, envelope = self._decoder(stored.topic)(stored.state)
        return Encoded(
            stream,
            stored.topic,
            micros_of(envelope.recorded_at),
            stored.state,
            envelope.project_id,
            event.introduces(stream),
        )

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Encode a Recorded for the library's `save`; its version decides its place."""
        recorded = cast("Recorded[DomainEvent]", domain_event)
        encoded = self.encode(Proposed(recorded.stream, recorded.event, recorded.envelope))
        return StoredEvent(recorded.stream, recorded.version, encoded.topic, encoded.state)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[str]:
        """Decode for the library's `Repository`; the result has the library's coordinates."""
        stream = cast("str", stored_event.originator_id)
        read, envelope = self._decoder(stored_event.topic)(stored_event.state)
        return Placed(read, envelope, stream, stored_event.originator_version, 0)


class Placed(Recorded[DomainEvent]):
    """A recorded event under the names the library has for its stream and version."""

    __slots__ = ()

    @property
    def originator_id(self) -> str:
        return self.stream

    @property
    def originator_version(self) -> int:
        return self.version


class _NoTranscoder(Transcoder):
    """Stands where the library wants a transcoder: stored states never pass through one."""

    def encode(self, obj: object) -> bytes:
        raise AssertionError(obj)

    def decode(self, data: bytes) -> object:
        raise AssertionError(data)


class _StoredEnvelope(BaseModel):
    """The envelope as it lies in the log: types are checked again, the edge's finer rules are not."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    recorded_at: AwareDatetime
    effective_at: AwareDatetime
    zone: str | None = None
    intake: Intake
    actor: str
    role: str
    on_behalf_of: str | None = None
    source: str
    message_id: str
    external_ref: str | None = None
    causation_id: str
    correlation_id: str
    project_id: str | None = None
    responsible: str | None = None
    reason: Reason | None = None
    decided_on: dict[str, int] | None = None


if list(_StoredEnvelope.model_fields) != list(Envelope.model_fields):
    raise AssertionError(sorted(_StoredEnvelope.model_fields ^ Envelope.model_fields.keys()))


def _decoder_of(model: type[DomainEvent]) -> Decode:
    """Return a function that reads envelope and data in one validation.

    The validated object becomes the Envelope itself once the event is taken out of it: building a
    second object from the first would cost as much as reading it.
    """
    stored: Any = create_model(
        f"Stored{model.__name__}", __base__=_StoredEnvelope, data=(model, ...)
    )
    validate: Callable[[bytes], Any] = stored.__pydantic_validator__.validate_json
    become = object.__setattr__

    def decode(state: bytes) -> tuple[DomainEvent, Envelope]:
        envelope = validate(state)
        event = envelope.__dict__.pop("data")
        envelope.__pydantic_fields_set__.discard("data")
        become(envelope, "__class__", Envelope)
        return event, envelope

    return decode
