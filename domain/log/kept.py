"""Keep messages as they came, and facts that wait, in bytes that both databases store alike."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

from domain.log.judgement import Waiting
from domain.log.mapper import Encoded, moment_of
from domain.log.port import DeadLetter, KeptLetter, MessageKey, Original, ParkedFact

SUBJECT_UNKNOWN: Final = "subject_unknown"


def _text(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else b64decode(value)


def original_bytes(original: Original) -> bytes:
    """Write an original message down, byte for byte."""
    return json.dumps(
        {
            "channel": original.channel,
            "place": original.place,
            "value": _text(original.value),
            "key": _text(original.key),
            "headers": [[name, _text(value)] for name, value in original.headers],
        },
        separators=(",", ":"),
    ).encode()


def original_of(kept: bytes) -> Original:
    """Read an original message back."""
    read = json.loads(kept)
    return Original(
        read["channel"],
        read["place"],
        _bytes(read["value"]),
        _bytes(read["key"]),
        tuple((name, _bytes(value)) for name, value in read["headers"]),
    )


def events_bytes(events: Sequence[Encoded]) -> bytes:
    """Write the events of a parked fact down."""
    return json.dumps(
        [[*event[:3], event.state.decode(), *event[4:]] for event in events],
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()


def events_of(kept: bytes) -> tuple[Encoded, ...]:
    """Read the events of a parked fact back."""
    return tuple(
        Encoded(stream, topic, at_us, state.encode(), project_id, tuple(introduces))
        for stream, topic, at_us, state, project_id, introduces in json.loads(kept)
    )


def letter_of(  # noqa: PLR0913, PLR0917  The columns of one row, as it is read.
    letter_id: int,
    original: bytes,
    code: str,
    text: str,
    received_us: int,
    source: str | None,
    message_id: str | None,
    redriven_us: int | None,
) -> KeptLetter:
    """Read a dead letter's row."""
    key = None if source is None or message_id is None else MessageKey(source, message_id)
    letter = DeadLetter(original_of(original), code, text, moment_of(received_us), key)
    return KeptLetter(letter_id, letter, None if redriven_us is None else moment_of(redriven_us))


def expired_letter(waiting: Waiting, now_us: int) -> DeadLetter:
    """Return the dead letter of a fact whose subject never came."""
    key = waiting.answer.key
    original = waiting.original or Original(
        "log", f"{key.source}/{key.id}", events_bytes(waiting.events)
    )
    text = f"{waiting.lane} is still unknown, {waiting.events[0].topic} waited since "
    since = f"{moment_of(waiting.parked_us):%Y-%m-%dT%H:%MZ}"
    return DeadLetter(original, SUBJECT_UNKNOWN, text + since, moment_of(now_us), key)


def parked_fact(waiting: Waiting) -> ParkedFact:
    """Return a waiting fact as it is listed."""
    return ParkedFact(
        waiting.lane,
        waiting.answer.key,
        waiting.events[0].topic,
        moment_of(waiting.parked_us),
        waiting.original,
    )
