"""Open every projection on a log's own database, and compare each with its clean rebuild."""

from typing import Any

from domain.log.port import EventLog
from projections.audit_trail import AuditProjection
from projections.contract import Projection, Rows
from projections.engine import Engine
from projections.rebuilding import verify
from projections.schedule import ScheduleProjection
from projections.status import StatusProjection
from projections.stores import open_rows


def opened(address: str, log: EventLog) -> list[tuple[Projection[Any], Rows]]:
    """Return the projections with their rows, beside the log."""
    projections: tuple[Projection[Any], ...] = (
        ScheduleProjection(),
        StatusProjection(),
        AuditProjection(),
    )
    gate = getattr(log, "gate", None)
    return [(each, open_rows(address, each.name, each.version, gate)) for each in projections]


def differing(address: str, log: EventLog) -> list[str]:
    """Return where rows differ from a clean rebuild: as they were left, and caught up.

    The first look comes before any catch-up, which would repair what it ought to find.
    """
    parts = opened(address, log)
    found = _unequal(parts, log)
    Engine(log, parts).catch_up()
    found += _unequal(parts, log)
    for projection, rows in parts:
        if rows.position() != log.head():
            found.append(f"{projection.name} is at {rows.position()}, not {log.head()}")
        rows.close()
    return found


def _unequal(parts: list[tuple[Projection[Any], Rows]], log: EventLog) -> list[str]:
    verdicts = [verify(projection, log, rows) for projection, rows in parts]
    return [
        f"{verdict.projection} at {verdict.position} differs in {', '.join(verdict.differing)}"
        for verdict in verdicts
        if not verdict.equal
    ]
