"""Decide on the phases of a plan: adding, revising, removing them, and what they need."""

from typing import Final

from domain.kernel.decider import Events
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    Cycle,
    DuplicateId,
    InvalidTransition,
    LevelOfEffortDrives,
    LinkToAncestor,
    PhaseHasStarted,
    PlanTooLarge,
    SummaryDuration,
    UnknownSubject,
)
from domain.planning.acyclic import find_cycle
from domain.plans.commands import PlanPhase, RemovePhase, Require, ReviseDuration, RevisePhase
from domain.plans.events import (
    PhaseDetailsRevised,
    PhaseDurationRevised,
    PhasePlanned,
    PhaseRemoved,
    ResourceRequirementCleared,
    ResourceRequirementSet,
)
from domain.plans.links import path_text
from domain.plans.state import Plan, PlannedPhase
from domain.plans.surroundings import Surroundings

PHASES_MAX: Final = 200_000


def phase_of(plan: Plan, phase_id: str) -> PlannedPhase:
    """Return a phase of the plan; raises UnknownSubject."""
    phase = plan.phases.get(phase_id)
    if phase is None:
        msg = f"there is no phase {phase_id} in the plan: plan it first"
        raise UnknownSubject(msg)
    return phase


def plan_phase(
    command: PlanPhase, plan: Plan, asked: Asked, others: Surroundings
) -> tuple[PhasePlanned, ...]:
    """Decide on a new phase; the same phase again changes nothing."""
    del asked
    present = plan.phases.get(command.phase_id)
    if present is not None:
        if _is_as_asked(command, present, plan.network.parents[command.phase_id]):
            return ()
        msg = f"phase {command.phase_id} is in the plan already: take another id, or revise it"
        raise DuplicateId(msg)
    if len(plan.phases) >= PHASES_MAX:
        msg = f"a plan holds at most {PHASES_MAX} phases: split the project"
        raise PlanTooLarge(msg)
    _calendar_is_known(command.calendar_id, others)
    if command.parent == command.phase_id:
        msg = f"phase {command.phase_id} cannot be its own parent"
        raise Cycle(msg)
    if command.parent is not None:
        _may_be_parent(command.parent, plan)
    return (
        PhasePlanned(
            phase_id=command.phase_id,
            wbs=command.wbs,
            name=command.name,
            department_id=command.department_id,
            kind=command.kind,
            duration_min=command.duration_min,
            calendar_id=command.calendar_id,
            parent=command.parent,
        ),
    )


def _is_as_asked(command: PlanPhase, phase: PlannedPhase, parent: str | None) -> bool:
    return command.parent == parent and (
        (command.wbs, command.name, command.department_id, command.kind)
        == (phase.wbs, phase.name, phase.department_id, phase.kind)
        and (command.duration_min, command.calendar_id) == (phase.duration_min, phase.calendar_id)
    )


def _calendar_is_known(calendar_id: str | None, others: Surroundings) -> None:
    if calendar_id is not None and calendar_id not in others.calendars:
        msg = f"the project has no calendar {calendar_id}: define it first"
        raise UnknownSubject(msg)


def _may_be_parent(parent_id: str, plan: Plan) -> None:
    """Refuse a parent with a duration: a summary takes its dates from its children."""
    if phase_of(plan, parent_id).duration_min:
        msg = f"phase {parent_id} has a duration of its own: set it to 0 to make it a summary"
        raise SummaryDuration(msg)


