"""Measure what loading a long stream costs, and what a snapshot of its state could save at most."""

import gc
import pickle
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Final

from consumers.dispatch import Dispatcher
from domain.log.port import EventLog, MessageKey, Proposed, Submission
from domain.plans.events import PhasePlanned
from tests.benchmarks.messages import START, envelope_of_plan
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

EVENTS: Final = 10_000
"""Events of the longest stream that the design's sizes give: a plan of 10,000 phases."""
TURNS: Final = 7
STREAM: Final = "plan-PRJ-0"


def load_aggregate(stores: Stores) -> Row:
    """Load a plan of 10,000 events cold, warm, and as the fastest snapshot there could be.

    The bound for a snapshot is pickle of the folded state: nothing that could be stored for years
    reads faster. It is taken from memory; a row of this size has to be read besides.
    """
    event_log = stores.log()
    _plan(event_log)

    def cold() -> None:
        Dispatcher(event_log).state_of(STREAM)

    dispatcher = Dispatcher(event_log)
    state, version = dispatcher.state_of(STREAM)
    assert version == EVENTS, version
    snapshot = pickle.dumps(state, pickle.HIGHEST_PROTOCOL)
    cold_ms = _median_ms(cold)
    warm_ms = _median_ms(lambda: dispatcher.state_of(STREAM))
    # Our own bytes, made three lines above.
    bound_ms = _median_ms(lambda: pickle.loads(snapshot))  # noqa: S301
    event_log.close()
    return Row(
        id=f"load_aggregate_{stores.name}",
        what=f"load of a stream of {EVENTS:,} events, read and folded from the first",
        value=cold_ms,
        unit="ms",
        against=(
            f"a snapshot at its head, {bound_ms:.1f} ms from {len(snapshot) / 1024:,.0f} KiB;"
            f" the state kept in memory, {warm_ms * 1_000:.0f} µs"
        ),
        ratio=cold_ms / bound_ms,
        target="stated",
        met=None,
    )


def _plan(event_log: EventLog) -> None:
    for begin in range(0, EVENTS, 1_000):
        key = MessageKey("bench/plan", f"m{begin}")
        about = envelope_of_plan("PRJ-0", START + timedelta(seconds=begin))
        events = tuple(
            Proposed(
                STREAM,
                PhasePlanned(
                    phase_id=f"p{phase}", wbs=str(phase), name=f"Phase {phase}",
                    department_id=f"D{phase % 6}", kind="task", duration_min=480,
                ),
                about,
            )
            for phase in range(begin, begin + 1_000)
        )  # fmt: skip
        event_log.append([Submission(key, b"d" * 32, START, events)])


def _median_ms(work: Callable[[], object]) -> float:
    found = []
    for _ in range(TURNS):
        gc.collect()
        begin = time.perf_counter()
        work()
        found.append((time.perf_counter() - begin) * 1_000)
    return median(found)
