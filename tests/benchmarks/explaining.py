"""Measure why a large project's finish moved: over hundreds of events, and over its life."""

import time
from typing import Final

from consumers.branching import Branches
from consumers.dispatch import Dispatcher
from consumers.explaining import why
from consumers.views import Views
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from projections.schedule import ScheduleProjection
from tests.benchmarks.as_of import LARGE
from tests.benchmarks.long_log import long_log
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

SHORT: Final = 500
"""So many events of the project make a short window: some weeks of it."""


def why_long(stores: Stores) -> Row:
    """Ask what moved the finish of 1,000 phases since they were planned, event by event.

    Each event of the window is folded and the network computed after it, so the cost is that of one
    change of the network for each event. Nothing is kept of earlier questions.
    """
    filled = long_log(stores)
    event_log = open_log(filled.address, registry=catalogue(), create_tables=False)
    branches = Branches(event_log, Dispatcher(event_log))
    views = Views(event_log, {"schedule": ScheduleProjection()}, {}, branches)
    first, head = filled.large_first, event_log.head()
    events = [each.position for each in views.history(LARGE, first, head)]
    chain = _seconds(views, {})
    short = _seconds(views, {"from": str(events[-min(SHORT, len(events))] - 1)})
    whole = _seconds(views, {"from": str(first)})
    event_log.close()
    return Row.stated(
        id="why_1m" if stores.name == "sqlite" else f"why_1m_{stores.name}",
        what=f"why the finish of 1,000 phases moved, over a window of {len(events):,} events, "
        f"log of {filled.events:,} events",
        value=whole,
        unit="s",
        against=f"{whole / len(events) * 1_000:.1f} ms an event; the last {SHORT} events "
        f"{short:.2f} s; the chain alone {chain:.2f} s",
    )


def _seconds(views: Views, asked: dict[str, str]) -> float:
    begin = time.perf_counter()
    document = why(views, LARGE, asked)
    took = time.perf_counter() - begin
    if "moves" in document:
        assert sum(move["minutes"] for move in document["moves"]) == document["moved_min"]
    return took
