"""Serve `GET /v1/stream`: a snapshot, then what changes, resumable by position (SSE)."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from consumers.http.bodies import Bounds
from consumers.http.broadcast import (
    Interest,
    Message,
    Streams,
    Subscriber,
    messages_of,
    snapshot_events,
    sse,
)
from consumers.http.edge import is_head, principal_of
from consumers.http.moments import one
from consumers.http.problems import FORK, MALFORMED, TOO_MANY_STREAMS, Problem
from consumers.http.services import AUDIT, Services
from consumers.http.work import Work
from domain.kernel.refusals import UnknownSubject
from domain.kernel.values import INTEGER_MAX
from projections.contract import Change

RETRY_MS: Final = 1_000
END_GRACE_S: Final = 0.5
ABORT: Final = "takt.abort"
MEDIA_TYPE: Final = "text/event-stream"
HEADERS: Final = {
    "Content-Type": f"{MEDIA_TYPE}; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}
KEEPALIVE: Final = b": still here\n\n"

_POSITION: Final = re.compile(r"\d{1,16}", re.ASCII)


class Stream:
    """`GET /v1/stream`."""

    def __init__(self, services: Services, work: Work, streams: Streams, bounds: Bounds) -> None:
        self._services = services
        self._work = work
        self._streams = streams
        self._bounds = bounds

    async def get(self, request: Request) -> Response:
        """Follow rows: a snapshot, then every change, each with the position it became true at.

        `id` is the log position; `Last-Event-ID` (or `from`) resumes after it. All rows of one
        position come in one event; a removed row has `row: null`. `reset` says that what was
        sent before is void: a snapshot follows. A position beyond the log is the problem `fork`.
        """
        principal = principal_of(request, self._services)
        project_id = one(request, "project")
        if project_id is not None and not principal.may_see(project_id):
            msg = f"there is no project {project_id}"
            raise UnknownSubject(msg)
        interest = Interest.of(principal, self._projections(request), project_id)
        start = _start(request)
        if start and start > await self._work.run(self._services.log.head):
            msg = f"the log has no position {start}: begin again without Last-Event-ID"
            raise Problem(FORK, msg)
        if len(self._streams) >= self._bounds.streams_max:
            msg = "as many streams are open as may be"
            raise Problem(TOO_MANY_STREAMS, msg, headers={"Retry-After": "5"})
        if is_head(request):
            return Response(headers=HEADERS)
        return _StreamResponse(self, interest, start)

    def _projections(self, request: Request) -> frozenset[str]:
        known = self._services.rows.keys()
        text = one(request, "types")
        if text is None:
            return frozenset(known - {AUDIT})
        wanted = frozenset(text.split(","))
        if not wanted <= known:
            msg = f"types is a list of {', '.join(sorted(known))}"
            raise Problem(MALFORMED, msg)
        return wanted

    async def run(
        self, interest: Interest, start: int | None, subscriber: Subscriber
    ) -> AsyncIterator[bytes]:
        """Yield the stream's bytes until it is to end."""
        yield f"retry: {RETRY_MS}\n\n".encode()
        sent = 0
        if start and start > await self._work.run(self._services.reset_at):
            sent, messages = await self._work.run(self._since, interest, start)
            for message in messages:
                yield message.encoded(interest)
        else:
            subscriber.void = bool(start)
            sent, rows = await self._work.run(self._snapshot, interest)
            for event in self._beginning(subscriber, sent, rows):
                yield event
        while not subscriber.closing:
            woken = await _woken(subscriber, self._bounds.keepalive_s)
            if subscriber.void:
                sent, rows = await self._work.run(self._snapshot, interest)
                for event in self._beginning(subscriber, sent, rows):
                    yield event
            pieces = list(_following(subscriber, interest, sent))
            if subscriber.position > sent:
                sent = subscriber.position
                if not pieces and not woken:
                    # So that a quiet project, too, resumes from where it is.
                    pieces.append(sse("position", sent, {"position": sent}))
            if pieces or not woken:
                yield b"".join(pieces) or KEEPALIVE
        yield b": the server ends this stream; resume with the last id\n\n"

    @staticmethod
    def _beginning(subscriber: Subscriber, position: int, rows: list[Change]) -> Iterator[bytes]:
        """Yield a snapshot, after the word that it takes the place of what was told before."""
        if subscriber.void:
            subscriber.void = False
            yield sse("reset", None, {"position": position})
        yield from snapshot_events(position, rows)

    def _snapshot(self, interest: Interest) -> tuple[int, list[Change]]:
        position = self._services.watermark()
        rows = []
        for projection in sorted(interest.projections):
            store = self._services.rows[projection]
            keys = store.keys() if interest.project_id is None else [interest.project_id]
            for key in keys:
                rows += [each for each in store.of_key(key) if interest.covers(each)]
        return position, rows

    def _since(self, interest: Interest, start: int) -> tuple[int, list[Message]]:
        position = self._services.watermark()
        keys = None if interest.project_id is None else [interest.project_id]
        changes = [
            change
            for projection in sorted(interest.projections)
            for change in self._services.rows[projection].changed_since(start, keys)
            if change.position <= position and interest.covers(change)
        ]
        return max(position, start), list(messages_of(changes))

    async def join(self, interest: Interest) -> Subscriber:
        return await self._streams.join(interest, self._bounds.stream_queue_max)

    def leave(self, subscriber: Subscriber) -> None:
        self._streams.leave(subscriber)


def _following(subscriber: Subscriber, interest: Interest, sent: int) -> Iterator[bytes]:
    """Yield what waits, without what the snapshot or the backlog already told."""
    while subscriber.waiting:
        message = subscriber.waiting.popleft()
        if message.position > sent:
            yield message.encoded(interest)


async def _woken(subscriber: Subscriber, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            await subscriber.woken.wait()
    except TimeoutError:
        return False
    subscriber.woken.clear()
    return True


def _start(request: Request) -> int | None:
    """Return the position to resume after; the header of a reconnecting browser comes first."""
    given: Sequence[str] = request.headers.getlist("last-event-id")
    text = given[0] if given else one(request, "from")
    if text is None or text == "":
        return None
    if len(given) > 1 or _POSITION.fullmatch(text) is None or int(text) > INTEGER_MAX:
        msg = "Last-Event-ID (or from) is a position of the log: a whole number from 0 on"
        raise Problem(MALFORMED, msg)
    return int(text)


class _StreamResponse(Response):
    """Write until the stream ends, the client goes, or it proves too slow to be waited for."""

    def __init__(self, stream: Stream, interest: Interest, start: int | None) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._stream = stream
        self._interest = interest
        self._start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        subscriber = await self._stream.join(self._interest)
        writing = asyncio.create_task(self._write(subscriber, send))
        gone = asyncio.create_task(_gone(receive))
        too_slow = asyncio.create_task(_unread(subscriber, writing))
        tasks = {writing, gone, too_slow}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if too_slow.done() and not writing.done():
                # Its socket is full: only cutting the connection frees what is kept for it.
                abort = scope.get("extensions", {}).get(ABORT)
                if abort is not None:
                    abort["call"]()
            if writing.done():
                writing.result()
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
            self._stream.leave(subscriber)

    async def _write(self, subscriber: Subscriber, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async for piece in self._stream.run(self._interest, self._start, subscriber):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _unread(subscriber: Subscriber, writing: "asyncio.Task[None]") -> None:
    """Return when the reader lags too far, or does not take the rest of an ending stream."""
    await subscriber.ended.wait()
    if not subscriber.dropped:
        await asyncio.wait([writing], timeout=END_GRACE_S)
