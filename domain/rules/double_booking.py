"""C2: find a single person or machine that was allocated twice for the same time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.network.capacity import ResourceLine
from domain.network.project_network import ProjectNetwork
from domain.planning.load import Demand, Overload, joined, only_in, overloads, stretches
from domain.projects.events import DataDateAdvanced
from domain.resources.events import EVENTS as RESOURCE_EVENTS
from domain.resources.events import AllocationChanged, AllocationMade
from domain.resources.facts import ALWAYS
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, severity_of
from domain.rules.load import most_spare_days
from domain.rules.parameters import Parameter
from domain.rules.telling import Condition, Conditions, listed
from domain.rules.watched import Watched

NAME: Final[str] = "double_booking"
VERSION: Final[int] = 1

ONE: Final = 1_000
"""One person or machine, in thousandths."""
_REMEDIES: Final = (
    "allocate somebody or something else",
    "move one of the allocations",
)


@dataclass(slots=True)
class BookingState:
    """Who said what a resource is allocated to, and what was told of it."""

    positions: dict[tuple[str, str], int] = field(default_factory=dict)
    """The position of the last word on an allocation, by resource and id."""
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))


class DoubleBooking:
    """DOMAIN C2: one person or machine is allocated to several phases at the same time.

    A single one is a resource of which there is never more than one. Its allocations are held
    against it in the working time of its calendar, from the data date on, whether or not it is out;
    shares that fit into one together are none. Where somebody accepted the overbooking the finding
    stays, and weighs little. Only allocations of the same project are seen: a resource belongs to
    one, and another project registers it under a name of its own.

    The impact is the time of double booking less the most float of a phase in it: that one gives
    way. It is judged at events of the resource, told again when the days have changed by one,
    and cleared when no allocations overlap any more.
    """

    name = NAME
    version = VERSION
    code = "C2"
    title = "One person or machine is allocated twice for the same time."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(*RESOURCE_EVENTS, DataDateAdvanced)

    def initial(self) -> BookingState:
        """Return a project that nothing has happened to."""
        return BookingState()

    def fold(
        self, state: BookingState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        del more
        if not project.changed:
            return ()
        network, event = project.network, recorded.event
        told: list[Found] = []
        if isinstance(event, AllocationMade | AllocationChanged):
            state.positions[recorded.subject_id, event.allocation_id] = recorded.position
        if subject_of(recorded.stream).category == "resource":
            told += _judged(state, network, recorded.subject_id, recorded.position)
        elif isinstance(event, DataDateAdvanced):
            for (stream,) in sorted(state.conditions.told):
                told += _judged(state, network, subject_of(stream).ids[-1], recorded.position)
        return tuple(told)


def _judged(
    state: BookingState, network: ProjectNetwork, resource_id: str, position: int
) -> Iterator[Found]:
    subjects = (stream_of("resource", network.project_id, resource_id),)
    resource = network.resources.get(resource_id)
    now = None
    if resource is not None and resource.allocations and _is_single(resource):
        demands = list(_demands(network, resource))
        worked = joined((each.start, each.finish) for each in demands)
        there = only_in(worked, ((ALWAYS, ONE),), ALWAYS)
        over = [each for each in overloads(stretches(demands, there)) if len(each.by) > 1]
        now = _condition(state, network, resource, over) if over else None
    yield from state.conditions.tell(subjects, now, position, "No allocations overlap any more")


def _is_single(resource: ResourceLine) -> bool:
    return bool(resource.capacities) and max(resource.capacities.values()) <= ONE


def _demands(network: ProjectNetwork, resource: ResourceLine) -> Iterator[Demand]:
    own, calendar = resource.calendar_id, network.calendar
    if own is not None and network.calendars.known(own):
        calendar = network.calendars.all()[own]
    for each in resource.allocations.values():
        line = network.lines.get(each.phase_id)
        if each.released or (line is not None and line.known.has_ended):
            continue
        begin, end = minute_of(each.since), minute_of(each.until)
        if network.data_date is not None:
            begin = max(begin, minute_of(network.data_date))
        if begin < end:
            for window in calendar.axis.windows(begin, end):
                yield Demand(*window, each.milli_units, each.id)


def _condition(
    state: BookingState, network: ProjectNetwork, resource: ResourceLine, over: list[Overload]
) -> Condition:
    held = {each for one in over for each in one.by}
    allocations = [resource.allocations[each] for each in sorted(held)]
    days = days_of(sum(each.overload_min for each in over), network.calendar)
    phases = sorted({each.phase_id for each in allocations})
    impact = max(NOTHING, days - most_spare_days(network, phases))
    accepted = any(each.overbooking_accepted_by for each in allocations)
    first = instant_of(over[0].start).astimezone(network.zone).date()
    return Condition(
        kind="resource",
        severity="low" if accepted else severity_of(impact),
        impact_days=impact,
        summary=(
            f"{resource.name} is allocated twice for {days} working days from {first} on: "
            f"{listed([network.name_of(each) for each in phases])}"
        ),
        evidence=[
            state.positions[resource.id, each]
            for each in sorted(held)
            if (resource.id, each) in state.positions
        ],
        measure=days,
        act_by=first,
        remedies=_REMEDIES,
    )
