"""Measure intake: records as a broker hands them over, judged and committed with their offsets."""

import itertools
from datetime import timedelta
from statistics import median
from typing import Final

from domain.log.port import Tracked
from tests.benchmarks.appending import batches_judged
from tests.benchmarks.messages import START, fact, introduce, judged
from tests.benchmarks.rounds import rates, ratio
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

BATCH: Final = 500
BATCHES: Final = 8
SMALL: Final = 100
ROUNDS: Final = 3
RECEIVED: Final = START + timedelta(days=30)


def intake(stores: Stores) -> Row:
    """Take in batches of 500 with their positions, against our own appends of a hundred."""
    event_log = stores.log()
    introduce(event_log, projects=4, phases=50)
    numbers, offsets = itertools.count(), itertools.count(1)

    prepared = batches_judged(BATCHES * BATCH // SMALL * ROUNDS, SMALL, first=1_000_000)

    def taken_in() -> int:
        for _ in range(BATCHES):
            items = [
                judged(fact(number, number % 4, number % 50), RECEIVED)
                for number in itertools.islice(numbers, BATCH)
            ]
            event_log.append(items, [Tracked("kafka/bench/topic/0", next(offsets))])
        return BATCHES * BATCH

    def appended() -> int:
        for items in itertools.islice(prepared, BATCHES * BATCH // SMALL):
            event_log.append(items)
        return BATCHES * BATCH

    found = rates({"intake": taken_in, "append_100": appended}, ROUNDS)
    event_log.close()
    share = ratio(found["intake"], found["append_100"])
    return Row(
        id=f"intake_{stores.name}",
        what="intake: 500 records a transaction with their offset, from wire bytes",
        value=median(found["intake"]),
        unit="events/s",
        against=f"own append of 100 typed events, {median(found['append_100']):,.0f}/s",
        ratio=share,
        target="≥ 0.6",
        met=share >= 0.6,
    )
