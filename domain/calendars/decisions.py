"""Decide on a working calendar: its windows do not overlap, and there is time to work in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.calendars.commands import (
    COMMANDS,
    AddCalendarException,
    CalendarCommand,
    DefineCalendar,
    RemoveCalendarException,
)
from domain.calendars.events import (
    EVENTS,
    CalendarDefined,
    CalendarExceptionAdded,
    CalendarExceptionRemoved,
)
from domain.calendars.state import Calendar, evolve, working_calendar
from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.ids import stream_of
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    NoWorkingTime,
    ProjectClosed,
    Rejected,
    UnknownSubject,
    WindowOutOfDay,
    WindowOverlap,
)
from domain.kernel.work_axis import CalendarError


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a calendar's decisions need to know; a calendar may be there before its project."""

    project_closed: bool = False


REFUSALS: Final[Mapping[str, type[Rejected]]] = {
    refusal.code: refusal for refusal in (WindowOverlap, WindowOutOfDay, NoWorkingTime)
}
"""How a calendar that nobody can work by is refused, by the code of CalendarError."""


def reads(command: CalendarCommand) -> tuple[str, ...]:
    """Return the stream beside the calendar's own that decides the request: its project's."""
    return () if command.project_id is None else (stream_of("project", command.project_id),)


def decide(
    command: CalendarCommand, calendar: Calendar, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a request on a calendar, `()` for a repeat; raises Rejected."""
    del asked
    require_reason(command)
    if others.project_closed:
        msg = f"project {command.project_id} is closed: its calendars stay as they are"
        raise ProjectClosed(msg)
    match command:
        case DefineCalendar():
            return _define(command, calendar)
        case AddCalendarException():
            return _add_exception(command, calendar)
        case RemoveCalendarException():
            return _remove_exception(command, calendar)
        case _:
            raise AssertionError(type(command).__name__)


def _define(command: DefineCalendar, calendar: Calendar) -> Events:
    defined = CalendarDefined(zone=command.zone, weekly=command.weekly)
    if defined == calendar.defined:
        return ()
    _can_be_worked_by(defined, calendar.exceptions.values())
    return (defined,)


def _add_exception(command: AddCalendarException, calendar: Calendar) -> Events:
    defined = _defined(command, calendar)
    added = CalendarExceptionAdded(date=command.date, windows=command.windows, kind=command.kind)
    if added == calendar.exceptions.get(command.date):
        return ()
    _can_be_worked_by(defined, {**calendar.exceptions, command.date: added}.values())
    return (added,)


def _remove_exception(command: RemoveCalendarException, calendar: Calendar) -> Events:
    defined = _defined(command, calendar)
    if command.date not in calendar.exceptions:
        return ()
    left = [added for day, added in calendar.exceptions.items() if day != command.date]
    _can_be_worked_by(defined, left)
    return (CalendarExceptionRemoved(date=command.date),)


def _defined(command: CalendarCommand, calendar: Calendar) -> CalendarDefined:
    if calendar.defined is None:
        msg = f"there is no calendar {command.calendar_id}: define it first"
        raise UnknownSubject(msg)
    return calendar.defined


def _can_be_worked_by(
    defined: CalendarDefined, exceptions: Iterable[CalendarExceptionAdded]
) -> None:
    try:
        working_calendar(defined, exceptions)
    except CalendarError as wrong:
        raise REFUSALS[wrong.code](str(wrong)) from wrong


DECIDER: Final[Decider[Calendar, Surroundings]] = Decider(
    category="calendar",
    commands=COMMANDS,
    events=EVENTS,
    initial=Calendar,
    evolve=evolve,
    decide=decide,
)
