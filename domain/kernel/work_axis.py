"""Arithmetic in the working time of one calendar: instants to working coordinates, and back.

A working coordinate counts the working minutes of one calendar since its anchor, so two instants
with no working minute between them (the end of one window and the start of the next) have the same
coordinate: they are the same point in working time. Which of the two is shown is a matter of form:
a start is shown at the beginning of a window, a finish at the end of one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from domain.kernel.minutes import DAY_MIN, Minute, instant_of, minute_of

Window: TypeAlias = tuple[int, int]
Windows: TypeAlias = tuple[Window, ...]
WeeklyWindows: TypeAlias = tuple[Windows, Windows, Windows, Windows, Windows, Windows, Windows]
Exceptions: TypeAlias = tuple[tuple[date, Windows], ...]

# Outside these years no plan is meant, and searching on for a working minute would never end.
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2400
# Where an axis begins that is asked for a coordinate before any instant.
ANCHOR_YEAR: Final = 2020
# So many answers of an axis are remembered of each kind: those of a plan of ten thousand phases.
REMEMBERED_MAX: Final = 1 << 16

_OFFSET_STEP: Final = 6 * DAY_MIN
_MINUTE: Final = timedelta(minutes=1)
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_EPOCH_ISO_WEEKDAY: Final = 4

_OUT_OF_RANGE: Final = f"no working time is planned outside the years {FIRST_YEAR} to {LAST_YEAR}"

_ALL_DAY: Final[Windows] = ((0, DAY_MIN),)

ROUND_THE_CLOCK: Final[WeeklyWindows] = (_ALL_DAY,) * 7


class CalendarError(ValueError):
    """A calendar nobody can work by; ``code`` is the refusal code of the catalogue."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class _Table(NamedTuple):
    """What is compiled so far: UTC intervals, and the coordinate at which each begins."""

    first: Minute
    last: Minute
    starts: list[Minute]
    ends: list[Minute]
    work: list[int]
    work_end: int


class _Remembered(dict[int, int]):
    """The answers of a function; once there are too many they are forgotten and asked for again."""

    __slots__ = ("_ask",)

    def __init__(self, ask: Callable[[int], int]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: int) -> int:
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        answer = self[key] = self._ask(key)
        return answer


