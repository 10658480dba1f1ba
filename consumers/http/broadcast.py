"""Read changed rows once and hand them to every open stream, each behind a bounded queue."""

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

import structlog

from consumers.http.bodies import Bounds
from consumers.http.metrics import Metrics
from consumers.http.services import Services
from consumers.http.work import Work
from domain.kernel.messages import Principal
from projections.contract import Change

POLL_S: Final = 1.0
SNAPSHOT_PART_ROWS: Final = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Interest:
    """Which rows a subscriber asked for, and may see."""

    projections: frozenset[str]
    project_id: str | None
    seen: frozenset[str] | None
    """The projects the principal may see; None: all."""

    @classmethod
    def of(
        cls, principal: Principal, projections: frozenset[str], project_id: str | None
    ) -> "Interest":
        return cls(projections, project_id, principal.projects)

    def covers(self, change: Change) -> bool:
        """Tell whether a change is one of those asked for; a row's key is its project."""
        return (
            change.projection in self.projections
            and (self.project_id is None or change.key == self.project_id)
            and (self.seen is None or change.key in self.seen)
        )


class Message:
    """All rows that changed at one position: they travel together or not at all."""

    __slots__ = ("_encoded", "changes", "position")

    def __init__(self, position: int, changes: Sequence[Change]) -> None:
        self.position = position
        self.changes = tuple(changes)
        self._encoded: dict[Interest, bytes] = {}

    def encoded(self, interest: Interest) -> bytes:
        """Return the event for an interest, empty where nothing concerns it; made once each."""
        event = self._encoded.get(interest)
        if event is None:
            rows = [row_of(change) for change in self.changes if interest.covers(change)]
            event = b""
            if rows:
                event = sse("change", self.position, {"position": self.position, "rows": rows})
            self._encoded[interest] = event
        return event


def row_of(change: Change) -> dict[str, Any]:
    """Return a change as it is sent; a removed row has the row null."""
    return {
        "projection": change.projection,
        "key": change.key,
        "row_id": change.row_id,
        "position": change.position,
        "row": change.row,
    }


def sse(event: str, position: int | None, data: object) -> bytes:
    """Return a server-sent event; without a position the client keeps the id it has."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    name = f"event: {event}\n"
    identity = "" if position is None else f"id: {position}\n"
    return f"{name}{identity}data: {text}\n\n".encode()


def messages_of(changes: Iterable[Change]) -> Iterator[Message]:
    """Group changes into one message per position, in the order of the log."""
    ordered = sorted(
        changes, key=lambda each: (each.position, each.projection, each.key, each.row_id)
    )
    for position, group in groupby(ordered, key=lambda each: each.position):
        yield Message(position, list(group))


def snapshot_events(position: int, changes: Sequence[Change]) -> Iterator[bytes]:
    """Yield a snapshot in parts; only the last has an id, so a cut one is sent again whole."""
    parts = range(0, max(len(changes), 1), SNAPSHOT_PART_ROWS)
    for start in parts:
        last = start + SNAPSHOT_PART_ROWS >= len(changes)
        rows = [row_of(change) for change in changes[start : start + SNAPSHOT_PART_ROWS]]
        data = {"position": position, "first": start == 0, "last": last, "rows": rows}
        yield sse("snapshot", position if last else None, data)


@dataclass(eq=False, slots=True)
class Subscriber:
    """One open stream: what it wants, what waits for it, and whether it is to end."""

    interest: Interest
    queue_max: int
    waiting: deque[Message] = field(default_factory=deque)
    position: int = 0
    """The watermark it has been brought to."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False
    closing: bool = False
    quiet: bool = True
    """Whether nothing was put into the queue since the last sign of life."""
    nudged: bool = False
    """Whether it was woken only to give a sign of life."""
    void: bool = False
    """Whether what was sent before no longer holds: rows were replaced."""

    def offer(self, messages: Sequence[Message], position: int) -> None:
        """Put messages into the queue; a reader that lags too far is dropped, and resumes.

        One that has taken all before does not lag, however much comes at once.
        """
        concerning = [each for each in messages if each.encoded(self.interest)]
        if self.waiting and len(self.waiting) + len(concerning) > self.queue_max:
            self.dropped = True
            self.ended.set()
            return
        self.waiting.extend(concerning)
        self.position = position
        if concerning:
            self.quiet = False
            self.woken.set()

    def nudge(self) -> None:
        """Wake a stream that was quiet since the last time, to say that it is still there."""
        if self.quiet:
            self.nudged = True
            self.woken.set()
        self.quiet = True

    def reset(self) -> None:
        """Let the stream say that what it told is void, and begin again."""
        self.void = True
        self.woken.set()

    def end(self) -> None:
        """Let the stream end after what waits for it."""
        self.closing = True
        self.woken.set()
        self.ended.set()


