"""What may be asked of a working calendar."""

from typing import Literal

from domain.calendars.events import WeeklyWindow, Window
from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import CalendarDate, ZoneName


class CalendarCommand(Command):
    """A request on one calendar of a project; without a project, on one that projects share."""

    project_id: Id | None = None
    calendar_id: Id

    def stream(self) -> str:
        if self.project_id is None:
            return stream_of("calendar", self.calendar_id)
        return stream_of("calendar", self.project_id, self.calendar_id)


class DefineCalendar(CalendarCommand):
    """Define a calendar, or define it anew."""

    command_name = "calendar.define.v1"

    zone: ZoneName
    weekly: tuple[WeeklyWindow, ...]


class AddCalendarException(CalendarCommand):
    """Work other windows on one date; a second exception of a date replaces the first."""

    command_name = "calendar.add_exception.v1"

    date: CalendarDate
    windows: tuple[Window, ...] = ()
    kind: Literal["holiday", "shutdown", "overtime", "short_day"]


class RemoveCalendarException(CalendarCommand):
    """Work the date like any other of its weekday again."""

    command_name = "calendar.remove_exception.v1"

    date: CalendarDate


COMMANDS: tuple[type[Command], ...] = (
    DefineCalendar,
    AddCalendarException,
    RemoveCalendarException,
)
