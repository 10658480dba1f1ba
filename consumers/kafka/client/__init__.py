"""Speak with Kafka through kafka-python, which nothing else imports, every option spelt."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final, TypeVar

import structlog
from kafka import (
    ConsumerRebalanceListener,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaProducer,
    TopicPartition,
)
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import CorruptRecordError, KafkaError
from kafka.partitioner import murmur2
from kafka.structs import OffsetAndMetadata

from consumers.kafka.connection import (
    BLOCK_MS,
    POLL_RECORDS_MAX,
    Connection,
    consumer_options,
    producer_options,
)
from consumers.kafka.ports import (
    BrokerUnavailable,
    Place,
    Polled,
    Record,
    TopicSpec,
    Unreadable,
)
from consumers.kafka.watchdog import CallHung, GuardedThread

T = TypeVar("T")

HANG_S: Final = 30.0
"""A call that takes this much longer than it was given never comes back (TRAPS KP-1, KP-2)."""
PROBE_MS: Final = 5_000
LOOK_BACK: Final = 16
"""How many records before the end of a partition are read to find the last event in it."""

log = structlog.get_logger(__name__)


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Turn the library's errors into ours, with what was being done."""
    try:
        yield
    except (KafkaError, OSError) as error:
        msg = f"{what}: {error}"
        raise BrokerUnavailable(msg) from error