def revise(command: RevisePhase, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on other details of a phase; only what differs is recorded."""
    del asked
    phase = phase_of(plan, command.phase_id)
    _calendar_is_known(command.calendar_id, others)
    parent = command.parent
    if parent is not None and parent != plan.network.parents[command.phase_id]:
        _may_be_parent(parent, plan)
        _may_be_moved(command.phase_id, parent, plan)
    else:
        parent = None
    if command.kind == "level_of_effort" and plan.network.has_successors(command.phase_id):
        msg = f"other phases wait for {command.phase_id}: a level of effort drives nothing"
        raise LevelOfEffortDrives(msg)
    changed = PhaseDetailsRevised(
        phase_id=command.phase_id,
        wbs=_new(command.wbs, phase.wbs),
        name=_new(command.name, phase.name),
        department_id=_new(command.department_id, phase.department_id),
        kind=None if command.kind == phase.kind else command.kind,
        calendar_id=_new(command.calendar_id, phase.calendar_id),
        parent=parent,
    )
    return () if changed == PhaseDetailsRevised(phase_id=command.phase_id) else (changed,)


def _new(asked_for: str | None, present: str | None) -> str | None:
    return None if asked_for == present else asked_for


def _may_be_moved(phase_id: str, parent: str, plan: Plan) -> None:
    network = plan.network
    above = {parent, *network.ancestors(parent)}
    if phase_id in above:
        msg = f"{parent} is {phase_id} or below it, so it cannot be its parent"
        raise Cycle(msg)
    for below in network.below(phase_id):
        linked = next((end for end in network.linked_to(below) if end in above), None)
        if linked is not None:
            msg = f"{below} is linked to {linked}, which would be above it: unlink them first"
            raise LinkToAncestor(msg)
    if network.move_closes_cycle(phase_id, parent):
        cycle = find_cycle({**network.parents, phase_id: parent}, network.links()) or (phase_id,)
        msg = f"under {parent} the network goes in a circle: {path_text(cycle)}"
        raise Cycle(msg)


def revise_duration(
    command: ReviseDuration, plan: Plan, asked: Asked, others: Surroundings
) -> tuple[PhaseDurationRevised, ...]:
    """Decide on another duration of a phase that has not started."""
    del asked
    phase = phase_of(plan, command.phase_id)
    return duration_revised(
        command.phase_id, phase, command.duration_min, plan, others, basis=command.basis
    )


def duration_revised(
    phase_id: str,
    phase: PlannedPhase,
    duration_min: int,
    plan: Plan,
    others: Surroundings,
    *,
    basis: str | None = None,
) -> tuple[PhaseDurationRevised, ...]:
    """Return the revision to a duration, `()` if it stands so; raises where it may not be."""
    if phase.duration_min == duration_min:
        return ()
    if plan.network.is_summary(phase_id):
        msg = f"{phase_id} is a summary: its duration comes from the phases below it"
        raise SummaryDuration(msg)
    if phase_id in others.started:
        msg = f"phase {phase_id} has started: record what remains instead"
        raise PhaseHasStarted(msg)
    return (
        PhaseDurationRevised(
            phase_id=phase_id, old_min=phase.duration_min, new_min=duration_min, basis=basis
        ),
    )


def require(command: Require, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on how much of a resource a phase needs; nothing of it clears the need."""
    del asked
    present = phase_of(plan, command.phase_id).requirement(command.resource_id)
    if command.milli == 0:
        if present is None:
            return ()
        return (
            ResourceRequirementCleared(phase_id=command.phase_id, resource_id=command.resource_id),
        )
    if command.resource_id not in others.resources:
        msg = f"the project has no resource {command.resource_id}: register it first"
        raise UnknownSubject(msg)
    needed = ResourceRequirementSet(
        phase_id=command.phase_id,
        resource_id=command.resource_id,
        milli=command.milli,
        effort_min=command.effort_min,
        skill=command.skill,
    )
    return () if needed == present else (needed,)


def remove(command: RemovePhase, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on taking a phase out; its links and gates go with it."""
    del asked
    if command.phase_id not in plan.phases and command.phase_id in plan.removed:
        return ()
    phase_of(plan, command.phase_id)
    if plan.network.is_summary(command.phase_id):
        msg = f"phases lie below {command.phase_id}: remove or move them first"
        raise InvalidTransition(msg)
    if command.phase_id in others.started:
        msg = f"phase {command.phase_id} has started: abort it instead"
        raise PhaseHasStarted(msg)
    return (PhaseRemoved(phase_id=command.phase_id, links=plan.links_of(command.phase_id)),)
