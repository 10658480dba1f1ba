"""Keep the log in a SQLite file: the library's process recorder with an insert of our own.

One transaction, begun IMMEDIATE: inbox, versions, `recorded_at`, events, audit index, subjects,
lanes, dead letters, source positions, in the order of the port.
"""

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
    SQLiteFactory,
    SQLiteProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType

from domain.log.gate import WriteGate
from domain.log.judgement import Answer, Call, EventRow, Judged, Judgement, Waiting, judge_all
from domain.log.kept import (
    events_bytes,
    events_of,
    expired_letter,
    letter_of,
    original_bytes,
    original_of,
)
from domain.log.mapper import Encoded, Row, micros_of
from domain.log.port import (
    DeadLetter,
    Fenced,
    KeptLetter,
    LogMisconfigured,
    LogUnavailable,
    MessageKey,
    Tracked,
)
from domain.log.sqlite_schema import EVENTS, TABLES

BUSY_TIMEOUT_S: Final = 5.0
# Pages of WAL before a checkpoint: at 1,000 random index pages are copied too often.
CHECKPOINT_PAGES: Final = 4000
IDLE_READERS: Final = 8

_ROWS: Final = f"SELECT rowid, originator_id, originator_version, topic, state FROM {EVENTS} "  # noqa: S608


def connect(path: str) -> sqlite3.Connection:
    """Open a connection that keeps the log's promises; raises LogMisconfigured where it cannot."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S, uri=True
    )
    connection.execute("PRAGMA journal_mode=WAL")
    return harden(connection)


def harden(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Set what every connection to the log needs, and check what durability rests on."""
    connection.execute("PRAGMA synchronous=FULL")
    # Without it INSERT OR REPLACE deletes a row past the triggers.
    connection.execute("PRAGMA recursive_triggers=ON")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    recursive = connection.execute("PRAGMA recursive_triggers").fetchone()[0]
    if (mode, synchronous, recursive) != ("wal", 2, 1):
        connection.close()
        msg = (
            f"journal_mode={mode}, synchronous={synchronous}, recursive_triggers={recursive}:"
            " the log needs a file in WAL mode with synchronous=FULL (2) and recursive triggers"
        )
        raise LogMisconfigured(msg)
    return connection


