"""Say what a plan's decisions need to know of other streams, and which those are."""

from dataclasses import dataclass

from domain.kernel.ids import stream_of
from domain.plans.commands import (
    AdjustCompletionDate,
    PlanCommand,
    PlanPhase,
    RemovePhase,
    Require,
    ReviseDuration,
    RevisePhase,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The project, and those calendars, resources and phases that the request names.

    `calendars` and `resources` are the named ids that are known, `started` the named phases whose
    work has begun (also those that ended since).
    """

    project_exists: bool
    project_closed: bool
    calendars: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    started: frozenset[str] = frozenset()


def reads(command: PlanCommand) -> tuple[str, ...]:
    """Return the streams beside the plan's own that decide the request."""
    project = stream_of("project", command.project_id)
    match command:
        case PlanPhase(calendar_id=str(named)) | RevisePhase(calendar_id=str(named)):
            return project, *_own_or_shared("calendar", command.project_id, named)
        case Require(resource_id=named):
            return project, *_own_or_shared("resource", command.project_id, named)
        case (
            ReviseDuration(phase_id=named)
            | RemovePhase(phase_id=named)
            | AdjustCompletionDate(phase_id=named, means="duration")
        ):
            return project, stream_of("phase", command.project_id, named)
        case _:
            return (project,)


def _own_or_shared(category: str, project_id: str, named: str) -> tuple[str, str]:
    """Return the project's own subject of this id, and the one that projects share."""
    return stream_of(category, project_id, named), stream_of(category, named)
