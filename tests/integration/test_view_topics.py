"""The topics of rows hold each row as it is, forget what is removed, and have one writer."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from kafka import KafkaConsumer

from consumers.kafka.client import KafkaTopics
from consumers.kafka.client.views import KafkaRowSink
from consumers.kafka.connection import Connection
from consumers.kafka.ports import SinkFenced
from consumers.kafka.topics import ensure_topics, plan_topics, view_topic, view_topics
from consumers.kafka.view_relay import ViewRelay
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog
from projections.contract import Batch, Change
from projections.stores.memory import MemoryRows
from tests.services.kafka import KafkaServer

DEADLINE_MS: Final = 3_000
Relay: TypeAlias = Callable[[MemoryRows], ViewRelay]

pytestmark = [pytest.mark.integration, pytest.mark.kafka]


@pytest.fixture
def connection(kafka: KafkaServer) -> Connection:
    return Connection(kafka.bootstrap, security_protocol="PLAINTEXT")


@pytest.fixture
def topic(kafka: KafkaServer, tmp_path: Path) -> str:
    name = f"{tmp_path.parent.name}-{tmp_path.name}"
    return kafka.create_topic(name, 3, {"cleanup.policy": "compact"})


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = open_log(str(tmp_path / "takt.db"), registry=catalogue())
    yield opened
    opened.close()


def changed(position: int, row_id: str, amount: int | None) -> Change:
    return Change("tally", "PRJ-1", row_id, amount and {"amount": amount}, position)  # type: ignore[arg-type]


@pytest.fixture
def relay(connection: Connection, topic: str, log: EventLog) -> Iterator[Relay]:
    opened: list[ViewRelay] = []

    def make(rows: MemoryRows) -> ViewRelay:
        opened.append(
            ViewRelay(
                lambda: KafkaRowSink(connection, f"views-{topic}"), log, rows, topic=topic,
                transaction_rows=2,
            )
        )  # fmt: skip
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def read(kafka: KafkaServer, topic: str) -> list[tuple[bytes, bytes | None, int]]:
    """Return key, value and position of every committed record, by position."""
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=kafka.bootstrap,
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        consumer_timeout_ms=DEADLINE_MS,
    )
    with closing(consumer):
        records: list[Any] = list(consumer)
    found = [
        (record.key, record.value, int(dict(record.headers)["takt-position"])) for record in records
    ]
    return sorted(found, key=lambda each: (each[2], each[0]))


def test_rows_are_published_as_they_change_and_a_removed_one_as_null(
    kafka: KafkaServer, topic: str, log: EventLog, relay: Relay
) -> None:
    rows = MemoryRows("tally")
    rows.write([changed(4, "a", 1), changed(5, "b", 2), changed(5, "c", 3)], 5)
    first = relay(rows)
    assert first.step()
    assert not first.step()
    rows.write([changed(7, "a", 9), changed(7, "b", None)], 8)
    # Another goes on behind what is stored, and the first is not heard any more.
    second = relay(rows)
    assert second.step()
    assert second.published_count == 2
    assert read(kafka, topic) == [
        (b"PRJ-1/a", b'{"amount":1}', 4),
        (b"PRJ-1/b", b'{"amount":2}', 5),
        (b"PRJ-1/c", b'{"amount":3}', 5),
        (b"PRJ-1/a", b'{"amount":9}', 7),
        (b"PRJ-1/b", None, 7),
    ]
    rows.write([changed(9, "c", 4)], 9)
    with pytest.raises(SinkFenced, match="another relay has taken over"):
        first.step()
    assert second.step()
    assert read(kafka, topic)[5:] == [(b"PRJ-1/c", b'{"amount":4}', 9)]
    assert list(log.tracked("views/").values()) == [9]


def test_rows_that_a_rebuild_put_in_place_are_published_anew_and_others_removed(
    kafka: KafkaServer, topic: str, relay: Relay
) -> None:
    rows = MemoryRows("tally")
    rows.write([changed(4, "a", 1), changed(5, "b", 2)], 5)
    views = relay(rows)
    assert views.step()
    rows.replace(Batch([changed(4, "a", 7)]), 5)
    assert views.step()
    assert not views.step()
    last = {key: value for key, value, _ in read(kafka, topic)}
    assert last == {b"PRJ-1/a": b'{"amount":7}', b"PRJ-1/b": None}


def test_the_topics_of_rows_are_compacted(connection: Connection) -> None:
    topics = KafkaTopics(connection)
    wanted = view_topics([("tally", 1)])
    ensure_topics(topics, wanted)
    assert plan_topics(topics, wanted) == []
    name = view_topic("tally", 1)
    assert name == "takt.view.tally.v1"
    assert topics.configs([name])[name]["cleanup.policy"] == "compact"
    topics.configure(name, {"delete.retention.ms": "1000"})
    (change,) = plan_topics(topics, wanted)
    assert change.text == "set delete.retention.ms=604800000 (is 1000) on takt.view.tally.v1"
