"""Correct what was recorded without editing it: an event should have said this, or is void.

Nothing is deleted. A correction is an event on the stream of its target; `corrected` applies it
before any fold, so no fold mentions corrections, and a history up to an earlier position still
shows what was believed then. Source: DOMAIN 3.17.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, JsonValue, StringConstraints, ValidationError

from domain.kernel.decider import Events
from domain.kernel.ids import ID_PATTERN, Id
from domain.kernel.messages import Command, DomainEvent, MessageClass, Recorded
from domain.kernel.refusals import InvalidTransition, Malformed, UnknownSubject
from domain.kernel.values import Instant, Text

_ID: Final = ID_PATTERN.strip("^$")
EventId = Annotated[
    str, StringConstraints(pattern=rf"^[a-z]+-{_ID}(/{_ID}){{0,2}}:[1-9][0-9]{{0,17}}$")
]
"""`<stream>:<version>`."""

KEY_FIELDS: Final = frozenset({
    "phase_id", "link_id", "gate_id", "option_id", "ordinal", "resource_id", "revision", "version",
    "item_id", "action_id", "decision_id", "at_position", "engine_version", "digest",
})  # fmt: skip
"""Fields by which other events name what an event is about: another value is another event."""


class EventCorrected(DomainEvent):
    """An event of this stream should have said this in these fields, and been true at this time."""

    type_name = "event.corrected.v1"
    message_class: ClassVar[MessageClass] = "correction"

    target: EventId
    fields: dict[str, JsonValue] = Field(default_factory=dict)
    effective_at: Instant | None = None
    why: Text


class EventVoided(DomainEvent):
    """An event of this stream should not have been recorded: it counts for nothing."""

    type_name = "event.voided.v1"
    message_class: ClassVar[MessageClass] = "correction"

    target: EventId
    why: Text


class CorrectionCommand(Command):
    """A request to believe otherwise of one recorded event."""

    project_id: Id
    target: EventId
    why: Text

    def stream(self) -> str:
        return self.target.rpartition(":")[0]

    @property
    def target_version(self) -> int:
        """The version of the event in its stream."""
        return int(self.target.rpartition(":")[2])


class CorrectEvent(CorrectionCommand):
    """Let an event say something else in some fields; the rest of it stays."""

    command_name = "event.correct.v1"

    fields: dict[str, JsonValue] = Field(default_factory=dict)
    effective_at: Instant | None = None


class VoidEvent(CorrectionCommand):
    """Let an event count for nothing; voiding a correction, what was before it counts again."""

    command_name = "event.void.v1"


EVENTS: Final[tuple[type[DomainEvent], ...]] = (EventCorrected, EventVoided)
COMMANDS: Final[tuple[type[Command], ...]] = (CorrectEvent, VoidEvent)


def is_correction(recorded: Recorded[Any]) -> bool:
    """Tell whether an event is about another event."""
    return isinstance(recorded.event, EVENTS)


def corrected(history: Iterable[Recorded[Any]]) -> list[Recorded[Any]]:
    """Return a history as it is believed at its end: voided events left out, corrected ones mended.

    Of several streams or of one; corrections themselves stay in it, where they are not void. A
    later correction of the same field counts.
    """
    events = list(history)
    voided: set[str] = set()
    changes: dict[str, EventCorrected] = {}
    for recorded in reversed(events):
        event = recorded.event
        if recorded.event_id in voided:
            continue
        if isinstance(event, EventVoided):
            voided.add(event.target)
        elif isinstance(event, EventCorrected):
            changes[event.target] = _over(event, changes.get(event.target))
    if not voided and not changes:
        return events
    return [
        _mended(recorded, changes[recorded.event_id]) if recorded.event_id in changes else recorded
        for recorded in events
        if recorded.event_id not in voided
    ]


def believed(history: Iterable[Recorded[Any]]) -> list[Recorded[Any]]:
    """Return a history as it is believed at its end, without the corrections: what states fold."""
    return [recorded for recorded in corrected(history) if not is_correction(recorded)]


def decide(
    command: CorrectionCommand,
    history: Sequence[Recorded[Any]],
    follows: Callable[[Sequence[Recorded[Any]]], object],
) -> Events:
    """Return the correction of an event of a stream, `()` for a repeat.

    ``history`` is the stream as recorded; ``follows`` folds one as its decider does. Raises
    UnknownSubject, Malformed for what the event could never say, and InvalidTransition where the
    event is void, is a correction that is to say something else, names another subject then, or
    where a later request would no longer follow.
    """
    found = [each for each in history if each.version == command.target_version]
    if not found or found[0].project_id != command.project_id:
        msg = f"project {command.project_id} has no event {command.target}"
        raise UnknownSubject(msg)
    now = next((each for each in corrected(history) if each.version == found[0].version), None)
    event = _void(command, now) if isinstance(command, VoidEvent) else _correct(command, now)
    if event is None:
        return ()
    _must_follow(history, event, follows)
    return (event,)


def _void(command: VoidEvent, now: Recorded[Any] | None) -> DomainEvent | None:
    return None if now is None else EventVoided(target=command.target, why=command.why)


def _correct(command: CorrectionCommand, now: Recorded[Any] | None) -> DomainEvent | None:
    assert isinstance(command, CorrectEvent)
    if now is None:
        msg = f"{command.target} is void: there is nothing in it to correct"
        raise InvalidTransition(msg)
    change = EventCorrected(
        target=command.target,
        fields=command.fields,
        effective_at=command.effective_at,
        why=command.why,
    )
    return change if _changes(command, now, change) else None


def _changes(command: CorrectEvent, now: Recorded[Any], change: EventCorrected) -> bool:
    """Tell whether a correction says anything new of an event; raises what is wrong with it."""
    if is_correction(now):
        msg = f"{command.target} is a correction itself: void it, and correct its target anew"
        raise InvalidTransition(msg)
    names = type(now.event).model_fields.keys()
    for name in sorted(command.fields):
        if name not in names:
            msg = f"{now.event.type_name} has no field {name}; it has {', '.join(sorted(names))}"
            raise Malformed(msg, f"/fields/{name}")
        if name in KEY_FIELDS:
            msg = f"{name} says what the event is about: void it, and record the right one"
            raise InvalidTransition(msg)
    try:
        after = _mended(now, change)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in ("fields", *first["loc"]))
        msg = f"{now.event.type_name}: {first['msg']}"
        raise Malformed(msg, pointer) from wrong
    return after != now


def _must_follow(
    history: Sequence[Recorded[Any]],
    event: DomainEvent,
    follows: Callable[[Sequence[Recorded[Any]]], object],
) -> None:
    last = history[-1]
    told = Recorded(event, last.envelope, last.stream, last.version + 1, last.position)
    try:
        follows(believed([*history, told]))
    except AssertionError as impossible:
        msg = "what was asked for after it would no longer follow: undo that first"
        raise InvalidTransition(msg) from impossible


def _over(earlier: EventCorrected, later: EventCorrected | None) -> EventCorrected:
    """Return an earlier correction of an event with what a later one says of it."""
    if later is None:
        return earlier
    return earlier.model_copy(
        update={
            "fields": {**earlier.fields, **later.fields},
            "effective_at": later.effective_at or earlier.effective_at,
        }
    )


def _mended(recorded: Recorded[Any], change: EventCorrected) -> Recorded[Any]:
    """Return an event as it should have been; raises ValidationError for what it cannot say."""
    event, envelope = recorded.event, recorded.envelope
    if change.fields:
        data = event.model_dump(mode="json") | change.fields
        event = type(event).model_validate_json(json.dumps(data))
    if change.effective_at is not None:
        envelope = envelope.model_copy(update={"effective_at": change.effective_at})
    return Recorded(event, envelope, recorded.stream, recorded.version, recorded.position)
