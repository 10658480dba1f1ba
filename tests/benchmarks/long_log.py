"""Fill one long log per database, once for all benchmarks that need it."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

import psycopg

from consumers.demo.plant import Plant
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog
from projections.audit_trail import AuditProjection
from projections.contract import Rows
from projections.engine import Engine
from projections.rebuilding import collector_paused
from projections.replay import history
from projections.stores import open_rows
from tests.benchmarks.memory import most_held
from tests.benchmarks.stores import Stores
from tests.plants import Doors

EVENTS: Final = int(os.environ.get("TAKT_BENCH_EVENTS", "1000000"))
"""How long a log is measured; fewer for a first look."""
BATCH: Final = 500
PAGE: Final = min(2_000, EVENTS // 50)
LEFT: Final = 10 * PAGE
"""So many events at the end are left to measure projecting on."""
PLANT: Final = Plant(seed=11, first_phases=1_000, report_min=330)


@dataclass(frozen=True, slots=True)
class LongLog:
    """A filled log: where it is, and where its large project lies in it."""

    address: str
    events: int
    seconds: float
    bytes: int
    """What the log takes on disk."""
    projects: int
    large_events: int
    large_first: int
    large_last: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What it took to rebuild the audit trail up to a position, in a process of its own."""

    position: int
    seconds: float
    rss_short: int
    """The most memory the process had held after a tenth of the events, in bytes."""
    rss_long: int


@cache
def long_log(stores: Stores) -> LongLog:
    """Return a log of the plant, filled in batches through the doors."""
    address = stores.address()
    event_log = stores.log(address)
    doors = Doors(event_log, BATCH)
    begin = time.perf_counter()
    events = doors.take(PLANT.messages(EVENTS))
    seconds = time.perf_counter() - begin
    assert set(doors.outcomes) == {"recorded"}, doors.outcomes
    large = [each.position for each in history(event_log, PLANT.project_id(0), event_log.head())]
    event_log.close()
    planned = next(PLANT.messages(1)).events
    return LongLog(
        address, events, seconds, bytes_of(address), doors.plans, len(large),
        large[planned - 1], large[-1],
    )  # fmt: skip


@cache
def rebuilt(stores: Stores) -> Rebuilt:
    """Rebuild the audit trail of the long log, but for its last pages."""
    filled = long_log(stores)
    command = [sys.executable, "-m", "tests.benchmarks.long_log", filled.address]
    done = subprocess.run(
        [*command, str(filled.events - LEFT)],
        check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    return Rebuilt(**json.loads(done.stdout))


def bytes_of(address: str) -> int:
    """Return what a database takes on disk, its journal included."""
    if address.startswith("postgresql"):
        with psycopg.connect(address) as connection:
            found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert found is not None
        return int(found[0])
    files = (Path(address + ending) for ending in ("", "-wal"))
    return sum(each.stat().st_size for each in files if each.exists())


def audit_of(event_log: EventLog, address: str, name: str) -> tuple[Engine, Rows]:
    """Return an engine that keeps the audit trail in rows of a name of their own."""
    rows = open_rows(address, name, 1, getattr(event_log, "gate", None))
    return Engine(event_log, [(AuditProjection(), rows)], page=PAGE), rows


def _rebuild(address: str, up_to: int) -> Rebuilt:
    event_log = open_log(address, registry=catalogue(), create_tables=False)
    engine, rows = audit_of(event_log, address, "long")
    begin = time.perf_counter()
    with collector_paused():
        engine.catch_up(up_to // 10)
        short = most_held()
        engine.catch_up(up_to)
    seconds = time.perf_counter() - begin
    long = most_held()
    position = rows.position()
    rows.close()
    event_log.close()
    return Rebuilt(position, seconds, short, long)


if __name__ == "__main__":
    print(json.dumps(asdict(_rebuild(sys.argv[1], int(sys.argv[2])))))  # noqa: T201
