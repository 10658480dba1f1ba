"""Check a plan as a whole: its form, its ids, and everything it refers to."""

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from consumers.gateways.plan_form import (
    FORMAT,
    UTC_ZONE,
    PlanFile,
    PlanFileError,
)
from domain.kernel.work_axis import CalendarError, zone_info
from domain.planning.acyclic import find_cycle

PHASES_MAX: Final = 200_000
CYCLE_SHOWN_MAX: Final = 10

_TOO_LARGE: Final = frozenset({"less_than", "less_than_equal", "greater_than"})
_MINUTES: Final = frozenset({"duration_min", "remaining_min", "value"})


def plan_of(document: Mapping[str, Any]) -> PlanFile:
    """Check a plan's form and all it refers to; raises PlanFileError."""
    if document.get("format") != FORMAT:
        msg = f'the file does not say "format": "{FORMAT}"'
        raise PlanFileError(msg, "malformed", "/format")
    phases = document.get("phases")
    if isinstance(phases, list) and len(phases) > PHASES_MAX:
        msg = f"{len(phases)} phases are more than the {PHASES_MAX} one plan may have: split it"
        raise PlanFileError(msg, "plan_too_large", "/phases")
    try:
        plan = PlanFile.model_validate(document, context={"zone": _zone_of(document)})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise PlanFileError(_worded(first), "malformed", _pointer(first["loc"])) from None
    _check_ids(plan)
    _check_references(plan)
    _check_breakdown(plan)
    _check_links(plan)
    _check_calendars(plan)
    return plan


def _zone_of(document: Mapping[str, Any]) -> ZoneInfo:
    """Return the project's zone, which times need before the project is read."""
    project = document.get("project")
    name = project.get("zone", "UTC") if isinstance(project, dict) else "UTC"
    try:
        return zone_info(name) if isinstance(name, str) else UTC_ZONE
    except CalendarError as error:
        msg = f"{error}; write e.g. Europe/Berlin or UTC"
        raise PlanFileError(msg, "malformed", "/project/zone") from None


def _worded(error: ErrorDetails) -> str:
    """Say what is wrong; of minutes beyond the ten years there are, also what to do."""
    if error["type"] in _TOO_LARGE and error["loc"][-1] in _MINUTES:
        return (
            "a duration or a lag is at most ten years (5270400 min): give the phase that time in"
            " several phases, or check the unit (minutes)"
        )
    return error["msg"].removeprefix("Value error, ")


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in place)


def _check_ids(plan: PlanFile) -> None:
    for section, ids in (
        ("calendars", [row.id for row in plan.calendars]),
        ("resources", [row.id for row in plan.resources]),
        ("phases", [row.id for row in plan.phases]),
        ("assignments", [row.id for row in plan.assignments]),
    ):
        seen: dict[str, int] = {}
        for number, each in enumerate(ids):
            first = seen.setdefault(each, number)
            if first != number:
                msg = f"{each} is the id of {section} {first} already: give each its own"
                raise PlanFileError(msg, "duplicate_id", f"/{section}/{number}/id")


def _check_references(plan: PlanFile) -> None:
    calendars = {calendar.id for calendar in plan.calendars}
    resources = {resource.id for resource in plan.resources}
    phases = {phase.id for phase in plan.phases}
    _known(plan.project.calendar, calendars, "calendar", "/project/calendar")
    for number, resource in enumerate(plan.resources):
        _known(resource.calendar, calendars, "calendar", f"/resources/{number}/calendar")
    for number, phase in enumerate(plan.phases):
        place = f"/phases/{number}"
        _known(phase.calendar, calendars, "calendar", f"{place}/calendar")
        _known(phase.parent, phases, "phase", f"{place}/parent")
        for index, need in enumerate(phase.requires):
            _known(need.resource, resources, "resource", f"{place}/requires/{index}/resource")
    for number, link in enumerate(plan.links):
        _known(link.pred, phases, "phase", f"/links/{number}/pred")
        _known(link.succ, phases, "phase", f"/links/{number}/succ")
    for number, assignment in enumerate(plan.assignments):
        _known(assignment.phase, phases, "phase", f"/assignments/{number}/phase")
        _known(assignment.resource, resources, "resource", f"/assignments/{number}/resource")


def _known(each: str | None, among: set[str], what: str, pointer: str) -> None:
    if each is not None and each not in among:
        msg = f"the file has no {what} {each}: add it, or name another"
        raise PlanFileError(msg, "unknown_subject", pointer)


def _check_breakdown(plan: PlanFile) -> None:
    """Refuse phases that are, over any number of levels, a part of themselves."""
    place = {phase.id: number for number, phase in enumerate(plan.phases)}
    cycle = find_cycle({phase.id: phase.parent for phase in plan.phases}, ())
    if cycle is not None:
        msg = f"{_circle(cycle)}: take the parent of one of them away"
        raise PlanFileError(msg, "cycle", f"/phases/{place[cycle[0]]}/parent")


def _circle(ids: tuple[str, ...]) -> str:
    if len(ids) == 1:
        return f"{ids[0]} is a part of itself"
    shown = ", ".join(ids[:CYCLE_SHOWN_MAX])
    rest = f" and {len(ids) - CYCLE_SHOWN_MAX} more" if len(ids) > CYCLE_SHOWN_MAX else ""
    return f"each of {shown}{rest} is a part of the one before it, the first of the last"


def _check_links(plan: PlanFile) -> None:
    seen: set[tuple[str, str, str]] = set()
    for number, link in enumerate(plan.links):
        key = link.pred, link.succ, link.type
        if key in seen:
            msg = f"{link.pred} and {link.succ} are linked {link.type} twice: keep one of them"
            raise PlanFileError(msg, "duplicate_link", f"/links/{number}")
        seen.add(key)


def _check_calendars(plan: PlanFile) -> None:
    for number, calendar in enumerate(plan.calendars):
        try:
            calendar.working(plan.project.zone)
        except CalendarError as error:
            msg = f"calendar {calendar.id}: {error}"
            raise PlanFileError(msg, error.code, f"/calendars/{number}") from None
