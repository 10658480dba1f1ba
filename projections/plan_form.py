"""Write a project's plan in the neutral form `takt.plan/1`, as it can be imported elsewhere.

What the form has no place for is said in its notes, so nobody takes it for the whole.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.work_axis import Windows
from domain.network.calendars import ASSUMED
from domain.network.capacity import ResourceLine
from domain.network.phase_line import PhaseLine
from domain.network.project_network import LinkLine, ProjectNetwork
from domain.planning.network import ScheduledPhase
from projections.moments import Moments

FORMAT: Final = "takt.plan/1"
_STANDARD: Final = "standard"
_KINDS: Final = {"material": "material", "other": "cost"}
"""What is no labour, machine or crew, which are `work`."""


def plan_document(project: ProjectNetwork) -> dict[str, Any]:
    """Return a plan with its actuals, and the dates computed for it as `stored`.

    Instants are RFC 3339 in the project's zone, durations working minutes.
    """
    moments = Moments(project.zone)
    calendars = {
        _calendar_id(each, project): calendar
        for each, calendar in project.calendars.all().items()
        if each != ASSUMED or project.calendar_is_assumed
    }
    resources = {line.id: line for line in project.resources.lines()}
    schedule = project.schedule()
    lines = project.planned
    return {
        "format": FORMAT,
        "project": _head(project, moments),
        "calendars": [_calendar(each, known) for each, known in sorted(calendars.items())],
        "resources": [_resource(line, calendars) for line in resources.values()],
        "phases": [_phase(line, project, resources, moments) for line in lines],
        "links": [_link(link) for line in lines for link in project.links_into(line.id)],
        "stored": {}
        if schedule is None
        else {line.id: _dates(schedule.phases[line.id], moments) for line in lines},
        "notes": list(_notes(project, resources)),
    }


def _calendar_id(calendar_id: str, project: ProjectNetwork) -> str:
    return calendar_id or _assumed_id(project)


def _assumed_id(project: ProjectNetwork) -> str:
    """Return an id for the calendar that is assumed: the one the project names, if it does."""
    return project.calendar_id or _STANDARD


def _head(project: ProjectNetwork, moments: Moments) -> dict[str, Any]:
    promise = project.promise
    found: dict[str, Any] = {
        "id": project.project_id,
        "name": project.name,
        "start": moments.of_optional(project.start),
        "zone": project.zone.key,
        "calendar": _assumed_id(project),
        "dialect": project.policy.dialect,
    }
    if project.customer_id is not None:
        found["customer"] = project.customer_id
    if promise is not None:
        found["promise"] = promise.day.isoformat()
    if project.data_date is not None:
        found["data_date"] = moments.of(project.data_date)
    return found


def _calendar(calendar_id: str, calendar: WorkingCalendar) -> dict[str, Any]:
    return {
        "id": calendar_id,
        "zone": calendar.zone,
        "weekly": [
            {"day": day, "windows": _windows(windows)}
            for day, windows in enumerate(calendar.weekly, 1)
        ],
        "exceptions": [
            {"date": day.isoformat(), "windows": _windows(windows)}
            for day, windows in calendar.exceptions
        ],
    }


def _windows(windows: Windows) -> list[list[str]]:
    return [[f"{minute // 60:02}:{minute % 60:02}" for minute in window] for window in windows]


def _resource(line: ResourceLine, calendars: Mapping[str, WorkingCalendar]) -> dict[str, Any]:
    steps = line.capacities
    found: dict[str, Any] = {
        "id": line.id,
        "name": line.name,
        "capacity_milli": steps[max(steps)] if steps else 0,
        "kind": _KINDS.get(line.resource_class, "work"),
    }
    if line.department:
        found["department"] = line.department
    if line.calendar_id in calendars:
        found["calendar"] = line.calendar_id
    return found


def _phase(
    line: PhaseLine,
    project: ProjectNetwork,
    resources: Mapping[str, ResourceLine],
    moments: Moments,
) -> dict[str, Any]:
    known, constraint = line.known, line.constraint
    found: dict[str, Any] = {
        "id": line.id,
        "wbs": line.wbs,
        "name": line.name,
        "kind": line.kind,
        "department": line.department,
        "duration_min": line.duration_min,
    }
    if line.calendar_id is not None and project.calendars.known(line.calendar_id):
        found["calendar"] = line.calendar_id
    if line.parent is not None:
        found["parent"] = line.parent
    if constraint is not None:
        found["constraint"] = {"kind": constraint.kind}
        if constraint.at is not None:
            found["constraint"]["at"] = moments.at(constraint.at)
    needs = list(_needs(line, resources))
    if needs:
        found["requires"] = needs
    for name, at in (
        ("deadline", line.deadline),
        ("actual_start", known.started_at),
        ("actual_finish", known.ended_at),
    ):
        if at is not None:
            found[name] = moments.of(at)
    if known.started_at is not None and not known.has_ended:
        found["remaining_min"] = line.remaining_min
    if known.physical_bp is not None:
        found["physical_bp"] = known.physical_bp
    return found


def _needs(line: PhaseLine, resources: Mapping[str, ResourceLine]) -> Iterator[dict[str, Any]]:
    efforts = {each.resource_id: each.effort_min for each in line.manpower}
    for resource_id, milli in line.requirements:
        if resource_id in resources:
            effort = efforts.get(resource_id)
            told = {} if effort is None else {"effort_min": effort}
            yield {"resource": resource_id, "milli": milli, **told}


def _link(line: LinkLine) -> dict[str, Any]:
    link = line.link
    found: dict[str, Any] = {"pred": link.pred, "succ": link.succ, "type": link.type}
    if link.lag:
        found["lag"] = {"value": link.lag, "unit": link.unit}
        if link.calendar is not None:
            found["lag"]["calendar"] = link.calendar
    return found


def _dates(row: ScheduledPhase, moments: Moments) -> dict[str, Any]:
    names = ("start", "finish", "early_start", "early_finish", "late_start", "late_finish")
    return {
        **{name: moments.at(getattr(row, name)) for name in names},
        "total_slack_min": row.total_float_min,
        "free_slack_min": row.free_float_min,
        "critical": row.critical,
    }


def _notes(project: ProjectNetwork, resources: Mapping[str, ResourceLine]) -> Iterator[str]:
    """Yield what a plan in this form leaves out."""
    if project.waits_for_material:
        yield "goods that phases wait for are no part of it, so dates they hold back move forward"
    for resource in resources.values():
        if len(resource.capacities) > 1 or resource.facts or resource.overtime:
            yield f"resource {resource.id}: outages, overtime, earlier capacity are left out"
    for line in project.planned:
        unknown = [each for each, _ in line.requirements if each not in resources]
        if unknown:
            yield f"phase {line.id} needs what is no resource: {', '.join(unknown)}"
        if any(each.skill for each in line.manpower):
            yield f"phase {line.id}: the skills it needs are left out"
    for link in project.links.values():
        if link.strength != "hard":
            yield f"link {link.link.id} is preferential, and a link like any other there"