class LogConnectionPool(SQLiteConnectionPool):
    """The library's pool, whose connections keep the log's promises."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        harden(connection._sqlite_conn)  # noqa: SLF001  The library has no hook after connecting.
        return connection


class SqliteLog(SQLiteProcessRecorder):
    """Events, inbox, lanes and dead letters in one SQLite file; see `Store`.

    `describe` says what is indexed of an event that comes in by the library's own `save`.
    """

    recheck_s = 0.05

    def __init__(
        self,
        datastore: SQLiteDatastore,
        *,
        events_table_name: str = EVENTS,
        describe: Callable[[StoredEvent], Encoded],
        gate: WriteGate | None = None,
    ) -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        self._describe = describe
        self.gate = gate or WriteGate()
        self.path = datastore.pool.db_name
        self._writer: sqlite3.Connection | None = None
        self._readers: deque[sqlite3.Connection] = deque()

    def construct_create_table_statements(self) -> list[str]:
        return [*TABLES, *super().construct_create_table_statements()[1:]]

    def create_table(self) -> None:
        """Create what is missing; several processes may start at once."""
        with self._writing() as connection:
            for statement in self.create_table_statements:
                connection.execute(statement)
            # The library's mark for a tracking table with one row a source.
            connection.execute(
                "INSERT OR IGNORE INTO tracking VALUES (?, 1)", (self.table_migration_identifier,)
            )

    # Writing

    def commit(self, calls: Sequence[Call]) -> list[list[Judged] | Fenced]:
        """Judge and write in one transaction; raises LogUnavailable if it cannot be had."""
        with self._writing() as connection:
            judgement, results = judge_all(calls, _Facts(connection, calls))
            if not judgement.is_empty:
                _write(connection, judgement)
        return results

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        tracking: Tracking | None = None,
        trackings: Sequence[Tracking] = (),
        **_: object,
    ) -> Sequence[int]:
        """Write events as the library's `save` places them; raises its IntegrityError."""
        positions = [*trackings, *([] if tracking is None else [tracking])]
        call = Call((), [Tracked(one.application_name, one.notification_id) for one in positions])
        try:
            with self._writing() as connection:
                judgement = Judgement(_Facts(connection, [call]))
                judgement.judge(call)
                for stored in stored_events:
                    judgement.place(self._describe(stored), stored.originator_version)
                written = _write(connection, judgement)
        except (sqlite3.IntegrityError, Fenced) as refused:
            raise IntegrityError(str(refused)) from refused
        return list(written[: len(stored_events)])

    def insert_tracking(self, tracking: Tracking) -> None:
        self.insert_events([], tracking=tracking)

    def expire(self, parked_before_us: int, now_us: int) -> int:
        """Turn parked facts older than that into dead letters, in one transaction."""
        with self._writing() as connection:
            expired = _lane_rows(
                connection, "WHERE parked_at < ? ORDER BY lanes.id", (parked_before_us,)
            )
            for waiting in expired:
                key = waiting.answer.key
                _insert_letters(connection, [expired_letter(waiting, now_us)])
                connection.execute("DELETE FROM takt_lanes WHERE id = ?", (waiting.id,))
                connection.execute("DELETE FROM takt_inbox WHERE source = ? AND id = ?", key)
        return len(expired)

    def mark_redriven(self, letter_id: int, at_us: int) -> bool:
        with self._writing() as connection:
            changed = connection.execute(
                "UPDATE takt_dead_letters SET redriven_at = ? WHERE id = ?", (at_us, letter_id)
            )
            return changed.rowcount == 1

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self.gate.append():
            try:
                if self._writer is None:
                    self._writer = connect(self.path)
                connection = self._writer
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                try:
                    connection.execute("COMMIT")
                except BaseException:
                    connection.rollback()
                    raise
            except sqlite3.OperationalError as error:
                msg = f"the log at {self.path} cannot be written: {error}"
                raise LogUnavailable(msg) from error

    # Reading

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            try:
                connection = self._readers.pop()
            except IndexError:
                connection = connect(self.path)
            try:
                yield connection
            finally:
                if len(self._readers) < IDLE_READERS:
                    self._readers.append(connection)
                else:
                    connection.close()
        except sqlite3.OperationalError as error:
            msg = f"the log at {self.path} cannot be read: {error}"
            raise LogUnavailable(msg) from error

    def _fetch(self, statement: str, params: Sequence[object] = ()) -> list[Any]:
        with self._reading() as connection:
            return connection.execute(statement, params).fetchall()

    def head(self) -> int:
        ((head,),) = self._fetch(f"SELECT max(rowid) FROM {EVENTS}")  # noqa: S608
        return head or 0

    def page(self, after: int, limit: int) -> Sequence[Row]:
        return self._fetch(_ROWS + "WHERE rowid > ? ORDER BY rowid LIMIT ?", (after, limit))

    def stream_page(self, stream: str, after_version: int) -> Sequence[Row]:
        return self._fetch(
            _ROWS + "WHERE originator_id = ? AND originator_version > ? "
            "ORDER BY originator_version",
            (stream, after_version),
        )

    def project_page(self, project_id: str, after: int, up_to: int, limit: int) -> Sequence[Row]:
        return self._fetch(
            _ROWS + "WHERE rowid IN (SELECT position FROM takt_index WHERE project = ? "
            "AND position > ? AND position <= ? ORDER BY position LIMIT ?) ORDER BY rowid",
            (project_id, after, up_to, limit),
        )

    def recorded_from(self, position: int) -> tuple[int, int] | None:
        rows = self._fetch(
            "SELECT position, recorded_at FROM takt_index WHERE position >= ? "
            "ORDER BY position LIMIT 1",
            (position,),
        )
        return rows[0] if rows else None

    def answers(self, keys: Iterable[MessageKey]) -> Mapping[MessageKey, Answer]:
        with self._reading() as connection:
            return _answers(connection, list(keys))

    def offsets(self, prefix: str) -> Mapping[str, int]:
        rows = self._fetch(
            "SELECT application_name, notification_id FROM tracking "
            "WHERE substr(application_name, 1, ?) = ? AND application_name <> ?",
            (len(prefix), prefix, self.table_migration_identifier),
        )
        return dict(rows)

    def letters(self, after: int, limit: int) -> Sequence[KeptLetter]:
        rows = self._fetch(
            "SELECT id, original, code, text, received_at, source, message_id, redriven_at "
            "FROM takt_dead_letters WHERE id > ? ORDER BY id LIMIT ?",
            (after, limit),
        )
        return [letter_of(*row) for row in rows]

    def waiting(self, limit: int) -> Sequence[Waiting]:
        with self._reading() as connection:
            return _lane_rows(connection, "ORDER BY lanes.id LIMIT ?", (limit,))

    def listen(self, heard: Callable[[], None]) -> None:
        """SQLite tells nobody; readers look every `recheck_s`."""

    def close(self) -> None:
        """Close every connection."""
        with self.gate.append():
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        while self._readers:
            self._readers.pop().close()


