"""Hold the decisions on a working calendar to windows that can be worked by."""

from datetime import date, timedelta

import pytest

from domain.calendars.commands import (
    AddCalendarException,
    DefineCalendar,
    RemoveCalendarException,
)
from domain.calendars.decisions import DECIDER, REFUSALS, Surroundings, reads
from domain.calendars.events import (
    CalendarDefined,
    CalendarEvent,
    CalendarExceptionAdded,
    CalendarExceptionRemoved,
    WeeklyWindow,
    Window,
)
from domain.kernel.refusals import (
    NoWorkingTime,
    ProjectClosed,
    UnknownSubject,
    WindowOutOfDay,
    WindowOverlap,
)
from tests.builders import PROJECT, history
from tests.spec import Spec

STREAM = f"calendar-{PROJECT}/plant"
MAY_FIRST = date(2026, 5, 1)
MONDAY_MORNING = WeeklyWindow(dow=1, from_min=480, to_min=720)

a_calendar = Spec(DECIDER, STREAM, Surroundings())
defined = CalendarDefined(zone="Europe/Berlin", weekly=(MONDAY_MORNING,))
holiday = CalendarExceptionAdded(date=MAY_FIRST, kind="holiday")
removed = CalendarExceptionRemoved(date=MAY_FIRST)


def define(*weekly: WeeklyWindow) -> DefineCalendar:
    return DefineCalendar(
        project_id=PROJECT, calendar_id="plant", zone="Europe/Berlin", weekly=weekly
    )


def add(day: date, *windows: Window) -> AddCalendarException:
    return AddCalendarException(
        project_id=PROJECT, calendar_id="plant", date=day, windows=windows, kind="holiday"
    )


remove = RemoveCalendarException(project_id=PROJECT, calendar_id="plant", date=MAY_FIRST)


def test_a_calendar_is_defined_before_or_after_its_project() -> None:
    a_calendar.given().when(define(MONDAY_MORNING)).then(defined).when(
        define(MONDAY_MORNING)
    ).then()
    assert defined.introduces(STREAM) == (STREAM,)
    assert reads(remove) == (f"project-{PROJECT}",)


def test_a_calendar_defined_anew_keeps_its_exceptions() -> None:
    friday = WeeklyWindow(dow=5, from_min=480, to_min=720)
    after = a_calendar.given(defined, holiday).when(define(MONDAY_MORNING, friday))
    state = after.then(CalendarDefined(zone="Europe/Berlin", weekly=(MONDAY_MORNING, friday))).state
    assert state.exceptions == {MAY_FIRST: holiday}


def test_windows_of_a_day_do_not_overlap() -> None:
    noon = WeeklyWindow(dow=1, from_min=660, to_min=780)
    a_calendar.given().when(define(MONDAY_MORNING, noon)).then_refused(WindowOverlap)
    a_calendar.given(defined).when(
        add(MAY_FIRST, Window(from_min=0, to_min=60), Window(from_min=59, to_min=90))
    ).then_refused(WindowOverlap)


@pytest.mark.parametrize(("from_min", "to_min"), [(720, 480), (480, 480)])
def test_a_window_ends_after_it_begins(from_min: int, to_min: int) -> None:
    backwards = WeeklyWindow(dow=1, from_min=from_min, to_min=to_min)
    a_calendar.given().when(define(backwards)).then_refused(WindowOutOfDay)


def test_a_calendar_without_working_time_is_refused() -> None:
    a_calendar.given().when(define()).then_refused(NoWorkingTime)


def test_closing_more_than_four_hundred_days_in_a_row_is_refused() -> None:
    mondays = [date(2026, 3, 2) + timedelta(weeks=week) for week in range(57)]
    closed = [CalendarExceptionAdded(date=day, kind="shutdown") for day in mondays]
    a_calendar.given(defined, *closed).when(add(mondays[-1] + timedelta(weeks=1))).then_refused(
        NoWorkingTime
    )


def test_a_date_that_alone_is_worked_stays_worked() -> None:
    """A calendar of exceptions alone is no calendar: the last working date is not taken out."""
    week = timedelta(weeks=1)
    closed = [
        CalendarExceptionAdded(date=date(2026, 3, 2) + week * count, kind="shutdown")
        for count in range(100)
    ]
    saturday = date(2027, 2, 6)
    overtime = CalendarExceptionAdded(
        date=saturday, windows=(Window(from_min=480, to_min=720),), kind="overtime"
    )
    take_out = remove.model_copy(update={"date": saturday})
    a_calendar.given(defined, overtime, *closed).when(take_out).then_refused(NoWorkingTime)


def test_an_exception_is_added_replaced_and_removed() -> None:
    short = (Window(from_min=480, to_min=600),)
    after = a_calendar.given(defined).when(add(MAY_FIRST)).then(holiday)
    after.when(add(MAY_FIRST)).then()
    after = after.when(add(MAY_FIRST, *short)).then(
        CalendarExceptionAdded(date=MAY_FIRST, windows=short, kind="holiday")
    )
    after.when(remove).then(removed).when(remove).then()


def test_a_calendar_nobody_defined_has_no_exceptions() -> None:
    for command in (add(MAY_FIRST), remove):
        a_calendar.given().when(command).then_refused(UnknownSubject, "plant")


def test_calendars_of_a_closed_project_stay_as_they_are() -> None:
    for command in (define(), add(MAY_FIRST), remove):
        a_calendar.given(defined).when(
            command, others=Surroundings(project_closed=True)
        ).then_refused(ProjectClosed)


def test_every_refusal_of_the_working_calendar_has_its_own() -> None:
    assert set(REFUSALS) == {"window_overlap", "window_out_of_day", "no_working_time"}


@pytest.mark.parametrize("impossible", [(holiday,), (defined, removed)])
def test_what_no_decision_makes_is_a_corrupt_log(impossible: tuple[CalendarEvent, ...]) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))


def test_a_calendar_that_projects_share_names_none() -> None:
    shared = DefineCalendar(calendar_id="hall", zone="UTC", weekly=(MONDAY_MORNING,))
    assert shared.stream() == "calendar-hall"
    assert reads(shared) == ()
