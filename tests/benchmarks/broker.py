"""Measure intake from a real broker into the log, against what the client library does bare."""

import itertools
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from consumers.intake import FactDoor
from consumers.kafka.client import KafkaSource
from consumers.kafka.connection import Connection
from consumers.kafka.inbound import Inbound
from consumers.kafka.json_format import MEDIA_TYPE
from domain.kernel.messages import PLANT_SYSTEM, Principal
from domain.log.catalogue import catalogue
from domain.log.port import EventLog
from tests.benchmarks.appending import batches_judged
from tests.benchmarks.messages import START, fact, introduce, project_of
from tests.benchmarks.rounds import rates, ratio
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row
from tests.services.kafka import KafkaServer, kafka_of_this_run

RECORDS: Final = 12_000
PARTITIONS: Final = 12
PROJECTS: Final = 40
HUNDREDS: Final = 6_000
ROUNDS: Final = 3
WAIT_S: Final = 120.0
LOOK_S: Final = 0.005
RECEIVED: Final = START + timedelta(days=30)
HEADERS: Final = [("content-type", MEDIA_TYPE.encode())]


def through_a_broker(stores: Stores) -> Iterator[Row]:
    """Take records in from a topic of 12 partitions, beside bare consuming and bare producing."""
    with kafka_of_this_run() as server:
        event_log = stores.log()
        introduce(event_log, projects=PROJECTS, phases=50)
        numbers, topics = itertools.count(), itertools.count()
        prepared = batches_judged(HUNDREDS * ROUNDS // 100, 100, first=1_000_000)
        filled: list[str] = []

        def produced() -> int:
            topic = f"bench-{next(topics)}"
            server.create_topic(topic, partitions=PARTITIONS)
            filled.append(topic)
            return _produce(server, topic, itertools.islice(numbers, RECORDS))

        def taken_in() -> float:
            return _take_in(server, filled[-1], event_log)

        def consumed() -> int:
            return _consume(server, filled[-1])

        def appended() -> int:
            for items in itertools.islice(prepared, HUNDREDS // 100):
                event_log.append(items)
            return HUNDREDS

        found: dict[str, list[float]] = {}
        for turn in range(ROUNDS):
            # What is consumed must have been produced; the three that read take turns.
            one = rates({"produce": produced}, 1)
            first = [taken_in()] if turn % 2 == 0 else []
            one |= rates({"consume": consumed, "append_100": appended}, 1)
            one["intake"] = first or [taken_in()]
            for name, figures in one.items():
                found.setdefault(name, []).extend(figures)
        event_log.close()
    yield from _rows(stores.name, found)


def _rows(kind: str, found: dict[str, list[float]]) -> Iterator[Row]:
    slower = min(("append_100", "consume"), key=lambda name: median(found[name]))
    share = ratio(found["intake"], found[slower])
    yield Row(
        id=f"intake_kafka_{kind}",
        what="intake end to end: a real topic of 12 partitions into the log, one consumer",
        value=median(found["intake"]),
        unit="events/s",
        against=f"the slower of own append_100 ({median(found['append_100']):,.0f}/s) and"
        f" kafka-python's bare consume ({median(found['consume']):,.0f}/s)",
        ratio=share,
        target="≥ 0.6",
        met=share >= 0.6,
    )
    yield Row.stated(
        id=f"kafka_bare_{kind}",
        what="kafka-python alone: consume (the limit of any intake)",
        value=median(found["consume"]),
        unit="records/s",
        against=f"produce: {median(found['produce']):,.0f}/s",
    )


def _produce(server: KafkaServer, topic: str, numbers: Iterator[int]) -> int:
    producer = KafkaProducer(bootstrap_servers=server.bootstrap, linger_ms=5)
    done = 0
    for number in numbers:
        project = number % PROJECTS
        producer.send(
            topic,
            fact(number, project, number // PROJECTS % 50),
            key=project_of(project).encode(),
            headers=HEADERS,
        )
        done += 1
    producer.flush()
    producer.close()
    return done


def _consume(server: KafkaServer, topic: str) -> int:
    """Read everything and look at nothing: what the client library can do at best."""
    consumer: Any = KafkaConsumer(
        bootstrap_servers=server.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
    done = 0
    while done < RECORDS:
        done += sum(map(len, consumer.poll(timeout_ms=500).values()))
    consumer.close()
    return done


def _take_in(server: KafkaServer, topic: str, event_log: EventLog) -> float:
    """Run our own intake until all records are events; return events per second.

    The first batch is not counted: it waits for the group to form, which the broker delays.
    """
    source = KafkaSource(
        Connection(server.bootstrap, security_protocol="PLAINTEXT"), group=topic, topics=[topic]
    )
    inbound = Inbound(
        source,
        event_log,
        door=FactDoor(catalogue()),
        principal_of=lambda name: Principal(party_id=name, role=PLANT_SYSTEM),
        clock=lambda: datetime.now(UTC),  # noqa: TID251  As the product's own clock.
    )
    stop = threading.Event()
    worker = threading.Thread(target=inbound.run, args=(stop,))
    worker.start()
    first, begin = _recorded(inbound, 1)
    done, end = _recorded(inbound, RECORDS)
    stop.set()
    worker.join()
    assert done == RECORDS, inbound.tally
    return (done - first) / (end - begin)


def _recorded(inbound: Inbound, count: int) -> tuple[int, float]:
    """Wait until so many are recorded; return how many then are, and the time."""
    deadline = time.monotonic() + WAIT_S
    while inbound.tally["recorded"] < count and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    return inbound.tally["recorded"], time.perf_counter()
