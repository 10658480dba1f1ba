"""Stand for a broker in memory; it passes the same contract tests as the real one."""

from collections.abc import Mapping, Sequence
from typing import Final

from kafka.partitioner import murmur2

from consumers.kafka.ports import BrokerUnavailable, Place, Polled, Record, Unreadable

POLL_RECORDS_MAX: Final = 500
LOOK_BACK: Final = 16


class MemoryBroker:
    """Topics in memory. A topic made again under its name has another id."""

    def __init__(self, cluster: str = "memory") -> None:
        self.cluster = cluster
        self.topics: dict[str, list[list[Record]]] = {}
        self.ids: dict[str, str] = {}
        self.unreadable: dict[Place, Unreadable] = {}
        self.away = False

    def create_topic(self, name: str, partitions: int = 1) -> str:
        self.topics[name] = [[] for _ in range(partitions)]
        self.ids[name] = f"{name}-{len(self.ids)}"
        return name

    def put(
        self,
        place: Place,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        key: bytes | None = None,
    ) -> None:
        records = self.topics[place.topic][place.partition]
        records.append(Record(place, len(records), key, value, tuple(headers), 0))

    def answer(self) -> None:
        """Raise BrokerUnavailable while the broker is away."""
        if self.away:
            msg = "the broker is away"
            raise BrokerUnavailable(msg)


class MemorySource:
    """The only member of its group; see `Source`."""

    def __init__(self, broker: MemoryBroker, topics: Sequence[str]) -> None:
        self._broker = broker
        self._topics = tuple(topics)
        self._assigned: frozenset[Place] = frozenset()
        self._following: dict[Place, int] = {}
        self._moving: set[Place] = set()
        self.committed: dict[Place, int] = {}
        self.closed = False

    def poll(self, timeout_s: float) -> Polled:
        del timeout_s
        self._broker.answer()
        if not self._assigned:
            self._assigned = frozenset(
                Place(topic, partition)
                for topic in self._topics
                for partition in range(len(self._broker.topics[topic]))
            )
            return Polled(assigned=self._assigned)
        records: list[Record] = []
        for place in sorted(self._moving):
            broken = self._broker.unreadable.get(place)
            waiting = self._broker.topics[place.topic][place.partition][self._following[place] :]
            taken = waiting[: POLL_RECORDS_MAX - len(records)]
            if broken is not None and self._following[place] <= broken.first:
                taken = taken[: broken.first - self._following[place]]
                if not taken:
                    return self._lose(broken)
            records += taken
            self._following[place] += len(taken)
        return Polled(records=records)

    def _lose(self, broken: Unreadable) -> Polled:
        """Drop the connection, as the real client does with what it cannot unpack."""
        self._assigned = frozenset()
        self._moving.clear()
        return Polled(unreadable=[broken])

    def start(self, following: Mapping[Place, int | None]) -> None:
        for place, offset in following.items():
            self._following[place] = offset or 0
            self._moving.add(place)

    def pause(self) -> None:
        self._moving.clear()

    def assignment(self) -> frozenset[Place]:
        return self._assigned

    def commit(self, processed: Mapping[Place, int]) -> None:
        self.committed.update(processed)

    def topic_ids(self) -> Mapping[str, str]:
        self._broker.answer()
        return {topic: self._broker.ids[topic] for topic in self._topics}

    def cluster_id(self) -> str:
        return self._broker.cluster

    def close(self) -> None:
        self.closed = True


class MemorySink:
    """Acknowledges on `flush`; what was not flushed is lost with it. See `Sink`."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._handed: list[Record] = []
        broker.answer()

    def partitions(self, topic: str) -> int:
        self._broker.answer()
        return len(self._broker.topics[topic])

    def partition_of(self, key: bytes, partitions: int) -> int:
        hashed: int = murmur2(key)
        return (hashed & 0x7FFFFFFF) % partitions

    def produce(
        self,
        place: Place,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]],
    ) -> None:
        self._handed.append(Record(place, 0, key, value, tuple(headers), 0))

    def flush(self) -> None:
        handed, self._handed = self._handed, []
        self._broker.answer()
        for record in handed:
            self._broker.put(record.place, record.value, record.headers, record.key)

    def last_records(self, topic: str) -> Mapping[int, Sequence[Record]]:
        return {
            number: records[-LOOK_BACK:]
            for number, records in enumerate(self._broker.topics[topic])
        }

    def topic_id(self, topic: str) -> str:
        if topic not in self._broker.ids:
            msg = f"there is no topic {topic}"
            raise BrokerUnavailable(msg)
        return self._broker.ids[topic]

    def cluster_id(self) -> str:
        return self._broker.cluster

    def close(self) -> None:
        self._handed.clear()
