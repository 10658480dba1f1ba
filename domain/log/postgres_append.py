"""Hand a judgement to the append function: one call, a column an array."""

import json
from base64 import b64encode
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, Self

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from domain.log.judgement import Answer, Judgement, Waiting
from domain.log.kept import events_bytes, original_bytes
from domain.log.mapper import micros_of
from domain.log.port import DeadLetter, MessageKey
from domain.log.postgres_arrays import (
    BLOBS,
    INTEGERS,
    TEXTS,
    Blobs,
    Integers,
    Texts,
    binary_blobs,
    binary_integers,
    binary_texts,
    integers_of,
)
from domain.log.postgres_connections import Connection
from domain.log.postgres_schema import MOVED

JSONB: Final = 3802
_TYPES: Final = (
    TEXTS, INTEGERS,
    TEXTS, INTEGERS, TEXTS, BLOBS, TEXTS, INTEGERS,
    TEXTS, TEXTS, BLOBS, INTEGERS, INTEGERS,
    TEXTS, TEXTS, TEXTS,
    TEXTS, TEXTS, TEXTS, TEXTS, INTEGERS, JSONB,
)  # fmt: skip
_BINARY: Final[dict[int, Callable[[Any], bytes]]] = {
    TEXTS: binary_texts,
    INTEGERS: binary_integers,
    BLOBS: binary_blobs,
    JSONB: str.encode,
}
_FORMATS: Final = [Format.TEXT if kind == JSONB else Format.BINARY for kind in _TYPES]
_CALL: Final = "SELECT takt_append({})".format(
    ", ".join(f"${number}" for number in range(1, len(_TYPES) + 1))
).encode()


class Moved(Exception):
    """Something that was assumed is not so; nothing was written."""


class AppendCall:
    """The arguments of one call of the append function."""

    def __init__(
        self,
        judgement: Judgement,
        empty_lanes: Collection[str] = (),
        *,
        forgotten: Sequence[MessageKey] = (),
        redriven: tuple[int, int] | None = None,
    ) -> None:
        events, answers = judgement.events, judgement.new_answers
        plain = all(answer.kind == "recorded" for answer in answers)
        self.arguments: tuple[Any, ...] = (
            Texts(judgement.versions_read),
            Integers(judgement.versions_read.values()),
            Texts(event.stream for event in events),
            Integers(event.version for event in events),
            Texts(event.topic for event in events),
            Blobs(event.state for event in events),
            Texts(event.project_id for event in events),
            Integers(event.at_us for event in events),
            Texts(answer.key.source for answer in answers),
            Texts(answer.key.id for answer in answers),
            Blobs(answer.digest for answer in answers),
            Integers(answer.first for answer in answers),
            Integers(answer.last for answer in answers),
            None if plain else Texts(answer.kind for answer in answers),
            None if plain else Texts(answer.code for answer in answers),
            None if plain else Texts(answer.text for answer in answers),
            Texts(judgement.subjects),
            Texts(judgement.subjects.values()),
            Texts(empty_lanes),
            Texts(judgement.offsets),
            Integers(judgement.offsets.values()),
            _rare(judgement, forgotten, redriven),
        )

    @classmethod
    def nothing(cls) -> Self:
        """Return the call that takes the writer lock and writes nothing."""
        call = cls.__new__(cls)
        call.arguments = (None,) * 22
        return call

    def run(self, connection: Connection) -> Sequence[int]:
        """Append; return the positions of the events. Raises Moved, and psycopg's errors.

        The driver's lower half is used: a cursor would look up 22 types, wait and ask again, and
        let go of the interpreter at every turn, where one call to the client library is enough.
        The call is not prepared: the driver discards every prepared statement at a rollback.
        """
        line = connection.pgconn
        # The driver's stub leaves out that an argument may be NULL.
        values: Any = [
            None if argument is None else _BINARY[kind](argument)
            for kind, argument in zip(_TYPES, self.arguments, strict=True)
        ]
        written = _checked(line, line.exec_params(_CALL, values, _TYPES, _FORMATS, Format.BINARY))
        positions = written.get_value(0, 0)
        assert positions is not None
        return integers_of(positions)


def _checked(line: PGconn, result: PGresult) -> PGresult:
    """Return an answer of the server; raises Moved, and psycopg's error where it is one."""
    if result.status in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
        return result
    error = error_from_result(result)
    if line.status == ConnStatus.BAD:
        # There was no answer, so the client library made one up, and it has no number.
        raise psycopg.OperationalError(str(error)) from error
    if error.sqlstate == MOVED:
        raise Moved(str(error)) from error
    raise error


def _text(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _rare(
    judgement: Judgement, forgotten: Sequence[MessageKey], redriven: tuple[int, int] | None
) -> str | None:
    """Return what most appends do not have, as JSON."""
    rare = {
        "released": judgement.released,
        "forgotten": forgotten,
        "changed": [_changed(answer) for answer in judgement.changed_answers],
        "parked": [_parked(waiting) for waiting in judgement.parked],
        "letters": [_letter(letter) for letter in judgement.letters],
        "redriven": [] if redriven is None else [redriven],
    }
    return json.dumps(rare) if any(rare.values()) else None


def _changed(answer: Answer) -> list[object]:
    return [*answer.key, answer.kind, answer.first, answer.last]


def _parked(waiting: Waiting) -> list[object]:
    original = None if waiting.original is None else original_bytes(waiting.original)
    return [
        waiting.lane,
        *waiting.answer.key,
        _text(waiting.answer.digest),
        _text(events_bytes(waiting.events)),
        waiting.parked_us,
        _text(original),
    ]


def _letter(letter: DeadLetter) -> list[object]:
    return [
        letter.original.channel,
        letter.original.place,
        _text(original_bytes(letter.original)),
        letter.code,
        letter.text,
        micros_of(letter.received_at),
        *(letter.key or (None, None)),
    ]
