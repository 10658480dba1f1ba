"""Read a log as it is of what had become true by a moment: the other axis of time.

As of a position a reader knows what was recorded up to it. Here an event counts by when it was
true: one that was recorded late has its place in the answer of the day it speaks of, and what came
true after the moment has none, however early it was recorded. Both together are what was true at
the moment as known at a position. Events keep the order of the log, so that requests are taken in
as they were decided; what facts add up to does not depend on their order.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from domain.kernel.corrections import corrected
from domain.kernel.messages import Recorded
from domain.log.port import EventReader
from domain.references.shared import unwrapped
from projections.clock import Clock
from projections.contract import Change, Projection
from projections.replay import KeyState, history, resume, rows_as_of

_POSITION: Final = attrgetter("position")


class TrueBy:
    """The reading side of a log, without what was not yet true at a moment."""

    def __init__(self, feed: EventReader, moment: datetime) -> None:
        self._feed = feed
        self._moment = moment
        self._believed: dict[tuple[str, int], Sequence[Recorded[Any]]] = {}
        """Histories of projects that were asked for, by the position they are known up to."""

    def head(self) -> int:
        """Return the last committed position, of whatever is true."""
        return self._feed.head()

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        """Return events above a position, as of any reader."""
        while page := self._feed.read(after, limit):
            if kept := self._kept(page):
                return kept
            after = page[-1].position
        return ()

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        """Return events of a stream, as of any reader; versions have gaps."""
        return self._kept(self._feed.read_stream(stream, after_version))

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        """Return events that name a project, as of any reader, each as it is believed by then.

        What a correction says is known since it was recorded, but true since its target was.
        """
        known = self._believed.get((project_id, up_to))
        if known is None:
            known = [
                each
                for each in corrected(history(self._feed, project_id, up_to))
                if unwrapped(each).effective_at <= self._moment
            ]
            self._believed[project_id, up_to] = known
        first = bisect_right(known, after, key=_POSITION)
        return known[first : first + limit]

    def position_at(self, recorded_at: datetime) -> int:
        """Return the last position recorded by then: knowledge is the other axis."""
        return self._feed.position_at(recorded_at)

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait for the log to go on."""
        return self._feed.wait(after, timeout_s)

    def _kept(self, page: Iterable[Recorded[Any]]) -> Sequence[Recorded[Any]]:
        return [recorded for recorded in page if recorded.effective_at <= self._moment]


def rows_true_at(
    projection: Projection[Any],
    feed: EventReader,
    key: str,
    moment: datetime,
    position: int,
    clock: Clock,
) -> Sequence[Change]:
    """Return a key's rows as they were true at a moment, as known at a position, by row id.

    Time stands at the moment, or where it had come to by the position if that is earlier.
    """
    stood = clock.until(moment, position)
    return rows_as_of(projection, TrueBy(feed, moment), key, position, stood)


def state_true_at(
    projection: Projection[Any],
    feed: EventReader,
    key: str,
    moment: datetime,
    position: int,
    clock: Clock,
) -> KeyState:
    """Return the state that `rows_true_at` shows the rows of."""
    stood = clock.until(moment, position)
    return resume(projection, TrueBy(feed, moment), key, position, stood)
