"""Write rows to compacted topics in transactions: who takes over fences whoever was there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import InvalidProducerEpochError, KafkaError, ProducerFencedError

from consumers.kafka.client import HANG_S, KafkaTopics, hang_up, partition_of
from consumers.kafka.connection import BLOCK_MS, Connection, consumer_options, producer_options
from consumers.kafka.ports import BrokerUnavailable, RowRecord, SinkFenced
from consumers.kafka.watchdog import GuardedThread

T = TypeVar("T")

POLL_MS: Final = 1_000


@contextmanager
def _asking(what: str) -> Iterator[None]:
    try:
        yield
    except (ProducerFencedError, InvalidProducerEpochError) as fenced:
        msg = f"{what}: another relay has taken over"
        raise SinkFenced(msg) from fenced
    except (KafkaError, OSError) as error:
        msg = f"{what}: {error}"
        raise BrokerUnavailable(msg) from error


class KafkaRowSink:
    """A transactional producer; see `RowSink`. Opening it fences the one that had its name."""

    def __init__(self, connection: Connection, transactional_id: str) -> None:
        self._connection = connection
        # A call of the client may wait for a transaction's end without a limit of its own.
        self._thread = GuardedThread("kafka-views")
        with _asking("connecting"):
            self._producer: Any = self._guarded(
                lambda: KafkaProducer(
                    **producer_options(connection), transactional_id=transactional_id
                )
            )
            self._guarded(self._producer.init_transactions)

    def publish(self, topic: str, records: Sequence[RowRecord]) -> None:
        def send() -> None:
            partitions = len(self._producer.partitions_for(topic))
            self._producer.begin_transaction()
            sent = [
                self._producer.send(
                    topic,
                    value=record.value,
                    key=record.key,
                    headers=list(record.headers),
                    partition=partition_of(record.key, partitions),
                )
                for record in records
            ]
            self._producer.flush(timeout=HANG_S)
            for future in sent:
                future.get(timeout=HANG_S)
            self._producer.commit_transaction()

        with _asking(f"publishing to {topic}"):
            self._guarded(send, 2 * HANG_S)

    def present(self, topic: str) -> frozenset[bytes]:
        with _asking(f"reading {topic}"):
            consumer = KafkaConsumer(**consumer_options(self._connection, None))
            try:
                return frozenset(self._guarded(lambda: _present(consumer, topic), 20 * HANG_S))
            finally:
                consumer.close(autocommit=False, timeout_ms=BLOCK_MS)

    def topic_id(self, topic: str) -> str:
        return KafkaTopics(self._connection).topic_ids([topic])[topic]

    def cluster_id(self) -> str:
        return KafkaTopics(self._connection).cluster_id()

    def close(self) -> None:
        hang_up(self._producer, 0)
        self._thread.stop()

    def _guarded(self, function: Callable[[], T], deadline_s: float = HANG_S) -> T:
        return self._thread.call(deadline_s, function)


def _present(consumer: Any, topic: str) -> set[bytes]:  # noqa: ANN401  The library has no types.
    """Read a topic from its beginning to the end it has now."""
    from kafka import TopicPartition  # noqa: PLC0415

    partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    found: set[bytes] = set()
    while any(consumer.position(each) < ends[each] for each in partitions):
        for records in consumer.poll(timeout_ms=POLL_MS).values():
            for record in records:
                (found.discard if record.value is None else found.add)(record.key)
    return found
