"""Remember the ticks of the log: what a key that is due is told of time."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import CLOCK_STREAM
from domain.kernel.messages import Recorded
from domain.log.port import EventReader


class Clock:
    """The ticks of the log, read once and remembered; for many threads.

    Time never goes back: a tick to before the last one is nobody's.
    """

    def __init__(self, feed: EventReader) -> None:
        self._feed = feed
        self._reading = Lock()
        self._reached = 0
        self._version = 0
        self._ticks: list[Recorded[Any]] = []
        self._moments: list[datetime] = []
        self._positions: list[int] = []

    def reach(self, position: int) -> None:
        """Read the ticks up to a position, and those beyond it that are there already."""
        if position <= self._reached:
            return
        with self._reading:
            for tick in self._feed.read_stream(CLOCK_STREAM, self._version):
                self._take(tick)
            self._reached = max(position, self._reached)

    def see(self, page: Sequence[Recorded[Any]]) -> None:
        """Take the ticks out of a page that follows on what was reached."""
        with self._reading:
            for recorded in page:
                if isinstance(recorded.event, ClockAdvanced):
                    self._take(recorded)
            self._reached = max(page[-1].position, self._reached)

    def _take(self, tick: Recorded[Any]) -> None:
        if tick.version <= self._version:
            return
        self._version = tick.version
        if not self._moments or tick.event.to >= self._moments[-1]:
            self._ticks.append(tick)
            self._moments.append(tick.event.to)
            self._positions.append(tick.position)

    def last(self, position: int) -> Recorded[Any] | None:
        """Return the last tick at or before a position that was reached."""
        index = bisect_right(self._positions, position)
        return self._ticks[index - 1] if index else None

    def until(self, moment: datetime, position: int) -> "Clock":
        """Return the clock as it stood at a moment, as known at a position: it goes no further.

        The first tick beyond the moment tells that time had come to it, and tells only that. Where
        there is none by the position, time had not come to the moment as far as was known.
        """
        self.reach(position)
        known = bisect_right(self._positions, position)
        passed = min(bisect_right(self._moments, moment), known)
        stood = Clock(self._feed)
        stood._ticks = self._ticks[:passed]
        if passed < known:
            beyond = self._ticks[passed]
            stood._ticks.append(
                Recorded(
                    ClockAdvanced(to=moment),
                    beyond.envelope,
                    beyond.stream,
                    beyond.version,
                    beyond.position,
                )
            )
        stood._moments = [tick.event.to for tick in stood._ticks]
        stood._positions = [tick.position for tick in stood._ticks]
        stood._reached = position
        return stood

    def first(self, due: datetime, after: int, before: int) -> Recorded[Any] | None:
        """Return the first tick between two positions that reaches a moment."""
        index = max(bisect_left(self._moments, due), bisect_right(self._positions, after))
        if index < len(self._positions) and self._positions[index] < before:
            return self._ticks[index]
        return None
