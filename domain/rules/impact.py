"""Count impacts in working days, and weigh them."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from domain.conflicts.events import Severity
from domain.kernel.calendar import WorkingCalendar
from domain.kernel.minutes import Minute
from domain.network.calendars import standard_day_min
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork

NOTHING: Final = Decimal(0)
_HUNDREDTH: Final = Decimal("0.01")
_MEDIUM_DAYS: Final = Decimal(1)
_HIGH_DAYS: Final = Decimal(3)
_CRITICAL_DAYS: Final = Decimal(10)


def working_days(calendar: WorkingCalendar, begin: Minute, end: Minute) -> Decimal:
    """Return the signed working days from `begin` to `end`, to the hundredth.

    They are working minutes over the minutes of the calendar's standard day: wd of DOMAIN 4.
    """
    return days_of(calendar.axis.between(begin, end), calendar)


def days_of(minutes: int, calendar: WorkingCalendar) -> Decimal:
    """Return working minutes of a calendar as days of its standard length, to the hundredth."""
    return _days(minutes, standard_day_min(calendar))


@lru_cache(maxsize=1 << 12)  # Floats of one project are the same few, event after event.
def _days(minutes: int, day_min: int) -> Decimal:
    return (Decimal(minutes) / day_min).quantize(_HUNDREDTH, ROUND_HALF_UP)


def spare_days(network: ProjectNetwork, line: PhaseLine) -> Decimal:
    """Return a phase's total float in working days, never below none; none without a schedule."""
    schedule = network.schedule()
    row = None if schedule is None else schedule.phases.get(line.id)
    if row is None:
        return NOTHING
    return max(NOTHING, days_of(row.total_float_min, network.calendar_of(line)))


def severity_of(impact_days: Decimal) -> Severity:
    """Weigh an impact: under one working day low, under three medium, under ten high."""
    if impact_days < _MEDIUM_DAYS:
        return "low"
    if impact_days < _HIGH_DAYS:
        return "medium"
    return "high" if impact_days < _CRITICAL_DAYS else "critical"
