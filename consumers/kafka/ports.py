"""Say what intake and relay ask of a broker, so that neither knows the client library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class BrokerUnavailable(Exception):
    """The broker cannot be asked at the moment; trying again later may help."""


class UnsafeConnection(Exception):
    """Messages would go unencrypted over a network."""


class Place(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it came, not decoded."""

    place: Place
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Records that the client cannot unpack: offsets from `first` up to before `following`."""

    place: Place
    first: int
    following: int
    """The next offset that can be read, or will be the next to be written."""
    reason: str


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll brought."""

    records: Sequence[Record] = ()
    """In order within each partition."""
    unreadable: Sequence[Unreadable] = ()
    assigned: frozenset[Place] = frozenset()
    """Partitions that are ours from now on and stand still until `start` says where to begin."""


class Source(Protocol):
    """Records of some topics, shared out among the members of a group."""

    def poll(self, timeout_s: float) -> Polled:
        """Return what is there, waiting up to the time; raises BrokerUnavailable.

        Never call it again after any other exception.
        """

    def start(self, following: Mapping[Place, int | None]) -> None:
        """Read each partition from the offset on; None: from the oldest record there is."""

    def pause(self) -> None:
        """Let every partition stand still; `poll` keeps the membership alive and brings nothing."""

    def assignment(self) -> frozenset[Place]:
        """Return the partitions that are ours."""

    def commit(self, processed: Mapping[Place, int]) -> None:
        """Tell the broker the last offset done of each partition: a hint for displays of lag."""

    def topic_ids(self) -> Mapping[str, str]:
        """Return for each topic an id that a topic made anew under its name does not have."""

    def cluster_id(self) -> str:
        """Return the id of the cluster."""

    def close(self) -> None:
        """Leave the group and drop the connections."""


class Sink(Protocol):
    """Somewhere to publish records in order."""

    def partitions(self, topic: str) -> int:
        """Return how many partitions the topic has; raises BrokerUnavailable."""

    def partition_of(self, key: bytes, partitions: int) -> int:
        """Return the partition of a key, as every client's default partitioner does (murmur2)."""

    def produce(
        self,
        place: Place,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]],
    ) -> None:
        """Hand a record over; it is there once `flush` returned."""

    def flush(self) -> None:
        """Return once everything handed over is acknowledged by all in-sync replicas.

        Raises BrokerUnavailable where that did not happen; then nothing is known of any of it.
        """

    def last_records(self, topic: str) -> Mapping[int, Sequence[Record]]:
        """Return the newest few records of each partition, oldest first; none for an empty one."""

    def topic_id(self, topic: str) -> str:
        """Return the id of the topic; raises BrokerUnavailable where there is none."""

    def cluster_id(self) -> str:
        """Return the id of the cluster."""

    def close(self) -> None:
        """Drop the connections; what was not flushed is lost."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it ought to be."""

    name: str
    partitions: int
    configs: Mapping[str, str]


class TopicAdmin(Protocol):
    """What provisioning asks of a cluster."""

    def partitions(self) -> Mapping[str, int]:
        """Return the number of partitions of every topic there is."""

    def brokers(self) -> int:
        """Return how many brokers the cluster has."""

    def configs(self, topics: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return the live configuration of each topic."""

    def create(self, topic: TopicSpec, replication: int) -> None:
        """Create the topic and return once every partition has a leader."""

    def configure(self, topic: str, configs: Mapping[str, str]) -> None:
        """Set these values of a topic's configuration, leaving the others as they are."""


class SinkFenced(Exception):
    """Another relay has taken over: nothing of the transaction counts, step back."""


class RowRecord(NamedTuple):
    """A row as its topic has it; without a value it is removed."""

    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class RowSink(Protocol):
    """Compacted topics of rows, written by one relay at a time."""

    def publish(self, topic: str, records: Sequence[RowRecord]) -> None:
        """Write all records or none; raises SinkFenced or BrokerUnavailable.

        After an exception nothing more may be published here.
        """

    def present(self, topic: str) -> frozenset[bytes]:
        """Return the keys whose last committed record has a value."""

    def topic_id(self, topic: str) -> str:
        """Return the id of the topic; raises BrokerUnavailable where there is none."""

    def cluster_id(self) -> str:
        """Return the id of the cluster."""

    def close(self) -> None:
        """Drop the connections; what was not committed is lost."""
