"""Say which topics Takt needs and how each must be set up, and bring a cluster there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from consumers.kafka.ports import TopicAdmin, TopicSpec

FACTS: Final = "takt.plant.events.v1"
REQUESTS: Final = "takt.project.commands.v1"
EVENTS: Final = "takt.project.events.v1"

PARTITIONS: Final = 12
"""Fixed for the life of a topic: keys are hashed onto it."""
REPLICATION: Final = 3
DAY_MS: Final = 24 * 3600 * 1000
MESSAGE_BYTES_MAX: Final = 2 * 1024 * 1024
LETTER_BYTES_MAX: Final = 4 * 1024 * 1024
"""A dead letter is its message and headers that say why, so it may be larger than a message."""


def _kept(days: int, bytes_max: int = MESSAGE_BYTES_MAX) -> Mapping[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(days * DAY_MS),
        "max.message.bytes": str(bytes_max),
    }


TOPICS: Final = (
    TopicSpec(FACTS, PARTITIONS, _kept(30)),
    TopicSpec(REQUESTS, PARTITIONS, _kept(7)),
    TopicSpec(EVENTS, PARTITIONS, _kept(400)),
    TopicSpec(f"{FACTS}.dlq", PARTITIONS, _kept(90, LETTER_BYTES_MAX)),
    TopicSpec(f"{REQUESTS}.dlq", PARTITIONS, _kept(90, LETTER_BYTES_MAX)),
)


_ROWS: Final = {
    "cleanup.policy": "compact",
    # How long a removed row can still be learnt of by a reader that was away.
    "delete.retention.ms": str(7 * DAY_MS),
    "max.message.bytes": str(MESSAGE_BYTES_MAX),
}


def view_topic(projection: str, version: int) -> str:
    """Return the topic that has the rows of a projection version."""
    return f"takt.view.{projection}.v{version}"


def view_topics(projections: Iterable[tuple[str, int]]) -> Sequence[TopicSpec]:
    """Return the compacted topics of projections, each given by name and version."""
    return [TopicSpec(view_topic(*each), PARTITIONS, _ROWS) for each in projections]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a topic as it is and as it ought to be."""

    topic: TopicSpec
    kind: Literal["create", "configure", "partitions"]
    """partitions: their number differs, which nobody may change; it is only reported."""
    text: str


def plan_topics(admin: TopicAdmin, topics: Sequence[TopicSpec] = TOPICS) -> Sequence[Change]:
    """Return what differs, nothing for a cluster that is as it ought to be."""
    present = admin.partitions()
    brokers = admin.brokers()
    live = admin.configs([topic.name for topic in topics if topic.name in present])
    changes = []
    for topic in (_replicated(each, brokers) for each in topics):
        if topic.name not in present:
            text = f"create {topic.name} with {topic.partitions} partitions"
            changes.append(Change(topic, "create", text))
            continue
        if present[topic.name] != topic.partitions:
            text = (
                f"{topic.name} has {present[topic.name]} partitions, not {topic.partitions}: "
                "left alone, or the order of its keys would break"
            )
            changes.append(Change(topic, "partitions", text))
        wrong = {
            key: value
            for key, value in topic.configs.items()
            if live[topic.name].get(key, _BROKERS_OWN.get(key)) != value
        }
        if wrong:
            shown = ", ".join(
                f"{key}={value} (is {live[topic.name].get(key, 'unset')})"
                for key, value in sorted(wrong.items())
            )
            changes.append(Change(topic, "configure", f"set {shown} on {topic.name}"))
    return changes


def ensure_topics(admin: TopicAdmin, topics: Sequence[TopicSpec] = TOPICS) -> Sequence[Change]:
    """Create and configure what is missing; return every difference there was.

    Only adds: nothing is deleted, and the number of partitions is never changed.
    """
    changes = plan_topics(admin, topics)
    brokers = admin.brokers() if changes else 0
    for change in changes:
        if change.kind == "create":
            admin.create(change.topic, min(REPLICATION, brokers))
        elif change.kind == "configure":
            admin.configure(change.topic.name, change.topic.configs)
    return changes


def with_partitions(topics: Iterable[TopicSpec], partitions: int) -> Sequence[TopicSpec]:
    """Return the topics with another number of partitions, for small clusters."""
    return [TopicSpec(topic.name, partitions, topic.configs) for topic in topics]


# What the broker says of a topic leaves out values that are its own defaults.
_BROKERS_OWN: Final = {"cleanup.policy": "delete"}


def _replicated(topic: TopicSpec, brokers: int) -> TopicSpec:
    """Return the topic with the in-sync replicas that its replication allows."""
    if brokers < REPLICATION:
        return topic
    return TopicSpec(topic.name, topic.partitions, {**topic.configs, "min.insync.replicas": "2"})
