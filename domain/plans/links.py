"""Decide on the links of a plan: none to itself, to an ancestor, twice, or round in a circle."""

from collections.abc import Sequence
from typing import Final

from domain.kernel.decider import Events
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    Cycle,
    DuplicateId,
    DuplicateLink,
    LevelOfEffortDrives,
    LinkToAncestor,
    SelfLink,
    UnknownSubject,
)
from domain.planning.acyclic import cycle_closed_by
from domain.plans.commands import LinkPhases, UnlinkPhases
from domain.plans.events import DependencyAdded, DependencyChanged, DependencyRemoved
from domain.plans.state import Plan, PlannedLink
from domain.plans.surroundings import Surroundings

NAMED_MAX: Final = 12
"""So many phases of a cycle are named before the rest is only counted."""


def link(command: LinkPhases, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on a new link, or on how a known one makes its successor wait."""
    del asked, others
    wanted = PlannedLink(
        command.pred, command.succ, command.link_type, command.lag, command.strength
    )
    present = plan.links.get(command.link_id)
    if present is not None:
        return _change(command, wanted, present, plan)
    _may_be_linked(wanted, plan)
    _has_no_twin(wanted, plan)
    if plan.network.link_closes_cycle(wanted.pred, wanted.succ):
        parents, ends = plan.network.parents, plan.network.links()
        cycle = cycle_closed_by(wanted.pred, wanted.succ, parents, ends) or (wanted.pred,)
        msg = f"the link would let the network go in a circle: {path_text(cycle)}"
        raise Cycle(msg)
    return (
        DependencyAdded(
            link_id=command.link_id,
            pred=command.pred,
            succ=command.succ,
            link_type=command.link_type,
            lag=command.lag,
            strength=command.strength,
        ),
    )


def _change(command: LinkPhases, wanted: PlannedLink, present: PlannedLink, plan: Plan) -> Events:
    if wanted == present:
        return ()
    if (wanted.pred, wanted.succ) != (present.pred, present.succ):
        msg = f"link {command.link_id} joins {present.pred} to {present.succ}: take another id"
        raise DuplicateId(msg)
    if wanted.link_type != present.link_type:
        _has_no_twin(wanted, plan)
    return (
        DependencyChanged(
            link_id=command.link_id,
            link_type=command.link_type,
            lag=command.lag,
            strength=command.strength,
        ),
    )


def _may_be_linked(wanted: PlannedLink, plan: Plan) -> None:
    if wanted.pred == wanted.succ:
        msg = f"phase {wanted.pred} cannot wait for itself"
        raise SelfLink(msg)
    for end in (wanted.pred, wanted.succ):
        if end not in plan.phases:
            msg = f"there is no phase {end} in the plan: plan it before linking it"
            raise UnknownSubject(msg)
    for inner, outer in ((wanted.pred, wanted.succ), (wanted.succ, wanted.pred)):
        if outer in plan.network.ancestors(inner):
            msg = f"{outer} is above {inner} in the breakdown: link phases beside each other"
            raise LinkToAncestor(msg)
    if plan.phases[wanted.pred].kind == "level_of_effort":
        msg = f"{wanted.pred} is a level of effort: its span follows others and drives nothing"
        raise LevelOfEffortDrives(msg)


def _has_no_twin(wanted: PlannedLink, plan: Plan) -> None:
    twin = plan.twins.get(wanted.twin_key)
    if twin is not None:
        msg = (
            f"{wanted.pred} and {wanted.succ} are joined {wanted.link_type} by {twin}: "
            "change that link"
        )
        raise DuplicateLink(msg)


def unlink(command: UnlinkPhases, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on removing a link; one that was removed before stays removed."""
    del asked, others
    if command.link_id in plan.links:
        return (DependencyRemoved(link_id=command.link_id),)
    if command.link_id in plan.unlinked:
        return ()
    msg = f"there is no link {command.link_id} in the plan"
    raise UnknownSubject(msg)


def path_text(cycle: Sequence[str]) -> str:
    """Write a cycle's phases in order, the first again at the end; the middle of a long one not."""
    if len(cycle) > NAMED_MAX:
        left_out = len(cycle) - NAMED_MAX
        half = NAMED_MAX // 2
        cycle = (*cycle[:half], f"({left_out} more)", *cycle[-half:])
    return " -> ".join((*cycle, cycle[0]))
