"""Keep the log in PostgreSQL: the library's process recorder with an insert of our own.

What is appended is judged from memory first and handed to `takt_append` in one round trip; the
function verifies every assumption under the table lock. Where one was wrong the lock is taken
first, the facts are read, and the judgement is made again: then it cannot be wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Lock
from time import monotonic
from typing import Any, Final, TypeVar, cast

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresFactory, PostgresProcessRecorder
from eventsourcing.utils import Environment, EnvType
from psycopg.sql import Composed

from domain.log.judgement import Answer, Call, Judged, Judgement, Waiting, judge_all
from domain.log.kept import expired_letter, letter_of
from domain.log.mapper import Encoded, Row
from domain.log.memory import AskTheLog, Memory, Wanted
from domain.log.port import (
    Fenced,
    KeptLetter,
    LogMisconfigured,
    LogUnavailable,
    MessageKey,
    Tracked,
)
from domain.log.postgres_append import AppendCall, Moved
from domain.log.postgres_connections import Address, Connection, Connections, Listener, connect
from domain.log.postgres_facts import LockedFacts, assumptions, read_answers, read_waiting
from domain.log.postgres_schema import EVENTS, MIGRATION_LOCK, TRACKING, VERSION, statements

RETRY_S: Final = 5.0
"""How long an append outlives a lost connection before its callers are told."""
PAUSE_S: Final = 0.1

R = TypeVar("R")

_ROWS: Final = """
SELECT notification_id, originator_id, originator_version, topic, state FROM takt_events """
_PROJECT_ROWS: Final = """
SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state
FROM takt_index AS i JOIN takt_events AS e ON e.notification_id = i.position
WHERE i.project = %s AND i.position > %s AND i.position <= %s ORDER BY i.position LIMIT %s"""


class PostgresLog(PostgresProcessRecorder):
    """Events, inbox, lanes and dead letters in one schema of a PostgreSQL database; see `Store`.

    `describe` says what is indexed of an event that comes in by the library's own `save`.
    """

    recheck_s = 1.0

    def __init__(
        self,
        datastore: PostgresDatastore,
        *,
        conninfo: str,
        describe: Callable[[StoredEvent], Encoded],
    ) -> None:
        super().__init__(datastore, events_table_name=EVENTS, tracking_table_name=TRACKING)
        self._describe = describe
        self._memory = Memory()
        self._closing = Event()
        self._writing = Lock()
        self._address = Address(conninfo, datastore.schema)
        self._writer: Connection | None = None
        self._connections = Connections(self._address)
        self._listener = Listener(self._address)

    # Tables

    def create_table(self) -> None:
        """Create what is missing, once; first starts of several processes queue up."""
        with connect(self._address) as connection, connection.transaction():
            connection.execute("SET LOCAL lock_timeout = 0")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
            if self._is_made(connection):
                return
            for statement in (*self._library_tables(), *self.own_statements()):
                connection.execute(statement)
            # The library's mark for a tracking table with one row a source.
            connection.execute(
                "INSERT INTO takt_tracking VALUES (%s, 1) ON CONFLICT DO NOTHING",
                (self.table_migration_identifier,),
            )
            connection.execute("INSERT INTO takt_log_schema VALUES (%s)", (VERSION,))

    def own_statements(self) -> list[Composed]:
        """Return the definitions of our tables and of the append function."""
        return statements(self.datastore.schema)

    def _is_made(self, connection: Connection) -> bool:
        made = connection.execute("SELECT to_regclass('takt_log_schema')").fetchone()
        if made is None or made[0] is None:
            return False
        version = connection.execute("SELECT max(version) FROM takt_log_schema").fetchone()
        return version == (VERSION,)

    def _library_tables(self) -> Iterator[Composed]:
        """Yield the library's tables without its types and functions, which append past us."""
        for number, statement in enumerate(self.sql_create_statements):
            is_function = number == self.create_insert_function_statement_index
            if not is_function and "CREATE TYPE" not in statement.as_string(None):
                yield statement

    # Writing

    def commit(self, calls: Sequence[Call]) -> list[list[Judged] | Fenced]:
        """Judge and write in one transaction.

        After a lost connection the inbox tells what was written. Raises LogUnavailable when the
        database stays away.
        """

        def doubt() -> None:
            for call in calls:
                call.perhaps_written = True

        return self._write(lambda connection: self._commit(connection, calls), on_loss=doubt)

    def _commit(self, connection: Connection, calls: Sequence[Call]) -> list[list[Judged] | Fenced]:
        wanted = Wanted(calls)
        try:
            judgement, results = self._from_memory(connection, calls, wanted)
        except (AskTheLog, Moved):
            self._memory.doubt()
            with self._locked(connection):
                judgement, results = judge_all(calls, LockedFacts(connection, wanted))
                if not judgement.is_empty:
                    judgement.settle(AppendCall(judgement).run(connection))
        self._memory.learn(judgement)
        return results

    def _from_memory(
        self, connection: Connection, calls: Sequence[Call], wanted: Wanted
    ) -> tuple[Judgement, list[list[Judged] | Fenced]]:
        if any(call.perhaps_written for call in calls):
            raise AskTheLog
        facts = assumptions(connection, self._memory, wanted)
        judgement, results = judge_all(calls, facts)
        if any(
            judged.other is not None and judged.other.kind == "stale"
            for result in results
            if not isinstance(result, Fenced)
            for judged in result
        ):
            raise AskTheLog  # Nobody is told that he is late because we are.
        if not judgement.is_empty:
            judgement.settle(AppendCall(judgement, facts.empty_lanes).run(connection))
        return judgement, results

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

        def insert(connection: Connection) -> Sequence[int]:
            with self._locked(connection):
                judgement = Judgement(LockedFacts(connection, Wanted([call])))
                judgement.judge(call)
                for stored in stored_events:
                    judgement.place(self._describe(stored), stored.originator_version)
                written = AppendCall(judgement).run(connection)
            self._memory.doubt()
            return list(written[: len(stored_events)])

        try:
            return self._write(insert)
        except (psycopg.IntegrityError, Fenced) as refused:
            raise IntegrityError(str(refused)) from refused

    def insert_tracking(self, tracking: Tracking) -> None:
        self.insert_events([], tracking=tracking)

    def expire(self, parked_before_us: int, now_us: int) -> int:
        """Turn parked facts older than that into dead letters, in one transaction."""

        def expire(connection: Connection) -> int:
            with self._locked(connection):
                expired = read_waiting(connection, before_us=parked_before_us)
                judgement = Judgement(LockedFacts(connection, Wanted(())))
                judgement.letters += [expired_letter(waiting, now_us) for waiting in expired]
                judgement.released += [waiting.id for waiting in expired]
                forgotten = [waiting.answer.key for waiting in expired]
                if expired:
                    AppendCall(judgement, forgotten=forgotten).run(connection)
            return len(expired)

        return self._write(expire)

    def mark_redriven(self, letter_id: int, at_us: int) -> bool:
        def mark(connection: Connection) -> bool:
            with self._locked(connection):
                found = connection.execute(
                    "SELECT 1 FROM takt_dead_letters WHERE id = %s", (letter_id,)
                )
                if found.fetchone() is None:
                    return False
                nothing = Judgement(LockedFacts(connection, Wanted(())))
                AppendCall(nothing, redriven=(letter_id, at_us)).run(connection)
            return True

        return self._write(mark)

    @contextmanager
    def _locked(self, connection: Connection) -> Iterator[None]:
        """Hold the writer lock for a transaction; every statement in it sees what is committed."""
        with connection.transaction():
            AppendCall.nothing().run(connection)
            yield

    def _write(
        self, use: Callable[[Connection], R], *, on_loss: Callable[[], None] = lambda: None
    ) -> R:
        deadline = monotonic() + RETRY_S
        with self._writing:
            while True:
                try:
                    if self._writer is None:
                        self._writer = connect(self._address)
                    return use(self._writer)
                except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                    self._memory.doubt()
                    if self._writer is not None and self._writer.closed:
                        on_loss()
                        self._writer = None
                    if monotonic() >= deadline or self._closing.wait(PAUSE_S):
                        msg = f"the log cannot be written: {error}"
                        raise LogUnavailable(msg) from error

    # Reading

    def _fetch(self, statement: str, params: Sequence[object] = ()) -> list[Any]:
        def fetch(connection: Connection) -> list[Any]:
            return connection.execute(statement, params, prepare=True, binary=True).fetchall()

        return cast("list[Any]", self._connections.read(fetch))

    def head(self) -> int:
        ((head,),) = self._fetch("SELECT max(notification_id) FROM takt_events")
        return head or 0

    def page(self, after: int, limit: int) -> Sequence[Row]:
        return self._fetch(
            _ROWS + "WHERE notification_id > %s ORDER BY notification_id LIMIT %s", (after, limit)
        )

    def stream_page(self, stream: str, after_version: int) -> Sequence[Row]:
        return self._fetch(
            _ROWS + "WHERE originator_id = %s AND originator_version > %s "
            "ORDER BY originator_version",
            (stream, after_version),
        )

    def project_page(self, project_id: str, after: int, up_to: int, limit: int) -> Sequence[Row]:
        return self._fetch(_PROJECT_ROWS, (project_id, after, up_to, limit))

    def recorded_from(self, position: int) -> tuple[int, int] | None:
        rows = self._fetch(
            "SELECT position, recorded_at FROM takt_index WHERE position >= %s "
            "ORDER BY position LIMIT 1",
            (position,),
        )
        return rows[0] if rows else None

    def answers(self, keys: Iterable[MessageKey]) -> Mapping[MessageKey, Answer]:
        answers: Mapping[MessageKey, Answer] = self._connections.read(
            lambda connection: read_answers(connection, keys)
        )
        return answers

    def offsets(self, prefix: str) -> Mapping[str, int]:
        rows = self._fetch(
            "SELECT application_name, notification_id FROM takt_tracking "
            "WHERE starts_with(application_name, %s) AND application_name <> %s",
            (prefix, self.table_migration_identifier),
        )
        return dict(rows)

    def subjects(self, prefix: str, project_id: str | None) -> Sequence[str]:
        rows = self._fetch(
            "SELECT stream FROM takt_subjects WHERE starts_with(stream, %s) "
            "AND (%s::text IS NULL OR project = %s)",
            (prefix, project_id, project_id),
        )
        return [stream for (stream,) in rows]

    def letters(self, after: int, limit: int) -> Sequence[KeptLetter]:
        rows = self._fetch(
            "SELECT id, original, code, text, received_at, source, message_id, redriven_at "
            "FROM takt_dead_letters WHERE id > %s ORDER BY id LIMIT %s",
            (after, limit),
        )
        return [letter_of(*row) for row in rows]

    def waiting(self, limit: int) -> Sequence[Waiting]:
        waiting: Sequence[Waiting] = self._connections.read(
            lambda connection: read_waiting(connection, limit=limit)
        )
        return waiting

    def listen(self, heard: Callable[[], None]) -> None:
        """Call `heard` at every commit of any process, from a thread of its own."""
        self._listener.start(heard)

    def close(self) -> None:
        """Close every connection, and end the thread that listens."""
        self._closing.set()
        self._listener.stop()
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self._connections.end()


class PostgresLogFactory(PostgresFactory):
    """The library's factory for PostgreSQL, with our recorder and without its append functions."""

    POSTGRES_CONNINFO = "POSTGRES_CONNINFO"

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        if self.datastore.enable_db_functions:
            msg = (
                "POSTGRES_ENABLE_DB_FUNCTIONS is set: in this mode events are written without the"
                " writer lock, and every reader may miss some; unset it"
            )
            raise LogMisconfigured(msg)

    def log_recorder(self, describe: Callable[[StoredEvent], Encoded]) -> PostgresLog:
        """Return the recorder of the log, its tables made if the environment asks for it."""
        conninfo = self.env.get(self.POSTGRES_CONNINFO) or ""
        recorder = PostgresLog(self.datastore, conninfo=conninfo, describe=describe)
        if self.env_create_table():
            recorder.create_table()
        return recorder
