"""Measure projecting: a rebuild against the library's one-by-one runner with the same folds."""

import time
from typing import Any, Final

from eventsourcing.persistence import Tracking

from domain.log.port import EventLog
from projections.audit_trail import AuditProjection
from projections.contract import Projection, Rows
from projections.engine import Engine
from projections.rebuilding import collector_paused
from projections.schedule import ScheduleProjection
from projections.status import StatusProjection
from projections.stores import open_rows
from projections.stores.bodies import body_of
from tests.benchmarks.peers import PostgresView, SqliteView
from tests.benchmarks.replaying import fill
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

EVENTS: Final = 20_000
ONE_BY_ONE: Final = 300
SCHEDULE_EVENTS: Final = 3_000


def rebuild(stores: Stores) -> Row:
    """Rebuild the audit trail in batches, and one event a transaction, with the same fold."""
    address = stores.address()
    event_log = stores.log(address)
    fill(event_log, EVENTS)
    head = event_log.head()
    projection = AuditProjection()
    rows = open_rows(address, "batched", 1, getattr(event_log, "gate", None))
    batched = _rate(event_log, projection, rows, page=5_000, up_to=head)
    one_by_one = _one_by_one(event_log, projection, stores.library_view())
    rows.close()
    event_log.close()
    target = 80 if stores.name == "pg" else 50
    return Row(
        id=f"rebuild_{stores.name}",
        what="rebuild of the audit trail, batches of 5,000",
        value=batched,
        unit="events/s",
        against=f"the same fold in the library's tracking recorder, {one_by_one:,.0f}/s",
        ratio=batched / one_by_one,
        target=f"≥ {target}",
        met=batched / one_by_one >= target,
    )


def rebuild_schedule(stores: Stores) -> Row:
    """Rebuild schedule and status: each message recomputes its project's network."""
    address = stores.address()
    event_log = stores.log(address)
    fill(event_log, SCHEDULE_EVENTS)
    rates = []
    for projection in (ScheduleProjection(), StatusProjection()):
        rows = open_rows(address, projection.name, 1, getattr(event_log, "gate", None))
        rates.append(_rate(event_log, projection, rows, page=5_000, up_to=event_log.head()))
        rows.close()
    event_log.close()
    return Row(
        id="rebuild_schedule" if stores.name == "sqlite" else f"rebuild_schedule_{stores.name}",
        what="rebuild of the schedule (status beside it), 10 phases a project",
        value=rates[0],
        unit="events/s",
        against=f"status: {rates[1]:,.0f}/s",
        ratio=None,
        target="stated",
        met=None,
    )


def _rate(
    event_log: EventLog, projection: Projection[Any], rows: Rows, *, page: int, up_to: int
) -> float:
    engine = Engine(event_log, [(projection, rows)], page=page)
    begin = time.perf_counter()
    with collector_paused():
        engine.catch_up(up_to)
    assert rows.position() == up_to
    return up_to / (time.perf_counter() - begin)


def _one_by_one(
    event_log: EventLog, projection: Projection[Any], view: SqliteView | PostgresView
) -> float:
    """Do what the library's runner does: rows and tracking of each event in one transaction."""
    events = event_log.read(0, ONE_BY_ONE)
    begin = time.perf_counter()
    for recorded in events:
        rows = []
        for key in projection.keys(recorded):
            state = projection.fold(projection.initial(key), recorded)
            rows += [
                (row_id, body_of(row), recorded.position)
                for row_id, row in projection.rows(state).items()
            ]
        view.process(rows, Tracking("takt", recorded.position))
    return len(events) / (time.perf_counter() - begin)
