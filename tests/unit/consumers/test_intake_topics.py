"""Topics are made and set up as the table says; the client's options are spelt and safe."""

from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer

from consumers.kafka.connection import (
    Connection,
    consumer_options,
    producer_options,
)
from consumers.kafka.ports import TopicSpec, UnsafeConnection
from consumers.kafka.topics import TOPICS, ensure_topics, plan_topics, with_partitions
from consumers.kafka.watchdog import CallHung, GuardedThread

LOOPBACK = Connection("127.0.0.1:9092,localhost:9093,[::1]:9094", security_protocol="PLAINTEXT")


class MemoryCluster:
    """A cluster's topics in memory."""

    def __init__(self, brokers: int = 3) -> None:
        self.topics: dict[str, TopicSpec] = {}
        self.replication: dict[str, int] = {}
        self._brokers = brokers

    def partitions(self) -> Mapping[str, int]:
        return {name: topic.partitions for name, topic in self.topics.items()}

    def brokers(self) -> int:
        return self._brokers

    def configs(self, topics: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        return {name: self.topics[name].configs for name in topics}

    def create(self, topic: TopicSpec, replication: int) -> None:
        self.topics[topic.name] = topic
        self.replication[topic.name] = replication

    def configure(self, topic: str, configs: Mapping[str, str]) -> None:
        present = self.topics[topic]
        self.topics[topic] = TopicSpec(topic, present.partitions, {**present.configs, **configs})


def test_an_empty_cluster_gets_every_topic_and_then_nothing_more() -> None:
    cluster = MemoryCluster()
    assert [change.kind for change in ensure_topics(cluster)] == ["create"] * len(TOPICS)
    assert set(cluster.replication.values()) == {3}
    assert cluster.topics["takt.plant.events.v1"] == TopicSpec(
        "takt.plant.events.v1",
        12,
        {
            "cleanup.policy": "delete",
            "retention.ms": "2592000000",
            "max.message.bytes": "2097152",
            "min.insync.replicas": "2",
        },
    )
    assert plan_topics(cluster) == []


def test_one_broker_alone_gets_one_replica() -> None:
    cluster = MemoryCluster(brokers=1)
    ensure_topics(cluster)
    assert set(cluster.replication.values()) == {1}
    assert "min.insync.replicas" not in cluster.topics["takt.project.events.v1"].configs


def test_a_wrong_setting_is_set_right_and_others_are_left() -> None:
    cluster = MemoryCluster()
    ensure_topics(cluster)
    cluster.configure("takt.plant.events.v1", {"retention.ms": "1", "segment.ms": "5"})
    (change,) = ensure_topics(cluster)
    assert change.text == "set retention.ms=2592000000 (is 1) on takt.plant.events.v1"
    assert cluster.topics["takt.plant.events.v1"].configs["segment.ms"] == "5"
    assert plan_topics(cluster) == []


def test_the_number_of_partitions_is_reported_and_never_changed() -> None:
    cluster = MemoryCluster()
    ensure_topics(cluster, with_partitions(TOPICS, 4))
    changes = ensure_topics(cluster)
    assert {change.kind for change in changes} == {"partitions"}
    assert changes[0].text.startswith("takt.plant.events.v1 has 4 partitions, not 12")
    assert set(cluster.partitions().values()) == {4}


def test_every_dangerous_default_of_a_consumer_is_spelt_otherwise() -> None:
    options = consumer_options(LOOPBACK, "takt-intake")
    safe: dict[str, Any] = {
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "allow_auto_create_topics": False,
        "key_deserializer": None,
        "value_deserializer": None,
        "check_crcs": True,
        "ssl_check_hostname": True,
    }
    assert {name: options[name] for name in safe} == safe
    assert set(options) <= set(KafkaConsumer.DEFAULT_CONFIG)


def test_a_producer_waits_for_all_replicas_and_writes_once() -> None:
    options = producer_options(LOOPBACK)
    assert (options["acks"], options["enable_idempotence"]) == ("all", True)
    assert options["allow_auto_create_topics"] is False
    assert set(options) <= set(KafkaProducer.DEFAULT_CONFIG)


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_PLAINTEXT"])
@pytest.mark.parametrize("server", ["kafka.plant:9092", "10.0.0.1:9092", "127.0.0.1.evil:9092"])
def test_nothing_goes_unencrypted_over_a_network(protocol: str, server: str) -> None:
    connection = Connection(f"127.0.0.1:9092,{server}", security_protocol=protocol)
    with pytest.raises(UnsafeConnection, match="loopback only"):
        connection.options()


def test_credentials_are_only_handed_over_where_they_are_asked_for() -> None:
    safe = Connection("kafka.plant:9092", username="takt", password="secret")  # noqa: S106
    options = safe.options()
    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("takt", "secret")
    plain = Connection("[::1]:9092", security_protocol="PLAINTEXT", username="takt")
    assert plain.options()["sasl_plain_username"] is None


# The watchdog


def test_a_guarded_call_returns_and_raises_as_if_it_were_not_guarded() -> None:
    thread = GuardedThread("test")
    assert thread.call(5, lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        thread.call(5, lambda: 1 // 0)
    assert thread.call(5, lambda: "again") == "again"
    thread.stop()


def test_a_call_that_never_returns_is_noticed_and_its_thread_given_up() -> None:
    never = Event()
    thread = GuardedThread("test")
    with pytest.raises(CallHung, match="did not return within"):
        thread.call(0.05, never.wait)
    with pytest.raises(CallHung, match="an earlier call"):
        thread.call(5, lambda: 42)
    never.set()
    thread.stop()
