"""Fold a project's calendar events into working calendars."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeAlias

from domain.calendars.events import (
    CalendarDefined,
    CalendarExceptionAdded,
    CalendarExceptionRemoved,
)
from domain.kernel.calendar import STANDARD_WEEK, WorkingCalendar, weekly_windows
from domain.kernel.messages import DomainEvent, Recorded
from domain.kernel.work_axis import WeeklyWindows, Windows
from domain.network.remembered import same_object

ASSUMED: Final = ""
"""The key of the calendar that is assumed where none is defined; no id is empty."""

STANDARD_DAY_MIN: Final = 480


@dataclass(slots=True)
class _Definition:
    """One calendar as its events say it is; without a definition it cannot be worked by yet."""

    zone: str = ""
    weekly: WeeklyWindows | None = None
    exceptions: dict[date, Windows] = field(default_factory=dict)


class ProjectCalendars:
    """The calendars of one project by id, and the one assumed where an id is not defined.

    The assumed calendar is Monday to Friday, 08:00 to 12:00 and 13:00 to 17:00, in the project's
    zone.
    """

    def __init__(self) -> None:
        self._definitions: dict[str, _Definition] = {}
        self._compiled: dict[str, WorkingCalendar] | None = None
        self._zone = "UTC"

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take one calendar event in."""
        definition = self._definitions.setdefault(recorded.subject_id, _Definition())
        EVENTS[type(recorded.event)](definition, recorded.event)
        self._compiled = None

    def assume_zone(self, zone: str) -> None:
        """Let the assumed calendar follow this zone's clocks."""
        self._zone = zone
        self._compiled = None

    def known(self, calendar_id: str | None) -> bool:
        """Tell whether a calendar is defined."""
        definition = self._definitions.get(calendar_id) if calendar_id is not None else None
        return definition is not None and definition.weekly is not None

    def all(self) -> Mapping[str, WorkingCalendar]:
        """Return every defined calendar by id, and the assumed one under `ASSUMED`.

        Raises CalendarError where the events add up to a calendar nobody can work by.
        """
        if self._compiled is None:
            assumed = WorkingCalendar(self._zone, STANDARD_WEEK)
            compiled = {ASSUMED: same_object(assumed)}
            for calendar_id, definition in sorted(self._definitions.items()):
                if definition.weekly is not None:
                    calendar = WorkingCalendar(
                        definition.zone, definition.weekly, tuple(definition.exceptions.items())
                    )
                    compiled[calendar_id] = same_object(calendar)
            self._compiled = compiled
        return self._compiled


def standard_day_min(calendar: WorkingCalendar) -> int:
    """Return the working minutes of a calendar's standard day: the commonest length of a weekday.

    Of equally common lengths it is the longer one.
    """
    return _standard_day_min(calendar.weekly)


@lru_cache(maxsize=1024)
def _standard_day_min(weekly: WeeklyWindows) -> int:
    lengths = [sum(end - begin for begin, end in windows) for windows in weekly if windows]
    return max(
        lengths, key=lambda length: (lengths.count(length), length), default=STANDARD_DAY_MIN
    )


def _defined(definition: _Definition, event: CalendarDefined) -> None:
    by_weekday: dict[int, list[tuple[int, int]]] = {}
    for window in event.weekly:
        by_weekday.setdefault(window.dow, []).append((window.from_min, window.to_min))
    definition.zone = event.zone
    definition.weekly = weekly_windows(by_weekday)


def _exception_added(definition: _Definition, event: CalendarExceptionAdded) -> None:
    definition.exceptions[event.date] = tuple(
        sorted((window.from_min, window.to_min) for window in event.windows)
    )


def _exception_removed(definition: _Definition, event: CalendarExceptionRemoved) -> None:
    definition.exceptions.pop(event.date, None)


_Step: TypeAlias = Callable[[_Definition, Any], None]
EVENTS: Final[Mapping[type[DomainEvent], _Step]] = {
    CalendarDefined: _defined,
    CalendarExceptionAdded: _exception_added,
    CalendarExceptionRemoved: _exception_removed,
}
