"""Feed one shard's engine from one partition, and from the log where the partition has gaps.

The partition brings the events of its projects and all that name no project. What is cold (the
history of a project that was not in memory) and what the partition no longer holds (retention, a
topic made anew, a batch nobody can unpack) is read from the log, which every event came from.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from consumers.kafka.event_record import carried, position_of
from consumers.kafka.ports import Record
from domain.kernel.messages import Recorded
from domain.log.mapper import EventMapper
from domain.log.port import EventReader
from projections.replay import whole_page


class _Event(NamedTuple):
    recorded: Recorded[Any]
    offset: int


class ShardFeed:
    """What a shard's engine may read: whole messages, in the order of the log, each once."""

    def __init__(
        self,
        event_log: EventReader,
        mapper: EventMapper,
        mine: Callable[[str], bool],
        *,
        position: int,
        following: int | None,
    ) -> None:
        """Begin behind a position; `following` is the offset expected next (None: the first)."""
        self._log = event_log
        self._mapper = mapper
        self._mine = mine
        self._events: deque[_Event] = deque()
        self._newest = position
        self._complete = position
        self._from_log = position
        """Up to here the partition may lack events, so the log is read."""
        self._searched = position
        """Between this and `_from_log` there is nothing: the log was asked."""
        self._gap = False
        self._following = following or 0

    @property
    def following(self) -> int:
        """The offset after the last record that was taken."""
        return self._following

    @property
    def complete(self) -> int:
        """The position up to which everything of this shard can be read here."""
        return max(self._complete, self._from_log)

    def take(self, record: Record) -> None:
        """Take the partition's next record; raises Unreadable for one that no relay wrote."""
        if record.offset > self._following:
            self._gap = True
        self._following = record.offset + 1
        if position_of(record) <= self._newest:
            return  # Published twice, or told before.
        told = carried(record, self._mapper)
        if told.recorded is not None:
            self._newest = told.position
            self._events.append(_Event(told.recorded, record.offset))
        if told.more:
            return
        self._complete = max(self._complete, told.position)
        if self._gap:
            # Up to the end of this message; its beginning may have been in the gap.
            self._from_log = self._searched = self._complete
            self._gap = False
            self._events.clear()

    def ready(self, position: int) -> bool:
        """Tell whether an engine at a position may have something to fold."""
        if position < self._searched:
            return True
        return any(position < each.recorded.position <= self._complete for each in self._events)

    def offset_at(self, position: int) -> int | None:
        """Return the offset to begin with when everything up to a position is folded.

        None while the log is read: then the offset that is stored stays.
        """
        if position < self._from_log:
            return None
        return next(
            (each.offset for each in self._events if each.recorded.position > position),
            self._following,
        )

    def forget(self, position: int) -> None:
        """Let go of what is written."""
        while self._events and self._events[0].recorded.position <= position:
            self._events.popleft()
        self._from_log = max(self._from_log, position)
        self._searched = max(self._searched, position)

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        """Return the shard's events above a position; see `EventReader`."""
        begin = after
        while after < self._searched:
            page = [
                recorded
                for recorded in whole_page(self._log, after, limit)
                if recorded.position <= self._from_log
            ]
            if not page:
                break
            found = [
                each for each in page if each.project_id is None or self._mine(each.project_id)
            ]
            if found:
                return found
            after = page[-1].position
        self._searched = min(self._searched, begin)
        found = []
        for each in self._events:
            if after < each.recorded.position <= self._complete:
                found.append(each.recorded)
                if len(found) == limit:
                    break
        return found

    def head(self) -> int:
        """Return where the log ends."""
        return self._log.head()

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        """Read a stream from the log."""
        return self._log.read_stream(stream, after_version)

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        """Read a project from the log: what came from there is there."""
        return self._log.read_project(project_id, after, up_to, limit)

    def position_at(self, recorded_at: datetime) -> int:
        """Ask the log."""
        return self._log.position_at(recorded_at)

    def wait(self, after: int, timeout_s: float) -> bool:
        """Tell at once: who feeds this is who reads it."""
        del timeout_s
        return self.ready(after)
