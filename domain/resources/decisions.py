"""Decide on a resource: making it known, how much of it there is, what it is held for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.ids import stream_of
from domain.kernel.messages import Asked
from domain.kernel.minutes import instant_of, minute_of
from domain.kernel.refusals import (
    AlreadyExists,
    InvalidTransition,
    NotAuthorised,
    NotInPlan,
    OverCapacity,
    ProjectClosed,
    UnknownSubject,
)
from domain.planning.load import Demand, overloads, stretches
from domain.resources.commands import (
    COMMANDS,
    AllocationCommand,
    AuthoriseOvertime,
    ChangeAllocation,
    HeldFor,
    MakeAllocation,
    RegisterResource,
    ReleaseAllocation,
    ResourceCommand,
    SetCapacity,
)
from domain.resources.events import (
    EVENTS,
    AllocationChanged,
    AllocationMade,
    AllocationReleased,
    CapacitySet,
    OvertimeAuthorised,
    ResourceRegistered,
)
from domain.resources.facts import Allocation
from domain.resources.state import Resource, evolve


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a resource's decisions need to know; a resource may be there before its project.

    `calendar_known` tells whether the calendar that SetCapacity names exists, `in_plan` whether the
    phase is there that MakeAllocation names. `acting` are those who lead the resource's department
    on the day of the request, or act for it; None where the department has no supervisor.
    """

    project_closed: bool = False
    calendar_known: bool = True
    in_plan: bool = True
    acting: tuple[str, ...] | None = None


def reads(command: ResourceCommand) -> tuple[str, ...]:
    """Return the streams beside the resource's own that decide the request.

    An overbooking is also decided on the department that the resource belongs to.
    """
    if command.project_id is None:
        named = command.calendar_id if isinstance(command, SetCapacity) else None
        return () if named is None else (stream_of("calendar", named),)
    project = stream_of("project", command.project_id)
    match command:
        case SetCapacity(calendar_id=str(named)):
            own = stream_of("calendar", command.project_id, named)
            return project, own, stream_of("calendar", named)
        case MakeAllocation():
            return project, stream_of("plan", command.project_id)
        case _:
            return (project,)