class KafkaSource(ConsumerRebalanceListener):  # type: ignore[misc]  # The library has no types.
    """Topics read as one member of a group; see `Source`.

    Every call into the library runs in a thread of its own with a deadline. After any exception
    out of a poll the consumer is closed and never polled again: its partitions are probed one by
    one, and what cannot be unpacked is reported and passed over.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        group: str,
        topics: Sequence[str],
        session_timeout_ms: int = 10_000,
        poll_records_max: int = POLL_RECORDS_MAX,
        hang_s: float = HANG_S,
    ) -> None:
        self._connection = connection
        self._options = {
            **consumer_options(connection, group),
            "session_timeout_ms": session_timeout_ms,
            "max_poll_records": poll_records_max,
            "heartbeat_interval_ms": max(100, session_timeout_ms // 3),
        }
        self._topics = tuple(topics)
        self._hang_s = hang_s
        self._thread = GuardedThread("kafka-source")
        self._consumer: Any = None
        self._following: dict[Place, int | None] = {}
        self._assigned: set[Place] = set()
        self._newly_assigned: set[Place] = set()

    def poll(self, timeout_s: float) -> Polled:
        timeout_ms = int(timeout_s * 1000)
        if self._consumer is None:
            self._guarded(self._open)
        try:
            found = self._guarded(
                lambda: self._consumer.poll(timeout_ms=timeout_ms), timeout_s + self._hang_s
            )
        except CallHung:
            raise
        except Exception as error:
            following = dict(self._following)
            self._drop()
            if isinstance(error, KafkaError) and not isinstance(error, CorruptRecordError):
                msg = f"polling failed: {error}"
                raise BrokerUnavailable(msg) from error
            return Polled(unreadable=self._unreadable(following, error))
        records: list[Record] = []
        for partition, taken in found.items():
            place = Place(partition.topic, partition.partition)
            records += [_record(place, one) for one in taken]
            self._following[place] = taken[-1].offset + 1
        assigned, self._newly_assigned = frozenset(self._newly_assigned), set()
        return Polled(records=records, assigned=assigned)

    def start(self, following: Mapping[Place, int | None]) -> None:
        def seek() -> None:
            for place, offset in following.items():
                if offset is None:
                    self._consumer.seek_to_beginning(_partition(place))
                else:
                    self._consumer.seek(_partition(place), offset)
                self._consumer.resume(_partition(place))

        with _asking("seeking"):
            self._guarded(seek)
        self._following.update(following)

    def pause(self) -> None:
        if self._consumer is not None:
            self._guarded(lambda: self._consumer.pause(*self._consumer.assignment()))

    def assignment(self) -> frozenset[Place]:
        return frozenset(self._assigned)

    def commit(self, processed: Mapping[Place, int]) -> None:
        if self._consumer is None or not processed:
            return
        offsets = {
            _partition(place): OffsetAndMetadata(offset + 1, "", -1)
            for place, offset in processed.items()
            if place in self._assigned
        }
        try:
            self._guarded(lambda: self._consumer.commit_async(offsets, callback=_commit_done))
        except KafkaError as error:
            log.info("kafka.commit_hint_lost", error=str(error))

    def topic_ids(self) -> Mapping[str, str]:
        return KafkaTopics(self._connection).topic_ids(self._topics)

    def cluster_id(self) -> str:
        return KafkaTopics(self._connection).cluster_id()

    def close(self) -> None:
        self._drop()
        self._thread.stop()

    # Called by the library, inside a poll: a partition stands still until `start`, so that no
    # record of it is seen before it is known where to begin.

    def on_partitions_revoked(self, revoked: set[Any]) -> None:
        for place in _places(revoked):
            self._following.pop(place, None)
            self._assigned.discard(place)
            self._newly_assigned.discard(place)

    def on_partitions_assigned(self, assigned: set[Any]) -> None:
        self._consumer.pause(*assigned)
        self._assigned |= _places(assigned)
        self._newly_assigned |= _places(assigned)

    def _guarded(self, function: Callable[[], T], deadline_s: float | None = None) -> T:
        return self._thread.call(deadline_s or self._hang_s, function)

    def _open(self) -> None:
        with _asking("connecting"):
            self._consumer = KafkaConsumer(**self._options)
            self._consumer.subscribe(self._topics, listener=self)

    def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._following.clear()
        self._assigned.clear()
        self._newly_assigned.clear()
        if consumer is not None:
            self._guarded(lambda: consumer.close(autocommit=False, timeout_ms=BLOCK_MS))

    def _unreadable(
        self, following: Mapping[Place, int | None], error: Exception
    ) -> Sequence[Unreadable]:
        log.error("kafka.poll_broken", error=str(error), kind=type(error).__name__)
        found = []
        for place, first in sorted(following.items()):
            broken = probe(self._connection, place, first, hang_s=self._hang_s)
            if broken is not None:
                found.append(broken)
        if not found:
            msg = f"polling failed, and every partition can be read alone: {error}"
            raise BrokerUnavailable(msg) from error
        return found


def probe(
    connection: Connection, place: Place, first: int | None, *, hang_s: float = HANG_S
) -> Unreadable | None:
    """Return which records from `first` on cannot be unpacked, None where the first one can.

    A broken record hides the rest of its batch, so offset after offset is tried until one can be
    read. Raises BrokerUnavailable, and CallHung where not even that comes back.
    """
    thread = GuardedThread(f"kafka-probe-{place.topic}-{place.partition}")
    try:
        with _asking(f"probing {place.topic}/{place.partition}"):
            prober = thread.call(hang_s, lambda: _Prober(connection, place))
            begin = max(prober.begin, first or 0)
            reason = ""
            offset = begin
            while offset < prober.end:
                try:
                    readable = thread.call(hang_s, partial(prober.read, offset))
                except CallHung:
                    raise
                except Exception as error:
                    if isinstance(error, KafkaError) and not isinstance(error, CorruptRecordError):
                        raise
                    reason = reason or f"{type(error).__name__}: {error}"
                    offset += 1
                else:
                    offset = offset if readable is None else readable
                    break
            thread.call(hang_s, prober.close)
    finally:
        thread.stop()
    return Unreadable(place, begin, offset, reason) if reason else None


class _Prober:
    """One partition read by offsets of one's own choosing, outside any group."""

    def __init__(self, connection: Connection, place: Place) -> None:
        self._partition = _partition(place)
        self._consumer = KafkaConsumer(**consumer_options(connection, None))
        self._consumer.assign([self._partition])
        (self.begin,) = self._consumer.beginning_offsets([self._partition]).values()
        (self.end,) = self._consumer.end_offsets([self._partition]).values()

    def read(self, offset: int) -> int | None:
        """Return the offset of the first record from `offset` on, None where none comes."""
        self._consumer.seek(self._partition, offset)
        taken = self._consumer.poll(timeout_ms=PROBE_MS, max_records=1).get(self._partition, [])
        return taken[0].offset if taken else None

    def close(self) -> None:
        self._consumer.close(autocommit=False, timeout_ms=BLOCK_MS)


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key, as every client's default partitioner does (murmur2)."""
    hashed: int = murmur2(key)
    return (hashed & 0x7FFFFFFF) % partitions


def hang_up(producer: Any, timeout_s: float) -> None:  # noqa: ANN401  The library has no types.
    """Close a producer for good: what it could not deliver in time it delivers no more."""
    try:
        producer.close(timeout=timeout_s)
    except KafkaError:
        # The library gave up before it ended its sender, which would deliver late what somebody
        # else publishes meanwhile.
        sender = producer._sender  # noqa: SLF001  There is no other way to it.
        sender.force_close()
        sender.join(HANG_S)
        with suppress(KafkaError):
            producer.close(timeout=0)


