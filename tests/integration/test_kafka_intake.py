"""What only a real Kafka shows: broken batches, aborted transactions, rebalances, restarts."""

import gc
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from confluent_kafka import Producer
from kafka import KafkaProducer

from consumers.kafka.client import KafkaSink, KafkaSource, KafkaTopics, probe
from consumers.kafka.connection import Connection
from consumers.kafka.event_record import is_control, position_of
from consumers.kafka.inbound import Inbound
from consumers.kafka.json_format import MEDIA_TYPE
from consumers.kafka.outbound import Outbound
from consumers.kafka.ports import Place
from consumers.kafka.topics import TOPICS, ensure_topics, plan_topics, with_partitions
from domain.log.port import EventLog, Outcome, Tracked
from tests.bad_inputs.cases import CASES, written
from tests.bad_inputs.edges import (
    DOOR,
    MES,
    STRUCTURED,
    Letters,
    ThroughFile,
    clock,
    log_that_knows_one_phase,
)
from tests.services.kafka import KafkaServer
from tests.services.waiting import wait_until

DEADLINE_S: Final = 60.0
HUGE: Final = 64 * 1024 * 1024

pytestmark = [pytest.mark.integration, pytest.mark.kafka]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = log_that_knows_one_phase(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def connection(kafka: KafkaServer) -> Connection:
    return Connection(kafka.bootstrap, security_protocol="PLAINTEXT")


@pytest.fixture
def name(tmp_path: Path) -> str:
    """Give a name for topics and groups that no other test has."""
    return f"{tmp_path.parent.name}-{tmp_path.name}"


@pytest.fixture
def producer(kafka: KafkaServer) -> Iterator[KafkaProducer]:
    made = KafkaProducer(
        bootstrap_servers=kafka.bootstrap,
        acks="all",
        enable_idempotence=True,
        max_request_size=HUGE,
    )
    yield made
    made.close()


def intake(connection: Connection, topic: str, log: EventLog) -> Inbound:
    source = KafkaSource(connection, group=topic, topics=[topic], session_timeout_ms=1_000)
    return Inbound(source, log, door=DOOR, principal_of=lambda _topic: MES, clock=clock)


def taken_in(log: EventLog) -> int:
    return sum(offset + 1 for offset in log.tracked("kafka/").values())


def take_in(connection: Connection, topic: str, log: EventLog, records: int) -> Inbound:
    """Run an intake in a thread until so many offsets are stored."""
    inbound = intake(connection, topic, log)
    with running(inbound):
        wait_until(lambda: taken_in(log) >= records, f"{records} offsets", deadline_s=DEADLINE_S)
    return inbound


class running:  # noqa: N801  It reads as the statement it is.
    """Run intakes or relays in threads of their own; what ends one of them ends the test."""

    def __init__(self, *loops: Inbound | Outbound) -> None:
        self._stop = threading.Event()
        self._ended: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(loop,)) for loop in loops]

    def _run(self, loop: Inbound | Outbound) -> None:
        try:
            loop.run(self._stop)
        except BaseException as error:  # noqa: BLE001  It is raised where the test sees it.
            self._ended.append(error)

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(DEADLINE_S)
        self._threads.clear()
        if self._ended:
            raise self._ended[0]


def send(producer: KafkaProducer, topic: str, message: bytes | None, **options: Any) -> Any:  # noqa: ANN401
    return producer.send(
        topic, message, **{"key": b"k", "headers": list(STRUCTURED), "partition": 0, **options}
    )


def ids_in(log: EventLog) -> list[str]:
    return [event.envelope.message_id for event in log.read(1, 20_000)]


def test_every_class_of_bad_input_ends_as_event_repeat_or_letter(
    kafka: KafkaServer,
    connection: Connection,
    name: str,
    producer: KafkaProducer,
    log: EventLog,
) -> None:
    topic = kafka.create_topic(name, 1, {"max.message.bytes": str(HUGE)})
    expected: Counter[str] = Counter()
    wanted_next, records = [], 0
    for index, case in enumerate(CASES):
        for message, outcome in case.steps(f"case-{index}"):
            send(producer, topic, message)
            expected["dead" if outcome in {"refused", "kept"} else outcome] += 1
            records += 1
        send(producer, topic, written(f"case-{index}-next"))
        wanted_next.append(f"case-{index}-next")
        expected["recorded"] += 1
        records += 1
    producer.flush()
    inbound = take_in(connection, topic, log, records)
    assert inbound.tally == expected
    assert [one for one in ids_in(log) if one.endswith("-next")] == wanted_next
    letters = Letters(log).new()
    assert len(letters) == expected["dead"] + expected["conflict"]
    assert all(letter.original.place.startswith(f"{topic}/0/") for letter in letters)
    assert all(letter.original.key == b"k" for letter in letters)


