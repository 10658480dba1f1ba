"""Measure intake: records as a broker hands them over, judged and committed with their offsets."""

import itertools
from datetime import timedelta
from statistics import median
from typing import Final

from consumers.kafka.inbound import Inbound
from consumers.kafka.json_format import MEDIA_TYPE
from consumers.kafka.ports import Place
from tests.benchmarks.appending import batches_judged
from tests.benchmarks.messages import DOOR, PLANT, START, fact, introduce
from tests.benchmarks.rounds import rates, ratio
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row
from tests.integration.memory_kafka import POLL_RECORDS_MAX, MemoryBroker, MemorySource

RECORDS: Final = 8 * POLL_RECORDS_MAX
SMALL: Final = 100
ROUNDS: Final = 3
RECEIVED: Final = START + timedelta(days=30)
TOPIC: Final = "takt.facts.v1"
HEADERS: Final = (("content-type", MEDIA_TYPE.encode()),)


class UntilTaken:
    """Tells a consumer to stop once it has settled so many records."""

    def __init__(self, inbound: Inbound, records: int) -> None:
        self._inbound = inbound
        self._records = records

    def is_set(self) -> bool:
        return self._inbound.tally.total() >= self._records

    def wait(self, timeout: float) -> bool:
        msg = f"nothing is away here, so nothing is waited out ({timeout} s)"
        raise AssertionError(msg)


def intake(stores: Stores) -> Row:
    """Run the consumer itself on polls of 500 records, against our own appends of a hundred.

    The records lie in memory when the clock starts, as the client's fetcher leaves them: the next
    poll is judged while the last one commits, as in production.
    """
    event_log = stores.log()
    introduce(event_log, projects=4, phases=50)
    broker, numbers = MemoryBroker(), itertools.count()
    place = Place(broker.create_topic(TOPIC), 0)
    for number in itertools.islice(numbers, RECORDS * ROUNDS):
        broker.put(
            place, fact(number, number % 4, number % 50), HEADERS, f"PRJ-{number % 4}".encode()
        )
    prepared = batches_judged(RECORDS // SMALL * ROUNDS, SMALL, first=1_000_000)
    # Each round reads a part of the topic, and the next one begins where the log says it ended.
    topic = broker.topics[TOPIC][0]
    parts = [topic[: RECORDS * (turn + 1)] for turn in range(ROUNDS)]

    def taken_in() -> int:
        broker.topics[TOPIC][0] = parts.pop(0)
        inbound = Inbound(
            MemorySource(broker, [TOPIC]),
            event_log,
            door=DOOR,
            principal_of=lambda _: PLANT,
            clock=lambda: RECEIVED,
        )
        inbound.run(UntilTaken(inbound, RECORDS))
        assert inbound.tally == {"recorded": RECORDS}, inbound.tally
        return RECORDS

    def appended() -> int:
        for items in itertools.islice(prepared, RECORDS // SMALL):
            event_log.append(items)
        return RECORDS

    found = rates({"intake": taken_in, "append_100": appended}, ROUNDS)
    event_log.close()
    share = ratio(found["intake"], found["append_100"])
    return Row(
        id=f"intake_{stores.name}",
        what="intake: polls of 500 records through the consumer, with their offsets",
        value=median(found["intake"]),
        unit="events/s",
        against=f"own append of 100 typed events, {median(found['append_100']):,.0f}/s",
        ratio=share,
        target="≥ 0.6",
        met=share >= 0.6,
    )
