"""Decide on a conflict: when it opens, closes and opens again, and what settling it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from domain.conflicts.commands import (
    COMMANDS,
    AcknowledgeConflict,
    AssignConflict,
    ClearConflict,
    ConflictCommand,
    DetectConflict,
    DismissConflict,
    ProposeOption,
    RaiseConflict,
    ReopenConflict,
    ResolveConflict,
)
from domain.conflicts.events import (
    EVENTS,
    ConflictAcknowledged,
    ConflictAssigned,
    ConflictCleared,
    ConflictDetected,
    ConflictDismissed,
    ConflictRaised,
    ConflictReopened,
    ConflictResolved,
    ConflictUpdated,
    OptionProposed,
)
from domain.conflicts.facts import RANK, Stage
from domain.conflicts.state import Conflict, evolve
from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.ids import stream_of
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    AlreadyExists,
    AlreadyOpen,
    DecisionMissing,
    DuplicateId,
    InvalidTransition,
    OwnerMissing,
    ProjectClosed,
    UnknownSubject,
)

REOPENS_AT_DAYS_MORE: Final = Decimal(1)
"""A conflict put aside opens again when its impact grows by so many working days."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a conflict's decisions need to know of the project the request names."""

    project_exists: bool
    project_closed: bool = False


def reads(command: ConflictCommand) -> tuple[str, ...]:
    """Return the stream beside the conflict's own that decides the request: the project's."""
    return (stream_of("project", command.project_id),)


