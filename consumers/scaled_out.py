"""Put together what is fed by Kafka, and what feeds it with rows."""

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from consumers.failures import WrongInput
from consumers.settings import Settings
from projections.checkpoints_contract import KeptStates
from projections.contract import Projection, Rows
from projections.stores import WriteGate, open_rows
from projections.stores.editions import Editions, ShownRows

if TYPE_CHECKING:
    from consumers.kafka.connection import Connection
    from domain.log.port import EventLog
    from projections.clock import Clock


def rows_of(settings: Settings, projection: Projection[Any], gate: WriteGate | None) -> Rows:
    """Open the rows of a projection, as they are written with the feed that is set.

    Raises WrongInput where the feed is Kafka without PostgreSQL, and where it is the log while
    these rows belong to shards: read directly, the log would take them back to where it was left.
    """
    if settings.feed == "log":
        if settings.database_url is not None:
            _must_have_no_shards(settings, projection)
        return ShownRows(editions_of(settings, projection, gate))
    if settings.database_url is None:
        msg = "TAKT_FEED=kafka needs PostgreSQL: set TAKT_DATABASE_URL"
        raise WrongInput(msg)
    from projections.stores.shards import ShardedRows  # noqa: PLC0415  Only on PostgreSQL.

    return ShownRows(
        Editions(
            lambda edition: ShardedRows(
                settings.store, projection.name, edition.version, edition.generation
            ),
            projection.version,
        )
    )


def editions_of(
    settings: Settings, projection: Projection[Any], gate: WriteGate | None
) -> Editions:
    """Return the editions of a projection's rows in the store that the settings name."""
    return Editions(
        lambda edition: open_rows(
            settings.store, projection.name, edition.version, gate, edition.generation
        ),
        projection.version,
    )


def _must_have_no_shards(settings: Settings, projection: Projection[Any]) -> None:
    from projections.stores.shards import has_shards  # noqa: PLC0415

    if has_shards(settings.store, projection.name, projection.version):
        msg = (
            f"the rows of {projection.name} are fed by Kafka: set TAKT_FEED=kafka, or stop the "
            "projectors and let `takt run projector` with TAKT_FEED=log take over"
        )
        raise WrongInput(msg)


def leave_shards(settings: Settings, projections: Iterable[Projection[Any]]) -> None:
    """Give rows that Kafka fed back to an engine on the log; nothing happens where it has them.

    Raises WrongInput where the shards do not stand together: then rows would go back.
    """
    if settings.feed == "kafka" or settings.database_url is None:
        return
    from projections.stores.shards import (  # noqa: PLC0415
        ShardedRows,
        ShardsDiffer,
        has_shards,
    )

    for projection in projections:
        if not has_shards(settings.store, projection.name, projection.version):
            continue
        editions = Editions(
            lambda edition, name=projection.name: ShardedRows(  # type: ignore[misc]
                settings.store, name, edition.version, edition.generation
            ),
            projection.version,
        )
        rows = editions.of(editions.written())
        assert isinstance(rows, ShardedRows)
        try:
            rows.leave()
        except ShardsDiffer as differ:
            raise WrongInput(str(differ)) from differ
        finally:
            rows.close()


def shard_positions(settings: Settings, rows: Rows) -> Mapping[int, int]:
    """Return how far each shard of a projection is; none where one engine reads the log."""
    if settings.feed == "log":
        return {}
    from projections.stores.shards import ShardedRows  # noqa: PLC0415  Only on PostgreSQL.

    assert isinstance(rows, ShownRows)
    shown = rows.editions.of(rows.editions.shown())
    assert isinstance(shown, ShardedRows)
    return {each.shard: each.position for each in shown.standings()}


def project(  # noqa: PLR0913  What it is put together from.
    settings: Settings,
    connection: "Connection",
    event_log: "EventLog",
    projection: Projection[Any],
    rows: Rows,
    *,
    clock: "Clock",
    checkpoints: KeptStates,
    stop: threading.Event,
) -> None:
    """Be one member of the projection's group until told to stop."""
    from consumers.kafka.client import (  # noqa: PLC0415  Slow to import.
        KafkaSource,
        KafkaTopics,
        partition_of,
    )
    from consumers.kafka.ports import BrokerUnavailable  # noqa: PLC0415
    from consumers.kafka.projector import Projector  # noqa: PLC0415
    from domain.log.catalogue import catalogue  # noqa: PLC0415
    from domain.log.mapper import EventMapper  # noqa: PLC0415
    from projections.stores.shards import ShardedRows  # noqa: PLC0415

    assert isinstance(rows, ShownRows)
    written = rows.editions.of(rows.editions.written())
    assert isinstance(written, ShardedRows)
    topic = settings.kafka_events_topic
    partitions = KafkaTopics(connection).partitions().get(topic)
    if partitions is None:
        msg = f"there is no topic {topic}: `takt topics apply` makes it"
        raise BrokerUnavailable(msg)
    source = KafkaSource(
        connection,
        group=f"{settings.kafka_projector_group}-{projection.name}-v{projection.version}",
        topics=[topic],
        session_timeout_ms=settings.kafka_session_ms,
    )
    Projector(
        source,
        event_log,
        projection,
        written,
        topic=topic,
        partitions=partitions,
        partition_of=partition_of,
        mapper=EventMapper(catalogue()),
        clock=clock,
        checkpoints=checkpoints,
        retake_s=settings.kafka_session_ms / 1_000,
    ).run(stop)


def relay_rows(
    settings: Settings,
    connection: "Connection",
    event_log: "EventLog",
    projection: Projection[Any],
    rows: Rows,
    stop: threading.Event,
) -> None:
    """Publish a projection's changed rows to its compacted topic until told to stop."""
    from consumers.kafka.client.views import KafkaRowSink  # noqa: PLC0415  Slow to import.
    from consumers.kafka.topics import view_topic  # noqa: PLC0415
    from consumers.kafka.view_relay import ViewRelay  # noqa: PLC0415

    topic = view_topic(projection.name, projection.version)
    identity = f"takt/{settings.deployment}/{topic}"
    relay = ViewRelay(lambda: KafkaRowSink(connection, identity), event_log, rows, topic=topic)
    relay.run(stop)
