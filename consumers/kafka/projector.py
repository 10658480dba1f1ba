"""Project as one of many: Kafka assigns partitions, each of them is a shard with its own engine.

For every partition assigned, the shard's epoch is raised in the database, reading goes on at the
offset stored with its rows, and each batch is written with position and offset in one transaction
that compares the epoch. Whoever lost a shard without noticing is refused there and lets go of it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

import structlog

from consumers.kafka.inbound import Stop
from consumers.kafka.ports import BrokerUnavailable, Place, Polled, Source
from consumers.kafka.shard_feed import ShardFeed
from domain.kernel.messages import Recorded
from domain.log.mapper import EventMapper
from domain.log.port import EventReader, LogUnavailable
from projections.checkpoints_contract import KeptStates
from projections.clock import Clock
from projections.contract import NO_PROJECT, NotCaughtUp, Projection, RowsUnavailable
from projections.engine import Engine
from projections.stores.shards import Fenced, Reached, ShardedRows, ShardRows

POLL_S: Final = 0.5
BACKOFF_FIRST_S: Final = 0.1
BACKOFF_MAX_S: Final = 5.0
HINT_EVERY_S: Final = 5.0
SHOW_EVERY_S: Final = 1.0
PLACED_KEYS_MAX: Final = 100_000

S = TypeVar("S")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Shard:
    """One partition in the hands of this process."""

    number: int
    feed: ShardFeed
    rows: ShardRows
    engine: Engine
    reached: int
    """The position that is stored: of the last rows, or beyond where none changed."""


class OfShard:
    """A projection as one shard sees it: keys of other shards are none of its own."""

    def __init__(self, projection: Projection[Any], mine: Callable[[str], bool]) -> None:
        self.name = projection.name
        self.version = projection.version
        self.keeps_state = projection.keeps_state
        self.initial, self.fold = projection.initial, projection.fold
        self.rows, self.due = projection.rows, projection.due
        self._keys = projection.keys
        self._mine = mine

    def keys(self, recorded: Recorded[Any]) -> Sequence[str]:
        """Return the keys of this shard; events without a project are one shard's alone."""
        if recorded.project_id is None and not self._mine(NO_PROJECT):
            return ()
        return [key for key in self._keys(recorded) if self._mine(key)]


