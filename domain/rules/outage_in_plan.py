"""C3: find outages of resources that phases are planned on."""

from collections.abc import Mapping
from typing import Any, Final

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.network.demand import ResourceLoad
from domain.network.project_network import ProjectNetwork
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, severity_of
from domain.rules.load import LoadState, most_spare_days
from domain.rules.parameters import Parameter
from domain.rules.telling import Condition, Conditions, listed
from domain.rules.watched import Watched

NAME: Final[str] = "outage_in_plan"
VERSION: Final[int] = 1

_REMEDIES: Final = (
    "use another resource that can do it",
    "have it back sooner",
    "re-sequence: takt level proposes dates",
    "make up for it by overtime",
)


class OutageInPlan:
    """DOMAIN C3: a resource is out while a phase requires it or has it allocated.

    Counted are the minutes of each phase's working time in which the resource is out, from the data
    date on; an outage without a known end lasts as long as anybody asks for the resource. One
    finding for each resource that names its phases. The impact is the most that one phase loses, in
    working days of its calendar, less its total float.

    It is told again when the days lost by all phases together, or the impact, have changed by a
    working day, and cleared when nothing is planned on the resource while it is out.
    """

    name = NAME
    version = VERSION
    code = "C3"
    title = "A resource is out while work is planned on it."
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
        is_out = any(each.outages for each in network.resources.lines())
        for load in project.loads() if is_out else ():
            lost, first = _lost(load)
            if first is not None:
                subjects = (stream_of("resource", network.project_id, load.resource.id),)
                gone.discard(subjects)
                now = _condition(network, load, lost, first)
                told += state.conditions.tell(subjects, now, recorded.position, "")
        for known in sorted(gone):
            because = "Nothing is planned on it while it is out"
            told += state.conditions.tell(known, None, recorded.position, because)
        return tuple(told)


def _lost(load: ResourceLoad) -> tuple[Mapping[str, int], Minute | None]:
    """Return the minutes that each phase loses, and when the first of them is."""
    lost: dict[str, int] = {}
    first: Minute | None = None
    for outage in load.resource.outages:
        since = minute_of(outage.since)
        until = None if outage.until is None else minute_of(outage.until)
        for demand in load.demands:
            begin = max(demand.start, since)
            end = demand.finish if until is None else min(demand.finish, until)
            if begin < end:
                lost[demand.by] = lost.get(demand.by, 0) + end - begin
                first = begin if first is None else min(first, begin)
    return lost, first


def _condition(
    network: ProjectNetwork, load: ResourceLoad, lost: Mapping[str, int], first: Minute
) -> Condition:
    days = {
        phase_id: days_of(minutes, _calendar(network, phase_id))
        for phase_id, minutes in lost.items()
    }
    impact = max(max(NOTHING, days[each] - most_spare_days(network, [each])) for each in days)
    most = sorted(days, key=lambda each: (-days[each], each))
    day = instant_of(first).astimezone(network.zone).date()
    return Condition(
        kind="resource",
        severity=severity_of(impact),
        impact_days=impact,
        summary=(
            f"{load.resource.name} is out from {day} on while work is planned on it, "
            f"{network.name_of(most[0])} loses {days[most[0]]} working days: "
            f"{listed([network.name_of(each) for each in most])}"
        ),
        evidence=[each.position for each in load.resource.facts],
        measure=sum(days.values(), NOTHING),
        act_by=day,
        remedies=_REMEDIES,
    )


def _calendar(network: ProjectNetwork, phase_id: str) -> WorkingCalendar:
    line = network.lines.get(phase_id)
    return network.calendar if line is None else network.calendar_of(line)