class SqliteLogFactory(SQLiteFactory):
    """The library's factory for a SQLite file, with our pool and our recorder."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        library_pool = self.datastore.pool
        self.datastore.pool = LogConnectionPool(db_name=library_pool.db_name)
        library_pool.close()

    def log_recorder(self, describe: Callable[[StoredEvent], Encoded]) -> SqliteLog:
        """Return the recorder of the log, its tables made if the environment asks for it."""
        recorder = SqliteLog(self.datastore, describe=describe)
        if self.env_create_table():
            recorder.create_table()
        return recorder


class _Facts:
    """What the log holds, read under the write lock."""

    def __init__(self, connection: sqlite3.Connection, calls: Sequence[Call]) -> None:
        self._connection = connection
        keys = [
            item.submission.key
            for call in calls
            for item in call.items
            if not isinstance(item, DeadLetter)
        ]
        self._answers = _answers(connection, keys)
        self._no_lanes = not self._one("SELECT EXISTS (SELECT 1 FROM takt_lanes)")

    def _one(self, statement: str, *params: object) -> Any:
        row = self._connection.execute(statement, params).fetchone()
        return None if row is None else row[0]

    def answer(self, key: MessageKey) -> Answer | None:
        return self._answers.get(key)

    def version(self, stream: str) -> int:
        return (
            self._one(
                f"SELECT max(originator_version) FROM {EVENTS} WHERE originator_id = ?",  # noqa: S608
                stream,
            )
            or 0
        )

    def knows(self, stream: str) -> bool:
        return self._one("SELECT 1 FROM takt_subjects WHERE stream = ?", stream) is not None

    def is_new(self, stream: str) -> bool:
        return not self.knows(stream)

    def lane(self, stream: str) -> Sequence[Waiting]:
        if self._no_lanes:
            return ()
        return _lane_rows(self._connection, "WHERE lane = ? ORDER BY lanes.id", (stream,))

    def has_letter(self, channel: str, place: str) -> bool:
        found = self._one(
            "SELECT 1 FROM takt_dead_letters WHERE channel = ? AND place = ?", channel, place
        )
        return found is not None

    def offset(self, name: str) -> int | None:
        offset = self._one("SELECT notification_id FROM tracking WHERE application_name = ?", name)
        return cast("int | None", offset)

    def last_us(self) -> int:
        return self._one("SELECT recorded_at FROM takt_index ORDER BY position DESC LIMIT 1") or 0


def _answers(
    connection: sqlite3.Connection, keys: Sequence[MessageKey]
) -> dict[MessageKey, Answer]:
    answers: dict[MessageKey, Answer] = {}
    rows = connection.execute(
        "SELECT inbox.* FROM json_each(?) AS wanted CROSS JOIN takt_inbox AS inbox "
        "ON inbox.source = wanted.value ->> 0 AND inbox.id = wanted.value ->> 1",
        (json.dumps(keys),),
    ).fetchall()
    for source, message_id, digest, kind, first, last, code, text in rows:
        versions = dict(
            connection.execute(
                f"SELECT originator_id, max(originator_version) FROM {EVENTS} "  # noqa: S608
                "WHERE rowid BETWEEN ? AND ? GROUP BY originator_id",
                (first, last),
            )
        )
        key = MessageKey(source, message_id)
        answers[key] = Answer(key, digest, kind, first, last, versions, code, text)
    return answers


def _lane_rows(
    connection: sqlite3.Connection, condition: str, params: Sequence[object]
) -> list[Waiting]:
    rows = connection.execute(
        "SELECT id, lane, source, message_id, digest, events, parked_at, original "
        "FROM takt_lanes AS lanes " + condition,
        params,
    )
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


def _write(connection: sqlite3.Connection, judgement: Judgement) -> Sequence[int]:
    """Write what was judged; return the positions of the events."""
    positions = _insert_events(connection, judgement.events)
    judgement.settle(positions)
    connection.executemany(
        "INSERT INTO takt_inbox VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (*one.key, one.digest, one.kind, one.first, one.last, one.code, one.text)
            for one in judgement.new_answers
        ],
    )
    if judgement.subjects:
        connection.executemany(
            "INSERT OR IGNORE INTO takt_subjects VALUES (?)",
            [(stream,) for stream in judgement.subjects],
        )
    if judgement.released:
        connection.executemany(
            "DELETE FROM takt_lanes WHERE id = ?", [(row_id,) for row_id in judgement.released]
        )
        connection.executemany(
            "UPDATE takt_inbox SET kind = ?, first = ?, last = ? WHERE source = ? AND id = ?",
            [(one.kind, one.first, one.last, *one.key) for one in judgement.changed_answers],
        )
    if judgement.parked:
        _insert_waiting(connection, judgement.parked)
    if judgement.letters:
        _insert_letters(connection, judgement.letters)
    if judgement.offsets:
        connection.executemany(
            "INSERT INTO tracking VALUES (?, ?) ON CONFLICT (application_name) "
            "DO UPDATE SET notification_id = excluded.notification_id",
            list(judgement.offsets.items()),
        )
    return positions


def _insert_events(connection: sqlite3.Connection, events: Sequence[EventRow]) -> Sequence[int]:
    if not events:
        return ()
    head = connection.execute(f"SELECT max(rowid) FROM {EVENTS}").fetchone()[0] or 0  # noqa: S608
    positions = range(head + 1, head + 1 + len(events))
    connection.executemany(
        f"INSERT INTO {EVENTS} VALUES (?, ?, ?, ?, ?)",  # noqa: S608
        [
            (position, event.stream, event.version, event.topic, event.state)
            for position, event in zip(positions, events, strict=True)
        ],
    )
    connection.executemany(
        "INSERT INTO takt_index VALUES (?, ?, ?)",
        [
            (position, event.project_id, event.at_us)
            for position, event in zip(positions, events, strict=True)
        ],
    )
    return positions


def _insert_waiting(connection: sqlite3.Connection, parked: Sequence[Waiting]) -> None:
    connection.executemany(
        "INSERT INTO takt_lanes (lane, source, message_id, digest, events, parked_at, original) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                waiting.lane,
                *waiting.answer.key,
                waiting.answer.digest,
                events_bytes(waiting.events),
                waiting.parked_us,
                None if waiting.original is None else original_bytes(waiting.original),
            )
            for waiting in parked
        ],
    )


def _insert_letters(connection: sqlite3.Connection, letters: Sequence[DeadLetter]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO takt_dead_letters "
        "(channel, place, original, code, text, received_at, source, message_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                letter.original.channel,
                letter.original.place,
                original_bytes(letter.original),
                letter.code,
                letter.text,
                micros_of(letter.received_at),
                *(letter.key or (None, None)),
            )
            for letter in letters
        ],
    )
