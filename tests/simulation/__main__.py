"""Run many seeds: `python -m tests.simulation --seeds 10000 [--from N] [--jobs 2]`."""

import argparse
import gc
import os
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from typing import Final

import structlog

from tests.simulation.world import simulated

CHUNK: Final = 25


def main() -> int:
    """Return 1 where a seed fails; each prints its error and the line that reproduces it."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    begun = time.perf_counter()
    failed = events = turns = 0
    for chunk in _chunks(range(asked.first, asked.first + asked.seeds), asked.jobs):
        for failure in chunk.failures:
            sys.stdout.write(failure + "\n")
        failed += len(chunk.failures)
        events += chunk.events
        turns += chunk.turns
    took = time.perf_counter() - begun
    sys.stdout.write(
        f"{asked.seeds} seeds from {asked.first}: {failed} failed, {events} events, {turns} turns,"
        f" {asked.seeds / took:.1f} seeds/s\n"
    )
    return 1 if failed else 0


class Chunk:
    """What came of some seeds."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.events = 0
        self.turns = 0


def run_seeds(seeds: Sequence[int]) -> Chunk:
    """Run worlds one after the other; a failure is told and ends nothing."""
    structlog.configure(processors=[_silent])
    gc.freeze()
    chunk = Chunk()
    for seed in seeds:
        try:
            report = simulated(seed)
        except Exception:  # noqa: BLE001  Whatever it is, the seed is to be told.
            chunk.failures.append(traceback.format_exc(limit=-3))
        else:
            chunk.events += report.events
            chunk.turns += report.turns
    return chunk


def _chunks(seeds: range, jobs: int) -> Iterator[Chunk]:
    parts = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with ExitStack() as held:
        if jobs == 1:
            yield from map(run_seeds, parts)
        else:
            yield from held.enter_context(ProcessPoolExecutor(jobs)).map(run_seeds, parts)


def _silent(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    sys.exit(main())
