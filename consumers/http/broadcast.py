"""Read changed rows once and hand them to every open stream and poll."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from time import monotonic
from typing import Final

import structlog

from consumers.http.bodies import Bounds
from consumers.http.metrics import Metrics
from consumers.http.row_events import Interest, Message, messages_of
from consumers.http.row_feed import RowFeed
from consumers.http.services import Services
from consumers.http.shared_log import SharedLog
from consumers.http.subscriber import Subscriber
from consumers.http.work import Work

POLL_S: Final = 1.0
ASK_S: Final = 0.2
"""How often it is asked whether rows were replaced, where the engine tells what it writes."""
LINGER_S: Final = 30.0
"""For so long after the last subscriber the rows are still read: who polls comes back."""
REST: Final = 3.0
"""After a round to all, so many times as long as it took is left to everything else."""
REST_S_MAX: Final = 0.05
BEHIND_S: Final = 0.01
"""How soon those are looked at again whose connection could not take everything."""

log = structlog.get_logger(__name__)


class Streams:
    """Every open stream and poll, and the one reader that feeds them all while there is any.

    A subscriber is a place in the shared log. What is new is written to all in one round, at once;
    only when rounds cost time are they held apart, and what came meanwhile is written together.
    """

    def __init__(self, services: Services, work: Work, metrics: Metrics, bounds: Bounds) -> None:
        self._services = services
        self._bounds = bounds
        self._work = work
        self._metrics = metrics
        # A thread of its own: most of the time it waits for something to happen.
        self._reading = Work(threads=1, waiting_max=4)
        self._feed = RowFeed(services)
        self._subscribers: set[Subscriber] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._round: asyncio.TimerHandle | None = None
        self._next_round_at = 0.0
        self._left_at = 0.0
        self.reset_at = 0
        """As far as it is known: nobody at or below it can go on from there."""
        self._asked_at = 0.0
        self._answered = 0
        self._closing = False
        self.log = self._new_log(0)

    def __len__(self) -> int:
        return len(self._subscribers)

    @property
    def open(self) -> frozenset[Subscriber]:
        """Return those that are open at this moment."""
        return frozenset(self._subscribers)

    async def join(self, interest: Interest) -> Subscriber:
        """Register a subscriber: every change after this moment's `log.end` will be in the log."""
        self._loop = asyncio.get_running_loop()
        if not self._feeding:
            begun = await self._work.run(self._beginning)
            # Another one may have begun meanwhile: what it began with holds for this one too.
            if not self._feeding:
                self._begin(*begun)
        subscriber = Subscriber(interest)
        if self._closing:
            subscriber.end()
        self._subscribers.add(subscriber)
        self._metrics.streams.set(len(self._subscribers))
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a subscriber that has ended."""
        self._subscribers.discard(subscriber)
        self._metrics.streams.set(len(self._subscribers))
        if subscriber.dropped:
            self._metrics.streams_dropped.inc()
        if self._loop is not None:
            self._left_at = self._loop.time()

    def follow(self, subscriber: Subscriber) -> None:
        """Write to the subscriber's wire from now on, beginning at its place in the log."""
        subscriber.following = True
        self._serve(subscriber)

    @property
    def _feeding(self) -> bool:
        return bool(self._tasks) and not self._tasks[0].done()

    def _beginning(self) -> tuple[int, int]:
        self._feed.keep(kept=True)
        reset_at = self._services.reset_at()
        return self._services.watermark(), reset_at

    def _begin(self, position: int, reset_at: int) -> None:
        for task in self._tasks:
            task.cancel()
        self.log, self.reset_at = self._new_log(position), reset_at
        self._tasks = [
            asyncio.create_task(self._read_on(), name="takt-streams"),
            asyncio.create_task(self._nudge(), name="takt-streams-nudge"),
        ]

    def _new_log(self, position: int) -> SharedLog:
        return SharedLog(position, self._bounds.stream_queue_max, self._bounds.stream_bytes_max)

    def end_all(self) -> None:
        """End every stream and let no new one stay; may be called from any thread or a signal."""
        self._closing = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for subscriber in self._subscribers:
            subscriber.end()
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """End the streams and the reader."""
        self._closing = True
        self._end_all()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._reading.close()

    async def _read_on(self) -> None:
        try:
            while self._subscribers or not self._lingered():
                try:
                    await self._read_once()
                except Exception:
                    log.exception("http.stream_read_failed")
                    await asyncio.sleep(POLL_S)
        finally:
            self._feed.keep(kept=False)

    def _lingered(self) -> bool:
        return asyncio.get_running_loop().time() - self._left_at > LINGER_S

    async def _read_once(self) -> None:
        interests = {each.interest for each in self._subscribers}
        reset_at, position, messages = await self._reading.run(self._news, self.log.end, interests)
        if reset_at > self.reset_at:
            self.reset_at = reset_at
            for subscriber in self._subscribers:
                subscriber.reset()
        if position > self.log.end:
            self.log.extend(messages, position)
            self._round_soon()

    def _news(
        self, after: int, interests: Collection[Interest]
    ) -> tuple[int, int, Sequence[Message]]:
        """Return what changed, already written out for each interest.

        Whether rows were replaced is asked after they were read: who is told of what came after
        that has been told of it before. What the engine tells of needs no question each time.
        """
        batch = self._feed.next(after, POLL_S)
        messages = [] if batch is None else list(messages_of(batch.changes))
        for message in messages:
            for interest in interests:
                message.told(interest)
        now = monotonic()
        if batch is None or not batch.heard or now - self._asked_at > ASK_S:
            self._asked_at, self._answered = now, self._services.reset_at()
        return self._answered, after if batch is None else batch.position, messages

    def _round_soon(self, least_s: float = 0.0) -> None:
        loop = asyncio.get_running_loop()
        if self._round is None:
            at = max(loop.time() + least_s, self._next_round_at)
            self._round = loop.call_at(at, self._serve_all)

    def _serve_all(self) -> None:
        """Write to every stream what is new to it."""
        self._round = None
        loop = asyncio.get_running_loop()
        begun = loop.time()
        behind = [self._serve(each) for each in self._subscribers if each.is_due(self.log.end)]
        ended = loop.time()
        self._next_round_at = ended + min((ended - begun) * REST, REST_S_MAX)
        if any(behind):
            self._round_soon(BEHIND_S)

    def _serve(self, subscriber: Subscriber) -> bool:
        """Write what is new to one stream; True where its connection could not take all of it."""
        if not subscriber.following:
            subscriber.wake()
            return False
        if not self.log.holds(subscriber.position):
            subscriber.drop()
            return False
        if subscriber.bytes_waiting() >= self._bounds.stream_buffer_bytes:
            return True
        subscriber.take(self.log.run(subscriber.interest, subscriber.position))
        return subscriber.is_due(self.log.end)

    async def _nudge(self) -> None:
        """One timer for all: a timer for each wait of each stream costs more than the telling."""
        while True:
            await asyncio.sleep(self._bounds.keepalive_s)
            for subscriber in self._subscribers:
                subscriber.nudge()
