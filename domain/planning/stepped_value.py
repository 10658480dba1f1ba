"""A value that differs by the calendar: periods with days and hours, the most urgent of them wins.

A safety stock by season, a capacity by shift: outside all buckets the default holds. Times are
local wall-clock times; whoever needs instants puts them into a zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

EVERY_DAY: Final = frozenset(range(1, 8))
MIDNIGHT: Final = time()
_DAY: Final = timedelta(days=1)
_LONG_AGO: Final = datetime(1, 1, 1)  # noqa: DTZ001  Local, as all times here.


class Change(NamedTuple):
    """A moment, and the value from it on (looking forwards) or until it (looking backwards)."""

    at: datetime
    value: Decimal


@dataclass(frozen=True, slots=True)
class Bucket:
    """A value for a period, on some ISO weekdays, between two times of the day.

    The period runs from `start` up to, but not including, `end`; None: without a bound. Of the day
    it is the time from `since` up to `until`; `until` None: to midnight. Of buckets that overlap
    the one with the lowest `priority` holds, of equal ones the one that starts last.
    """

    value: Decimal
    start: datetime | None = None
    end: datetime | None = None
    priority: int = 0
    days: frozenset[int] = EVERY_DAY
    since: time = MIDNIGHT
    until: time | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the period holds at all of its times."""
        return self.days == EVERY_DAY and self.since == MIDNIGHT and self.until is None

    def holds(self, at: datetime) -> bool:
        """Tell whether the bucket says something of a moment."""
        if (self.start is not None and at < self.start) or (
            self.end is not None and at >= self.end
        ):
            return False
        return (
            at.isoweekday() in self.days
            and at.time() >= self.since
            and (self.until is None or at.time() < self.until)
        )

    def edges(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the moments in a span at which the bucket may begin or cease to hold."""
        first = begin if self.start is None else max(begin, self.start)
        last = end if self.end is None else min(end, self.end)
        if first > last:
            return
        yield first
        yield last
        if self.is_whole:
            return
        day = datetime.combine(first.date(), MIDNIGHT)
        while day <= last:
            for edge in (day, *(datetime.combine(day, at) for at in self._times())):
                if first <= edge <= last:
                    yield edge
            day += _DAY

    def _times(self) -> tuple[time, ...]:
        return (self.since,) if self.until is None else (self.since, self.until)


@dataclass(frozen=True, slots=True)
class SteppedValue:
    """A default, and the buckets in which another value holds."""

    default: Decimal
    buckets: tuple[Bucket, ...] = ()

    def at(self, moment: datetime) -> Decimal:
        """Return the value at a moment."""
        bucket = self._in_force(moment)
        return self.default if bucket is None else bucket.value

    def forwards(self, begin: datetime, end: datetime) -> tuple[Change, ...]:
        """Return the value at `begin`, then every change up to and including `end`.

        It is a change where another bucket comes into force, even if it says the same value.
        """
        held = self._in_force(begin)
        changes = [Change(begin, self.at(begin))]
        for edge in self._edges(begin, end):
            bucket = self._in_force(edge)
            if bucket is not held:
                held = bucket
                changes.append(Change(edge, self.at(edge)))
        return tuple(changes)

    def backwards(self, end: datetime, begin: datetime) -> tuple[Change, ...]:
        """Return what held before `end`, then at every change back what held before that."""
        spans = self.forwards(begin, end)
        moments = [end, *(change.at for change in reversed(spans[1:]) if change.at < end)]
        held = [change.value for change in reversed(spans) if change.at < end]
        return tuple(Change(at, value) for at, value in zip(moments, held, strict=True))

    def _in_force(self, moment: datetime) -> Bucket | None:
        found = [bucket for bucket in self.buckets if bucket.holds(moment)]
        return min(found, key=_rank, default=None)

    def _edges(self, begin: datetime, end: datetime) -> list[datetime]:
        return sorted({edge for bucket in self.buckets for edge in bucket.edges(begin, end)})


def _rank(bucket: Bucket) -> tuple[int, timedelta]:
    began = timedelta() if bucket.start is None else bucket.start - _LONG_AGO
    return bucket.priority, -began