def decide(
    command: ConflictCommand, conflict: Conflict, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a request on a conflict, `()` for a repeat; raises Rejected.

    In a closed project nothing opens any more; what is open there can still be settled.
    """
    require_reason(command)
    opens = isinstance(command, DetectConflict | RaiseConflict | ReopenConflict)
    if opens and not others.project_exists:
        msg = f"there is no project {command.project_id}"
        raise UnknownSubject(msg)
    if opens and others.project_closed:
        msg = f"project {command.project_id} is closed: no conflict opens in it"
        raise ProjectClosed(msg)
    if conflict.exists and conflict.project_id != command.project_id:
        raise _unknown(command)
    if not conflict.exists and not isinstance(command, DetectConflict | RaiseConflict):
        raise _unknown(command)
    return _DECISIONS[type(command)](command, conflict, asked)


def _unknown(command: ConflictCommand) -> UnknownSubject:
    return UnknownSubject(f"project {command.project_id} has no conflict {command.conflict_id}")


def _detect(command: DetectConflict, conflict: Conflict, asked: Asked) -> Events:
    if conflict.stage is Stage.UNKNOWN:
        return (
            ConflictDetected(
                rule=command.rule,
                rule_version=command.rule_version,
                kind=command.kind,
                subjects=command.subjects,
                summary=command.summary,
                severity=command.severity,
                impact_days=command.impact_days,
                probability_bp=command.probability_bp,
                evidence=command.evidence,
                first_position=command.first_position,
                act_by=command.act_by,
                remedies=command.remedies,
            ),
        )
    updated = _updated(command, conflict)
    if conflict.open:
        unchanged = (command.severity, command.impact_days) == (
            conflict.severity,
            conflict.impact_days,
        )
        return () if unchanged and _says_no_more(updated, conflict) else (updated,)
    because = _why_again(command, conflict, asked)
    if because is None:
        return ()
    reopened = ConflictReopened(
        because=because, severity=command.severity, impact_days=command.impact_days
    )
    # Only an update carries new words.
    return (reopened,) if _says_no_more(updated, conflict) else (reopened, updated)


def _updated(command: DetectConflict, conflict: Conflict) -> ConflictUpdated:
    """Return what the rule says now; how likely and by when only where that is otherwise."""
    likely, by = command.probability_bp, command.act_by
    return ConflictUpdated(
        severity=command.severity,
        impact_days=command.impact_days,
        summary=command.summary,
        probability_bp=None if likely == conflict.probability_bp else likely,
        act_by=None if by == conflict.act_by else by,
        act_by_dropped=True if by is None and conflict.act_by is not None else None,
    )


def _says_no_more(updated: ConflictUpdated, conflict: Conflict) -> bool:
    """Tell whether an update says nothing beside how much the conflict weighs."""
    said = (updated.summary, updated.probability_bp, updated.act_by, updated.act_by_dropped)
    return said == (conflict.summary, None, None, None)


def _why_again(command: DetectConflict, conflict: Conflict, asked: Asked) -> str | None:
    """Return why a closed conflict opens again; None where it stays closed."""
    if conflict.stage is Stage.CLEARED:
        return command.summary
    if RANK[command.severity] > RANK[conflict.severity]:
        return f"its severity rose from {conflict.severity} to {command.severity}"
    grown = command.impact_days - conflict.impact_days
    if grown >= REOPENS_AT_DAYS_MORE:
        return f"its impact grew by {grown} days to {command.impact_days}"
    until = conflict.dismissal.until if conflict.dismissal is not None else None
    if until is not None and until <= asked.at:
        return f"it was dismissed until {until.isoformat()}"
    return None


def _clear(command: ClearConflict, conflict: Conflict, asked: Asked) -> Events:
    """Close what is open; a resolved one is noted as gone, so that it may come back as new."""
    del asked
    if conflict.stage in {Stage.CLEARED, Stage.DISMISSED}:
        return ()
    return (ConflictCleared(because=command.because),)


def _raise(command: RaiseConflict, conflict: Conflict, asked: Asked) -> Events:
    del asked
    raised = ConflictRaised(
        kind=command.kind,
        subjects=command.subjects,
        summary=command.summary,
        severity=command.severity,
        impact_days=command.impact_days,
    )
    if not conflict.exists:
        return (raised,)
    if conflict.beginning == raised:
        return ()
    if conflict.open:
        msg = f"conflict {command.conflict_id} is open: take another id for another conflict"
        raise AlreadyOpen(msg)
    msg = f"conflict {command.conflict_id} was closed: reopen it, or take another id"
    raise AlreadyExists(msg)


def _acknowledge(command: AcknowledgeConflict, conflict: Conflict, asked: Asked) -> Events:
    by = asked.principal.party_id
    if by in conflict.seen_by:
        return ()
    _is_open(command, conflict)
    return (ConflictAcknowledged(by=by),)


def _assign(command: AssignConflict, conflict: Conflict, asked: Asked) -> Events:
    del asked
    if (conflict.owner, conflict.due) == (command.owner, command.due):
        return ()
    _is_open(command, conflict)
    return (ConflictAssigned(owner=command.owner, due=command.due),)


def _propose(command: ProposeOption, conflict: Conflict, asked: Asked) -> Events:
    del asked
    option = OptionProposed(
        option_id=command.option_id, effect=command.effect, branch=command.branch
    )
    present = conflict.options.get(command.option_id)
    if present == option:
        return ()
    _is_open(command, conflict)
    if present is not None:
        msg = f"option {command.option_id} was proposed otherwise: take another id"
        raise DuplicateId(msg)
    return (option,)


def _resolve(command: ResolveConflict, conflict: Conflict, asked: Asked) -> Events:
    del asked
    resolution = ConflictResolved(
        mode=command.mode, decision=command.decision, by_events=command.by_events
    )
    if conflict.resolution == resolution:
        return ()
    _is_open(command, conflict)
    if conflict.owner is None:
        msg = f"nobody owns conflict {command.conflict_id}: assign it before resolving it"
        raise OwnerMissing(msg)
    if not command.decision.strip():
        msg = f"conflict {command.conflict_id} is resolved by a decision: say what was decided"
        raise DecisionMissing(msg)
    return (resolution,)


def _dismiss(command: DismissConflict, conflict: Conflict, asked: Asked) -> Events:
    del asked
    dismissal = ConflictDismissed(until=command.until)
    if conflict.dismissal == dismissal:
        return ()
    if conflict.stage is not Stage.DISMISSED:
        _is_open(command, conflict)
    return (dismissal,)


def _reopen(command: ReopenConflict, conflict: Conflict, asked: Asked) -> Events:
    del asked
    if conflict.open and conflict.was_reopened:
        return ()
    if conflict.open:
        msg = f"conflict {command.conflict_id} is open and was never closed"
        raise AlreadyOpen(msg)
    reason = command.reason
    words = "" if reason is None else reason.text or reason.code
    return (
        ConflictReopened(
            because=words, severity=conflict.severity, impact_days=conflict.impact_days
        ),
    )


def _is_open(command: ConflictCommand, conflict: Conflict) -> None:
    if not conflict.open:
        stage = conflict.stage.value
        msg = f"conflict {command.conflict_id} is {stage}: reopen it before working on it"
        raise InvalidTransition(msg)


# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Conflict, Asked], Events]
_DECISIONS: Final[Mapping[type[ConflictCommand], _Decision]] = {
    DetectConflict: _detect,
    ClearConflict: _clear,
    RaiseConflict: _raise,
    AcknowledgeConflict: _acknowledge,
    AssignConflict: _assign,
    ProposeOption: _propose,
    ResolveConflict: _resolve,
    DismissConflict: _dismiss,
    ReopenConflict: _reopen,
}

DECIDER: Final[Decider[Conflict, Surroundings]] = Decider(
    category="conflict",
    commands=COMMANDS,
    events=EVENTS,
    initial=Conflict,
    evolve=evolve,
    decide=decide,
)
