"""Know of a calendar what its decisions need: its zone, its week and its exceptions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.calendars.events import (
    CalendarDefined,
    CalendarExceptionAdded,
    CalendarExceptionRemoved,
    Window,
)
from domain.kernel.calendar import WorkingCalendar
from domain.kernel.messages import Recorded


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar as far as decisions care; its exceptions outlive a new definition."""

    defined: CalendarDefined | None = None
    exceptions: Mapping[date, CalendarExceptionAdded] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        return self.defined is not None


def evolve(calendar: Calendar, recorded: Recorded[Any]) -> Calendar:
    """Return the calendar after an event; what no decision makes here is a corrupt log."""
    match recorded.event:
        case CalendarDefined() as defined:
            return Calendar(defined, calendar.exceptions)
        case CalendarExceptionAdded() as added if calendar.exists:
            exceptions = {**calendar.exceptions, added.date: added}
            return Calendar(calendar.defined, exceptions)
        case CalendarExceptionRemoved(date=day) if day in calendar.exceptions:
            exceptions = {**calendar.exceptions}
            del exceptions[day]
            return Calendar(calendar.defined, exceptions)
        case event:
            # `decide` never lets this event through; a log that contains it is corrupt.
            msg = f"{type(event).__name__} cannot follow {calendar}"
            raise AssertionError(msg)


def working_calendar(
    defined: CalendarDefined, exceptions: Iterable[CalendarExceptionAdded]
) -> WorkingCalendar:
    """Return the calendar to compute with; raises CalendarError where nobody can work by it."""
    weekly: dict[int, list[tuple[int, int]]] = {}
    for window in defined.weekly:
        weekly.setdefault(window.dow, []).append((window.from_min, window.to_min))
    return WorkingCalendar.of(
        defined.zone, weekly, {added.date: _pairs(added.windows) for added in exceptions}
    )


def _pairs(windows: Iterable[Window]) -> list[tuple[int, int]]:
    return [(window.from_min, window.to_min) for window in windows]
