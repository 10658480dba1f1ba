"""Say what one stream is told: where it begins, what follows, and that it is still there."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from starlette.types import Send

from consumers.http.beginnings import Beginning, Beginnings
from consumers.http.bodies import Bounds
from consumers.http.broadcast import Streams
from consumers.http.row_events import Interest, Told
from consumers.http.services import Credential, Services
from consumers.http.subscriber import Subscriber
from consumers.http.wire import Wire
from consumers.http.work import Work
from domain.kernel.messages import Principal
from domain.kernel.refusals import NotAuthorised

RETRY_MS: Final = 1_000
FAREWELL: Final = b": the server ends this stream; resume with the last id\n\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stream was opened for, from where on, and by whom."""

    interest: Interest
    start: int | None
    principal: Principal
    credential: Credential


@dataclass(frozen=True, slots=True)
class Tellers:
    """What every stream is told with."""

    services: Services
    work: Work
    streams: Streams
    beginnings: Beginnings
    bounds: Bounds


class Telling:
    """One open stream: it is begun here, and then follows the rounds that write to all."""

    def __init__(self, tellers: Tellers, asked: Asked, subscriber: Subscriber, wire: Wire) -> None:
        self._of = tellers
        self._asked = asked
        self._subscriber = subscriber
        self._wire = wire
        self._checked_at = monotonic()

    async def write(self, send: Send) -> None:
        """Write the body until the stream is to end."""
        subscriber, beginnings = self._subscriber, self._of.beginnings
        self._wire.bound()
        subscriber.wire = self._wire
        await self._send(send, f"retry: {RETRY_MS}\n\n".encode())
        await self._begin(send, await beginnings.beginning(*self._where()))
        while not subscriber.closing:
            await subscriber.woken.wait()
            subscriber.woken.clear()
            if not await self._still_holds():
                break
            if subscriber.void:
                subscriber.void = False
                await self._begin(send, await beginnings.anew(self._asked.interest))
        subscriber.following = False
        await self._send(send, FAREWELL)

    def _where(self) -> tuple[Interest, int | None]:
        return self._asked.interest, self._asked.start

    async def _begin(self, send: Send, beginning: Beginning) -> None:
        """Tell how it begins, as fast as it is taken, then what changed meanwhile."""
        subscriber = self._subscriber
        await self._tell(send, beginning.told)
        position = beginning.position
        while not self._of.streams.log.holds(position) and not subscriber.closing:
            following = await self._of.beginnings.following(self._asked.interest, position)
            await self._tell(send, following.told)
            position = following.position
        subscriber.begin_at(position)
        if not (subscriber.closing or subscriber.void):
            self._of.streams.follow(subscriber)

    async def _tell(self, send: Send, told: Sequence[Told]) -> None:
        for each in told:
            await self._send(send, each.as_event())

    async def _send(self, send: Send, piece: bytes) -> None:
        """Send through the request's queue, which waits while the reader takes nothing."""
        self._wire.bytes_given += len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _still_holds(self) -> bool:
        """Tell whether the credential still stands for the same principal; asked now and then."""
        age = monotonic() - self._checked_at
        if age + self._of.bounds.keepalive_s < self._of.bounds.recheck_s:
            return True
        self._checked_at = monotonic()
        return await self._of.work.run(self._is_the_same)

    def _is_the_same(self) -> bool:
        try:
            found = self._of.services.principal_of(self._asked.credential)
        except NotAuthorised:
            return False
        return found == self._asked.principal