class Projector:
    """One member of a projection version's group; any number of them share its shards out."""

    def __init__(  # noqa: PLR0913  What it is put together from.
        self,
        source: Source,
        event_log: EventReader,
        projection: Projection[Any],
        rows: ShardedRows,
        *,
        topic: str,
        partitions: int,
        partition_of: Callable[[bytes, int], int],
        mapper: EventMapper,
        clock: Clock | None = None,
        checkpoints: KeptStates | None = None,
        retake_s: float = 10.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read `topic`, which has so many partitions; a process shares clock and checkpoints.

        `retake_s`: the time after which a shard is taken back that another projector took while
        it stayed assigned to this one; by then the other would have been assigned it.
        """
        self._source = source
        self._log = event_log
        self._projection = projection
        self._rows = rows
        self._topic = topic
        self._partitions = partitions
        self._mapper = mapper
        self._clock = clock or Clock(event_log)
        self._checkpoints = checkpoints
        self._retake_s = retake_s
        self._monotonic = monotonic
        self._shards: dict[Place, Shard] = {}
        self._unstarted: set[Place] = set()
        self._retake_at: dict[Place, float] = {}
        self._passed: dict[Place, int] = {}
        self._failures = 0
        self._hint_at = 0.0
        self._shown = False
        self._show_at = 0.0

        @lru_cache(maxsize=PLACED_KEYS_MAX)
        def placed(key: str) -> int:
            return partition_of(key.encode(), partitions)

        self._placed = placed

    def run(self, stop: Stop | threading.Event) -> None:
        """Project until told to stop; leaves the group on the way out.

        An outage of broker, log or rows is waited out; whatever else is raised is a defect.
        """
        with closing(self._source):
            self._prepare(stop)
            while not stop.is_set():
                try:
                    self.step()
                except (BrokerUnavailable, LogUnavailable, RowsUnavailable) as outage:
                    self._wait_out(outage, stop)

    def step(self) -> None:
        """Take what one poll brings, fold it, write it."""
        self._begin(self._unstarted | self._to_retake())
        polled = self._source.poll(POLL_S)
        self._take(polled)
        active = [place for place in self._source.assignment() if place in self._shards]
        for place in sorted(active):
            self._fold(place)
        self._advance(sorted(active))
        self._tell_broker(active)
        self._show()
        self._failures = 0

    def _prepare(self, stop: Stop | threading.Event) -> None:
        while not stop.is_set():
            try:
                topic_id = self._source.topic_ids()[self._topic]
                source = f"kafka/{self._source.cluster_id()}/{topic_id}"
                self._rows.prepare(self._partitions, source)
            except (BrokerUnavailable, RowsUnavailable) as outage:
                self._wait_out(outage, stop)
            else:
                return

    def _take(self, polled: Polled) -> None:
        for record in polled.records:
            if record.place in self._shards and record.place not in self._unstarted:
                self._shards[record.place].feed.take(record)
        for broken in polled.unreadable:
            # Not lost: the log has them. Behind them, the feed sees that some are missing.
            self._passed[broken.place] = broken.following
            log.error("projector.batch_unreadable", partition=broken.place.partition)
        if polled.assigned:
            self._unstarted |= polled.assigned
            assigned = self._source.assignment()
            for place in self._shards.keys() - assigned:
                del self._shards[place]
            self._unstarted &= assigned

    def _begin(self, places: Iterable[Place]) -> None:
        """Take the shards of partitions that are ours, and read each where it was left off."""
        starts: dict[Place, int | None] = {}
        for place in sorted(set(places) & self._source.assignment()):
            shard = self._shards.get(place)
            taken = self._rows.take(
                place.partition + 1, None if shard is None else shard.rows.epoch
            )
            if shard is not None and taken.undisturbed:
                # A rebalance that gave it back: what is in memory still holds.
                shard.rows.epoch = taken.epoch
                starts[place] = shard.feed.following
            else:
                self._shards[place] = self._opened(place, taken.epoch, taken.following)
                starts[place] = taken.following
            if (beyond := self._passed.get(place)) is not None:
                starts[place] = max(beyond, starts[place] or 0)
            log.info(
                "projector.shard_taken",
                projection=self._projection.name,
                shard=place.partition + 1,
                epoch=taken.epoch,
                position=taken.position,
                warm=taken.undisturbed,
            )
        if starts:
            self._source.start(starts)
            self._unstarted -= starts.keys()
            for place in starts:
                self._retake_at.pop(place, None)

    def _opened(self, place: Place, epoch: int, following: int | None) -> Shard:
        number = place.partition + 1

        def mine(key: str) -> bool:
            return self._placed(key) == place.partition

        def offset_at(position: int) -> int | None:
            return feed.offset_at(position)

        rows = ShardRows(self._rows, number, epoch, mine=mine, following=offset_at)
        position = rows.position()
        feed = ShardFeed(self._log, self._mapper, mine, position=position, following=following)
        projection = OfShard(self._projection, mine)
        engine = Engine(
            feed, [(projection, rows)], clock=self._clock, checkpoints=self._checkpoints
        )
        return Shard(number, feed, rows, engine, position)

    def _fold(self, place: Place) -> None:
        shard = self._shards[place]
        try:
            while shard.feed.ready(shard.engine.position()) and shard.engine.step():
                shard.reached = shard.engine.position()
                shard.feed.forget(shard.reached)
        except Fenced as fenced:
            self._let_go(place, str(fenced))

    def _advance(self, places: Iterable[Place]) -> None:
        """Store how far shards are complete in which nothing happened."""
        idle: dict[Place, Reached] = {}
        for place in places:
            shard = self._shards.get(place)
            if shard is None or shard.feed.complete <= shard.reached:
                continue
            following = shard.feed.offset_at(shard.feed.complete)
            if following is not None:
                epoch = shard.rows.epoch
                idle[place] = Reached(shard.number, epoch, shard.feed.complete, following)
        gone = set(self._rows.advance(list(idle.values())))
        for place, each in idle.items():
            if each.shard in gone:
                self._let_go(place, f"shard {each.shard} was taken over")
            else:
                self._shards[place].reached = each.position

    def _show(self) -> None:
        """Have readers use these rows once they are as new as those of the version before."""
        if self._shown or self._monotonic() < self._show_at:
            return
        self._show_at = self._monotonic() + SHOW_EVERY_S
        try:
            self._rows.activate()
        except NotCaughtUp as behind:
            log.info("projector.version_builds", why=str(behind))
        else:
            self._shown = True

    def _let_go(self, place: Place, why: str) -> None:
        """Drop a shard that somebody else took; if it stays ours, it is taken back in a while."""
        log.warning("projector.shard_fenced", projection=self._projection.name, why=why)
        del self._shards[place]
        self._retake_at[place] = self._monotonic() + self._retake_s

    def _to_retake(self) -> set[Place]:
        now = self._monotonic()
        return {place for place, at in self._retake_at.items() if at <= now}

    def _tell_broker(self, places: Iterable[Place]) -> None:
        """Tell how far each partition is read: a hint for displays of lag."""
        if self._monotonic() < self._hint_at:
            return
        self._hint_at = self._monotonic() + HINT_EVERY_S
        read = {
            place: self._shards[place].feed.following - 1
            for place in places
            if place in self._shards and self._shards[place].feed.following
        }
        self._source.commit(read)

    def _wait_out(self, outage: Exception, stop: Stop | threading.Event) -> None:
        """Let everything stand still for a while, then begin again where it was left off."""
        self._failures += 1
        delay_s = min(BACKOFF_FIRST_S * 2 ** (self._failures - 1), BACKOFF_MAX_S)
        log.warning(
            "projector.outage", kind=type(outage).__name__, why=str(outage), retry_in_s=delay_s
        )
        self._source.pause()
        self._unstarted |= self._source.assignment()
        stop.wait(delay_s)
