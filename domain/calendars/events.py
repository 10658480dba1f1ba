"""What can become true of a working calendar (stream `calendar-<project>/<id>`)."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import CalendarDate, ZoneName

MinuteOfDay = Annotated[int, Field(ge=0, le=1440)]


class Window(BaseModel):
    """Working time within a day, minutes since local midnight, the end excluded."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    from_min: MinuteOfDay
    to_min: MinuteOfDay


class WeeklyWindow(Window):
    """Working time on one day of every week; `dow` 1 is Monday, 7 Sunday (ISO 8601)."""

    dow: Annotated[int, Field(ge=1, le=7)]


class CalendarDefined(DomainEvent):
    """Work happens in these weekly windows, in the local time of this zone."""

    type_name = "calendar.defined.v1"
    message_class: ClassVar[MessageClass] = "revision"

    zone: ZoneName
    weekly: tuple[WeeklyWindow, ...]

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class CalendarExceptionAdded(DomainEvent):
    """On this date exactly these windows are worked instead of the weekly ones; none: no work."""

    type_name = "calendar.exception_added.v1"
    message_class: ClassVar[MessageClass] = "revision"

    date: CalendarDate
    windows: tuple[Window, ...] = ()
    kind: Literal["holiday", "shutdown", "overtime", "short_day"]


class CalendarExceptionRemoved(DomainEvent):
    """The date is worked like any other of its weekday again."""

    type_name = "calendar.exception_removed.v1"
    message_class: ClassVar[MessageClass] = "revision"

    date: CalendarDate


CalendarEvent = CalendarDefined | CalendarExceptionAdded | CalendarExceptionRemoved
EVENTS: tuple[type[DomainEvent], ...] = (
    CalendarDefined,
    CalendarExceptionAdded,
    CalendarExceptionRemoved,
)
