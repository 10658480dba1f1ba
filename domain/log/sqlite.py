"""Keep the log in a SQLite file: the library's process recorder with an insert of our own.

One transaction, begun IMMEDIATE: inbox, versions, `recorded_at`, events, audit index, subjects,
lanes, dead letters, source positions, in the order of the port.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from eventsourcing.persistence import (
    ConnectionPoolClosedError,
    IntegrityError,
    StoredEvent,
    Tracking,
)
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
    SQLiteFactory,
    SQLiteProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType

from domain.log.gate import WriteGate
from domain.log.judgement import Answer, Call, Judged, Judgement, Waiting, judge_all
from domain.log.kept import (
    expired_letter,
    letter_of,
)
from domain.log.mapper import Encoded, Row
from domain.log.memory import Memory, Wanted
from domain.log.port import (
    Fenced,
    KeptLetter,
    LogMisconfigured,
    LogUnavailable,
    MessageKey,
    Tracked,
)
from domain.log.sqlite_facts import LockedFacts, read_answers, read_waiting
from domain.log.sqlite_schema import EVENTS, TABLES
from domain.log.sqlite_write import Known, insert_letters, write

BUSY_TIMEOUT_S: Final = 5.0
# Pages of WAL before a checkpoint: at 1,000 random index pages are copied too often.
CHECKPOINT_PAGES: Final = 4000
IDLE_READERS: Final = 8

_ROWS: Final = "SELECT rowid, originator_id, originator_version, topic, state FROM takt_events "
_PROJECT_ROWS: Final = """
SELECT rowid, originator_id, originator_version, topic, state FROM takt_events
WHERE rowid IN (SELECT position FROM takt_index WHERE project = ?
    AND position > ? AND position <= ? ORDER BY position LIMIT ?) ORDER BY rowid"""


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


def last_position(connection: sqlite3.Connection) -> int:
    """Return the position of the last event, 0 for none."""
    position: int | None = connection.execute("SELECT max(rowid) FROM takt_events").fetchone()[0]
    return position or 0


class LogConnectionPool(SQLiteConnectionPool):
    """The library's pool, whose connections keep the log's promises."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        harden(connection._sqlite_conn)  # noqa: SLF001  The library has no hook after connecting.
        return connection

    def put_connection(self, conn: SQLiteConnection) -> None:
        try:
            super().put_connection(conn)
        except ConnectionPoolClosedError:
            conn.close()

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back.

        The library closes what is lent as well, and a statement that runs on a closed connection
        ends the process: Python's sqlite3 then asks SQLite about a connection that is gone.
        """
        with self._put_condition:
            self._in_use.clear()
            super().close()


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
        self._memory = Memory()
        self._head: int | None = None
        self._writer: sqlite3.Connection | None = None
        self._readers: deque[sqlite3.Connection] = deque()
        self._closed = False

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
        try:
            return self._commit(calls, None)
        except Known:
            # Seldom: recent messages are remembered. One query tells which of them are known.
            return self._commit(calls, Wanted(calls).keys)

    def _commit(
        self, calls: Sequence[Call], keys: Sequence[MessageKey] | None
    ) -> list[list[Judged] | Fenced]:
        memory = self._memory
        with self._writing() as connection:
            head = last_position(connection)
            if head != self._head:
                memory.doubt()
            judgement, results = judge_all(calls, LockedFacts(connection, memory, keys))
            if not judgement.is_empty:
                positions = write(connection, judgement, head)
                head = positions[-1] if positions else head
        self._head = head
        memory.learn(judgement)
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
                judgement = Judgement(LockedFacts(connection, Memory(), ()))
                judgement.judge(call)
                for stored in stored_events:
                    judgement.place(self._describe(stored), stored.originator_version)
                written = write(connection, judgement, last_position(connection))
        except (sqlite3.IntegrityError, Fenced) as refused:
            raise IntegrityError(str(refused)) from refused
        return list(written[: len(stored_events)])

    def insert_tracking(self, tracking: Tracking) -> None:
        self.insert_events([], tracking=tracking)

    def expire(self, parked_before_us: int, now_us: int) -> int:
        """Turn parked facts older than that into dead letters, in one transaction."""
        with self._writing() as connection:
            expired = read_waiting(connection, before_us=parked_before_us)
            for waiting in expired:
                key = waiting.answer.key
                insert_letters(connection, [expired_letter(waiting, now_us)])
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
                if self._closed:
                    # It was lent while all was closed: who has it last puts it away.
                    self._close_readers()
        except sqlite3.OperationalError as error:
            msg = f"the log at {self.path} cannot be read: {error}"
            raise LogUnavailable(msg) from error

    def _fetch(self, statement: str, params: Sequence[object] = ()) -> list[Any]:
        with self._reading() as connection:
            return connection.execute(statement, params).fetchall()

    def head(self) -> int:
        with self._reading() as connection:
            return last_position(connection)

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
            _PROJECT_ROWS,
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
            return read_answers(connection, keys)

    def offsets(self, prefix: str) -> Mapping[str, int]:
        rows = self._fetch(
            "SELECT application_name, notification_id FROM tracking "
            "WHERE substr(application_name, 1, ?) = ? AND application_name <> ?",
            (len(prefix), prefix, self.table_migration_identifier),
        )
        return dict(rows)

    def subjects(self, prefix: str, project_id: str | None) -> Sequence[str]:
        beyond = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        rows = self._fetch(
            "SELECT stream FROM takt_subjects WHERE stream >= ? AND stream < ? "
            "AND (? IS NULL OR project = ?)",
            (prefix, beyond, project_id, project_id),
        )
        return [stream for (stream,) in rows]

    def letters(self, after: int, limit: int) -> Sequence[KeptLetter]:
        rows = self._fetch(
            "SELECT id, original, code, text, received_at, source, message_id, redriven_at "
            "FROM takt_dead_letters WHERE id > ? ORDER BY id LIMIT ?",
            (after, limit),
        )
        return [letter_of(*row) for row in rows]

    def waiting(self, limit: int) -> Sequence[Waiting]:
        with self._reading() as connection:
            return read_waiting(connection, limit=limit)

    def listen(self, heard: Callable[[], None]) -> None:
        """SQLite tells nobody; readers look every `recheck_s`."""

    def close(self) -> None:
        """Close every connection."""
        with self.gate.append():
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self._closed = True
        self._close_readers()

    def _close_readers(self) -> None:
        while True:
            try:
                self._readers.pop().close()
            except IndexError:
                return


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
