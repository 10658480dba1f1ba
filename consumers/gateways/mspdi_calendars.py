"""Read the calendars of Microsoft Project's XML: weeks, base calendars, exceptions of both ages.

Files before Project 2007 write exceptions as weekdays of type 0, later ones as ``Exception``
elements, many write both; they then say the same. A date's last description counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from lxml import etree

from consumers.gateways.mspdi_fields import Fields, children, fields_of
from consumers.gateways.plan_form import PlanFileError
from domain.kernel.calendar import STANDARD_WEEK
from domain.kernel.minutes import DAY_MIN
from domain.kernel.work_axis import Windows

EXCEPTION_DAYS_MAX: Final = 20_000
"""So many dated exceptions one calendar may have: 50 years of days off."""

_EXCEPTION: Final = 0
_DAILY, _YEARLY, _WEEKLY = 1, 2, 6
_SUNDAY_BIT: Final = 1


@dataclass(slots=True)
class SourceCalendar:
    """A calendar as the file has it, with what it inherits still missing."""

    uid: int
    name: str
    base: int
    week: dict[int, Windows] = field(default_factory=dict)
    dated: dict[date, Windows] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def calendar_of(element: etree._Element) -> SourceCalendar:
    """Read one ``Calendar`` element; raises PlanFileError."""
    plain = fields_of(element, "/Project/Calendars/Calendar")
    uid = plain.integer("UID")
    place = f"/Project/Calendars/Calendar[UID={uid}]"
    found = SourceCalendar(uid, plain.text("Name"), plain.integer("BaseCalendarUID", -1))
    for day in children(element, "WeekDays", "WeekDay"):
        _read_week_day(found, day, place)
    for work_week in children(element, "WorkWeeks", "WorkWeek"):
        _read_work_week(found, work_week, place)
    for exception in children(element, "Exceptions", "Exception"):
        _read_exception(found, exception, place)
    if len(found.dated) > EXCEPTION_DAYS_MAX:
        msg = f"calendar {uid} has more than {EXCEPTION_DAYS_MAX} days that differ from its week"
        raise PlanFileError(msg, "plan_too_large", place)
    return found


def flattened(
    calendar: SourceCalendar, others: dict[int, SourceCalendar]
) -> tuple[dict[int, Windows], dict[date, Windows]]:
    """Return a calendar's week (1 Monday to 7 Sunday) and dates with what it inherits filled in."""
    line = [calendar]
    while line[-1].base in others and others[line[-1].base] not in line:
        line.append(others[line[-1].base])
    week: dict[int, Windows] = dict(enumerate(STANDARD_WEEK, start=1))
    dated: dict[date, Windows] = {}
    for each in reversed(line):
        week |= each.week
        dated |= each.dated
    return week, dated


def _read_week_day(found: SourceCalendar, element: etree._Element, place: str) -> None:
    plain = fields_of(element, f"{place}/WeekDays/WeekDay")
    kind = plain.integer("DayType")
    if kind == _EXCEPTION:
        for day in _period(element, plain.place):
            found.dated[day] = _windows(element, plain)
    elif 1 <= kind <= 7:  # noqa: PLR2004  Days of the week, Sunday first.
        found.week[_iso(kind)] = _windows(element, plain)
    else:
        plain.refuse("DayType", f"{kind} is none of 0 (exception) to 7 (Saturday)")


def _read_work_week(found: SourceCalendar, element: etree._Element, place: str) -> None:
    """Turn an alternative working week into dates: the days of its period that it describes."""
    week = {}
    for day in children(element, "WeekDays", "WeekDay"):
        plain = fields_of(day, f"{place}/WorkWeeks/WorkWeek/WeekDay")
        week[_iso(plain.integer("DayType"))] = _windows(day, plain)
    for each in _period(element, f"{place}/WorkWeeks/WorkWeek"):
        if each.isoweekday() in week:
            found.dated[each] = week[each.isoweekday()]


def _read_exception(found: SourceCalendar, element: etree._Element, place: str) -> None:
    plain = fields_of(element, f"{place}/Exceptions/Exception")
    days = list(_period(element, plain.place))
    kind = plain.integer("Type", _DAILY)
    every = max(1, plain.integer("Period", 1))
    if kind == _DAILY:
        days = days[::every]
    elif kind == _WEEKLY:
        chosen = plain.integer("DaysOfWeek", 0)
        days = [
            day
            for day in days
            if chosen & (_SUNDAY_BIT << (day.isoweekday() % 7))
            and ((day - days[0]).days + days[0].isoweekday() % 7) // 7 % every == 0
        ]
    elif kind == _YEARLY:
        month, of_month = plain.integer("Month", 0) + 1, plain.integer("MonthDay", 1)
        days = [day for day in days if (day.month, day.day) == (month, of_month)]
    else:
        name = plain.text("Name") or "without a name"
        found.lost.append(f"exception {name} of calendar {found.uid} recurs in a way not read")
        return
    for day in days:
        found.dated[day] = _windows(element, plain)


def _period(element: etree._Element, place: str) -> Iterator[date]:
    """Yield the days of an element's ``TimePeriod``."""
    for period in children(element, "TimePeriod"):
        plain = fields_of(period, f"{place}/TimePeriod")
        try:
            first = date.fromisoformat(plain.text("FromDate")[:10])
            last = date.fromisoformat(plain.text("ToDate")[:10])
        except ValueError:
            plain.refuse("FromDate", "the period needs two dates")
        count = (last - first).days + 1
        if count > EXCEPTION_DAYS_MAX:
            plain.refuse("ToDate", f"a period of {count} days is too long")
        for offset in range(count):
            yield first + timedelta(days=offset)


def _windows(element: etree._Element, plain: Fields) -> Windows:
    """Return what is worked on a day; a working day without times is a standard one."""
    windows = []
    for time in children(element, "WorkingTimes", "WorkingTime"):
        times = fields_of(time, f"{plain.place}/WorkingTime")
        if times.values:
            begin, end = times.clock("FromTime"), times.clock("ToTime")
            windows.append((begin, end or DAY_MIN))
    if not windows and plain.flag("DayWorking"):
        return STANDARD_WEEK[0]
    return tuple(sorted(windows)) if plain.flag("DayWorking") else ()


def _iso(day_type: int) -> int:
    """Return the ISO weekday of a day counted from 1 Sunday."""
    return day_type - 1 or 7
