"""Write a recorded event to a record so that a projector reads back exactly what the log holds.

For everybody else a record of the events topic is a CloudEvent in binary mode. Takt's own
consumers need more, in headers that begin with `takt-` and that nobody else need know: who and why
(`takt-envelope`), and whether the same message goes on (`takt-more`). Records with `takt-control`
are no events: watermarks, and copies of events without a project for the partitions that do not
hold the event itself.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from consumers.kafka.envelope import REASON_CODE, REASON_TEXT, SEQUENCE
from consumers.kafka.ports import Record
from domain.kernel.messages import Recorded
from domain.log.mapper import EventMapper
from domain.log.port import Unreadable
from domain.log.stored_form import DATA

CONTROL: Final = "takt-control"
WATERMARK: Final = b"watermark"
COPY: Final = b"copy"
POSITION: Final = "takt-position"
ENVELOPE: Final = "takt-envelope"
MORE: Final = "takt-more"
ID: Final = "takt-id"
TYPE: Final = "takt-type"
CONTROL_KEY: Final = b"takt"
"""The key of records that are no events: the client sends no record without key and value."""
POSITION_DIGITS: Final = 20

Headers: TypeAlias = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a record of the events topic carries."""

    position: int
    """The event's place in the log; of a watermark: up to where the partition is complete."""
    recorded: Recorded[Any] | None = None
    """None: a watermark."""
    more: bool = False
    """Whether more events of the same message follow in this partition."""


def for_projectors(recorded: Recorded[Any], *, more: bool) -> Headers:
    """Return the headers that a published event carries beside those of its CloudEvent.

    The reason is among those already, and may be long.
    """
    return _about(recorded, {"reason"}, more=more)


def _about(recorded: Recorded[Any], without: set[str], *, more: bool) -> Headers:
    envelope = recorded.envelope.model_dump_json(exclude_none=True, exclude=without)
    headers = [(ENVELOPE, envelope.encode())]
    if more:
        headers.append((MORE, b"1"))
    return headers


def copy_of(recorded: Recorded[Any], *, more: bool) -> Headers:
    """Return the headers of a copy; its value is that of the event."""
    return [
        (CONTROL, COPY),
        (POSITION, _digits(recorded.position)),
        (ID, recorded.event_id.encode()),
        (TYPE, recorded.event.type_name.encode()),
        *_about(recorded, set(), more=more),
    ]


def watermark(position: int) -> Headers:
    """Return the headers of a record that says: every event up to here is in this partition."""
    return [(CONTROL, WATERMARK), (POSITION, _digits(position))]


def is_control(record: Record) -> bool:
    """Tell whether a record is Takt's own: no event, and nothing to anybody but projectors."""
    return any(name == CONTROL for name, _ in record.headers)


def position_of(record: Record) -> int:
    """Return the log position up to which its partition is complete, 0 where none is told."""
    for name, value in record.headers:
        if name in _POSITIONS and value is not None and value.isdigit():
            return int(value)
    return 0


def carried(record: Record, mapper: EventMapper) -> Carried:
    """Return what a record carries; raises Unreadable for one that no relay of ours wrote."""
    headers = dict(record.headers)
    position = position_of(record)
    if headers.get(CONTROL) == WATERMARK:
        return Carried(position)
    identity = _text(headers, ID if CONTROL in headers else "ce_id", record)
    name = _text(headers, TYPE if CONTROL in headers else "ce_type", record)
    envelope = headers.get(ENVELOPE)
    stream, _, version = identity.rpartition(":")
    if envelope is None or not stream or not version.isdigit() or not position:
        raise _no_event(record)
    # Envelope and data side by side are the event as it lies in the log.
    state = envelope[:-1] + _reason(headers) + DATA + (record.value or b"{}") + b"}"
    (recorded,) = mapper.decode([(position, stream, int(version), name, state)])
    return Carried(position, recorded, more=MORE in headers)


def last_of_each(
    message: Sequence[Recorded[Any]], partitions_of: Iterable[Iterable[int]]
) -> Mapping[int, int]:
    """Return the position of the last event of a message in each partition it goes to."""
    return {
        partition: recorded.position
        for recorded, partitions in zip(message, partitions_of, strict=True)
        for partition in partitions
    }


def _reason(headers: Mapping[str, bytes | None]) -> bytes:
    """Return the reason as it stands in an envelope, nothing where there is none."""
    code, text = (headers.get(f"ce_{name}") for name in (REASON_CODE, REASON_TEXT))
    if code is None:
        return b""
    said = {"code": code.decode()} | ({} if text is None else {"text": text.decode()})
    return b',"reason":' + json.dumps(said, ensure_ascii=False).encode()


def _digits(position: int) -> bytes:
    return f"{position:0{POSITION_DIGITS}d}".encode()


def _text(headers: Mapping[str, bytes | None], name: str, record: Record) -> str:
    value = headers.get(name)
    if value is None:
        raise _no_event(record)
    return value.decode()


def _no_event(record: Record) -> Unreadable:
    place = record.place
    return Unreadable(
        f"{place.topic}/{place.partition}/{record.offset} is no event published by Takt's relay"
    )


_POSITIONS: Final = frozenset({POSITION, f"ce_{SEQUENCE}"})