class Streams:
    """Every open stream, and the one reader that feeds them all while there is any."""

    def __init__(self, services: Services, work: Work, metrics: Metrics, bounds: Bounds) -> None:
        self._services = services
        self._bounds = bounds
        self._work = work
        self._metrics = metrics
        # A thread of its own: most of the time it waits for something to happen.
        self._reading = Work(threads=1, waiting_max=4)
        self._subscribers: set[Subscriber] = set()
        self._task: asyncio.Task[None] | None = None
        self._nudging: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._position = 0
        self._reset_at = 0
        self._closing = False

    def __len__(self) -> int:
        return len(self._subscribers)

    async def join(self, interest: Interest) -> Subscriber:
        """Register a stream: every change after the watermark of this moment will reach it."""
        self._loop = asyncio.get_running_loop()
        if not self._feeding:
            begun = await self._work.run(self._beginning)
            # Another stream may have begun meanwhile: what it began with holds for this one too.
            if not self._feeding:
                self._position, self._reset_at = begun
                self._task = asyncio.create_task(self._feed(), name="takt-streams")
                if self._nudging is None or self._nudging.done():
                    self._nudging = asyncio.create_task(self._nudge(), name="takt-streams-nudge")
        subscriber = Subscriber(interest, self._bounds.stream_queue_max)
        if self._closing:
            subscriber.end()
        subscriber.position = self._position
        self._subscribers.add(subscriber)
        self._metrics.streams.set(len(self._subscribers))
        return subscriber

    @property
    def _feeding(self) -> bool:
        return self._task is not None and not self._task.done()

    def _beginning(self) -> tuple[int, int]:
        return self._services.watermark(), self._services.reset_at()

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a stream that has ended."""
        self._subscribers.discard(subscriber)
        self._metrics.streams.set(len(self._subscribers))
        if subscriber.dropped:
            self._metrics.streams_dropped.inc()

    def end_all(self) -> None:
        """End every stream and let no new one stay; may be called from any thread or a signal."""
        self._closing = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for subscriber in self._subscribers:
            subscriber.end()
        for task in self._tasks():
            task.cancel()

    async def close(self) -> None:
        """End the streams and the reader."""
        self._closing = True
        self._end_all()
        for task in self._tasks():
            with suppress(asyncio.CancelledError):
                await task
        self._reading.close()

    def _tasks(self) -> Iterator["asyncio.Task[None]"]:
        return (task for task in (self._task, self._nudging) if task is not None)

    async def _nudge(self) -> None:
        """One timer for all: a timer for each wait of each stream costs more than the telling."""
        while self._subscribers:
            await asyncio.sleep(self._bounds.keepalive_s)
            for subscriber in self._subscribers:
                subscriber.nudge()

    async def _feed(self) -> None:
        while self._subscribers:
            try:
                await self._feed_once()
            except Exception:
                log.exception("http.stream_read_failed")
                await asyncio.sleep(POLL_S)

    async def _feed_once(self) -> None:
        reset_at = await self._reading.run(self._services.reset_at)
        if reset_at > self._reset_at:
            self._reset_at = reset_at
            for subscriber in list(self._subscribers):
                subscriber.reset()
        if not await self._reading.run(self._services.wait_for, self._position + 1, POLL_S):
            return
        interests = frozenset(each.interest for each in self._subscribers)
        position, messages = await self._reading.run(self._read, self._position, interests)
        self._position = position
        for subscriber in list(self._subscribers):
            subscriber.offer(messages, position)

    def _read(self, after: int, interests: frozenset[Interest]) -> tuple[int, list[Message]]:
        """Return what changed up to the watermark, already written out for each interest."""
        position = self._services.watermark()
        wanted = frozenset[str]().union(*(each.projections for each in interests))
        changes = [
            change
            for projection in sorted(wanted)
            for change in self._services.rows[projection].changed_since(after)
            if change.position <= position
        ]
        messages = list(messages_of(changes))
        for message in messages:
            for interest in interests:
                message.encoded(interest)
        return position, messages