class NotUtf8(str):
    """A header name that its own client would never write."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        del encoding, errors
        return b"\xff\xfe"


def test_a_batch_nobody_can_unpack_is_passed_over_with_a_letter(
    kafka: KafkaServer, connection: Connection, name: str, log: EventLog
) -> None:
    topic = kafka.create_topic(name, 2)
    # One batch: what is handed over while it lingers travels together.
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all", linger_ms=200)
    for number in range(5):
        broken = [*STRUCTURED, (NotUtf8("x"), b"")] if number == 2 else list(STRUCTURED)
        send(producer, topic, written(f"b-{number}"), headers=broken)
    producer.flush()
    for number in range(5):
        send(producer, topic, written(f"a-{number}"))
        send(producer, topic, written(f"p-{number}"), partition=1)
    producer.flush()
    producer.close()
    inbound = take_in(connection, topic, log, 15)
    assert sorted(ids_in(log)) == sorted(
        ["b-0", "b-1", *(f"{part}-{number}" for part in "ap" for number in range(5))]
    )
    (letter,) = Letters(log).new()
    assert (letter.code, letter.original.place) == ("malformed", f"{topic}/0/2")
    assert "offsets 2 to 4, reading goes on at 5" in letter.text
    assert inbound.tally == Counter(recorded=12, dead=1)


def test_a_broken_batch_at_the_end_is_passed_over_up_to_the_end(
    kafka: KafkaServer, connection: Connection, name: str
) -> None:
    topic = kafka.create_topic(name, 1)
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    send(producer, topic, b"good").get()
    send(producer, topic, b"bad", headers=[(NotUtf8("x"), b"")]).get()
    producer.close()
    place = Place(topic, 0)
    assert probe(connection, place, 0) is None
    found = probe(connection, place, 1)
    assert found is not None
    assert (found.first, found.following) == (1, 2)
    assert found.reason.startswith("CorruptRecordError")


def test_what_a_transaction_took_back_is_never_seen(
    kafka: KafkaServer, connection: Connection, name: str, log: EventLog
) -> None:
    topic = kafka.create_topic(name, 1)
    producer = KafkaProducer(
        bootstrap_servers=kafka.bootstrap, acks="all", transactional_id=f"tx-{name}"
    )
    producer.init_transactions()
    for number in range(6):
        producer.begin_transaction()
        send(producer, topic, written(f"t-{number}")).get()  # On the broker, not yet decided.
        if number % 2:
            producer.abort_transaction()
        else:
            producer.commit_transaction()
    producer.close()
    # Offsets: each record is followed by the marker of its transaction's end.
    inbound = take_in(connection, topic, log, 9)
    assert ids_in(log) == ["t-0", "t-2", "t-4"]
    assert inbound.tally == Counter(recorded=3)


def _one_took_part(guests: Sequence[Inbound], log: EventLog, records: int) -> bool:
    return any(guest.tally for guest in guests) or taken_in(log) == records


def test_members_that_come_and_go_take_every_record_in_once(
    kafka: KafkaServer,
    connection: Connection,
    name: str,
    producer: KafkaProducer,
    log: EventLog,
) -> None:
    topic = kafka.create_topic(name, 6)
    sent: dict[int, list[str]] = {partition: [] for partition in range(6)}
    with running(intake(connection, topic, log)):
        for round_ in range(4):
            for number in range(150):
                partition = number % 6
                unique = f"r-{partition}-{round_}-{number}"
                send(producer, topic, written(unique), partition=partition)
                sent[partition].append(unique)
            guests = [intake(connection, topic, log) for _ in range(1 + round_ % 2)]
            with running(*guests):
                producer.flush()
                part_taken = partial(_one_took_part, guests, log, (round_ + 1) * 150)
                wait_until(part_taken, "a guest to take part", deadline_s=DEADLINE_S)
        wait_until(lambda: taken_in(log) == 600, "every record", deadline_s=DEADLINE_S)
    stored = ids_in(log)
    assert Counter(stored) == Counter(one for ids in sent.values() for one in ids)
    for partition, ids in sent.items():
        assert [one for one in stored if one.startswith(f"r-{partition}-")] == ids


# The library forgets to close a socket that could not connect, so the rubbish is taken out here.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_an_intake_goes_on_when_its_broker_was_killed_and_started_again(
    kafka: KafkaServer, connection: Connection, name: str, log: EventLog
) -> None:
    topic = kafka.create_topic(name, 1)
    _publish(connection, topic, "before")
    with running(intake(connection, topic, log)):
        wait_until(lambda: taken_in(log) == 1, "the first record", deadline_s=DEADLINE_S)
        kafka.kill()
        kafka.start()
        _publish(connection, topic, "after")
        wait_until(lambda: taken_in(log) == 2, "the second record", deadline_s=DEADLINE_S)
    assert ids_in(log) == ["before", "after"]
    gc.collect()


def _publish(connection: Connection, topic: str, unique: str) -> None:
    sink = KafkaSink(connection)
    sink.produce(Place(topic, 0), b"k", written(unique), STRUCTURED)
    sink.flush()
    sink.close()


# The relay


class ForgetsPosition:
    """The log, except that the relay dies before its position is stored."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def append(self, items: Sequence[Any], tracked: Sequence[Tracked] = ()) -> Sequence[Outcome]:
        del items, tracked
        raise ZeroDivisionError

    def __getattr__(self, attribute: str) -> Any:  # noqa: ANN401
        return getattr(self._log, attribute)


