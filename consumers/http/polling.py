"""Answer a long poll: the messages of the stream as a list, and the cursor to go on with."""

import asyncio
import re
from contextlib import suppress
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from consumers.http.beginnings import Beginning, Beginnings
from consumers.http.bodies import JSON, Bounds
from consumers.http.broadcast import Streams
from consumers.http.cursors import cursor_for, place_of
from consumers.http.problems import MALFORMED, Problem
from consumers.http.row_events import CHANGE, Interest
from consumers.http.subscriber import Subscriber
from domain.kernel.messages import Principal

_WAIT: Final = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(ms|s)?", re.ASCII)


class Asker(NamedTuple):
    """Who polls for what: a cursor given to one is none for another."""

    interest: Interest
    filters: str


class Polling:
    """`GET /v1/stream` with `wait`."""

    def __init__(self, streams: Streams, beginnings: Beginnings, bounds: Bounds) -> None:
        self._streams = streams
        self._beginnings = beginnings
        self._bounds = bounds

    def asker(self, interest: Interest, principal: Principal) -> Asker:
        types = ",".join(sorted(interest.projections))
        return Asker(interest, f"stream {types} {interest.project_id} {principal.party_id}")

    def start(self, asker: Asker, cursor: str) -> int:
        """Return the position a cursor names; raises Problem for another question's."""
        return place_of(asker.filters, cursor)[0]

    async def answer(
        self, request: Request, asker: Asker, start: int | None, wait_s: float
    ) -> Response:
        """Return what there is to tell, waiting for it while there is nothing."""
        subscriber = await self._streams.join(asker.interest)
        try:
            found = await self._beginnings.beginning(asker.interest, start)
            if not found.told:
                gone = asyncio.create_task(_gone(request))
                try:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(wait_s):
                            found = await self._something(subscriber, found, gone)
                finally:
                    gone.cancel()
        finally:
            self._streams.leave(subscriber)
        # Where nothing was told, it was nothing up to there.
        position = found.position if found.told else max(found.position, subscriber.position)
        return self._document(asker, found._replace(position=position))

    async def _something(
        self, subscriber: Subscriber, found: Beginning, gone: "asyncio.Task[None]"
    ) -> Beginning:
        """Return the next that concerns the asker; as before where the client or server goes."""
        interest = subscriber.interest
        while not found.told and not (subscriber.closing or gone.done()):
            waiting = asyncio.create_task(subscriber.woken.wait())
            try:
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
            subscriber.woken.clear()
            if subscriber.void:
                return await self._beginnings.anew(interest)
            found = await self._beginnings.following(interest, found.position)
            if not found.told:
                subscriber.position = found.position
        return found

    def _document(self, asker: Asker, found: Beginning) -> Response:
        position, told = self._bounded(found)
        cursor = cursor_for(asker.filters, (position, ""))
        items = b",".join(each.as_item() for each in told)
        body = b'{"position":%d,"next_cursor":"%b","messages":[%b]}' % (
            position, cursor.encode(), items,
        )  # fmt: skip
        return Response(body, media_type=JSON, headers={"Cache-Control": "no-store"})

    def _bounded(self, found: Beginning) -> Beginning:
        """Cut a long list of changes off; a snapshot is whole or it is nothing."""
        most, told = self._bounds.poll_changes_max, found.told
        if len(told) <= most or any(each.kind != CHANGE for each in told):
            return found
        last = told[most - 1].position
        assert last is not None
        return Beginning(last, told[:most])


def seconds_in(text: str, most_s: float) -> float:
    """Return a time to wait, at most so long; raises Problem for what is none."""
    found = _WAIT.fullmatch(text)
    if found is None:
        msg = "wait is a number of seconds such as 20 or 1.5s, or of milliseconds such as 500ms"
        raise Problem(MALFORMED, msg)
    return min(float(found[1]) / (1000 if found[2] == "ms" else 1), most_s)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
