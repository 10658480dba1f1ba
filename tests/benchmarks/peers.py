"""What Takt is measured against: the library used plainly, and the drivers used barely."""

from typing import cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresFactory, PostgresTrackingRecorder
from eventsourcing.sqlite import SQLiteFactory, SQLiteTrackingRecorder
from eventsourcing.utils import Environment


class Bare(Aggregate):
    """The smallest thing the library can save: one event of two fields."""

    @event("Begun")
    def __init__(self, phase: str, remaining_min: int) -> None:
        self.phase = phase
        self.remaining_min = remaining_min


class PlainApplication(Application[UUID]):
    """The library as its first page shows it."""

    name = "plain"


def plain_application(environment: dict[str, str]) -> PlainApplication:
    """Return the library's application on a database named by its environment."""
    return PlainApplication(env=Environment("plain", environment))


def save_plainly(application: PlainApplication, count: int) -> int:
    """Save bare events one by one, as the library does it."""
    for number in range(count):
        application.save(Bare(phase=f"p{number}", remaining_min=number))
    return count


UPSERT = (
    "INSERT INTO view_rows VALUES ({0}, {0}, {0}) ON CONFLICT (row_id)"
    " DO UPDATE SET body = excluded.body, position = excluded.position"
)
TABLE = "CREATE TABLE IF NOT EXISTS view_rows (row_id TEXT PRIMARY KEY, body TEXT, position BIGINT)"


class SqliteView(SQLiteTrackingRecorder):
    """A view as the library's runner feeds it: rows and tracking of one event, one commit."""

    def process(self, rows: list[tuple[str, str, int]], tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            for row in rows:
                cursor.execute(UPSERT.format("?"), row)
            self._insert_tracking(cursor, tracking)

    def prepare(self) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(TABLE)


class PostgresView(PostgresTrackingRecorder):
    """The same on PostgreSQL."""

    def process(self, rows: list[tuple[str, str, int]], tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            for row in rows:
                cursor.execute(UPSERT.format("%s"), row)
            self._insert_tracking(cursor, tracking)

    def prepare(self) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(TABLE)


def library_view(environment: dict[str, str]) -> SqliteView | PostgresView:
    """Return a fresh view kept by the library's tracking recorder."""
    settings = Environment("view", environment)
    view: SqliteView | PostgresView
    if "SQLITE_DBNAME" in environment:
        view = cast("SqliteView", SQLiteFactory(settings).tracking_recorder(SqliteView))
    else:
        view = PostgresFactory(settings).tracking_recorder(PostgresView)
    view.prepare()
    return view
