"""Say what a project's phases ask of each resource over time, and how much of it there is then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.minutes import DAY_MIN, minute_of
from domain.network.capacity import ResourceLine
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.planning.load import Demand, Interval, Steps, joined, larger, only_in
from domain.planning.network import Schedule
from domain.resources.facts import ALWAYS

SPAN_DAYS_MAX: Final = 3_660
"""So far is looked ahead; work beyond ten years is planned by nobody's capacity."""


@dataclass(frozen=True, slots=True)
class ResourceLoad:
    """What is asked of one resource, each demand by the phase's id, and what there is of it.

    ``capacity`` is None where nobody said how much there is, and of what is used up, not held.
    """

    resource: ResourceLine
    demands: tuple[Demand, ...]
    capacity: Steps | None


@dataclass(slots=True)
class _Needs:
    """What one phase asks of one resource: as the plan says, and as it was allocated."""

    required: list[Demand] = field(default_factory=list)
    allocated: list[Demand] = field(default_factory=list)

    def told(self, phase_id: str) -> Sequence[Demand]:
        """Return what is needed at each instant: most phases have no allocation."""
        return larger(self.required, self.allocated, phase_id) if self.allocated else self.required


def span_of(project: ProjectNetwork, schedule: Schedule) -> Interval:
    """Return the time in which load can still be met: from the data date to the last need or day.

    That is the finish, the promise or the end of the last allocation, whichever is latest.
    """
    begin = schedule.finish if project.start is None else minute_of(project.start)
    if project.data_date is not None:
        begin = max(begin, minute_of(project.data_date))
    promise = project.promise_end
    ends = [schedule.finish, begin + DAY_MIN]
    ends += [] if promise is None else [minute_of(promise)]
    ends += [
        minute_of(each.until)
        for line in project.resources.lines()
        for each in line.allocations.values()
        if not each.released
    ]
    return begin, min(max(ends), begin + SPAN_DAYS_MAX * DAY_MIN)


def loads(project: ProjectNetwork, schedule: Schedule, span: Interval) -> list[ResourceLoad]:
    """Return the load of every resource in a span, by its id.

    A phase needs what it requires from its scheduled start to its finish, and what is allocated to
    it while that lasts; at each instant the larger of both, and only in the working time of its
    calendar. What has ended needs nothing.
    """
    needs = _needs(project, schedule, span)
    known = {line.id: line for line in project.resources.lines()}
    found: list[ResourceLoad] = []
    for resource_id in sorted({*known, *needs}):
        line = known.get(resource_id) or ResourceLine(resource_id)
        by_phase = needs.get(resource_id, {})
        demands = tuple(
            demand for phase_id, both in sorted(by_phase.items()) for demand in both.told(phase_id)
        )
        phases = [project.lines[each] for each in by_phase if each in project.lines]
        found.append(ResourceLoad(line, demands, _capacity(project, line, phases, span)))
    return found


def _needs(
    project: ProjectNetwork, schedule: Schedule, span: Interval
) -> Mapping[str, Mapping[str, _Needs]]:
    needs: dict[str, dict[str, _Needs]] = {}

    def of(resource_id: str, phase_id: str) -> _Needs:
        return needs.setdefault(resource_id, {}).setdefault(phase_id, _Needs())

    for line in project.working_lines():
        row = schedule.phases.get(line.id)
        if row is None or not line.requirements or line.known.has_ended:
            continue
        worked = _worked(project.calendar_of(line), (row.start, row.finish), span)
        for resource_id, milli in line.requirements:
            of(resource_id, line.id).required += [Demand(*each, milli, line.id) for each in worked]
    for resource in project.resources.lines():
        for held in resource.allocations.values():
            line_of = project.lines.get(held.phase_id)
            if held.released or (line_of is not None and line_of.known.has_ended):
                continue
            calendar = project.calendar if line_of is None else project.calendar_of(line_of)
            worked = _worked(calendar, (minute_of(held.since), minute_of(held.until)), span)
            of(resource.id, held.phase_id).allocated += [
                Demand(*each, held.milli_units, held.phase_id) for each in worked
            ]
    return needs


def _worked(calendar: WorkingCalendar, wanted: Interval, span: Interval) -> list[Interval]:
    return calendar.axis.windows(max(wanted[0], span[0]), min(wanted[1], span[1]))


def _capacity(
    project: ProjectNetwork, line: ResourceLine, phases: Iterable[PhaseLine], span: Interval
) -> Steps | None:
    """Return how much is there: in its calendar's working time and in overtime, less outages.

    Without a calendar of its own a resource works when the project does, and whenever a phase does
    that asks for it.
    """
    steps = line.steps()
    if line.is_consumed or not steps:
        return None
    if line.calendar_id is not None and project.calendars.known(line.calendar_id):
        own = project.calendars.all()[line.calendar_id]
        calendars = [own]
    else:
        own = project.calendar
        # Equal calendars are one object, and cheaper told apart by it.
        calendars = list(
            {id(each): each for each in (own, *map(project.calendar_of, phases))}.values()
        )
    worked = [window for each in calendars for window in each.axis.windows(*span)]
    worked += [
        (max(begin, span[0]), min(end, span[1]))
        for begin, end in overtime(own, line.overtime)
        if begin < span[1] and span[0] < end
    ]
    return only_in(joined(worked), steps, ALWAYS)


def overtime(calendar: WorkingCalendar, minutes: Mapping[date, int]) -> list[Interval]:
    """Return when overtime is worked: after the last window of its date.

    On a date without work it begins when the earliest window of the week does.
    """
    found: list[Interval] = []
    zone = ZoneInfo(calendar.zone)
    earliest = min(windows[0][0] for windows in calendar.weekly if windows)
    for day, length in sorted(minutes.items()):
        if length:
            midnight, next_one = (
                minute_of(datetime.combine(each, time(), zone))
                for each in (day, day + timedelta(1))
            )
            worked = calendar.axis.windows(midnight, next_one)
            begin = worked[-1][1] if worked else midnight + earliest
            found.append((begin, begin + length))
    return found
