"""Serve `GET /v1/stream`: a snapshot, then what changes, resumable; as SSE or as a long poll."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from consumers.http.beginnings import Beginnings
from consumers.http.bodies import Bounds
from consumers.http.broadcast import Streams
from consumers.http.edge import credential_of, insider_of, is_head
from consumers.http.parameters import one
from consumers.http.polling import Polling, seconds_in
from consumers.http.problems import FORK, MALFORMED, TOO_MANY_STREAMS, Problem
from consumers.http.row_events import Interest
from consumers.http.services import AUDIT, Services
from consumers.http.subscriber import Subscriber
from consumers.http.telling import Asked, Tellers, Telling
from consumers.http.wire import WIRE, Wire
from consumers.http.work import Work
from domain.kernel.refusals import UnknownSubject
from domain.kernel.values import INTEGER_MAX

END_GRACE_S: Final = 0.5
MEDIA_TYPE: Final = "text/event-stream"
HEADERS: Final = {
    "Content-Type": f"{MEDIA_TYPE}; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}

_POSITION: Final = re.compile(r"\d{1,16}", re.ASCII)


class Stream:
    """`GET /v1/stream`."""

    def __init__(self, services: Services, work: Work, streams: Streams, bounds: Bounds) -> None:
        self._services = services
        self._work = work
        self._streams = streams
        self._bounds = bounds
        beginnings = Beginnings(services, work, streams)
        self.tellers = Tellers(services, work, streams, beginnings, bounds)
        self._polling = Polling(streams, beginnings, bounds)

    async def get(self, request: Request) -> Response:
        """Follow rows: a snapshot, then every change, each with the position it became true at.

        `id` is the log position; `Last-Event-ID` (or `from`) resumes after it. All rows of one
        position come in one event; a removed row has `row: null`. `reset` says that what was
        sent before is void: a snapshot follows. A position beyond the log is the problem `fork`.

        With `wait` it is a long poll: the same messages as a JSON list, at once where there are
        any, else once there are, or an empty list when the time ran out; `next_cursor` goes on.
        """
        principal = insider_of(request, self._services)
        project_id = one(request, "project")
        if project_id is not None and not principal.may_see(project_id):
            msg = f"there is no project {project_id}"
            raise UnknownSubject(msg)
        interest = Interest.of(principal, self._projections(request), project_id)
        wait, cursor = one(request, "wait"), one(request, "cursor")
        wait_s = None if wait is None else seconds_in(wait, self._bounds.poll_max_s)
        if wait_s is None and cursor is not None:
            msg = "a cursor belongs to a poll: say how long to wait"
            raise Problem(MALFORMED, msg)
        asker = self._polling.asker(interest, principal)
        start = _start(request) if cursor is None else self._polling.start(asker, cursor)
        if start and start > await self._work.run(self._services.log.head):
            msg = f"the log has no position {start}: begin again with a snapshot"
            raise Problem(FORK, msg)
        if len(self._streams) >= self._bounds.streams_max:
            msg = "as many streams are open as may be"
            raise Problem(TOO_MANY_STREAMS, msg, headers={"Retry-After": "5"})
        if wait_s is not None:
            return await self._polling.answer(request, asker, start, wait_s)
        if is_head(request):
            return Response(headers=HEADERS)
        return _StreamResponse(self, Asked(interest, start, principal, credential_of(request)))

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

    async def join(self, interest: Interest) -> Subscriber:
        """Register a stream with those that are fed."""
        return await self._streams.join(interest)

    def leave(self, subscriber: Subscriber) -> None:
        """Let a stream that has ended go."""
        self._streams.leave(subscriber)


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

    def __init__(self, stream: Stream, asked: Asked) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._stream = stream
        self._asked = asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire: Wire = scope["extensions"][WIRE]
        subscriber = await self._stream.join(self._asked.interest)
        telling = Telling(self._stream.tellers, self._asked, subscriber, wire)
        writing = asyncio.create_task(self._write(telling, send))
        gone = asyncio.create_task(_gone(receive))
        too_slow = asyncio.create_task(_unread(subscriber, writing))
        tasks = {writing, gone, too_slow}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if too_slow.done() and not writing.done():
                # Its socket is full: only cutting the connection frees what is kept for it.
                wire.cut()
            if writing.done():
                writing.result()
        finally:
            subscriber.following = False
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
            self._stream.leave(subscriber)

    async def _write(self, telling: Telling, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await telling.write(send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _unread(subscriber: Subscriber, writing: "asyncio.Task[None]") -> None:
    """Return when the reader lags too far, or does not take the rest of an ending stream."""
    await subscriber.ended.wait()
    if not subscriber.dropped:
        await asyncio.wait([writing], timeout=END_GRACE_S)
