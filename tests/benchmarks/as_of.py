"""Measure schedules as of any moment: a large project in a long log, warm and in a new process."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from consumers.branching import Branches
from consumers.dispatch import Dispatcher
from consumers.views import Views
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from projections.checkpointing import EVERY, Checkpointing
from projections.checkpoints import Checkpoints
from projections.schedule import ScheduleProjection
from projections.stores.checkpoints import open_checkpoints
from tests.benchmarks.long_log import PLANT, LongLog, long_log
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

QUERIES: Final = 400
PROCESSES: Final = 15
WARM_MS_MAX: Final = 20
COLD_MS_MAX: Final = 50
LARGE: Final = PLANT.project_id(0)


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds of one question each, sorted."""

    ms: tuple[float, ...]

    def at(self, share: float) -> float:
        return self.ms[min(len(self.ms) - 1, int(len(self.ms) * share))]


def as_of(stores: Stores) -> Row:
    """Ask for the schedule of 1,000 phases at random positions of a log of a million events."""
    filled = long_log(stores)
    kept, log_bytes = _checkpoints(filled)
    asked = _positions(filled)
    warm = _warm(filled.address, asked)
    cold = _cold(filled.address, asked[:PROCESSES])
    p99 = warm.at(0.99)
    return Row(
        id="as_of_1m" if stores.name == "sqlite" else f"as_of_1m_{stores.name}",
        what=f"schedule of 1,000 phases ({filled.large_events:,} events) as of a random position, "
        f"log of {filled.events:,} events, checkpoint every {EVERY}: p99 warm",
        value=p99,
        unit="ms",
        against=f"p50 {warm.at(0.5):.1f} ms; in a new process p50 {cold.at(0.5):.0f}, "
        f"most {cold.ms[-1]:.0f} ms; checkpoints are {kept / log_bytes:.0%} of the log",
        ratio=p99 / WARM_MS_MAX,
        target=f"≤ {WARM_MS_MAX} ms warm, ≤ {COLD_MS_MAX} ms in a new process",
        met=p99 <= WARM_MS_MAX and cold.ms[-1] <= COLD_MS_MAX,
    )


def _checkpoints(filled: LongLog) -> tuple[int, int]:
    """Follow the whole log; return the bytes of all checkpoints, and of the log."""
    event_log = open_log(filled.address, registry=catalogue(), create_tables=False)
    store = open_checkpoints(filled.address)
    Checkpointing(event_log, [ScheduleProjection()], store).catch_up()
    kept = store.size()
    store.close()
    event_log.close()
    return kept, filled.bytes


def _positions(filled: LongLog) -> list[int]:
    dice = Random(1)
    return [dice.randint(filled.large_first, filled.large_last) for _ in range(QUERIES)]


def _warm(address: str, positions: list[int]) -> Latencies:
    """Ask twice, and take the second time: whatever can be warm is."""
    return Latencies(tuple(sorted(_asked(address, positions, turns=2))))


def _cold(address: str, positions: list[int]) -> Latencies:
    """Ask once in each of several new processes, that have opened the log and done nothing else."""
    found = []
    for position in positions:
        command = [sys.executable, "-m", "tests.benchmarks.as_of", address, str(position)]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2]
        )
        found.append(float(json.loads(done.stdout)))
    return Latencies(tuple(sorted(found)))


def _asked(address: str, positions: list[int], turns: int) -> list[float]:
    """Return the milliseconds of each question in the last turn."""
    event_log = open_log(address, registry=catalogue(), create_tables=False)
    store = open_checkpoints(address)
    branches = Branches(event_log, Dispatcher(event_log))
    views = Views(event_log, {"schedule": ScheduleProjection()}, {}, branches, Checkpoints(store))
    taken: list[float] = []
    for _ in range(turns):
        taken = []
        for position in positions:
            begin = time.perf_counter()
            rows = views.as_of("schedule", LARGE, position)
            taken.append((time.perf_counter() - begin) * 1_000)
            assert len(rows) == 1_001, len(rows)
    store.close()
    event_log.close()
    return taken


if __name__ == "__main__":
    print(json.dumps(_asked(sys.argv[1], [int(sys.argv[2])], turns=1)[0]))  # noqa: T201
