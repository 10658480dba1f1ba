"""Hand a judgement to the append function: one call, a column an array."""

import json
from base64 import b64encode
from collections.abc import Collection, Sequence
from typing import Any, Final, Self

import psycopg

from domain.log.judgement import Answer, Judgement, Waiting
from domain.log.kept import events_bytes, original_bytes
from domain.log.mapper import micros_of
from domain.log.port import DeadLetter, MessageKey
from domain.log.postgres_arrays import Blobs, Integers, Texts
from domain.log.postgres_connections import Connection
from domain.log.postgres_schema import MOVED

_CALL: Final = """
SELECT takt_append(%s::text[], %s::bigint[],
    %s::text[], %s::bigint[], %s::text[], %s::bytea[], %s::text[], %s::bigint[],
    %s::text[], %s::text[], %s::bytea[], %s::bigint[], %s::bigint[],
    %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::jsonb)"""


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
        """Append; return the positions of the events. Raises Moved, and psycopg's errors."""
        try:
            row = connection.execute(_CALL, self.arguments, prepare=True, binary=True).fetchone()
        except psycopg.Error as error:
            if error.sqlstate == MOVED:
                raise Moved(str(error)) from error
            raise
        assert row is not None
        positions: Sequence[int] = row[0]
        return positions


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