def published_positions(connection: Connection, topic: str) -> list[int]:
    sink = KafkaSink(connection)
    try:
        found = sink.last_records(topic)
    finally:
        sink.close()
    return sorted(
        position_of(record)
        for records in found.values()
        for record in records
        if not is_control(record)
    )


def test_a_relay_that_died_after_the_acknowledgement_publishes_nothing_twice(
    kafka: KafkaServer, connection: Connection, name: str, log: EventLog
) -> None:
    topic = kafka.create_topic(name, 3)
    edge = ThroughFile(log)
    for number in range(6):
        assert edge.send(written(f"m-{number}")) == "recorded"
    dying: Any = ForgetsPosition(log)
    relay = Outbound(
        lambda: KafkaSink(connection), dying, source="/takt/test", topic=topic, batch_max=5
    )
    with pytest.raises(ZeroDivisionError):
        relay.run(threading.Event())
    assert published_positions(connection, topic) == [1, 2, 3, 4]
    relay = Outbound(lambda: KafkaSink(connection), log, source="/takt/test", topic=topic)
    with running(relay):
        wait_until(
            lambda: set(log.tracked("relay/").values()) == {7}, "the log's end",
            deadline_s=DEADLINE_S,
        )  # fmt: skip
    assert published_positions(connection, topic) == [1, 2, 3, 4, 5, 6, 7]
    assert relay.published_count == 3


def test_what_one_plant_publishes_another_can_take_in(
    kafka: KafkaServer, connection: Connection, name: str, log: EventLog, tmp_path: Path
) -> None:
    topic = kafka.create_topic(name, 1)
    assert ThroughFile(log).send(written("m-1", reasoncode="weather")) == "recorded"
    relay = Outbound(lambda: KafkaSink(connection), log, source="/takt/a", topic=topic)
    folder = tmp_path / "other"
    folder.mkdir()
    other = log_that_knows_one_phase(folder)
    with running(relay, intake(connection, topic, other)):
        # Two events and the watermark behind them, which is none.
        wait_until(lambda: taken_in(other) >= 3, "both events", deadline_s=DEADLINE_S)
    (event,) = other.read(1, 10)
    assert (event.envelope.source, event.envelope.message_id) == ("/takt/a", "phase-PRJ-7/weld:1")
    assert event.event == log.read(1, 10)[0].event
    assert [letter.text for letter in Letters(other).new()] == [
        "/type: plan.phase_planned.v1 is no fact: it is decided here, send its command instead"
    ]
    other.close()


def test_the_topics_of_the_table_are_made_once(connection: Connection, name: str) -> None:
    topics = KafkaTopics(connection)
    # The broker is everybody's: others may have made the topics of the table itself.
    wanted = [replace(each, name=f"{name}.{each.name}") for each in with_partitions(TOPICS, 2)]
    ensure_topics(topics, wanted)
    assert plan_topics(topics, wanted) == []
    assert {topics.partitions()[topic.name] for topic in wanted} == {2}
    facts = f"{name}.takt.plant.events.v1"
    topics.configure(facts, {"retention.ms": "1000"})
    (change,) = ensure_topics(topics, wanted)
    assert change.text == f"set retention.ms=2592000000 (is 1000) on {facts}"
    assert plan_topics(topics, wanted) == []


def test_events_in_binary_mode_of_another_client_are_taken_in(
    kafka: KafkaServer, connection: Connection, name: str, log: EventLog
) -> None:
    topic = kafka.create_topic(name, 1)
    other = Producer({"bootstrap.servers": kafka.bootstrap})
    other.produce(
        topic,
        value=b'{"at":"2026-03-02T07:00:00Z","stop_code":"jam"}',
        headers=[
            ("ce_specversion", b"1.0"),
            ("ce_id", b"librdkafka-1"),
            ("ce_source", b"/plant"),
            ("ce_type", b"phase.interrupted.v1"),
            ("ce_subject", b"phase-PRJ-7/weld"),
            ("ce_time", b"2026-03-02T07:00:00Z"),
            ("content-type", b"application/json"),
            ("hop", None),
        ],
    )
    other.produce(topic, value=written("librdkafka-2"), headers={"content-type": MEDIA_TYPE})
    other.produce(topic, value=None, headers={"ce_id": None})
    assert other.flush(DEADLINE_S) == 0
    inbound = take_in(connection, topic, log, 3)
    assert ids_in(log) == ["librdkafka-1", "librdkafka-2"]
    assert inbound.tally == Counter(recorded=2, dead=1)
    (letter,) = Letters(log).new()
    assert letter.original.headers == (("ce_id", None),)
