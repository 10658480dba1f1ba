"""The broker in memory and the real one keep the same promises to intake and relay."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pytest

from consumers.kafka.client import KafkaSink, KafkaSource, KafkaTopics
from consumers.kafka.connection import Connection
from consumers.kafka.ports import BrokerUnavailable, Place, Polled, Record, Sink, Source
from tests.integration.memory_kafka import MemoryBroker, MemorySink, MemorySource
from tests.services.kafka import KafkaServer
from tests.services.waiting import wait_until

DEADLINE_S: Final = 30.0


@dataclass
class Backend:
    """A broker under test: how to make a topic, a source and a sink."""

    create_topic: Callable[[int], str]
    source: Callable[[str], Source]
    sink: Callable[[], Sink]


@pytest.fixture(
    params=["memory", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.integration])]
)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    name = f"contract-{abs(hash(request.node.nodeid))}"
    if request.param == "memory":
        broker = MemoryBroker()
        yield Backend(
            create_topic=lambda partitions: broker.create_topic(name, partitions),
            source=lambda topic: MemorySource(broker, [topic]),
            sink=lambda: MemorySink(broker),
        )
        return
    server: KafkaServer = request.getfixturevalue("kafka")
    connection = Connection(server.bootstrap, security_protocol="PLAINTEXT")
    opened: list[Source | Sink] = []

    def source(topic: str) -> Source:
        opened.append(KafkaSource(connection, group=name, topics=[topic], session_timeout_ms=1_000))
        return opened[-1]  # type: ignore[return-value]  # It was put there a line ago.

    def sink() -> Sink:
        opened.append(KafkaSink(connection))
        return opened[-1]  # type: ignore[return-value]  # It was put there a line ago.

    yield Backend(lambda partitions: server.create_topic(name, partitions), source, sink)
    for one in opened:
        one.close()


def assigned(source: Source, count: int) -> frozenset[Place]:
    """Poll until the partitions are ours; nothing may come before they were started."""
    places: set[Place] = set()

    def poll() -> bool:
        polled = source.poll(0.2)
        assert not polled.records
        places.update(polled.assigned)
        return len(places) == count

    wait_until(poll, f"{count} partitions", deadline_s=DEADLINE_S)
    assert source.assignment() == frozenset(places)
    return frozenset(places)


def take(source: Source, count: int) -> list[Record]:
    """Poll until so many records came."""
    taken: list[Record] = []

    def poll() -> bool:
        polled = source.poll(0.2)
        assert polled == Polled(records=polled.records)
        taken.extend(polled.records)
        return len(taken) >= count

    wait_until(poll, f"{count} records", deadline_s=DEADLINE_S)
    return taken


def publish(sink: Sink, place: Place, values: Sequence[bytes]) -> None:
    for value in values:
        sink.produce(place, b"key", value, [("a", value), ("a", b"")])
    sink.flush()


def test_what_was_acknowledged_is_read_as_it_was_sent(backend: Backend) -> None:
    topic = backend.create_topic(2)
    sink, source = backend.sink(), backend.source(topic)
    publish(sink, Place(topic, 0), [b"0", b"1"])
    sink.produce(Place(topic, 1), b"", None, [])
    sink.flush()
    source.start(dict.fromkeys(assigned(source, 2)))
    taken = sorted(take(source, 3), key=lambda record: (record.place, record.offset))
    assert [(one.place, one.offset, one.key, one.value, one.headers) for one in taken] == [
        (Place(topic, 0), 0, b"key", b"0", (("a", b"0"), ("a", b""))),
        (Place(topic, 0), 1, b"key", b"1", (("a", b"1"), ("a", b""))),
        (Place(topic, 1), 0, b"", None, ()),
    ]


def test_reading_begins_where_it_is_told_and_not_where_the_group_stopped(
    backend: Backend,
) -> None:
    topic = backend.create_topic(1)
    place = Place(topic, 0)
    publish(backend.sink(), place, [b"%d" % number for number in range(10)])
    first = backend.source(topic)
    first.start(dict.fromkeys(assigned(first, 1)))
    take(first, 10)
    first.commit({place: 9})
    first.close()
    second = backend.source(topic)
    assigned(second, 1)
    second.start({place: 7})
    assert [record.offset for record in take(second, 3)] == [7, 8, 9]
    second.start({place: 4})
    assert [record.offset for record in take(second, 6)] == [4, 5, 6, 7, 8, 9]


def test_what_is_paused_stands_still_until_it_is_started(backend: Backend) -> None:
    topic = backend.create_topic(1)
    place = Place(topic, 0)
    sink, source = backend.sink(), backend.source(topic)
    publish(sink, place, [b"0"])
    assigned(source, 1)
    source.start({place: None})
    take(source, 1)
    source.pause()
    publish(sink, place, [b"1"])
    assert not source.poll(0.5).records
    source.start({place: 0})
    assert [record.value for record in take(source, 2)] == [b"0", b"1"]


def test_the_newest_records_of_each_partition_are_found(backend: Backend) -> None:
    topic = backend.create_topic(3)
    sink = backend.sink()
    publish(sink, Place(topic, 0), [b"%d" % number for number in range(40)])
    publish(sink, Place(topic, 2), [b"only"])
    last = sink.last_records(topic)
    assert sorted(last) == [0, 1, 2]
    assert [record.value for record in last[0]][-3:] == [b"37", b"38", b"39"]
    assert list(last[1]) == []
    assert [record.value for record in last[2]] == [b"only"]
    assert sink.partitions(topic) == 3


def test_keys_fall_where_every_client_puts_them(backend: Backend) -> None:
    sink = backend.sink()
    # Test vectors of Apache Kafka's own UtilsTest for murmur2, made positive as partitioners do.
    hashes = {
        b"21": -973932308 & 0x7FFFFFFF,
        b"foobar": -790332482 & 0x7FFFFFFF,
        b"a-little-bit-long-string": -985981536 & 0x7FFFFFFF,
    }
    for key, hashed in hashes.items():
        assert sink.partition_of(key, 12) == hashed % 12


def test_a_topic_that_is_not_there_is_an_outage(backend: Backend) -> None:
    with pytest.raises(BrokerUnavailable):
        backend.sink().topic_id("nowhere")


@pytest.mark.kafka
@pytest.mark.integration
def test_a_topic_made_again_has_another_id(kafka: KafkaServer) -> None:
    topics = KafkaTopics(Connection(kafka.bootstrap, security_protocol="PLAINTEXT"))
    name = kafka.create_topic("made-again")
    first = topics.topic_ids([name])[name]
    admin = kafka.admin()
    admin.delete_topics([name])
    admin.close()
    wait_until(lambda: name not in topics.partitions(), "the end", deadline_s=DEADLINE_S)
    kafka.create_topic(name)
    assert UUID(topics.topic_ids([name])[name]) != UUID(first)
