"""C1: find resources of which more is asked for than there is."""

from decimal import Decimal
from typing import Any, Final

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of
from domain.network.demand import ResourceLoad
from domain.network.project_network import ProjectNetwork
from domain.planning.load import Overload, overloads, stretches
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, severity_of
from domain.rules.load import LoadState, most_spare_days
from domain.rules.parameters import Parameter
from domain.rules.telling import Condition, Conditions, listed
from domain.rules.watched import Watched

NAME: Final[str] = "over_capacity"
VERSION: Final[int] = 1

_MILLI: Final = Decimal(1_000)
_REMEDIES: Final = (
    "use another resource that can do it",
    "authorise overtime",
    "re-sequence: takt level proposes dates",
)


class OverCapacity:
    """DOMAIN C1: the phases ask more of a resource than there is, to the minute.

    What is asked and what there is are those of `takt load`: from the data date on, in working
    time, overtime and outages counted. One finding for each resource; a resource whose capacity
    nobody stated is never over it.

    The phase with the most float gives way: the impact is the working days of overload less that
    float. It is told again when the minutes of overload, or the impact, have
    changed by a working day of the project's calendar, and cleared when there is none: what does
    not fit by a minute does not fit.
    """

    name = NAME
    version = VERSION
    code = "C1"
    title = "More is asked of a resource than there is of it."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

    def initial(self) -> LoadState:
        """Return a project that nothing has happened to."""
        return LoadState(Conditions(NAME, VERSION))

    def fold(
        self, state: LoadState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the findings it brings about, changes or ends."""
        if not state.is_due(recorded, project, more=more):
            return ()
        network, told = project.network, list[Found]()
        gone = set(state.conditions.told)
        for load in project.loads():
            subjects = (stream_of("resource", network.project_id, load.resource.id),)
            over = _overloads(load)
            if over:
                gone.discard(subjects)
                now = _condition(network, load, over)
                told += state.conditions.tell(subjects, now, recorded.position, "")
        for known in sorted(gone):
            because = "No more is asked for than there is"
            told += state.conditions.tell(known, None, recorded.position, because)
        return tuple(told)


def _overloads(load: ResourceLoad) -> list[Overload]:
    if load.capacity is None or not load.demands:
        return []
    return overloads(stretches(load.demands, load.capacity))


def _condition(network: ProjectNetwork, load: ResourceLoad, over: list[Overload]) -> Condition:
    calendar = network.calendar
    days = days_of(sum(each.overload_min for each in over), calendar)
    phases = sorted({phase_id for each in over for phase_id in each.by})
    impact = max(NOTHING, days - most_spare_days(network, phases))
    first = instant_of(over[0].start).astimezone(network.zone).date()
    peak = max(each.peak_milli for each in over) / _MILLI
    typed = [network.lines[each].typed.get("duration") for each in phases if each in network.lines]
    return Condition(
        kind="resource",
        severity=severity_of(impact),
        impact_days=impact,
        summary=(
            f"{load.resource.name} is asked for more than there is on {days} working days from "
            f"{first} on, up to {peak} of it: "
            f"{listed([network.name_of(each) for each in phases])}"
        ),
        evidence=[each.position for each in typed[:5] if each is not None],
        measure=days,
        act_by=first,
        remedies=_REMEDIES,
    )
