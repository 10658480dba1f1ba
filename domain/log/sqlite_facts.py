"""Read from SQLite what judging needs, while the write lock is held."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from domain.log.judgement import Answer, Waiting
from domain.log.kept import events_of, original_of
from domain.log.memory import Memory
from domain.log.port import MessageKey

_ANSWERS: Final = """
SELECT inbox.* FROM json_each(?) AS wanted CROSS JOIN takt_inbox AS inbox
ON inbox.source = wanted.value ->> 0 AND inbox.id = wanted.value ->> 1"""
_VERSIONS: Final = """
SELECT originator_id, max(originator_version) FROM takt_events
WHERE rowid BETWEEN ? AND ? GROUP BY originator_id"""
_VERSION: Final = "SELECT max(originator_version) FROM takt_events WHERE originator_id = ?"
_WAITING: Final = """
SELECT id, lane, source, message_id, digest, events, parked_at, original FROM takt_lanes
WHERE (:lane IS NULL OR lane = :lane) AND parked_at < :before ORDER BY id LIMIT :limit"""
_EVER: Final = 2**62
_ALL: Final = -1


def read_answers(
    connection: sqlite3.Connection, keys: Iterable[MessageKey]
) -> dict[MessageKey, Answer]:
    """Return the inbox rows of those messages that have one."""
    answers: dict[MessageKey, Answer] = {}
    rows = connection.execute(_ANSWERS, (json.dumps(list(keys)),)).fetchall()
    for source, message_id, digest, kind, first, last, code, text in rows:
        versions = dict(connection.execute(_VERSIONS, (first, last)))
        key = MessageKey(source, message_id)
        answers[key] = Answer(key, digest, kind, first, last, versions, code, text)
    return answers


def read_waiting(
    connection: sqlite3.Connection,
    *,
    lane: str | None = None,
    before_us: int = _EVER,
    limit: int = _ALL,
) -> list[Waiting]:
    """Return parked facts in order of arrival."""
    rows = connection.execute(_WAITING, {"lane": lane, "before": before_us, "limit": limit})
    return [
        Waiting(
            lane,
            Answer(MessageKey(source, message_id), digest, "parked"),
            events_of(events),
            parked_us,
            None if original is None else original_of(original),
            row_id,
        )
        for row_id, lane, source, message_id, digest, events, parked_us, original in rows
    ]


class LockedFacts:
    """What the log holds; remembered versions are right if nobody else has appended since.

    `keys` are the messages to look up in the inbox. Without them only remembered answers are
    given, and whoever inserts into the inbox finds out whether there were others.
    """

    def __init__(
        self, connection: sqlite3.Connection, memory: Memory, keys: Sequence[MessageKey] | None
    ) -> None:
        self._connection = connection
        self._memory = memory
        self._answers = None if keys is None else read_answers(connection, keys)
        self._no_lanes = self._one("SELECT 1 FROM takt_lanes LIMIT 1") is None

    def _one(self, statement: str, *params: object) -> int | None:
        row: tuple[int | None] | None = self._connection.execute(statement, params).fetchone()
        return None if row is None else row[0]

    def answer(self, key: MessageKey) -> Answer | None:
        return (self._memory.answers if self._answers is None else self._answers).get(key)

    def version(self, stream: str) -> int:
        version = self._memory.versions.get(stream)
        return (self._one(_VERSION, stream) or 0) if version is None else version

    def knows(self, stream: str) -> bool:
        return self._subject(stream) is not None

    def project_of(self, stream: str) -> str | None:
        return self._subject(stream) or None

    def _subject(self, stream: str) -> str | None:
        """Return the subject's project, empty where it has none; None for an unknown subject."""
        project_id = self._memory.subjects.get(stream)
        if project_id is None:
            found = self._connection.execute(
                "SELECT coalesce(project, '') FROM takt_subjects WHERE stream = ?", (stream,)
            ).fetchone()
            if found is None:
                return None
            project_id = self._memory.subjects[stream] = str(found[0])
        return project_id

    def is_new(self, stream: str) -> bool:
        return not self.knows(stream)

    def lane(self, stream: str) -> Sequence[Waiting]:
        return () if self._no_lanes else read_waiting(self._connection, lane=stream)

    def has_letter(self, channel: str, place: str) -> bool:
        found = "SELECT 1 FROM takt_dead_letters WHERE channel = ? AND place = ?"
        return self._one(found, channel, place) is not None

    def offset(self, name: str) -> int | None:
        return self._one("SELECT notification_id FROM tracking WHERE application_name = ?", name)

    def last_us(self) -> int:
        if self._memory.last_us is not None:
            return self._memory.last_us
        return self._one("SELECT recorded_at FROM takt_index ORDER BY position DESC LIMIT 1") or 0
