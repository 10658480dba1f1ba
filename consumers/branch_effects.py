"""Compute what the requests of a branch would do to its project, and which phases moved since."""

from collections.abc import Collection, Sequence
from typing import Final

from domain.comparison.differences import Comparison, compare
from domain.comparison.placed import Placed, moved, placed
from domain.kernel.messages import Recorded
from domain.kernel.refusals import InvalidTransition
from domain.log.port import EventReader, Proposed
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.references.shared import unwrapped
from domain.rules.impact import working_days
from domain.special_requests.decisions import Effect
from projections.replay import history

NO_SCHEDULE: Final = "there is no schedule"


def effect_of(
    reader: EventReader, project_id: str, position: int, proposed: Sequence[Proposed]
) -> Effect:
    """Return what events decided on a position would do; raises InvalidTransition.

    The days are working days of the project's calendar from the finish before to the one after.
    """
    before, after = ProjectNetwork(project_id), ProjectNetwork(project_id)
    for recorded in map(unwrapped, history(reader, project_id, position)):
        fold(before, recorded)
        fold(after, recorded)
    for place, each in enumerate(proposed, position + 1):
        # No stream is as long as the log, so the place comes after every version there is.
        fold(after, Recorded(each.event, each.envelope, each.stream, place, place))
    one, other = before.schedule(), after.schedule()
    if one is None or other is None:
        problem = before.problem or after.problem
        msg = f"nobody can say: {NO_SCHEDULE if problem is None else problem.text}"
        raise InvalidTransition(msg)
    return Effect(
        days=working_days(before.calendar, one.finish, other.finish),
        effort_min=_effort_min(after) - _effort_min(before),
        phases=_affected(compare(before, after), after),
        base_position=position,
    )


def moved_since(
    reader: EventReader, project_id: str, phases: Collection[str], position: int
) -> tuple[str, ...]:
    """Return those of some phases that are scheduled otherwise now than they were at a position."""
    if not phases:
        return ()
    network = ProjectNetwork(project_id)
    then: Placed | None = None
    for recorded in map(unwrapped, history(reader, project_id, reader.head())):
        if then is None and recorded.position > position:
            then = placed(network, phases)
        fold(network, recorded)
    return () if then is None else moved(then, placed(network, phases))


def _effort_min(network: ProjectNetwork) -> int:
    return sum(line.duration_min for line in network.working_lines())


def _affected(found: Comparison, after: ProjectNetwork) -> tuple[str, ...]:
    links = (*found.links_added, *(edit.id for edit in found.links_changed))
    return tuple(
        sorted(
            {
                *found.added,
                *found.removed,
                *(move.phase_id for move in found.moved),
                *(edit.id for edit in found.edited),
                *(after.links[each].link.succ for each in links),
            }
        )
    )
