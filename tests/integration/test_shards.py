"""Shards of one projection's rows: who took one over last writes it, and nobody else."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from consumers.kafka.client import partition_of
from consumers.kafka.ports import Place, Unreadable
from consumers.kafka.projector import Projector
from domain.log.catalogue import catalogue
from domain.log.mapper import EventMapper
from domain.log.open_log import open_log
from domain.log.port import EventLog
from projections.audit_trail import AuditProjection
from projections.contract import Batch, Change, Stopped
from projections.rebuilding import rebuilt
from projections.status import StatusProjection
from projections.stores.postgres import PostgresRows
from projections.stores.shards import (
    Fenced,
    Reached,
    ShardedRows,
    ShardRows,
    ShardsDiffer,
    Taken,
    has_shards,
)
from tests.benchmarks.messages import START, fact, judged
from tests.integration.memory_kafka import MemoryBroker, MemorySource
from tests.unit.consumers.test_event_record import filled, publish

NAME: Final = "tally"
SOURCE: Final = "kafka/cluster/topic"
TOPIC: Final = "events"
PARTITIONS: Final = 3

pytestmark = pytest.mark.integration


@pytest.fixture
def rows(pg_url: str) -> Iterator[ShardedRows]:
    opened = ShardedRows(pg_url, NAME, 1)
    opened.prepare(3, SOURCE)
    yield opened
    opened.close()


def shard_of(
    rows: ShardedRows, number: int, mine: Callable[[str], bool] = lambda _: True
) -> ShardRows:
    taken = rows.take(number)
    return ShardRows(rows, number, taken.epoch, mine=mine, following=lambda at: at * 10)


def changed(position: int, amount: int, key: str = "PRJ-1") -> Change:
    return Change(NAME, key, "r", {"amount": amount}, position)


def test_who_lost_a_shard_without_noticing_writes_nothing_to_it(rows: ShardedRows) -> None:
    older = shard_of(rows, 1)
    older.write([changed(4, 1)], 4)
    newer = shard_of(rows, 1)
    newer.write([changed(5, 2)], 5)
    with pytest.raises(Fenced, match="shard 1 of tally was taken over: epoch 1 is not 2"):
        older.write([changed(9, 3)], 9)
    with pytest.raises(Fenced):
        older.amend(Batch([changed(5, 3)]), 5)
    with pytest.raises(Fenced):
        older.purge(100)
    assert set(rows.advance([Reached(1, 1, 50, 500)])) == {1}
    assert rows.of_key("PRJ-1") == [changed(5, 2)]
    assert rows.take(1) == Taken(epoch=3, position=5, following=50, undisturbed=False)


def test_rows_are_true_up_to_the_slowest_shard(rows: ShardedRows) -> None:
    shards = [shard_of(rows, number) for number in (1, 2, 3)]
    shards[0].write([changed(4, 1)], 4)
    assert rows.position() == 0
    shards[1].write([changed(9, 1, "PRJ-2")], 9)
    assert set(rows.advance([Reached(3, shards[2].epoch, 7, 3)])) == set()
    assert rows.position() == 4
    assert [each.position for each in rows.standings()] == [4, 9, 7]


def test_a_shard_given_back_to_who_had_it_was_undisturbed(rows: ShardedRows) -> None:
    taken = rows.take(2)
    assert rows.take(2, taken.epoch).undisturbed
    assert not rows.take(2, taken.epoch).undisturbed


def test_a_shard_sees_the_due_moments_of_its_keys_and_its_own_stops(rows: ShardedRows) -> None:
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    one, two = (shard_of(rows, n, lambda key, n=n: key == f"PRJ-{n}") for n in (1, 2))  # type: ignore[misc]
    one.write([], 4, {"PRJ-1": moment}, {"PRJ-1": Stopped("PRJ-1", 4, "spoilt")})
    two.write([], 5, {"PRJ-2": moment})
    assert one.dues() == {"PRJ-1": moment}
    assert two.dues() == {"PRJ-2": moment}
    assert one.stopped() == [Stopped("PRJ-1", 4, "spoilt")]
    assert two.stopped() == []
    assert rows.stopped() == [Stopped("PRJ-1", 4, "spoilt")]
    assert rows.due_by(moment) == ["PRJ-1", "PRJ-2"]


def test_shards_keep_their_number_and_forget_offsets_of_another_topic(rows: ShardedRows) -> None:
    shard_of(rows, 1).write([changed(4, 1)], 4)
    with pytest.raises(ShardsDiffer, match="tally has 3 shards, its source has 4 partitions"):
        rows.prepare(4, SOURCE)
    rows.prepare(3, f"{SOURCE}-made-anew")
    assert rows.take(1)[1:3] == (4, None)


def test_shards_begin_where_an_engine_on_the_log_left_off_and_give_back_when_together(
    pg_url: str,
) -> None:
    whole = PostgresRows(pg_url, NAME, 1)
    whole.write([changed(6, 1)], 6)
    assert not has_shards(pg_url, NAME, 1)
    rows = ShardedRows(pg_url, NAME, 1)
    rows.prepare(2, SOURCE)
    assert has_shards(pg_url, NAME, 1)
    shards = [shard_of(rows, number) for number in (1, 2)]
    assert [shard.position() for shard in shards] == [6, 6]
    shards[0].write([changed(8, 2)], 8)
    with pytest.raises(ShardsDiffer, match="the shards of tally are at positions 6 to 8"):
        rows.leave()
    rows.advance([Reached(2, shards[1].epoch, 8, 1)])
    rows.leave()
    assert whole.position() == rows.position() == 8
    with pytest.raises(Fenced):
        shards[0].write([changed(9, 3)], 9)
    rows.close()
    whole.close()


@pytest.fixture
def log(pg_url: str) -> Iterator[EventLog]:
    opened = open_log(pg_url, registry=catalogue())
    filled(opened)
    yield opened
    opened.close()


@pytest.mark.parametrize("projection", [StatusProjection(), AuditProjection()])
def test_a_projector_fed_by_partitions_makes_the_rows_of_an_engine_on_the_log(
    pg_url: str, log: EventLog, projection: StatusProjection | AuditProjection
) -> None:
    broker = MemoryBroker()
    broker.create_topic(TOPIC, PARTITIONS)
    publish(broker, log)
    # What cannot be unpacked is not lost: the log has it.
    broken = Place(TOPIC, next(n for n in range(PARTITIONS) if len(broker.topics[TOPIC][n]) > 12))
    broker.unreadable[broken] = Unreadable(broken, 5, 9, "of a broken batch")
    rows = ShardedRows(pg_url, projection.name, projection.version)
    source = MemorySource(broker, [TOPIC])
    projector = Projector(
        source,
        log,
        projection,
        rows,
        topic=TOPIC,
        partitions=PARTITIONS,
        partition_of=partition_of,
        mapper=EventMapper(catalogue()),
        retake_s=0.0,
    )
    rows.prepare(PARTITIONS, SOURCE)
    for _ in range(12):
        projector.step()
    assert rows.position() == log.head()
    assert rows.digest() == rebuilt(projection, log, log.head()).digest()
    # Another takes a shard: the first is refused there, lets go of it alone, and takes it back.
    number = 1 + partition_of(b"PRJ-0", PARTITIONS)
    other = shard_of(rows, number)
    for step in range(100, 104):
        at = START + timedelta(minutes=step)
        log.append([judged(fact(step, 0, 0), at)])
    publish(broker, log)
    projector.step()
    assert rows.standings()[number - 1].epoch == other.epoch
    assert rows.standings()[number - 1].position < log.head()
    for _ in range(3):
        projector.step()
    assert rows.standings()[number - 1].epoch == other.epoch + 1
    assert rows.digest() == rebuilt(projection, log, log.head()).digest()
    rows.close()


class NextStatus(StatusProjection):
    """The status as a later release would have it."""

    version = 2


def test_a_new_version_is_shown_once_its_slowest_shard_has_caught_up(
    pg_url: str, log: EventLog
) -> None:
    broker = MemoryBroker()
    broker.create_topic(TOPIC, PARTITIONS)
    publish(broker, log)

    def projector(projection: StatusProjection) -> tuple[Projector, ShardedRows]:
        rows = ShardedRows(pg_url, projection.name, projection.version)
        rows.prepare(PARTITIONS, SOURCE)
        made = Projector(
            MemorySource(broker, [TOPIC]),
            log,
            projection,
            rows,
            topic=TOPIC,
            partitions=PARTITIONS,
            partition_of=partition_of,
            mapper=EventMapper(catalogue()),
            monotonic=itertools.count(step=10.0).__next__,
        )
        return made, rows

    old, old_rows = projector(StatusProjection())
    for _ in range(4):
        old.step()
    assert (old_rows.position(), old_rows.active()) == (log.head(), 1)
    new, new_rows = projector(NextStatus())
    new.step()  # Its partitions are assigned, and nothing is read yet.
    assert (new_rows.position(), new_rows.active()) == (0, 1)
    for _ in range(4):
        new.step()
    assert (new_rows.position(), new_rows.active()) == (log.head(), 2)
    assert new_rows.digest() == old_rows.digest()
    old_rows.close()
    new_rows.close()
