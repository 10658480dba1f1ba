"""Stand Takt's folds in the library's own `ProjectionRunner`: what a rebuild is measured against.

The runner is the library's, unchanged: its subscription over the log, its decoding (with Takt's
mapper, which is faster than its own), one transaction an event with the changed rows and the
tracking record, on a database of the view's own. The folds are Takt's: the same rows are computed,
a state is kept in memory, and only rows that changed are written. Where there are several, the
runners run at once, each in its thread, so that their commits overlap.

SQLite's recorder offers no subscription; the library's `ListenNotifySubscription` works for it as
it stands, as long as nothing is appended meanwhile.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, ClassVar, Final

from eventsourcing.persistence import (
    ApplicationRecorder,
    ListenNotifySubscription,
    Subscription,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection as LibraryProjection
from eventsourcing.projection import ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from eventsourcing.utils import EnvType

from domain.log.application import LogApplication
from domain.log.catalogue import catalogue
from domain.log.mapper import Placed
from domain.log.open_log import DatabaseLog
from domain.log.port import EventLog
from domain.log.sqlite import SqliteLog, SqliteLogFactory
from projections.contract import Projection, Row
from projections.stores.bodies import body_of

DEADLINE_S: Final = 120.0

Written = list[tuple[str, str, str, int]]

UPSERT = (
    "INSERT INTO {1} VALUES ({0}, {0}, {0}, {0}) ON CONFLICT (key, row_id)"
    " DO UPDATE SET body = excluded.body, position = excluded.position"
)
TABLE = (
    "CREATE TABLE IF NOT EXISTS {} (key TEXT, row_id TEXT, body TEXT, position BIGINT,"
    " PRIMARY KEY (key, row_id))"
)


class FollowedSqliteLog(SqliteLog):
    """The log's recorder with the subscription that the library's runner asks for."""

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        return ListenNotifySubscription(recorder=self, gt=gt, topics=topics)


class FollowedLog(LogApplication):
    """The log as an application that the library's runner can make and follow."""

    def __init__(self, env: EnvType | None = None) -> None:
        super().__init__(catalogue(), dict(env or {}))

    def construct_recorder(self) -> ApplicationRecorder:
        if isinstance(self.factory, SqliteLogFactory):
            return FollowedSqliteLog(self.factory.datastore, describe=self.event_mapper.describe)
        return super().construct_recorder()


class SqliteView(SQLiteTrackingRecorder):
    """A view as the library's documentation shows it: rows and tracking in one transaction."""

    def process(self, name: str, rows: Written, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            for row in rows:
                cursor.execute(UPSERT.format("?", name), row)
            self._insert_tracking(cursor, tracking)

    def prepare(self, name: str) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(TABLE.format(name))


class PostgresView(PostgresTrackingRecorder):
    """The same on PostgreSQL."""

    def process(self, name: str, rows: Written, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            for row in rows:
                cursor.execute(UPSERT.format("%s", name), row)
            self._insert_tracking(cursor, tracking)

    def prepare(self, name: str) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(TABLE.format(name))


class OneByOne(LibraryProjection[TrackingRecorder]):
    """One of Takt's projections as a projection of the library."""

    folded: ClassVar[Projection[Any]]
    events: ClassVar[int]
    """How many events are measured; those after them are passed over."""

    def __init__(self, view: TrackingRecorder) -> None:
        super().__init__(view)
        assert isinstance(view, SqliteView | PostgresView)
        self._rows = view
        self._table = f"{self.folded.name}_rows"
        self._states: dict[str, Any] = {}
        self._shown: dict[str, Mapping[str, Row]] = {}
        self._seen = 0
        self._begun = 0.0
        self.took_s = 0.0
        self.done = threading.Event()
        view.prepare(self._table)

    def process_event(self, domain_event: Placed, tracking: Tracking) -> None:
        if self.done.is_set():
            return
        self._begun = self._begun or time.perf_counter()
        domain_event.position = tracking.notification_id
        self._rows.process(self._table, self._changed(domain_event), tracking)
        self._seen += 1
        if self._seen == self.events:
            self.took_s = time.perf_counter() - self._begun
            self.done.set()

    def _changed(self, recorded: Placed) -> Written:
        projection, written = self.folded, list[tuple[str, str, str, int]]()
        for key in projection.keys(recorded):
            state = self._states.get(key) or projection.initial(key)
            state = projection.fold(state, recorded)
            rows, shown = projection.rows(state), self._shown.get(key, {})
            if projection.keeps_state:
                self._states[key], self._shown[key] = state, dict(rows)
            written += [
                (key, row_id, body_of(row), recorded.position)
                for row_id, row in rows.items()
                if shown.get(row_id) is not row
            ]
        return written


def one_by_one(
    event_log: EventLog,
    views: Mapping[str, dict[str, str]],
    folds: Sequence[Projection[Any]],
    events: int,
) -> float:
    """Return the events a second at which the library's runners take a log in.

    `views` are the settings of a fresh database for each fold's view, by its name.
    """
    assert isinstance(event_log, DatabaseLog)
    # A pool as the library has it by itself: the log's own serves its cold path only.
    env = {**event_log.application.env, "POSTGRES_POOL_SIZE": "5", "POSTGRES_MAX_OVERFLOW": "10"}
    with ExitStack() as running:
        followed: list[OneByOne] = []
        for fold in folds:
            view = {f"{fold.name.upper()}_{key}": value for key, value in views[fold.name].items()}
            wanted = type(
                f"{fold.name}_one_by_one",
                (OneByOne,),
                {"name": fold.name, "folded": fold, "events": events},
            )
            kind = PostgresView if "POSTGRES_DBNAME" in views[fold.name] else SqliteView
            runner = ProjectionRunner(
                application_class=FollowedLog,
                projection_class=wanted,
                view_class=kind,
                env={**env, **view},
            )
            running.enter_context(runner)
            assert isinstance(runner.projection, OneByOne)
            followed.append(runner.projection)
        for each in followed:
            assert each.done.wait(DEADLINE_S)
        return events / max(each.took_s for each in followed)
