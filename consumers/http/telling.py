"""Say what one stream is told: where it begins, what follows, and that it is still there."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Final

from consumers.http.bodies import Bounds
from consumers.http.broadcast import (
    Interest,
    Message,
    Subscriber,
    messages_of,
    snapshot_events,
    sse,
)
from consumers.http.services import Credential, Services
from consumers.http.work import Work
from domain.kernel.messages import Principal
from domain.kernel.refusals import NotAuthorised
from projections.contract import Change

RETRY_MS: Final = 1_000
KEEPALIVE: Final = b": still here\n\n"
FAREWELL: Final = b": the server ends this stream; resume with the last id\n\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stream was opened for, from where on, and by whom."""

    interest: Interest
    start: int | None
    principal: Principal
    credential: Credential


class Telling:
    """One open stream: what it was asked for, and how far it has been told."""

    def __init__(
        self,
        services: Services,
        work: Work,
        bounds: Bounds,
        asked: Asked,
        subscriber: Subscriber,
    ) -> None:
        self._services = services
        self._work = work
        self._bounds = bounds
        self._asked = asked
        self.subscriber = subscriber
        self._sent = 0
        """The position up to which everything was told."""
        self._checked_at = monotonic()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the stream's bytes until it is to end."""
        yield f"retry: {RETRY_MS}\n\n".encode()
        start = self._asked.start
        if start and start > await self._work.run(self._services.reset_at):
            self._sent, messages = await self._work.run(self._since, start)
            for message in messages:
                yield message.encoded(self._asked.interest)
        else:
            self.subscriber.void = bool(start)
            for event in await self._beginning():
                yield event
        while not self.subscriber.closing:
            woken = await self._woken()
            if not await self._still_holds():
                break
            if self.subscriber.void:
                for event in await self._beginning():
                    yield event
            told = self._following(woken=woken)
            if told:
                yield told
        yield FAREWELL

    async def _beginning(self) -> Iterator[bytes]:
        """Return a snapshot, after the word that it takes the place of what was told before."""
        self._sent, rows = await self._work.run(self._snapshot)
        return self._events_of(self._sent, rows)

    def _events_of(self, position: int, rows: list[Change]) -> Iterator[bytes]:
        if self.subscriber.void:
            self.subscriber.void = False
            yield sse("reset", None, {"position": position})
        yield from snapshot_events(position, rows)

    def _following(self, *, woken: bool) -> bytes:
        """Return what waits, or after a silence a sign of life."""
        pieces = list(self._waiting())
        if self.subscriber.position > self._sent:
            self._sent = self.subscriber.position
            if not pieces and not woken:
                # So that a quiet project, too, resumes from where it is.
                pieces.append(sse("position", self._sent, {"position": self._sent}))
        return b"".join(pieces) or (b"" if woken else KEEPALIVE)

    def _waiting(self) -> Iterator[bytes]:
        """Yield what waits, without what the snapshot or the backlog already told."""
        waiting = self.subscriber.waiting
        while waiting:
            message = waiting.popleft()
            if message.position > self._sent:
                yield message.encoded(self._asked.interest)

    async def _woken(self) -> bool:
        """Wait for something to tell; False where it was quiet for too long to say nothing."""
        subscriber = self.subscriber
        await subscriber.woken.wait()
        subscriber.woken.clear()
        nudged, subscriber.nudged = subscriber.nudged, False
        return not nudged

    async def _still_holds(self) -> bool:
        """Tell whether the credential still stands for the same principal; asked now and then."""
        if monotonic() - self._checked_at < self._bounds.recheck_s:
            return True
        self._checked_at = monotonic()
        return await self._work.run(self._is_the_same)

    def _is_the_same(self) -> bool:
        try:
            return self._services.principal_of(self._asked.credential) == self._asked.principal
        except NotAuthorised:
            return False

    def _snapshot(self) -> tuple[int, list[Change]]:
        """Return the present rows, and a position that they are not older than."""
        interest, position = self._asked.interest, self._services.watermark()
        rows: list[Change] = []
        for projection in sorted(interest.projections):
            store = self._services.rows[projection]
            keys = store.keys() if interest.project_id is None else [interest.project_id]
            for key in keys:
                rows += [each for each in store.of_key(key) if interest.covers(each)]
        return position, rows

    def _since(self, start: int) -> tuple[int, list[Message]]:
        """Return what changed after a position, up to the watermark."""
        interest, position = self._asked.interest, self._services.watermark()
        keys = None if interest.project_id is None else [interest.project_id]
        changes = [
            change
            for projection in sorted(interest.projections)
            for change in self._services.rows[projection].changed_since(start, keys)
            if change.position <= position and interest.covers(change)
        ]
        return max(position, start), list(messages_of(changes))
