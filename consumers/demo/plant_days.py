"""Count in the plant's working time: its shifts, its days, the Fridays on which it reports."""

from datetime import UTC, date, datetime, time
from functools import cache
from typing import Final

from consumers.demo.project import DAY
from domain.kernel.calendar import WorkingCalendar
from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.kernel.work_axis import WorkAxis

ZONE: Final = "Europe/Berlin"
FRIDAY: Final = 4
"""Counted from Monday, 0."""


@cache
def axis() -> WorkAxis:
    """Return the working time that the plant's work follows."""
    windows = ((7 * 60, 11 * 60), (11 * 60 + 30, 15 * 60 + 30))
    return WorkingCalendar.of(ZONE, dict.fromkeys(range(1, 6), windows)).axis


def day_of(at: Minute) -> date:
    """Return the day on which a minute lies, in UTC."""
    return instant_of(at).date()


def day_minute(day: date) -> Minute:
    """Return the minute at which a day begins, in UTC."""
    return minute_of(datetime.combine(day, time(), UTC))


def first_friday(at: Minute) -> Minute:
    """Return noon, in UTC, of the first Friday from a minute on."""
    midnight = at - at % 1440
    return midnight + (FRIDAY - day_of(at).weekday()) % 7 * 1440 + 720


def later(axis: WorkAxis, at: Minute, days: int) -> Minute:
    """Return a minute so many working days later, or earlier."""
    return axis.add(at, days * DAY) if days >= 0 else axis.subtract(at, -days * DAY)


def quarter_of(at: Minute) -> date:
    """Return the first day of the quarter in which a minute lies."""
    day = day_of(at)
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def shift(at: Minute, hour: int = 8) -> Minute:
    """Return an hour, in UTC, of the first weekday from that of a minute on."""
    midnight = at - at % 1440
    while day_of(midnight).weekday() > FRIDAY:
        midnight += 1440
    return midnight + hour * 60
