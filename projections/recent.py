"""Keep at hand, decoded, the histories of the projects that were asked about last."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.log.port import EventReader

EVENTS_KEPT_MAX: Final = 50_000
"""So many events of all projects together, of one to two kilobytes each."""
PAGE: Final = 1_000


@dataclass(slots=True)
class _Kept:
    """A project's events from its first on, and the position up to which there are no others."""

    events: list[Recorded[Any]] = field(default_factory=list)
    up_to: int = 0
    reading: Lock = field(default_factory=Lock)
    """Held by who reads on; what is there already is never changed."""


class RecentHistories:
    """A log of which a project that is read from its beginning is decoded once; see `EventReader`.

    One question about a project reads its history several times over, and the next question reads
    it again. What is committed never changes, so it can be kept: only what came since is read from
    the log. A history too long to be kept is read as it was. Thread-safe.
    """

    def __init__(self, feed: EventReader, kept_max: int = EVENTS_KEPT_MAX) -> None:
        self._feed = feed
        self._kept_max = kept_max
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._too_long: set[str] = set()
        self._lock = Lock()

    def head(self) -> int:
        return self._feed.head()

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        return self._feed.read(after, limit)

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        return self._feed.read_stream(stream, after_version)

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        kept = self._kept_of(project_id, begin=after == 0 and limit >= PAGE)
        if kept is None:
            return self._feed.read_project(project_id, after, up_to, limit)
        up_to = min(up_to, self._feed.head())
        if not self._read_on(kept, project_id, up_to):
            return self._feed.read_project(project_id, after, up_to, limit)
        first = bisect_right(kept.events, after, key=_position)
        last = bisect_right(kept.events, up_to, first, key=_position)
        return kept.events[first : min(last, first + limit)]

    def position_at(self, recorded_at: datetime) -> int:
        return self._feed.position_at(recorded_at)

    def wait(self, after: int, timeout_s: float) -> bool:
        return self._feed.wait(after, timeout_s)

    def _kept_of(self, project_id: str, *, begin: bool) -> _Kept | None:
        """Return what is kept of a project; `begin` to keep it where it is not yet.

        Who wants only the tail of a history, or an event or two, is no reason to keep all of it.
        """
        with self._lock:
            kept = self._kept.get(project_id)
            if kept is None:
                if not begin or project_id in self._too_long:
                    return None
                kept = self._kept[project_id] = _Kept()
            self._kept.move_to_end(project_id)
            return kept

    def _read_on(self, kept: _Kept, project_id: str, up_to: int) -> bool:
        """Read what came up to a position; False: it is too much to be kept."""
        with kept.reading:
            if kept.up_to >= up_to:
                return True
            while kept.up_to < up_to:
                page = self._feed.read_project(project_id, kept.up_to, up_to, PAGE)
                kept.events += page
                kept.up_to = page[-1].position if len(page) == PAGE else up_to
                if len(kept.events) > self._kept_max:
                    with self._lock:
                        self._kept.pop(project_id, None)
                        self._too_long.add(project_id)
                    return False
        with self._lock:
            self._let_go()
        return True

    def _let_go(self) -> None:
        """Forget those asked about longest ago, where all together are too many."""
        total = sum(len(kept.events) for kept in self._kept.values())
        while total > self._kept_max and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            total -= len(oldest.events)


def _position(recorded: Recorded[Any]) -> int:
    return recorded.position
