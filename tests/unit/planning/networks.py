"""Small networks for the tests of planning, with names instead of numbers."""

from datetime import UTC, datetime

from domain.kernel.calendar import ELAPSED, STANDARD_WEEK, WorkingCalendar
from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Link, Network, Policy, Schedule

DAY = 480
"""A working day of the standard week, in minutes."""

STANDARD = WorkingCalendar("UTC", STANDARD_WEEK)
SIX_DAYS = WorkingCalendar("UTC", (*STANDARD_WEEK[:5], STANDARD_WEEK[0], ()))
CALENDARS = {"standard": STANDARD, "six": SIX_DAYS, "24h": ELAPSED}


def at(text: str) -> Minute:
    """Return the minute of a UTC time such as ``2026-03-02 08:00``."""
    return minute_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def shown(minute: Minute) -> str:
    """Return a minute as the text that `at` reads."""
    return instant_of(minute).strftime("%Y-%m-%d %H:%M")


MONDAY = at("2026-03-02 08:00")


def network(
    *items: Activity | Link,
    data_date: Minute | None = None,
    promise: Minute | None = None,
    policy: Policy | None = None,
    start: Minute = MONDAY,
    default: str = "standard",
) -> Network:
    """Return a network of activities and links that starts on Monday 2 March 2026."""
    return Network(
        project_start=start,
        calendars=CALENDARS,
        default_calendar=default,
        activities=tuple(item for item in items if isinstance(item, Activity)),
        links=tuple(item for item in items if isinstance(item, Link)),
        data_date=data_date,
        promise=promise,
        policy=policy or Policy(),
    )


def dates(scheduled: Schedule, phase: str) -> tuple[str, str]:
    """Return the start and finish of a phase as text."""
    row = scheduled.phases[phase]
    return shown(row.start), shown(row.finish)


def dates_of(
    *items: Activity | Link,
    data_date: Minute | None = None,
    promise: Minute | None = None,
    policy: Policy | None = None,
    start: Minute = MONDAY,
) -> dict[str, tuple[str, str]]:
    """Schedule a network and return every phase's start and finish as text."""
    planned = schedule(
        network(*items, data_date=data_date, promise=promise, policy=policy, start=start)
    )
    return {phase: dates(planned, phase) for phase in planned.phases}