def decide(
    command: ResourceCommand, resource: Resource, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a request on a resource, `()` for a repeat; raises Rejected.

    NotAuthorised where somebody accepts an overbooking who may not.
    """
    del asked
    require_reason(command)
    if others.project_closed:
        msg = f"project {command.project_id} is closed: its resources stay as they are"
        raise ProjectClosed(msg)
    if isinstance(command, RegisterResource):
        return _register(command, resource)
    if not resource.exists:
        msg = f"there is no resource {command.resource_id}: register it first"
        raise UnknownSubject(msg)
    return _DECISIONS[type(command)](command, resource, others)


def _register(command: RegisterResource, resource: Resource) -> Events:
    registered = ResourceRegistered(
        name=command.name,
        resource_class=command.resource_class,
        department_id=command.department_id,
    )
    if resource.registered is None:
        return (registered,)
    if resource.registered == registered:
        return ()
    msg = f"resource {command.resource_id} was registered before, otherwise: take another id"
    raise AlreadyExists(msg)


def _set_capacity(command: SetCapacity, resource: Resource, others: Surroundings) -> Events:
    if command.calendar_id is not None and not others.calendar_known:
        msg = f"there is no calendar {command.calendar_id}: define it first"
        raise UnknownSubject(msg)
    capacity = CapacitySet(
        milli_units=command.milli_units,
        calendar_id=command.calendar_id,
        valid_from=command.valid_from,
    )
    return () if capacity == resource.capacity else (capacity,)


def _authorise(command: AuthoriseOvertime, resource: Resource, others: Surroundings) -> Events:
    del others
    if resource.overtime.get(command.date, 0) == command.minutes:
        return ()
    return (OvertimeAuthorised(date=command.date, minutes=command.minutes),)


def _make(command: MakeAllocation, resource: Resource, others: Surroundings) -> Events:
    wanted = _wanted(command, command.phase_id)
    known = resource.allocations.get(command.allocation_id)
    if known == wanted:
        return ()
    if known is not None:
        msg = f"allocation {command.allocation_id} was made before, otherwise: take another id"
        raise AlreadyExists(msg)
    if not others.in_plan:
        msg = f"phase {command.phase_id} is not in the plan: allocate to a phase that is"
        raise NotInPlan(msg)
    _fits(wanted, resource, others)
    made = AllocationMade(
        allocation_id=wanted.id,
        phase_id=wanted.phase_id,
        since=wanted.since,
        until=wanted.until,
        milli_units=wanted.milli_units,
        overbooking_accepted_by=wanted.overbooking_accepted_by,
    )
    return (made,)


def _change(command: ChangeAllocation, resource: Resource, others: Surroundings) -> Events:
    known = _held(command, resource)
    wanted = _wanted(command, known.phase_id)
    if known == wanted:
        return ()
    _fits(wanted, resource, others)
    changed = AllocationChanged(
        allocation_id=wanted.id,
        since=wanted.since,
        until=wanted.until,
        milli_units=wanted.milli_units,
        overbooking_accepted_by=wanted.overbooking_accepted_by,
    )
    return (changed,)


def _release(command: ReleaseAllocation, resource: Resource, others: Surroundings) -> Events:
    del others
    known = resource.allocations.get(command.allocation_id)
    if known is not None and known.released:
        return ()
    return (AllocationReleased(allocation_id=_held(command, resource).id),)


def _held(command: AllocationCommand, resource: Resource) -> Allocation:
    known = resource.allocations.get(command.allocation_id)
    if known is None:
        msg = f"resource {command.resource_id} has no allocation {command.allocation_id}"
        raise UnknownSubject(msg)
    if known.released:
        msg = f"allocation {command.allocation_id} was released: make another one"
        raise InvalidTransition(msg)
    return known


def _wanted(command: HeldFor, phase_id: str) -> Allocation:
    return Allocation(
        command.allocation_id,
        phase_id,
        command.since,
        command.until,
        command.milli_units,
        command.overbooking_accepted_by,
    )


def _fits(wanted: Allocation, resource: Resource, others: Surroundings) -> None:
    """Refuse what is more than there is, unless somebody who may accepts it.

    Nothing is refused where nobody said how much there is, nor of what is used up instead of held.
    """
    registered, accepted_by = resource.registered, wanted.overbooking_accepted_by
    if accepted_by is not None:
        if others.acting is not None and accepted_by not in others.acting:
            msg = f"{accepted_by} cannot accept an overbooking: ask {' or '.join(others.acting)}"
            raise NotAuthorised(msg)
        return
    steps = resource.steps
    if registered is None or registered.resource_class == "material" or not steps:
        return
    begin, end = minute_of(wanted.since), minute_of(wanted.until)
    beside = [
        Demand(max(minute_of(each.since), begin), min(minute_of(each.until), end),
               each.milli_units, each.phase_id)
        for each in resource.allocations.values()
        if each.id != wanted.id and not each.released
    ]  # fmt: skip
    demands = [*beside, Demand(begin, end, wanted.milli_units, wanted.phase_id)]
    over = overloads(stretches(demands, steps))
    if over:
        first = over[0]
        msg = (
            f"{_units(first.peak_milli)} of {registered.name} would be allocated between"
            f" {instant_of(first.start):%Y-%m-%dT%H:%MZ} and"
            f" {instant_of(first.finish):%Y-%m-%dT%H:%MZ}, {_units(first.excess_milli)} more than"
            f" there is: allocate less or at another time, or name who accepts the overbooking"
        )
        raise OverCapacity(msg)


def _units(milli: int) -> str:
    return str(Decimal(milli) / 1000)


# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Resource, Surroundings], Events]
_DECISIONS: Final[Mapping[type[ResourceCommand], _Decision]] = {
    SetCapacity: _set_capacity,
    AuthoriseOvertime: _authorise,
    MakeAllocation: _make,
    ChangeAllocation: _change,
    ReleaseAllocation: _release,
}

DECIDER: Final[Decider[Resource, Surroundings]] = Decider(
    category="resource",
    commands=COMMANDS,
    events=EVENTS,
    initial=Resource,
    evolve=evolve,
    decide=decide,
)
