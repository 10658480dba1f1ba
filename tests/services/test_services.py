"""See that the services of the tests are what they claim: real, durable, and back after a crash."""

from typing import Final

import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource

from tests.services.kafka import KafkaServer
from tests.services.postgres import PostgresServer
from tests.services.waiting import wait_until

READ_DEADLINE_MS: Final = 30_000


@pytest.mark.kafka
def test_acknowledged_records_survive_the_broker_being_killed(kafka: KafkaServer) -> None:
    topic = kafka.create_topic("services.killed", partitions=3)
    sent = [f"record {number}".encode() for number in range(10)]
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    try:
        for number, value in enumerate(sent):
            producer.send(topic, value, partition=number % 3).get(timeout=30)
    finally:
        producer.close()
    killed = kafka.pid

    kafka.kill()
    assert not kafka.running
    kafka.start()

    assert kafka.pid != killed
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=kafka.bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        group_id=None,
        consumer_timeout_ms=READ_DEADLINE_MS,
    )
    try:
        read = sorted(record.value for _, record in zip(sent, consumer, strict=False))
    finally:
        consumer.close()
    assert read == sent


@pytest.mark.kafka
def test_the_client_finds_the_protocol_and_reads_a_topics_configuration_back(
    kafka: KafkaServer,
) -> None:
    topic = kafka.create_topic("services.compacted", 12, {"cleanup.policy": "compact"})
    admin = kafka.admin()
    try:
        described = admin.describe_configs([ConfigResource("TOPIC", topic)])
        (seen,) = admin.describe_topics([topic])
    finally:
        admin.close()
    assert described["topic"][topic]["cleanup.policy"]["value"] == "compact"
    assert sorted(one["partition_index"] for one in seen["partitions"]) == list(range(12))


@pytest.mark.kafka
def test_a_compacted_topic_forgets_older_values_within_a_test(kafka: KafkaServer) -> None:
    small = {
        "segment.ms": "100",
        "max.compaction.lag.ms": "100",
        "min.cleanable.dirty.ratio": "0.01",
    }
    topic = kafka.create_topic("services.compacting", 1, {"cleanup.policy": "compact", **small})
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    sent = 0

    def older_values_are_gone() -> bool:
        # Only closed segments are cleaned, and the next record closes the one before it.
        nonlocal sent
        producer.send(topic, key=b"row", value=str(sent).encode()).get(timeout=30)
        sent += 1
        return first_offset_read(kafka, topic) > 0

    try:
        wait_until(older_values_are_gone, "compaction", deadline_s=60)
    finally:
        producer.close()
    assert sent > 1


def first_offset_read(kafka: KafkaServer, topic: str) -> int:
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=kafka.bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        group_id=None,
        consumer_timeout_ms=READ_DEADLINE_MS,
    )
    try:
        return int(next(consumer).offset)
    finally:
        consumer.close()


@pytest.mark.integration
def test_a_committed_row_survives_a_crash_of_the_server(
    postgres: PostgresServer, pg_url: str
) -> None:
    with psycopg.connect(pg_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.execute("CREATE TABLE kept (what text NOT NULL)")
        connection.execute("INSERT INTO kept VALUES ('a phase started')")

    postgres.crash()
    assert not postgres.running
    postgres.start()

    with psycopg.connect(pg_url) as connection:
        assert connection.execute("SELECT what FROM kept").fetchall() == [("a phase started",)]


@pytest.mark.integration
def test_a_connection_does_not_survive_a_restart(postgres: PostgresServer, pg_url: str) -> None:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute("SELECT 1")
        postgres.restart("fast")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


@pytest.mark.integration
def test_every_database_is_empty_and_another_one(postgres: PostgresServer, pg_url: str) -> None:
    other = postgres.create_database()
    assert not pg_url.endswith(f"/{other}")
    with psycopg.connect(postgres.url(other)) as connection:
        tables = connection.execute("SELECT * FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchall() == []
    postgres.drop_database(other)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(postgres.url(other))


@pytest.mark.integration
def test_the_database_writes_through_to_disk(pg_url: str) -> None:
    with psycopg.connect(pg_url) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            setting = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert setting == ("on",), name
