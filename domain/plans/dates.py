"""Decide on the dates of a plan: constraints, deadlines, and completion dates asked for."""

from datetime import datetime
from typing import Final, assert_never

from domain.kernel.decider import Events
from domain.kernel.messages import Asked, DomainEvent
from domain.kernel.refusals import (
    ConstraintDateMissing,
    InvalidTransition,
    Malformed,
    ReasonRequired,
)
from domain.plans.commands import (
    AdjustCompletionDate,
    Constrain,
    PlanCommand,
    ProposeCompletionDate,
    RejectCompletionDate,
    SetDeadline,
)
from domain.plans.events import (
    CompletionDateAdjusted,
    CompletionDateProposed,
    CompletionDateRejected,
    ConstraintCleared,
    ConstraintSet,
    DeadlineCleared,
    DeadlineSet,
)
from domain.plans.phases import duration_revised, phase_of
from domain.plans.state import Plan, PlannedPhase
from domain.plans.surroundings import Surroundings

WITHOUT_DATE: Final = frozenset({"ASAP", "ALAP"})


def constrain(command: Constrain, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on a date laid on a phase by hand; ASAP clears it, ASAP and ALAP take no date."""
    del asked, others
    present = phase_of(plan, command.phase_id).constraint
    if command.kind == "ASAP":
        if present is None:
            return ()
        _is_explained(command, present.at, None)
        return (ConstraintCleared(phase_id=command.phase_id),)
    at = None if command.kind in WITHOUT_DATE else command.at
    if at is None and command.kind not in WITHOUT_DATE:
        msg = f"{command.kind} holds {command.phase_id} to a date: give the date"
        raise ConstraintDateMissing(msg)
    wanted = ConstraintSet(phase_id=command.phase_id, kind=command.kind, at=at, why=command.why)
    if wanted == present:
        return ()
    _is_explained(command, present.at if present is not None else None, at)
    return (wanted,)


def set_deadline(command: SetDeadline, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on a phase's deadline; without a date it is cleared."""
    del asked, others
    present = phase_of(plan, command.phase_id).deadline
    if command.at is None:
        if present is None:
            return ()
        _is_explained(command, present.at, None)
        return (DeadlineCleared(phase_id=command.phase_id),)
    wanted = DeadlineSet(phase_id=command.phase_id, at=command.at, for_party=command.for_party)
    if wanted == present:
        return ()
    _is_explained(command, present.at if present is not None else None, command.at)
    return (wanted,)


def _is_explained(command: PlanCommand, old: datetime | None, new: datetime | None) -> None:
    """Every change of a date that stood has a reason; the first date needs none."""
    if old is not None and old != new and command.reason is None:
        msg = f"the date stood at {old.isoformat()}: say with a reason code why it changes"
        raise ReasonRequired(msg)


def propose(
    command: ProposeCompletionDate, plan: Plan, asked: Asked, others: Surroundings
) -> Events:
    """Decide on taking a department's proposal in; the same again, unanswered, is a repeat."""
    del others
    proposal = phase_of(plan, command.phase_id).proposal
    by = asked.principal.party_id
    if (
        proposal is not None
        and proposal.answer is None
        and (proposal.new, proposal.by) == (command.new, by)
    ):
        return ()
    return (
        CompletionDateProposed(
            phase_id=command.phase_id, old=command.old, new=command.new, proposed_by=by
        ),
    )


def reject(command: RejectCompletionDate, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on turning the last proposal down."""
    del asked, others
    proposal = phase_of(plan, command.phase_id).proposal
    if proposal is None or proposal.new != command.proposed or proposal.answer == "adjusted":
        msg = f"no proposal of that date waits for phase {command.phase_id}: nothing to turn down"
        raise InvalidTransition(msg)
    if proposal.answer == "rejected":
        return ()
    return (CompletionDateRejected(phase_id=command.phase_id, proposed=command.proposed),)


def adjust(command: AdjustCompletionDate, plan: Plan, asked: Asked, others: Surroundings) -> Events:
    """Decide on moving a completion date: the adjustment, then what brings it about."""
    del asked
    phase = phase_of(plan, command.phase_id)
    brought_about = _means(command, phase, plan, others)
    adjusted = CompletionDateAdjusted(
        phase_id=command.phase_id, old=command.old, new=command.new, means=command.means
    )
    last = phase.adjusted
    unanswered = phase.proposal is not None and phase.proposal.answer is None
    if (
        not brought_about
        and not unanswered
        and last is not None
        and (last.new, last.means) == (adjusted.new, adjusted.means)
    ):
        return ()
    return (adjusted, *brought_about)


def _means(
    command: AdjustCompletionDate, phase: PlannedPhase, plan: Plan, others: Surroundings
) -> tuple[DomainEvent, ...]:
    """Return the edit the adjustment rests on; `remaining` is a record on the phase's stream."""
    present: DomainEvent | None
    wanted: DomainEvent
    match command.means:
        case "remaining":
            _is_given(command.remaining_min, "remaining_min", command)
            return ()
        case "duration":
            minutes = _is_given(command.duration_min, "duration_min", command)
            return duration_revised(command.phase_id, phase, minutes, plan, others)
        case "constraint":
            present = phase.constraint
            wanted = ConstraintSet(phase_id=command.phase_id, kind="FNET", at=command.new)
        case "deadline_only":
            present = phase.deadline
            party = phase.deadline.for_party if phase.deadline is not None else None
            wanted = DeadlineSet(phase_id=command.phase_id, at=command.new, for_party=party)
        case unknown:
            assert_never(unknown)
    return () if wanted == present else (wanted,)


def _is_given(minutes: int | None, field: str, command: AdjustCompletionDate) -> int:
    if minutes is None:
        msg = f"to adjust by {command.means} the request says how far: give {field}"
        raise Malformed(msg, f"/{field}")
    return minutes