class KafkaSink:
    """An idempotent producer; see `Sink`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sent: list[Any] = []
        with _asking("connecting"):
            self._producer = KafkaProducer(**producer_options(connection))

    def partitions(self, topic: str) -> int:
        with _asking(f"asking for {topic}"):
            return len(self._producer.partitions_for(topic))

    def partition_of(self, key: bytes, partitions: int) -> int:
        return partition_of(key, partitions)

    def produce(
        self,
        place: Place,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]],
    ) -> None:
        with _asking(f"producing to {place.topic}"):
            self._sent.append(
                self._producer.send(
                    place.topic,
                    value=value,
                    key=key,
                    headers=list(headers),
                    partition=place.partition,
                )
            )

    def flush(self) -> None:
        sent, self._sent = self._sent, []
        with _asking("waiting for acknowledgement"):
            self._producer.flush(timeout=HANG_S)
            for future in sent:
                future.get(timeout=HANG_S)

    def last_records(self, topic: str) -> Mapping[int, Sequence[Record]]:
        with _asking(f"reading the end of {topic}"):
            consumer = KafkaConsumer(**consumer_options(self._connection, None))
            try:
                numbers = sorted(consumer.partitions_for_topic(topic) or ())
                return {number: _tail(consumer, Place(topic, number)) for number in numbers}
            finally:
                consumer.close(autocommit=False, timeout_ms=BLOCK_MS)

    def topic_id(self, topic: str) -> str:
        return KafkaTopics(self._connection).topic_ids([topic])[topic]

    def cluster_id(self) -> str:
        return KafkaTopics(self._connection).cluster_id()

    def close(self) -> None:
        hang_up(self._producer, 0 if self._sent else BLOCK_MS / 1000)


def _tail(consumer: Any, place: Place) -> list[Record]:  # noqa: ANN401  The library has no types.
    partition = _partition(place)
    consumer.assign([partition])
    (begin,) = consumer.beginning_offsets([partition]).values()
    (end,) = consumer.end_offsets([partition]).values()
    offset = max(begin, end - LOOK_BACK)
    if offset >= end:
        return []
    consumer.seek(partition, offset)
    found: list[Record] = []
    while consumer.position(partition) < end:
        taken = consumer.poll(timeout_ms=PROBE_MS).get(partition, [])
        if not taken:
            break
        found += [_record(place, one) for one in taken]
    return found


class KafkaTopics:
    """The cluster's topics; see `TopicAdmin`. Each call opens and closes a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def partitions(self) -> Mapping[str, int]:
        with self._admin() as admin:
            described = admin.describe_topics()
        return {topic["name"]: len(topic["partitions"]) for topic in described}

    def topic_ids(self, topics: Sequence[str]) -> Mapping[str, str]:
        """Return the ids; raises BrokerUnavailable where a topic is not there."""
        with self._admin() as admin:
            described = {topic["name"]: topic for topic in admin.describe_topics(list(topics))}
        missing = [name for name in topics if described.get(name, {}).get("error_code", 3)]
        if missing:
            msg = f"there is no topic {', '.join(missing)}: `takt topics apply` makes it"
            raise BrokerUnavailable(msg)
        return {name: str(described[name]["topic_id"]) for name in topics}

    def cluster_id(self) -> str:
        with self._admin() as admin:
            return str(admin.describe_cluster()["cluster_id"])

    def brokers(self) -> int:
        with self._admin() as admin:
            return len(admin.describe_cluster()["brokers"])

    def configs(self, topics: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        with self._admin() as admin:
            asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
            described = admin.describe_configs(asked)
        return {
            name: {key: entry["value"] for key, entry in found.items()}
            for name, found in described.get("topic", {}).items()
        }

    def create(self, topic: TopicSpec, replication: int) -> None:
        asked = {
            "num_partitions": topic.partitions,
            "replication_factor": replication,
            "configs": dict(topic.configs),
        }
        with self._admin() as admin:
            admin.create_topics({topic.name: asked}, wait_for_metadata=True)

    def configure(self, topic: str, configs: Mapping[str, str]) -> None:
        with self._admin() as admin:
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, dict(configs))])

    @contextmanager
    def _admin(self) -> Iterator[Any]:
        with _asking("asking the cluster"):
            admin = KafkaAdminClient(**self._connection.options())
            try:
                yield admin
            finally:
                admin.close()


def _partition(place: Place) -> Any:  # noqa: ANN401
    return TopicPartition(place.topic, place.partition)


def _places(partitions: Iterable[Any]) -> set[Place]:
    return {Place(partition.topic, partition.partition) for partition in partitions}


def _record(place: Place, taken: Any) -> Record:  # noqa: ANN401
    return Record(
        place=place,
        offset=taken.offset,
        key=taken.key,
        value=taken.value,
        headers=tuple(taken.headers or ()),
        timestamp_ms=taken.timestamp,
    )


def _commit_done(offsets: Any, answer: Any) -> None:  # noqa: ANN401
    del offsets
    if isinstance(answer, Exception):
        log.info("kafka.commit_hint_lost", error=str(answer))
