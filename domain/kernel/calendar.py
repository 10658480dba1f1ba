"""Working calendars: which minutes of a zone's local days are worked; see `work_axis` for sums."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from domain.kernel.minutes import DAY_MIN, instant_of, minute_of
from domain.kernel.work_axis import (
    FIRST_YEAR,
    LAST_YEAR,
    ROUND_THE_CLOCK,
    CalendarError,
    Exceptions,
    WeeklyWindows,
    Window,
    Windows,
    WorkAxis,
    zone_info,
)

MAX_IDLE_DAYS: Final = 400

_SHIFTS: Final[Windows] = ((480, 720), (780, 1020))

STANDARD_WEEK: Final[WeeklyWindows] = (_SHIFTS, _SHIFTS, _SHIFTS, _SHIFTS, _SHIFTS, (), ())
"""Monday to Friday, 08:00 to 12:00 and 13:00 to 17:00."""


def weekly_windows(by_weekday: Mapping[int, Iterable[Window]]) -> WeeklyWindows:
    """Build a week from ISO weekdays (1 Monday to 7 Sunday); days not named are free."""
    unknown = sorted(set(by_weekday) - set(range(1, 8)))
    if unknown:
        msg = f"weekday {unknown[0]} is none of 1 (Monday) to 7 (Sunday)"
        raise CalendarError(msg, "malformed")
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (
        tuple(sorted(by_weekday.get(weekday, ()))) for weekday in range(1, 8)
    )
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Weekly windows of a zone's local time, and dated exceptions to them.

    ``weekly`` holds Monday first; a window is (from, to) in minutes of the local day, 0 to 1440,
    sorted and not overlapping. An exception replaces its date's windows; no windows: a free day.
    A local hour that daylight saving leaves out has no working time, one it repeats counts twice.

    Raises CalendarError with ``window_overlap``, ``window_out_of_day``, ``no_working_time``
    (400 days without a window) or ``malformed`` (unknown zone, a date twice).
    """

    zone: str
    weekly: WeeklyWindows
    exceptions: Exceptions = ()
    _axis: WorkAxis | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        zone_info(self.zone)
        for windows in (*self.weekly, *(windows for _, windows in self.exceptions)):
            _check_windows(windows)
        ordered = tuple(sorted(self.exceptions, key=lambda exception: exception[0]))
        for (day, _), (following, _) in pairwise(ordered):
            if day == following:
                msg = f"{day} has two exceptions"
                raise CalendarError(msg, "malformed")
        for day, _ in (*ordered[:1], *ordered[-1:]):
            if not FIRST_YEAR <= day.year <= LAST_YEAR:
                msg = f"{day} does not lie in the years {FIRST_YEAR} to {LAST_YEAR}"
                raise CalendarError(msg, "malformed")
        object.__setattr__(self, "exceptions", ordered)
        _check_idle_time(self.weekly, ordered)

    @classmethod
    def of(
        cls,
        zone: str,
        weekly: Mapping[int, Iterable[Window]],
        exceptions: Mapping[date, Iterable[Window]] | None = None,
    ) -> "WorkingCalendar":
        """Build a calendar from ISO weekdays and dates, windows in any order."""
        dated = tuple(
            (day, tuple(sorted(windows))) for day, windows in sorted((exceptions or {}).items())
        )
        return cls(zone, weekly_windows(weekly), dated)

    @property
    def axis(self) -> WorkAxis:
        """The integer axis of this calendar; equal calendars share one."""
        known = self._axis
        if known is None:
            known = _shared_axis(self)
            object.__setattr__(self, "_axis", known)
        return known

    def add(self, at: datetime, minutes: int) -> datetime:
        """Return the instant ``minutes`` of working time after ``at``, as a finish."""
        return instant_of(self.axis.add(minute_of(at), minutes))

    def subtract(self, at: datetime, minutes: int) -> datetime:
        """Return the instant ``minutes`` of working time before ``at``, as a start."""
        return instant_of(self.axis.subtract(minute_of(at), minutes))

    def between(self, begin: datetime, end: datetime) -> int:
        """Return the working minutes from ``begin`` to ``end``; backwards they are negative."""
        return self.axis.between(minute_of(begin), minute_of(end))

    def next_start(self, at: datetime) -> datetime:
        """Return the first instant from ``at`` on at which work can begin."""
        return instant_of(self.axis.next_start(minute_of(at)))

    def previous_finish(self, at: datetime) -> datetime:
        """Return the last instant up to ``at`` at which work can end."""
        return instant_of(self.axis.previous_finish(minute_of(at)))


@lru_cache(maxsize=256)
def _shared_axis(calendar: WorkingCalendar) -> WorkAxis:
    return WorkAxis(calendar.zone, calendar.weekly, calendar.exceptions)


def _check_windows(windows: Windows) -> None:
    for begin, end in windows:
        if not 0 <= begin < end <= DAY_MIN:
            msg = f"window {begin} to {end} does not lie in the day's minutes 0 to {DAY_MIN}"
            raise CalendarError(msg, "window_out_of_day")
    for (_, end), (begin, _) in pairwise(windows):
        if begin < end:
            msg = f"a window begins at minute {begin}, before the one ahead of it ends at {end}"
            raise CalendarError(msg, "window_overlap")


def _check_idle_time(weekly: WeeklyWindows, exceptions: Exceptions) -> None:
    if not any(weekly):
        msg = "no day of the week has a working window"
        raise CalendarError(msg, "no_working_time")
    free = sorted(day.toordinal() for day, windows in exceptions if not windows)
    if len(free) < MAX_IDLE_DAYS // 7:
        return  # Too few to take the one worked weekday out of 400 days.
    dated = {day.toordinal(): windows for day, windows in exceptions}
    worked = free[0] - 7
    for day in range(free[0] - 7, free[-1] + 8):
        # Ordinal 1 is a Monday.
        if dated.get(day, weekly[(day - 1) % 7]):
            worked = day
        elif day - worked >= MAX_IDLE_DAYS:
            msg = f"no working window in the {MAX_IDLE_DAYS} days to {date.fromordinal(day)}"
            raise CalendarError(msg, "no_working_time")


ELAPSED: Final = WorkingCalendar("UTC", ROUND_THE_CLOCK)
"""The calendar of elapsed time: every minute counts."""
