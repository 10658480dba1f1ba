"""Turn events into stored bytes and back: flat JSON, permanent names, nothing that cannot be read.

The stored state is one JSON object: the envelope's fields (those that are not null) and `data`, the
event's own. `recorded_at` always comes first, so that the log can set it under its writer lock
without encoding the event again (`Encoded.state_at`).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any, Final, NamedTuple, TypeAlias, cast

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from domain.kernel.messages import DomainEvent, Envelope, Recorded
from domain.kernel.registry import Registry
from domain.kernel.values import Reason, rfc3339
from domain.log.port import Proposed, Unreadable
from domain.log.stored_form import DATA, Decode, StoredForm, envelope_of, stored_form

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ENVELOPE_TYPES: Final = frozenset({str, datetime, Reason, dict, NoneType})
_HEAD: Final = b'{"recorded_at":"'
# An odd number of backslashes before u0000; with an even one somebody wrote the escape as a text.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def micros_of(moment: datetime) -> int:
    """Return the microseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(micros: int) -> datetime:
    """Return the UTC instant that many microseconds after 1970-01-01T00:00Z."""
    return _EPOCH + timedelta(microseconds=micros)


def _is_sound(envelope: Envelope) -> bool:
    """Tell whether an envelope will read back, also one that `model_copy` made without a check.

    It costs a tenth of reading it back: what the types of its fields leave open is checked here.
    """
    return bool(
        _ENVELOPE_TYPES.issuperset(map(type, vars(envelope).values()))
        and envelope.recorded_at.tzinfo
        and envelope.effective_at.tzinfo
    )


Row: TypeAlias = tuple[int, str, int, str, bytes]
"""An event as it is read: position, stream, version, name, state."""


class Encoded(NamedTuple):
    """An event on its way into the log; its version and its `recorded_at` may still change."""

    stream: str
    topic: str
    at_us: int
    """The moment it was taken in, µs since 1970; the log raises it to the last one if older."""
    state: bytes
    project_id: str | None
    introduces: tuple[str, ...]

    def in_project(self, project_id: str) -> "Encoded":
        """Return the same event naming its subject's project, which its sender could not know."""
        named = b',"project_id":"' + project_id.encode() + b'"' + DATA
        return self._replace(project_id=project_id, state=self.state.replace(DATA, named, 1))

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
        self._forms: dict[str, StoredForm] = {}
        self._decode: dict[str, Decode] = {}

    def encode(self, proposed: Proposed) -> Encoded:
        """Return the bytes of an event; raises Unreadable if they would not read back the same."""
        event, envelope = proposed.event, proposed.envelope
        topic = type(event).type_name
        if self.registry.models.get(topic) is not type(event):
            msg = f"{topic} is not the catalogue's name of {type(event).__qualname__}"
            raise Unreadable(msg)
        form = self._form(topic)
        try:
            state = form.encode(event, envelope)
            is_same = form.reads_back(state, event)
        except (PydanticSerializationError, ValidationError, UnicodeEncodeError) as error:
            msg = f"{topic} of {proposed.stream} cannot be read back: {error}"
            raise Unreadable(msg) from error
        if not (is_same and _is_sound(envelope)):
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

    def decode(self, rows: Iterable[Row]) -> list[Recorded[Any]]:
        """Return stored events in their places; raises Unreadable for bytes that cannot be read."""
        known = self._decode
        read: list[Recorded[Any]] = []
        for position, stream, version, topic, state in rows:
            try:
                event = (known.get(topic) or self._form(topic).decode)(state)
            except ValidationError as error:
                msg = f"{topic} at {stream}:{version} cannot be read: {error}"
                raise Unreadable(msg) from error
            read.append(Stored(event, state, stream, version, position))
        return read

    def _form(self, topic: str) -> StoredForm:
        form = self._forms.get(topic)
        if form is None:
            form = self._forms[topic] = self._new_form(topic)
            self._decode[topic] = form.decode
        return form

    def _new_form(self, topic: str) -> StoredForm:
        """Build what reads one name; raises Unreadable for a name that no catalogue has."""
        model = self.registry.models.get(topic)
        if model is not None:
            return stored_form(model)
        if not self.registry.knows(topic):
            msg = f"{topic!r} is no name of the catalogue"
            raise Unreadable(msg)

        def encode(event: DomainEvent, envelope: Envelope) -> bytes:
            raise AssertionError(topic, event, envelope)  # Nobody writes an older shape.

        def decode(state: bytes) -> DomainEvent:
            try:
                today, data = self.registry.upcast(topic, from_json(state)["data"])
            except (LookupError, TypeError, ValueError, ArithmeticError) as error:
                msg = f"{topic} is not what its upcast reads: {error!r} in {state[:500]!r}"
                raise Unreadable(msg) from error
            # What an upcast made was never checked by anybody, so here every rule holds.
            return today.model_validate_json(to_json(data))

        def reads_back(state: bytes, event: DomainEvent) -> bool:
            raise AssertionError(topic, state, event)

        return StoredForm(encode, decode, reads_back)

    def describe(self, stored: StoredEvent) -> Encoded:
        """Return what the log keeps about a stored event beside its bytes."""
        stream = cast("str", stored.originator_id)
        event, envelope = self._form(stored.topic).decode(stored.state), envelope_of(stored.state)
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
        read = self._form(stored_event.topic).decode(stored_event.state)
        about = envelope_of(stored_event.state)
        return Placed(read, about, stream, stored_event.originator_version, 0)


class Stored(Recorded[DomainEvent]):
    """A recorded event as it comes out of the log; its envelope is read when first asked for.

    Half of the time of reading an event goes into its envelope, and folds that rebuild a state
    look at few of them.
    """

    __slots__ = ("_about", "_envelope", "_state")

    def __init__(
        self, event: DomainEvent, state: bytes, stream: str, version: int, position: int
    ) -> None:
        self.event = event
        self.stream = stream
        self.version = version
        self.position = position
        self._state = state
        self._envelope: Envelope | None = None
        self._about: dict[str, Any] | None = None

    @property
    def about(self) -> Mapping[str, Any]:
        """The envelope as it is stored; raises Unreadable for bytes that are no envelope."""
        about = self._about
        if about is None:
            try:
                about = self._about = from_json(self._state[: self._state.index(DATA)] + b"}")
            except ValueError as error:
                msg = f"the envelope of {self.event_id} cannot be read: {error}"
                raise Unreadable(msg) from error
        return about

    @property
    def project_id(self) -> str | None:
        return self.about.get("project_id")

    @property
    def envelope(self) -> Envelope:  # type: ignore[override]  # Read as the attribute it is there.
        """Who, when and why; raises Unreadable for bytes that are no envelope."""
        envelope = self._envelope
        if envelope is None:
            try:
                envelope = self._envelope = envelope_of(self._state)
            except ValidationError as error:
                msg = f"the envelope of {self.event_id} cannot be read: {error}"
                raise Unreadable(msg) from error
        return envelope


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
