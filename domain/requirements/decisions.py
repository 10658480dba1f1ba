"""Decide on a requirement: what a phase needs, and when it needs it no more."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.ids import stream_of
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    AlreadyClosed,
    AlreadyExists,
    InvalidTransition,
    NotInPlan,
    OverIssue,
    ProjectClosed,
    UnknownSubject,
)
from domain.requirements.commands import (
    COMMANDS,
    CancelRequirement,
    ChangeRequirement,
    IdentifyRequirement,
    RequirementCommand,
)
from domain.requirements.events import (
    EVENTS,
    RequirementCancelled,
    RequirementChanged,
    RequirementIdentified,
)
from domain.requirements.state import Requirement, evolve

NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a requirement's decisions need to know of its project, its phase and its item's stock.

    `reserved` and `issued` are what the item's stock holds for it and has given it, in its unit.
    """

    project_exists: bool
    project_closed: bool = False
    in_plan: bool = True
    reserved: Decimal = NOTHING
    issued: Decimal = NOTHING


def reads(command: RequirementCommand, requirement: Requirement) -> tuple[str, ...]:
    """Return the streams beside the requirement's own that decide the request."""
    project = stream_of("project", command.project_id)
    if isinstance(command, IdentifyRequirement):
        return project, stream_of("plan", command.project_id)
    if requirement.item is None:
        return (project,)
    return project, stream_of("item", command.project_id, requirement.item)


def decide(
    command: RequirementCommand, requirement: Requirement, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a request on a requirement, `()` for a repeat; raises Rejected."""
    del asked
    require_reason(command)
    if not others.project_exists:
        msg = f"there is no project {command.project_id}: open it before planning its material"
        raise UnknownSubject(msg)
    if others.project_closed:
        msg = f"project {command.project_id} is closed: nothing more is needed"
        raise ProjectClosed(msg)
    if isinstance(command, IdentifyRequirement):
        return _identify(command, requirement, others)
    if not requirement.exists or requirement.project_id != command.project_id:
        msg = f"project {command.project_id} has no requirement {command.requirement_id}"
        raise UnknownSubject(msg)
    match command:
        case ChangeRequirement():
            return _change(command, requirement, others)
        case CancelRequirement():
            return _cancel(command, requirement, others)
        case _:
            raise AssertionError(type(command).__name__)


def _identify(
    command: IdentifyRequirement, requirement: Requirement, others: Surroundings
) -> Events:
    identified = RequirementIdentified(
        phase=command.phase,
        item=command.item,
        qty=command.qty,
        uom=command.uom,
        qty_per=command.qty_per,
        offset_min=command.offset_min,
        bom_line=command.bom_line,
        priority=command.priority,
    )
    if requirement.exists:
        if (requirement.project_id, requirement.identified) == (command.project_id, identified):
            return ()
        taken = command.requirement_id
        msg = f"requirement {taken} was identified before: change it, or take another id"
        raise AlreadyExists(msg)
    if not others.in_plan:
        msg = f"phase {command.phase} is not in the plan: plan it before saying what it needs"
        raise NotInPlan(msg)
    return (identified,)


def _change(command: ChangeRequirement, requirement: Requirement, others: Surroundings) -> Events:
    _is_open(command, requirement)
    if command.qty is not None and command.qty < others.issued:
        msg = (
            f"{others.issued} were issued for {command.requirement_id} already: return what is "
            f"too much before needing {command.qty}"
        )
        raise OverIssue(msg)
    if command.qty is not None and command.qty < others.issued + others.reserved:
        msg = (
            f"{others.issued + others.reserved} are issued or reserved for "
            f"{command.requirement_id}: unreserve what is too much before needing {command.qty}"
        )
        raise InvalidTransition(msg)
    changed = RequirementChanged(
        qty=None if command.qty == requirement.qty else command.qty,
        offset_min=None if command.offset_min == requirement.offset_min else command.offset_min,
        priority=None if command.priority == requirement.priority else command.priority,
    )
    return () if changed == RequirementChanged() else (changed,)


def _cancel(command: CancelRequirement, requirement: Requirement, others: Surroundings) -> Events:
    if requirement.cancelled:
        return ()
    if others.issued > 0:
        msg = f"{others.issued} were issued for {command.requirement_id}: return them first"
        raise OverIssue(msg)
    if others.reserved > 0:
        msg = f"{others.reserved} are reserved for {command.requirement_id}: unreserve them first"
        raise InvalidTransition(msg)
    return (RequirementCancelled(),)


def _is_open(command: RequirementCommand, requirement: Requirement) -> None:
    if requirement.cancelled:
        msg = f"requirement {command.requirement_id} was cancelled: identify a new one"
        raise AlreadyClosed(msg)


DECIDER: Final[Decider[Requirement, Surroundings]] = Decider(
    category="requirement",
    commands=COMMANDS,
    events=EVENTS,
    initial=Requirement,
    evolve=evolve,
    decide=decide,
)
