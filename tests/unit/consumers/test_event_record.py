"""A published event reads back as the log holds it, and each partition knows how far it is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from consumers.kafka.event_record import Carried, carried, is_control, position_of
from consumers.kafka.outbound import Outbound
from consumers.kafka.ports import Place, Record
from consumers.kafka.shard_feed import ShardFeed
from consumers.timers import Ticker
from domain.kernel.messages import Recorded
from domain.log.catalogue import catalogue
from domain.log.mapper import EventMapper
from domain.log.open_log import open_log
from domain.log.port import EventLog, Unreadable
from tests.benchmarks.messages import START, fact, introduce, judged
from tests.integration.memory_kafka import MemoryBroker, MemorySink
from tests.unit.consumers.test_intake_kafka import StopsAfter

TOPIC: Final = "events"
PARTITIONS: Final = 3
PROJECTS: Final = 6
MAPPER: Final = EventMapper(catalogue())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = open_log(str(tmp_path / "takt.db"), registry=catalogue())
    filled(opened)
    yield opened
    opened.close()


def filled(log: EventLog) -> None:
    """Plan some projects, report on them, and let time pass meanwhile."""
    introduce(log, projects=PROJECTS, phases=3)
    for number in range(40):
        at = START + timedelta(seconds=number)
        log.append([judged(fact(number, number % PROJECTS, number % 3), at)])
        if number % 10 == 0:
            ticker(log).tick(at)


@pytest.fixture
def broker(log: EventLog) -> MemoryBroker:
    made = MemoryBroker()
    made.create_topic(TOPIC, PARTITIONS)
    publish(made, log)
    return made


def ticker(log: EventLog) -> Ticker:
    return Ticker(
        log,
        lambda: START,
        due_by=lambda _: (),
        cadence=timedelta(minutes=1),
        parking_limit=timedelta(days=30),
    )


def relay(broker: MemoryBroker, log: EventLog) -> Outbound:
    return Outbound(
        lambda: MemorySink(broker),
        log,
        source="/takt/test",
        topic=TOPIC,
        batch_max=10,
        monotonic=lambda: 0.0,
    )


def publish(broker: MemoryBroker, log: EventLog) -> Outbound:
    """Publish all there is, and say so, as a relay does once it is quiet."""
    made = relay(broker, log)
    while made.step():
        continue
    made.mark()
    return made


def mine(partition: int) -> set[str]:
    sink = MemorySink(MemoryBroker())
    names = [f"PRJ-{number}" for number in range(PROJECTS)]
    return {name for name in names if sink.partition_of(name.encode(), PARTITIONS) == partition}


def feed_of(
    log: EventLog, partition: int, *, position: int = 0, following: int | None = None
) -> ShardFeed:
    return ShardFeed(
        log, MAPPER, mine(partition).__contains__, position=position, following=following
    )


def expected(log: EventLog, partition: int) -> list[int]:
    """Return the positions that a shard must see: of its projects, and of no project."""
    return [
        event.position
        for event in log.read(0, 1_000)
        if event.project_id is None or event.project_id in mine(partition)
    ]


def positions(feed: ShardFeed) -> list[int]:
    found: list[int] = []
    while page := feed.read(found[-1] if found else 0, 7):
        found += [event.position for event in page]
    return found


def same(one: Recorded[Any], other: Recorded[Any]) -> bool:
    return (one.event, one.envelope, one.stream, one.version, one.position) == (
        other.event, other.envelope, other.stream, other.version, other.position,
    )  # fmt: skip


def test_what_a_record_carries_is_the_event_as_the_log_holds_it(
    log: EventLog, broker: MemoryBroker
) -> None:
    by_position = {event.position: event for event in log.read(0, 1_000)}
    seen: set[int] = set()
    for record in (one for partition in broker.topics[TOPIC] for one in partition):
        told = carried(record, MAPPER)
        if told.recorded is not None:
            assert same(told.recorded, by_position[told.position])
            seen.add(told.position)
    assert seen == by_position.keys()


def test_an_event_without_a_project_is_in_every_partition_and_an_event_in_one(
    log: EventLog, broker: MemoryBroker
) -> None:
    ticks = [event.position for event in log.read(0, 1_000) if event.project_id is None]
    assert len(ticks) == 4
    published = 0
    for records in broker.topics[TOPIC]:
        told = [(carried(record, MAPPER), is_control(record)) for record in records]
        carry = [(one.position, control) for one, control in told if one.recorded is not None]
        assert [position for position, _ in carry if position in ticks] == ticks
        published += sum(position in ticks and not control for position, control in carry)
    assert published == len(ticks)


def test_every_partition_is_told_that_it_is_complete_once_it_is_quiet(
    log: EventLog, broker: MemoryBroker
) -> None:
    head = log.head()
    for records in broker.topics[TOPIC]:
        assert carried(records[-1], MAPPER) == Carried(head)


def test_a_shard_reads_its_events_each_once_in_the_order_of_the_log(
    log: EventLog, broker: MemoryBroker
) -> None:
    for partition, records in enumerate(broker.topics[TOPIC]):
        feed = feed_of(log, partition)
        for record in records:
            feed.take(record)
        assert positions(feed) == expected(log, partition)
        assert feed.complete == log.head()
        assert feed.offset_at(feed.complete) == len(records)


def test_what_is_published_twice_is_read_once(log: EventLog, broker: MemoryBroker) -> None:
    (records, *_) = broker.topics[TOPIC]
    feed = feed_of(log, 0)
    again = [*records[:20], *records]
    for offset, record in enumerate(again):
        feed.take(Record(record.place, offset, record.key, record.value, record.headers, 0))
    assert positions(feed) == expected(log, 0)


def test_half_a_message_waits_for_its_other_half(log: EventLog, broker: MemoryBroker) -> None:
    partition = next(n for n in range(PARTITIONS) if mine(n))
    records = broker.topics[TOPIC][partition]
    feed = feed_of(log, partition)
    for record in records[:3]:  # The plan of the first project has four events.
        feed.take(record)
    assert not feed.ready(0)
    assert feed.read(0, 10) == []
    assert feed.offset_at(0) == 0
    feed.take(records[3])
    assert feed.ready(0)
    assert len(feed.read(0, 10)) == 4


@pytest.mark.parametrize(("kept_from", "taken"), [(9, 0), (-2, 0), (12, 8)])
def test_what_the_partition_no_longer_holds_is_read_from_the_log(
    log: EventLog, broker: MemoryBroker, kept_from: int, taken: int
) -> None:
    for partition, records in enumerate(broker.topics[TOPIC]):
        feed = feed_of(log, partition)
        for record in [*records[:taken], *records[kept_from:]]:
            feed.take(record)
        assert positions(feed) == expected(log, partition)


def test_a_relay_that_resumes_tells_again_how_far_each_partition_is(
    log: EventLog, broker: MemoryBroker
) -> None:
    before = [len(records) for records in broker.topics[TOPIC]]
    second = publish(broker, log)
    assert second.published_count == 0
    for count, records in zip(before, broker.topics[TOPIC], strict=True):
        assert [position_of(record) for record in records[count:]] == [log.head()]


def test_a_relay_that_is_told_to_stop_tells_how_far_each_partition_is(log: EventLog) -> None:
    broker = MemoryBroker()
    broker.create_topic(TOPIC, PARTITIONS)
    made = relay(broker, log)
    made.run(StopsAfter(1))
    (reached,) = log.tracked("relay/").values()
    assert 0 < reached < log.head()
    for records in broker.topics[TOPIC]:
        assert carried(records[-1], MAPPER) == Carried(reached)


def test_while_events_flow_partitions_are_told_each_so_many_events(log: EventLog) -> None:
    broker = MemoryBroker()
    broker.create_topic(TOPIC, PARTITIONS)
    made = relay(broker, log)
    assert made.step() > 0
    assert not any(record.value is None for record in broker.topics[TOPIC][0])
    made.mark()
    assert [carried(records[-1], MAPPER).recorded for records in broker.topics[TOPIC]] == [None] * 3


def test_a_record_that_no_relay_wrote_is_refused() -> None:
    with pytest.raises(Unreadable, match="events/0/7 is no event published by Takt's relay"):
        carried(Record(Place(TOPIC, 0), 7, b"k", b"{}", (("ce_sequence", b"7"),), 0), MAPPER)
