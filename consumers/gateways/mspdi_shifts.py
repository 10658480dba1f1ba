"""Give a task that people are assigned to the time in which any of them works.

Microsoft Project counts a task's duration over the calendars of its resources together: a day
shift and a night shift make it go on through both. A task with a calendar of its own counts the
time that both have, unless it says that its resources' calendars do not matter.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import reduce
from typing import Any, Final, NamedTuple, TypeAlias

from consumers.gateways.mspdi_tasks import Sheet
from domain.kernel.calendar import WorkingCalendar
from domain.kernel.work_axis import CalendarError, Windows

DAYS: Final = range(1, 8)

Combine: TypeAlias = Callable[[Windows, Windows], Windows]


class Times(NamedTuple):
    """When a calendar is worked: by weekday, 1 Monday to 7 Sunday, and on dates that differ."""

    week: Mapping[int, Windows]
    dated: Mapping[date, Windows]

    def on(self, day: date) -> Windows:
        """Return what is worked on a date."""
        return self.dated.get(day, self.week[day.isoweekday()])


class Shifts:
    """The calendars by which tasks are worked because of the people assigned to them."""

    def __init__(self, times: Mapping[str, Times], project_calendar: str) -> None:
        self._times = times
        self._project = project_calendar
        self._ids: dict[tuple[str | None, frozenset[str]], str | None] = {}
        self.made: dict[str, Times] = {}
        """The calendars that no resource has alone, by id."""

    def assign(self, sheet: Sheet) -> None:
        """Let the tasks of a sheet be worked when the people assigned to them work."""
        people = {
            row["id"]: row.get("calendar", self._project)
            for row in sheet.resources
            if row["kind"] == "work" and row.get("calendar", self._project) in self._times
        }
        assigned: dict[str, set[str]] = {}
        for row in sheet.assignments:
            if row["resource"] in people and row["units_milli"]:
                assigned.setdefault(row["phase"], set()).add(people[row["resource"]])
        for phase in sheet.phases:
            calendars = assigned.get(phase["id"])
            if calendars and phase["duration_min"] and phase["id"] not in sheet.of_no_matter:
                self._put(phase, frozenset(calendars), sheet)

    def _put(self, phase: dict[str, Any], people: frozenset[str], sheet: Sheet) -> None:
        own = phase.get("calendar")
        if own is not None and own not in self._times:
            return  # Elapsed time: nobody's calendar matters.
        key = own, people
        if key not in self._ids:
            self._ids[key] = self._found(own, people)
        calendar = self._ids[key]
        if calendar is None:
            sheet.notes.append(f"nobody assigned to task {phase['id']} works when it does")
        elif calendar != (own or self._project):
            phase["calendar"] = calendar

    def _found(self, own: str | None, people: frozenset[str]) -> str | None:
        """Return the calendar of a task, a new one where there is none such; None: no time."""
        together = reduce(
            lambda one, other: _combined(one, other, _either),
            (self._times[each] for each in sorted(people)),
        )
        if own is not None:
            together = _combined(self._times[own], together, _both)
        try:
            WorkingCalendar.of("UTC", together.week, together.dated)
        except CalendarError:
            return None
        for calendar in (own or self._project, *sorted(people)):
            if calendar in self._times and _is_same(self._times[calendar], together):
                return calendar
        made = f"shifts-{len(self.made) + 1}"
        self.made[made] = together
        return made


def _combined(one: Times, other: Times, combine: Combine) -> Times:
    days = {*one.dated, *other.dated}
    return Times(
        {day: combine(one.week[day], other.week[day]) for day in DAYS},
        {day: combine(one.on(day), other.on(day)) for day in sorted(days)},
    )


def _is_same(one: Times, other: Times) -> bool:
    days = {*one.dated, *other.dated}
    return all(one.week[day] == other.week[day] for day in DAYS) and all(
        one.on(day) == other.on(day) for day in days
    )


def _either(one: Windows, other: Windows) -> Windows:
    """Return the time that is in any of two days' windows."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted((*one, *other)):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((begin, end))
    return tuple(merged)


def _both(one: Windows, other: Windows) -> Windows:
    """Return the time that is in windows of both days."""
    return tuple(_overlaps(one, other))


def _overlaps(one: Windows, other: Windows) -> Iterable[tuple[int, int]]:
    for begin, end in one:
        for since, until in other:
            if max(begin, since) < min(end, until):
                yield max(begin, since), min(end, until)
