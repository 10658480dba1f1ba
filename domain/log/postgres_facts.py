"""Read from PostgreSQL what judging needs, for many messages in one query each."""

from collections.abc import Iterable, Sequence
from typing import Final

from domain.log.judgement import Answer, Waiting
from domain.log.kept import events_of, original_of
from domain.log.memory import Memory, Remembered, Wanted
from domain.log.port import MessageKey
from domain.log.postgres_arrays import Texts
from domain.log.postgres_connections import Connection

_ANSWERS: Final = """
SELECT i.source, i.id, i.digest, i.kind, i.first, i.last, i.code, i.text,
    array(SELECT e.originator_id FROM takt_events AS e
        WHERE e.notification_id BETWEEN i.first AND i.last ORDER BY e.notification_id),
    array(SELECT e.originator_version FROM takt_events AS e
        WHERE e.notification_id BETWEEN i.first AND i.last ORDER BY e.notification_id)
FROM unnest(%s::text[], %s::text[]) AS wanted(source, id)
JOIN takt_inbox AS i USING (source, id)"""
_VERSIONS: Final = """
SELECT stream, coalesce((SELECT max(e.originator_version)
    FROM takt_events AS e WHERE e.originator_id = wanted.stream), 0)
FROM unnest(%s::text[]) AS wanted(stream)"""
_SUBJECTS: Final = """
SELECT stream, coalesce(project, '') FROM takt_subjects WHERE stream = ANY (%s::text[])"""
_OFFSETS: Final = """
SELECT application_name, notification_id FROM takt_tracking
WHERE application_name = ANY (%s::text[])"""
_LAST: Final = "SELECT recorded_at FROM takt_index ORDER BY position DESC LIMIT 1"
_LETTER: Final = "SELECT 1 FROM takt_dead_letters WHERE channel = %s AND place = %s"
_WAITING: Final = """
SELECT id, lane, source, message_id, digest, events, parked_at, original FROM takt_lanes
WHERE (%(lane)s::text IS NULL OR lane = %(lane)s) AND parked_at < %(before)s
ORDER BY id LIMIT %(limit)s"""
_EVER: Final = 2**62


def read_answers(connection: Connection, keys: Iterable[MessageKey]) -> dict[MessageKey, Answer]:
    """Return the inbox rows of those messages that have one."""
    wanted = list(keys)
    if not wanted:
        return {}
    rows = connection.execute(
        _ANSWERS,
        (Texts(key.source for key in wanted), Texts(key.id for key in wanted)),
        binary=True,
        prepare=True,
    )
    answers: dict[MessageKey, Answer] = {}
    for source, message_id, digest, kind, first, last, code, text, streams, numbers in rows:
        key = MessageKey(source, message_id)
        versions = dict(zip(streams, numbers, strict=True))
        answers[key] = Answer(key, bytes(digest), kind, first, last, versions, code, text)
    return answers


def read_waiting(
    connection: Connection,
    *,
    lane: str | None = None,
    before_us: int = _EVER,
    limit: int | None = None,
) -> list[Waiting]:
    """Return parked facts in order of arrival."""
    rows = connection.execute(
        _WAITING, {"lane": lane, "before": before_us, "limit": limit}, binary=True
    )
    return [
        Waiting(
            lane,
            Answer(MessageKey(source, message_id), bytes(digest), "parked"),
            events_of(events),
            parked_us,
            None if original is None else original_of(original),
            row_id,
        )
        for row_id, lane, source, message_id, digest, events, parked_us, original in rows
    ]


def _versions(connection: Connection, streams: Iterable[str]) -> dict[str, int]:
    wanted = Texts(streams)
    return dict(connection.execute(_VERSIONS, (wanted,), prepare=True)) if wanted else {}


def _subjects(connection: Connection, streams: Iterable[str]) -> dict[str, str]:
    """Return the project of each known subject, empty where it has none."""
    wanted = Texts(streams)
    return dict(connection.execute(_SUBJECTS, (wanted,), prepare=True)) if wanted else {}


def _last_us(connection: Connection) -> int:
    row = connection.execute(_LAST, prepare=True).fetchone()
    return 0 if row is None else int(row[0])


def assumptions(connection: Connection, memory: Memory, wanted: Wanted) -> Remembered:
    """Return what is remembered; what is not is read first, without the lock.

    A version that a decision expects is taken for the present one: if it is not, the append
    function finds out.
    """
    for stream, version in wanted.expected.items():
        if memory.versions.get(stream) is None:
            memory.versions[stream] = version
    unread = [stream for stream in wanted.streams if memory.versions.get(stream) is None]
    for stream, version in _versions(connection, unread).items():
        memory.versions[stream] = version
    unread = [stream for stream in wanted.subjects if memory.subjects.get(stream) is None]
    for stream, project_id in _subjects(connection, unread).items():
        memory.subjects[stream] = project_id
    if memory.last_us is None:
        memory.last_us = _last_us(connection)
    return Remembered(memory, memory.last_us)


class LockedFacts:
    """What the log holds, read while its writer lock is held."""

    def __init__(self, connection: Connection, wanted: Wanted) -> None:
        self._connection = connection
        self._answers = read_answers(connection, wanted.keys)
        self._versions = _versions(connection, wanted.streams)
        self._subjects: dict[str, str | None] = dict.fromkeys(wanted.subjects)
        self._subjects |= _subjects(connection, wanted.subjects)
        self._offsets: dict[str, int] = dict(
            connection.execute(_OFFSETS, (Texts(wanted.names),)) if wanted.names else ()
        )
        self._no_lanes = not read_waiting(connection, limit=1)

    def answer(self, key: MessageKey) -> Answer | None:
        return self._answers.get(key)

    def version(self, stream: str) -> int:
        version = self._versions.get(stream)
        if version is None:
            self._versions |= _versions(self._connection, (stream,))
            version = self._versions[stream]
        return version

    def knows(self, stream: str) -> bool:
        return self._subject(stream) is not None

    def project_of(self, stream: str) -> str | None:
        return self._subject(stream) or None

    def _subject(self, stream: str) -> str | None:
        """Return the subject's project, empty where it has none; None for an unknown subject."""
        if stream not in self._subjects:
            self._subjects[stream] = _subjects(self._connection, (stream,)).get(stream)
        return self._subjects[stream]

    def is_new(self, stream: str) -> bool:
        return not self.knows(stream)

    def lane(self, stream: str) -> Sequence[Waiting]:
        return () if self._no_lanes else read_waiting(self._connection, lane=stream)

    def has_letter(self, channel: str, place: str) -> bool:
        return self._connection.execute(_LETTER, (channel, place)).fetchone() is not None

    def offset(self, name: str) -> int | None:
        return self._offsets.get(name)

    def last_us(self) -> int:
        return _last_us(self._connection)
