"""Decide on a resource: making it known, and how much of it there is."""

from dataclasses import dataclass
from typing import Final

from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.ids import stream_of
from domain.kernel.messages import Asked
from domain.kernel.refusals import AlreadyExists, ProjectClosed, UnknownSubject
from domain.resources.commands import COMMANDS, RegisterResource, ResourceCommand, SetCapacity
from domain.resources.events import EVENTS, CapacitySet, ResourceRegistered
from domain.resources.state import Resource, evolve


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a resource's decisions need to know; a resource may be there before its project.

    `calendar_known` tells whether the calendar that SetCapacity names exists.
    """

    project_closed: bool = False
    calendar_known: bool = True


def reads(command: ResourceCommand) -> tuple[str, ...]:
    """Return the streams beside the resource's own that decide the request."""
    project = stream_of("project", command.project_id)
    match command:
        case SetCapacity(calendar_id=str(named)):
            return project, stream_of("calendar", command.project_id, named)
        case _:
            return (project,)


def decide(
    command: ResourceCommand, resource: Resource, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a request on a resource, `()` for a repeat; raises Rejected."""
    del asked
    require_reason(command)
    if others.project_closed:
        msg = f"project {command.project_id} is closed: its resources stay as they are"
        raise ProjectClosed(msg)
    match command:
        case RegisterResource():
            return _register(command, resource)
        case SetCapacity():
            return _set_capacity(command, resource, others)
        case _:
            raise AssertionError(type(command).__name__)


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
    if not resource.exists:
        msg = f"the project has no resource {command.resource_id}: register it first"
        raise UnknownSubject(msg)
    if command.calendar_id is not None and not others.calendar_known:
        msg = f"the project has no calendar {command.calendar_id}: define it first"
        raise UnknownSubject(msg)
    capacity = CapacitySet(
        milli_units=command.milli_units,
        calendar_id=command.calendar_id,
        valid_from=command.valid_from,
    )
    return () if capacity == resource.capacity else (capacity,)


DECIDER: Final[Decider[Resource, Surroundings]] = Decider(
    category="resource",
    commands=COMMANDS,
    events=EVENTS,
    initial=Resource,
    evolve=evolve,
    decide=decide,
)