class WorkAxis:
    """The compiled calendar: instants to working coordinates and back by bisection.

    Years are compiled when first needed. A table is replaced, never changed, so readers in several
    threads see either; a coordinate stays valid for the life of the process and means nothing
    beyond it. ``works``, ``starts`` and ``finishes`` answer like the methods ``work_at``,
    ``start_at`` and ``finish_at`` and remember what they were asked: plans come back to the same
    minutes again and again.
    """

    __slots__ = (
        "_anchor", "_days", "_table", "_weekly", "_zone", "continuous", "finishes", "starts",
        "works",
    )  # fmt: skip

    def __init__(self, zone: str, weekly: WeeklyWindows, exceptions: Exceptions) -> None:
        self._zone = zone
        self._weekly = weekly
        self._days = {day.toordinal() - _EPOCH_ORDINAL: windows for day, windows in exceptions}
        self.continuous = weekly == ROUND_THE_CLOCK and not exceptions
        """Whether every minute is worked; then coordinates are instants."""
        self._anchor: dict[str, int] = {}
        self._table: _Table | None = None
        self.works = _Remembered(self.work_at)
        self.starts = _Remembered(self.start_at)
        self.finishes = _Remembered(self.finish_at)

    def work_at(self, at: Minute) -> int:
        """Return the coordinate of an instant: the working minutes before it."""
        if self.continuous:
            return at
        table = self._table
        if table is None or not table.first <= at < table.last:
            table = self._cover(at)
        index = bisect_right(table.starts, at) - 1
        if index < 0:
            return table.work[0] if table.work else table.work_end
        end = table.ends[index]
        return table.work[index] + (at if at < end else end) - table.starts[index]  # noqa: FURB136

    def start_at(self, work: int) -> Minute:
        """Return the instant of a coordinate as a start: the latest instant that has it."""
        if self.continuous:
            return work
        table = self._table
        if table is None or not table.work or not table.work[0] <= work < table.work_end:
            table = self._reach(work)
        index = bisect_right(table.work, work) - 1
        return table.starts[index] + work - table.work[index]

    def finish_at(self, work: int) -> Minute:
        """Return the instant of a coordinate as a finish: the earliest instant that has it."""
        if self.continuous:
            return work
        table = self._table
        if table is None or not table.work or not table.work[0] < work <= table.work_end:
            table = self._reach(work)
        index = bisect_left(table.work, work) - 1
        return table.starts[index] + work - table.work[index]

    def last_start(self, at: Minute) -> int:
        """Return the greatest coordinate whose start is not after ``at``."""
        return at if self.continuous else self.works[at + 1] - 1

    def add(self, at: Minute, minutes: int) -> Minute:
        """Return the instant ``minutes`` later: forwards as a finish, backwards as a start."""
        if minutes == 0:
            return at
        work = self.works[at] + minutes
        return self.finishes[work] if minutes > 0 else self.starts[work]

    def subtract(self, at: Minute, minutes: int) -> Minute:
        """Return the instant ``minutes`` earlier in working time."""
        return self.add(at, -minutes)

    def between(self, begin: Minute, end: Minute) -> int:
        """Return the working minutes from ``begin`` to ``end``, negative backwards."""
        return self.works[end] - self.works[begin]

    def next_start(self, at: Minute) -> Minute:
        """Return the first instant from ``at`` on at which work can begin."""
        return self.starts[self.works[at]]

    def previous_finish(self, at: Minute) -> Minute:
        """Return the last instant up to ``at`` at which work can end."""
        return self.finishes[self.works[at]]

    def next_boundary(self, at: Minute) -> Minute:
        """Return ``at`` if it lies in a window or at its end, else the start of the next window."""
        work = self.works[at]
        return at if self.finishes[work] == at else self.starts[work]

    def previous_boundary(self, at: Minute) -> Minute:
        """Return ``at`` if it lies in a window or at its start, else the end of the last window."""
        work = self.works[at]
        return at if self.starts[work] == at else self.finishes[work]

    def windows(self, begin: Minute, end: Minute) -> list[tuple[Minute, Minute]]:
        """Return the worked intervals between two instants in order, cut where these lie inside."""
        if begin >= end:
            return []
        if self.continuous:
            return [(begin, end)]
        self.work_at(begin)
        self.work_at(end)
        table = self._table
        if table is None:
            raise AssertionError(end)  # It was just compiled.
        first, last = bisect_right(table.ends, begin), bisect_left(table.starts, end)
        inside = zip(table.starts[first:last], table.ends[first:last], strict=True)
        return [(max(start, begin), min(stop, end)) for start, stop in inside]

    def _cover(self, at: Minute) -> _Table:
        """Compile until ``at`` lies inside, a day away from either edge."""
        if not _new_year(FIRST_YEAR) <= at < _new_year(LAST_YEAR + 1):
            raise CalendarError(_OUT_OF_RANGE, "malformed")
        table = self._table or self._begun(instant_of(at).year)
        earlier = instant_of(table.first).year - instant_of(at - DAY_MIN).year
        later = instant_of(at + DAY_MIN).year + 1 - instant_of(table.last).year
        self._table = table = self._grown(table, max(earlier, 0), max(later, 0))
        return table

    def _reach(self, work: int) -> _Table:
        """Compile until the coordinate lies strictly inside, ever more years at a time.

        What was compiled is kept where the coordinate lies beyond the last year as well: a plan
        that runs out of the calendar asks for it at each of its events.
        """
        table = self._table or self._begun(ANCHOR_YEAR)
        years = 1
        while not table.work or not table.work[0] < work < table.work_end:
            later = not table.work or work >= table.work_end
            table = self._grown(table, *((0, years) if later else (years, 0)))
            self._table = table
            years *= 2
        return table

    def _begun(self, year: int) -> _Table:
        """Return the empty table at which coordinates begin: whoever asks first says where."""
        begin = _new_year(self._anchor.setdefault("year", year))
        return _Table(begin, begin, [], [], [], 0)

    def _grown(self, table: _Table, earlier: int, later: int) -> _Table:
        """Return the table with so many more years on either side, all coordinates as they were."""
        first, end = instant_of(table.first).year, instant_of(table.last).year
        since, until = max(first - earlier, FIRST_YEAR), min(end + later, LAST_YEAR + 1)
        if (since, until) == (first, end):
            raise CalendarError(_OUT_OF_RANGE, "malformed")
        before, after = self._years(since, first), self._years(end, until)
        intervals = _joined([*before, *zip(table.starts, table.ends, strict=True), *after])
        begun = table.work[0] if table.work else table.work_end
        begun -= sum(stop - start for start, stop in before)
        work = list(accumulate((stop - start for start, stop in intervals), initial=begun))
        return _Table(
            _new_year(since),
            _new_year(until),
            [start for start, _ in intervals],
            [stop for _, stop in intervals],
            work[:-1],
            work[-1],
        )

    def _years(self, since: int, until: int) -> list[tuple[Minute, Minute]]:
        """Return the worked UTC intervals of UTC years in order, cut where the offset changes."""
        intervals: list[tuple[Minute, Minute]] = []
        for year in range(since, until):
            for begin, end, offset in _offsets(self._zone, year):
                for day in range((begin + offset) // DAY_MIN, (end + offset - 1) // DAY_MIN + 1):
                    windows = self._days.get(day)
                    if windows is None:
                        windows = self._weekly[(day + _EPOCH_ISO_WEEKDAY - 1) % 7]
                    midnight = day * DAY_MIN - offset
                    for start, stop in windows:
                        cut = max(midnight + start, begin), min(midnight + stop, end)
                        if cut[0] < cut[1]:
                            intervals.append(cut)
        return intervals


def _joined(intervals: list[tuple[Minute, Minute]]) -> list[tuple[Minute, Minute]]:
    """Return intervals with touching ones made one."""
    joined: list[tuple[Minute, Minute]] = []
    for begin, end in intervals:
        if joined and joined[-1][1] == begin:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((begin, end))
    return joined


def zone_info(name: str) -> ZoneInfo:
    """Return a zone of the IANA database; raises CalendarError (``malformed``) if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        msg = f"{name!r} is no IANA time zone"
        raise CalendarError(msg, "malformed") from error


@lru_cache(maxsize=2048)
def _offsets(zone: str, year: int) -> tuple[tuple[Minute, Minute, int], ...]:
    """Return (from, to, offset) of each stretch of a UTC year with one offset to local time.

    The offset is sampled every six days: since 1970 no zone has left an offset and come back to it
    in less.
    """
    local = zone_info(zone)

    def offset_at(at: Minute) -> int:
        return (instant_of(at).astimezone(local).utcoffset() or timedelta()) // _MINUTE

    first, last = _new_year(year), _new_year(year + 1)
    stretches: list[tuple[Minute, Minute, int]] = []
    begin, offset = first, offset_at(first)
    for sample in (*range(first + _OFFSET_STEP, last, _OFFSET_STEP), last - 1):
        if offset_at(sample) == offset:
            continue
        low, high = max(begin, sample - _OFFSET_STEP), sample  # The change lies in (low, high].
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset_at(middle) == offset else (low, middle)
        stretches.append((begin, high, offset))
        begin, offset = high, offset_at(high)
    return (*stretches, (begin, last, offset))


def _new_year(year: int) -> Minute:
    return minute_of(datetime(year, 1, 1, tzinfo=UTC))
