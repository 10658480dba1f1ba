"""Read the log in order, and wait for more of it; one code for both databases."""

from collections.abc import Sequence
from datetime import datetime
from threading import Condition
from time import monotonic
from typing import Any

from domain.kernel.messages import Recorded
from domain.log.mapper import EventMapper, micros_of
from domain.log.port import Lag
from domain.log.store import Store


class Feed:
    """Typed events by position, stream or project; a waiter is woken by any commit it can hear of.

    A wake-up is only a hint: a waiter always looks into the log itself, at the latest after
    `store.recheck_s`, so a lost one costs a moment and never an event.
    """

    def __init__(self, store: Store, mapper: EventMapper) -> None:
        self._store = store
        self._mapper = mapper
        self._heard = Condition()
        self._signals = 0
        self._listening = False

    def head(self) -> int:
        return self._store.head()

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        return self._mapper.decode(self._store.page(after, limit))

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        return self._mapper.decode(self._store.stream_page(stream, after_version))

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        return self._mapper.decode(self._store.project_page(project_id, after, up_to, limit))

    def position_at(self, recorded_at: datetime) -> int:
        """Find the position by bisection: positions and `recorded_at` grow together."""
        moment = micros_of(recorded_at)
        before, beyond = 0, self._store.head() + 1
        while beyond - before > 1:
            middle = (before + beyond) // 2
            found = self._store.recorded_from(middle)
            if found is None or found[1] > moment:
                beyond = middle
            else:
                before = found[0]
        return before

    def lag(self, after: int, now: datetime) -> Lag:
        head = self._store.head()
        oldest = self._store.recorded_from(after + 1) if head > after else None
        if oldest is None:
            return Lag(0, 0.0)
        return Lag(head - after, max(0.0, (micros_of(now) - oldest[1]) / 1_000_000))

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait until there is an event above `after`; False when the time ran out."""
        if not self._listening:
            self._listening = True
            self._store.listen(self.signal)
        deadline = monotonic() + timeout_s
        while True:
            seen = self._signals
            if self._store.head() > after:
                return True
            left = deadline - monotonic()
            if left <= 0:
                return False
            with self._heard:
                if self._signals == seen:
                    self._heard.wait(min(left, self._store.recheck_s))

    def signal(self) -> None:
        """Wake everybody who waits."""
        with self._heard:
            self._signals += 1
            self._heard.notify_all()
