"""Measure what grows with the log: appending, projecting and memory, at a million and at few."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from random import Random
from statistics import median
from typing import Final

from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog, Submission
from projections.contract import Rows
from projections.engine import Engine
from projections.stores import open_rows
from tests.benchmarks.long_log import (
    EVENTS,
    PLANT,
    LongLog,
    audit_of,
    long_log,
    rebuilt,
)
from tests.benchmarks.messages import judged
from tests.benchmarks.rounds import rates, ratio
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row
from tests.plants import Doors

SHORT: Final = min(10_000, EVENTS // 10)
BATCH: Final = 100
BATCHES: Final = 20
ROUNDS: Final = 5
PHASES_ASKED: Final = 2_000
PROJECTING_MAX: Final = 1.3
MEMORY_MAX: Final = 1.05
"""Memory is to be the same; the process's own noise is a few hundredths."""


def million(stores: Stores) -> Row:
    """Generate, append and rebuild a million events; state the rates, the memory and the disk."""
    filled = long_log(stores)
    begin = time.perf_counter()
    generated = sum(message.events for message in PLANT.messages(100_000))
    making = generated / (time.perf_counter() - begin)
    built = rebuilt(stores)
    return Row.stated(
        id=f"million_{stores.name}",
        what=f"{filled.events:,} events of {filled.projects:,} projects: judged, decided, appended",
        value=filled.events / filled.seconds,
        unit="events/s",
        against=f"generated {making:,.0f}/s; "
        f"audit trail rebuilt {built.position / built.seconds:,.0f}/s; "
        f"most memory {built.rss_short / 2**20:.0f} MiB after a tenth, "
        f"{built.rss_long / 2**20:.0f} MiB at the end; "
        f"log {filled.bytes / filled.events:,.0f} bytes an event on disk",
    )


def growth(stores: Stores) -> Row:
    """Measure the cost of an event in the long log against a short one, in turns."""
    filled = long_log(stores)
    built = rebuilt(stores)
    address = stores.address()
    short, long = stores.log(address), open_log(filled.address, registry=catalogue())
    doors = Doors(short, 500)
    doors.take(PLANT.messages(SHORT))
    projecting = _projecting(long, filled)
    logs = {"short": _Appending(short, doors.plans), "long": _Appending(long, filled.projects)}
    found = rates({name: each.append for name, each in logs.items()}, ROUNDS)
    short.close()
    long.close()
    appending = ratio(found["short"], found["long"])
    memory = built.rss_long / built.rss_short
    allowed = 1.5 if stores.name == "pg" else 2.5
    return Row(
        id=f"growth_{stores.name}",
        what=f"cost of an event at {filled.events:,} events over that at {SHORT:,}: appending",
        value=appending,
        unit="times",
        against=f"projecting {projecting:.2f}, memory of a rebuild {memory:.2f} "
        f"(at {built.position:,} over a tenth)",
        ratio=appending,
        target=f"≤ {allowed}; projecting ≤ {PROJECTING_MAX}; memory 1.0",
        met=appending <= allowed and projecting <= PROJECTING_MAX and memory <= MEMORY_MAX,
    )


class _Appending:
    """Facts about phases all over a log, a hundred a transaction, judged beforehand."""

    def __init__(self, event_log: EventLog, projects: int) -> None:
        self._log = event_log
        self._batches = iter(list(_batches(projects)))

    def append(self) -> int:
        for batch in islice(self._batches, BATCHES):
            self._log.append(batch)
        return BATCH * BATCHES


def _batches(projects: int) -> Iterator[list[Submission]]:
    dice = Random(5)
    streams = []
    for _ in range(PHASES_ASKED):
        number = dice.randrange(projects)
        phase = dice.choice(PLANT.project(number, 0).phases)
        streams.append(f"phase-{PLANT.project_id(number)}/{phase.id}")
    at = PLANT.begin + timedelta(days=20_000)
    for _ in range(ROUNDS * BATCHES):
        yield [judged(_report(dice, dice.choice(streams)), at) for _ in range(BATCH)]


def _report(dice: Random, stream: str) -> bytes:
    """Return a report of progress whose id nothing orders, as most systems make them."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"{dice.getrandbits(128):032x}",
            "source": "/plant/hall-2/mes",
            "type": "phase.progress_recorded.v1",
            "subject": stream,
            "time": "2026-03-02T07:00:00Z",
            "data": {"remaining_min": dice.randrange(480), "basis": "count"},
        }
    ).encode()


def _projecting(long: EventLog, filled: LongLog) -> float:
    """Project the last pages into rows of few events and into those of all, in turns."""
    many, rows_of_many = audit_of(long, filled.address, "long")
    with_few = open_rows(filled.address, "few", 1, getattr(long, "gate", None))
    with_few.write([], rows_of_many.position() - SHORT)
    with_few.close()
    few, rows_of_few = audit_of(long, filled.address, "few")
    few.catch_up(rows_of_many.position())
    costs = []
    while rows_of_many.position() < filled.events:
        costs.append((_page(few, rows_of_few), _page(many, rows_of_many)))
    rows_of_few.close()
    rows_of_many.close()
    return median(of_many / of_few for of_few, of_many in costs)


def _page(engine: Engine, rows: Rows) -> float:
    """Return the seconds that an event of one page takes."""
    before, begin = rows.position(), time.perf_counter()
    engine.step()
    seconds = time.perf_counter() - begin
    return seconds / (rows.position() - before)
