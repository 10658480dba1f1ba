"""Do with the library's own pieces what Takt's log does: inbox, event and index in one commit."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from eventsourcing.application import Application
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor
from eventsourcing.utils import Environment, get_topic
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.sql import SQL

from domain.log.catalogue import catalogue
from domain.log.mapper import EventMapper, Placed
from domain.log.port import Submission

INBOX = "INSERT INTO inbox VALUES ({0}, {0}, {0}, {0})"
AUDIT = "INSERT INTO audit VALUES ({0}, {0}, {0})"
TABLES = (
    """CREATE TABLE IF NOT EXISTS inbox (source TEXT, id TEXT, digest {blob}, version BIGINT,
        PRIMARY KEY (source, id))""",
    "CREATE TABLE IF NOT EXISTS audit (position BIGINT PRIMARY KEY, project TEXT, at BIGINT)",
    "CREATE INDEX IF NOT EXISTS audit_project ON audit (project, position)",
)


class Noted(NamedTuple):
    """What is kept of a message beside its event."""

    inbox: tuple[str, str, bytes, int]
    project_id: str | None
    at_us: int


class NotingSqlite(SQLiteApplicationRecorder):
    """The library's recorder on SQLite, with two rows more in its transaction."""

    def construct_create_table_statements(self) -> list[str]:
        more = [table.format(blob="BLOB") for table in TABLES]
        return [*super().construct_create_table_statements(), *more]

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **more: object
    ) -> Sequence[int] | None:
        noted = cast("Noted", more["noted"])
        c.execute(INBOX.format("?"), noted.inbox)
        positions = super()._insert_events(c, stored_events, **more)
        for position in positions or ():
            c.execute(AUDIT.format("?"), (position, noted.project_id, noted.at_us))
        return positions


class NotingPostgres(PostgresApplicationRecorder):
    """The same on PostgreSQL, in the pipeline that the library opens for its commit."""

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str) -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        self.sql_create_statements += [SQL(table).format(blob=SQL("BYTEA")) for table in TABLES]

    def _insert_events(
        self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **more: object
    ) -> None:
        noted = cast("Noted", more["noted"])
        self._lock_table(curs)  # First, or the keys of two writers may lock each other.
        curs.execute(INBOX.format("%s"), noted.inbox, prepare=True)
        super()._insert_events(curs, stored_events, **more)

    def _fetch_ids_after_insert_events(
        self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **more: object
    ) -> Sequence[int] | None:
        noted = cast("Noted", more["noted"])
        positions = super()._fetch_ids_after_insert_events(curs, stored_events, **more)
        for position in positions or ():
            row = (position, noted.project_id, noted.at_us)
            curs.execute(AUDIT.format("%s"), row, prepare=True)
        return positions


class NotingApplication(Application[str]):
    """The library's application over our events, so that the same bytes are stored."""

    name = "noting"

    def construct_mapper(self) -> EventMapper:
        return EventMapper(catalogue())


def noting_application(environment: dict[str, str]) -> NotingApplication:
    """Return the application on a database named by its environment."""
    on_sqlite = "SQLITE_DBNAME" in environment
    recorder = NotingSqlite if on_sqlite else NotingPostgres
    wanted = {
        **environment,
        "ORIGINATOR_ID_TYPE": "text",
        "APPLICATION_RECORDER_TOPIC": get_topic(recorder),
    }
    return NotingApplication(env=Environment("noting", wanted))


def save_noted(application: NotingApplication, submission: Submission, version: int) -> None:
    """Save one judged message at a version of its stream that its writer knows to be next."""
    (proposed,) = submission.events
    envelope = proposed.envelope
    at_us = int(envelope.recorded_at.timestamp() * 1_000_000)
    noted = Noted((*submission.key, submission.digest, version), envelope.project_id, at_us)
    placed = Placed(proposed.event, envelope, proposed.stream, version, 0)
    application.save(cast("Any", placed), noted=noted)
