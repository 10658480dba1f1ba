"""V4: find phases that are about to start without an approved estimate."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from domain.costing.thresholds import unestimated
from domain.estimates.events import EstimateApproved, EstimateSubmitted
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of
from domain.rules.finding import Cleared, Finding, Found
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "estimate_missing"
VERSION: Final[int] = 1

DAYS: Final = Parameter(
    "days", 10, "days", "A phase that starts within so many days wants an approved estimate."
)
LOOK_AGAIN: Final = timedelta(days=1)
MARGIN_DAYS: Final = 1


@dataclass(slots=True)
class EstimatesState:
    """Whether the project estimates at all, when it is looked at next, what was found."""

    estimates: bool = False
    look_at: datetime | None = None
    found: dict[str, Finding] = field(default_factory=dict)


class EstimateMissing:
    """DOMAIN V4: no approved estimate, and the phase starts within so many days by the schedule.

    Phases are looked at once a day, and when an estimate is approved; milestones cost nothing. A
    project in which nobody ever submitted an estimate does not estimate, and is asked for none. It
    is cleared when the estimate is approved, the phase has started or is planned no more, or its
    start has moved a day beyond those days.
    """

    name = NAME
    version = VERSION
    code = "V4"
    title = "A phase is about to start, and no estimate of it is approved."
    parameters: tuple[Parameter, ...] = (DAYS,)
    weighs_impact = False
    at_once = False  # A project is estimated phase by phase: most of what lacks is there at once.

    def initial(self) -> EstimatesState:
        """Return a project that estimates nothing."""
        return EstimatesState()

    def fold(
        self,
        state: EstimatesState,
        recorded: Recorded[Any],
        project: Watched,
        *,
        more: bool = False,
    ) -> tuple[Found, ...]:
        """Take one event in, or a tick; return the findings it brings about or ends."""
        moment = project.moment_of(recorded)
        match recorded.event:
            case EstimateSubmitted() if not state.estimates:
                state.estimates, state.look_at = True, moment
            case EstimateApproved():
                state.look_at = moment
            case _:
                pass
        if more or state.look_at is None or moment < state.look_at:
            return ()
        state.look_at = moment + LOOK_AGAIN
        return _judged(state, recorded, project, moment)

    def due(self, state: EstimatesState, project: Watched) -> datetime | None:
        """Return when the phases are looked at again."""
        del project
        return state.look_at


def _judged(
    state: EstimatesState, recorded: Recorded[Any], project: Watched, moment: datetime
) -> tuple[Found, ...]:
    network, book = project.network, project.costs.book
    days = project.number(NAME, DAYS)
    near = unestimated(network, book, moment, days)
    still = set(unestimated(network, book, moment, days + MARGIN_DAYS)) if state.found else set()
    told: list[Found] = []
    for phase_id in [each for each in state.found if each not in still]:
        before = state.found.pop(phase_id)
        told.append(Cleared(NAME, before.subjects, "It is estimated, begun, or not about to start"))
    schedule = network.schedule()
    for phase_id in near:
        if phase_id in state.found or schedule is None:
            continue
        start = instant_of(schedule.phases[phase_id].start).astimezone(network.zone).date()
        found = state.found[phase_id] = Finding(
            rule=NAME,
            rule_version=VERSION,
            kind="cost",
            subjects=(stream_of("estimate", network.project_id, phase_id),),
            severity="medium",
            impact_days=NOTHING,
            summary=f"“{network.name_of(phase_id)}” starts on {start} without an approved estimate",
            evidence=(recorded.position,),
            first_position=recorded.position,
            act_by=start,
            remedies=("Approve an estimate of it",),
        )
        told.append(found)
    return tuple(told)
