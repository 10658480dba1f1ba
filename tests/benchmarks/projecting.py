"""Measure projecting: a rebuild against the library's one-by-one runner with the same folds."""

import time
from collections.abc import Sequence
from statistics import harmonic_mean
from typing import Any, Final

from domain.log.port import EventLog
from projections.audit_trail import AuditProjection
from projections.contract import Projection, Rows
from projections.engine import PAGE_REBUILD, Engine
from projections.rebuilding import collector_paused
from projections.schedule import ScheduleProjection
from projections.status import StatusProjection
from projections.stores import open_rows
from tests.benchmarks.replaying import fill
from tests.benchmarks.runners import one_by_one
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

EVENTS: Final = 20_000
STATUS_EVENTS: Final = 5_000
ONE_BY_ONE: Final = 300
SCHEDULE_EVENTS: Final = 3_000
TARGETS: Final = {"pg": 80, "sqlite": 50}


def rebuild(stores: Stores) -> Row:
    """Rebuild audit trail and status in one pass, and by the library's runners, one each."""
    return _against_the_runner(
        stores,
        [AuditProjection(), StatusProjection()],
        STATUS_EVENTS,
        f"rebuild_{stores.name}",
        "rebuild of audit trail and status, batches of 5,000",
    )


def rebuild_audit(stores: Stores) -> Row:
    """Rebuild the audit trail alone, where the fold is a row an event, and by the same runner."""
    return _against_the_runner(
        stores,
        [AuditProjection()],
        EVENTS,
        f"rebuild_audit_{stores.name}",
        "rebuild of the audit trail, batches of 5,000",
    )


def _against_the_runner(
    stores: Stores, folds: Sequence[Projection[Any]], events: int, name: str, what: str
) -> Row:
    address = stores.address()
    event_log = stores.log(address)
    fill(event_log, events)
    # The disk is not the same from one minute to the next: once before, once after.
    before = _runner_rate(stores, event_log, folds)
    rows = [
        (fold, open_rows(address, fold.name, fold.version, getattr(event_log, "gate", None)))
        for fold in folds
    ]
    ours = _rate(event_log, rows, page=PAGE_REBUILD, up_to=event_log.head())
    runner = harmonic_mean([before, _runner_rate(stores, event_log, folds)])
    for _, each in rows:
        each.close()
    event_log.close()
    target = TARGETS[stores.name]
    return Row(
        id=name,
        what=what,
        value=ours,
        unit="events/s",
        against=f"the same folds in the library's ProjectionRunner, {runner:,.0f}/s",
        ratio=ours / runner,
        target=f"≥ {target}",
        met=ours / runner >= target,
    )


def _runner_rate(stores: Stores, event_log: EventLog, folds: Sequence[Projection[Any]]) -> float:
    views = {fold.name: stores.environment() for fold in folds}
    return one_by_one(event_log, views, folds, ONE_BY_ONE)


def rebuild_schedule(stores: Stores) -> Row:
    """Rebuild schedule and status: each message recomputes its project's network."""
    address = stores.address()
    event_log = stores.log(address)
    fill(event_log, SCHEDULE_EVENTS)
    rates = []
    for projection in (ScheduleProjection(), StatusProjection()):
        rows = open_rows(address, projection.name, 1, getattr(event_log, "gate", None))
        rates.append(_rate(event_log, [(projection, rows)], page=5_000, up_to=event_log.head()))
        rows.close()
    event_log.close()
    return Row.stated(
        id="rebuild_schedule" if stores.name == "sqlite" else f"rebuild_schedule_{stores.name}",
        what="rebuild of the schedule (status beside it), 10 phases a project",
        value=rates[0],
        unit="events/s",
        against=f"status: {rates[1]:,.0f}/s",
    )


def _rate(
    event_log: EventLog,
    parts: Sequence[tuple[Projection[Any], Rows]],
    *,
    page: int,
    up_to: int,
) -> float:
    engine = Engine(event_log, parts, page=page)
    begin = time.perf_counter()
    with collector_paused():
        engine.catch_up(up_to)
    assert engine.position() == up_to
    return up_to / (time.perf_counter() - begin)
