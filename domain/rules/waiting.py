"""Say who waits for a delivery, and how much of its lateness their float takes."""

from datetime import date
from decimal import Decimal

from domain.kernel.minutes import Minute, minute_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork, end_of_day
from domain.network.supplies import Supply
from domain.rules.impact import NOTHING, days_of, working_days


def day_end(day: date, network: ProjectNetwork) -> Minute:
    """Return the minute at which a day ends in the project's zone."""
    return minute_of(end_of_day(day, network.zone))


def late_days(network: ProjectNetwork, need_by: date, until: Minute) -> Decimal:
    """Return the working days of the project from the end of a day to a minute."""
    return working_days(network.calendar, day_end(need_by, network), until)


def spare_days(network: ProjectNetwork, supply: Supply) -> Decimal:
    """Return the least float of the phases that wait for the delivery, never below none.

    `network` is the one without material: a late delivery eats up the float there is without it.
    """
    schedule = network.schedule()
    floats = []
    for phase_id in network.supplies.waiting_for(supply) if schedule is not None else ():
        line = network.lines.get(phase_id)
        if line is not None and line.planned and not line.known.has_started:
            minutes = schedule.phases[phase_id].total_float_min if schedule is not None else 0
            floats.append(days_of(minutes, network.calendar_of(line)))
    return max(NOTHING, min(floats, default=NOTHING))


def impact_of(network: ProjectNetwork, supply: Supply, until: Minute) -> Decimal:
    """Return the working days that the promise moves by if the delivery comes at a minute."""
    late = late_days(network, supply.need_by, until)
    return max(NOTHING, late - spare_days(network, supply)) if late > 0 else NOTHING


def names_waiting(network: ProjectNetwork, supply: Supply) -> str:
    """Return the names of the phases that wait, `we` where none is named."""
    lines = (network.lines.get(each) for each in network.supplies.waiting_for(supply))
    return ", ".join(line.name for line in lines if line is not None) or "we"


def first_need(network: ProjectNetwork, supply: Supply) -> tuple[PhaseLine, Minute] | None:
    """Return the phase that needs a delivery first and has not started, and when it does."""
    schedule = network.schedule()
    if schedule is None:
        return None
    found = []
    for phase_id in network.supplies.waiting_for(supply):
        line = network.lines.get(phase_id)
        if line is None or line.known.has_started or phase_id not in schedule.phases:
            continue
        offset_min = network.supplies.offset_min(phase_id, supply)
        axis = network.calendar_of(line).axis
        found.append((axis.subtract(schedule.phases[phase_id].start, offset_min), phase_id))
    if not found:
        return None
    needed, phase_id = min(found)
    return network.lines[phase_id], needed
