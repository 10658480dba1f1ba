"""Open a log as one process does, and ask it in few words."""

from typing import Any

from domain.log.open_log import open_log
from domain.log.port import (
    DeadLetter,
    EventLog,
    Outcome,
    Submission,
)
from tests.simulation.memory_log import MemoryLog, Tables
from tests.unit.log.samples import (
    REGISTRY,
)


def opened_at(address: str | Tables, *, create_tables: bool = True) -> EventLog:
    """Return the log as one process opens it."""
    if isinstance(address, Tables):
        return MemoryLog(address, REGISTRY)
    return open_log(address, registry=REGISTRY, create_tables=create_tables)


def append(log: EventLog, *items: Submission | DeadLetter, **options: Any) -> list[Outcome]:  # noqa: ANN401
    return list(log.append(items, **options))


def kinds(log: EventLog, *items: Submission | DeadLetter) -> list[str]:
    return [outcome.kind for outcome in log.append(items)]


def events(log: EventLog) -> list[str]:
    return [recorded.event_id for recorded in log.read(0, 1000)]
