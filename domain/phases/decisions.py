"""Decide on one phase's execution: permission to start, decided progress, reopening, giving up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.ids import stream_of
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    AlreadyEnded,
    GateOpen,
    InvalidTransition,
    NotFinished,
    NotInPlan,
    NotReleased,
    ProjectClosed,
    ProjectIsHeld,
)
from domain.phases.actuals import Aborted, Finished, Interrupted, NotStarted, Running
from domain.phases.commands import (
    COMMANDS,
    AbortPhase,
    PhaseCommand,
    RecordProgress,
    ReleasePhase,
    ReopenPhase,
    RevokeRelease,
)
from domain.phases.events import (
    EVENTS,
    PhaseAborted,
    PhaseReleased,
    PhaseReleaseRevoked,
    PhaseReopened,
    ProgressRecorded,
)
from domain.phases.facts import Execution
from domain.phases.state import Phase, evolve


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a phase's decisions need to know of its plan and its project."""

    in_plan: bool
    open_gates: tuple[str, ...] = ()
    plan_version: int = 0
    project_held: bool = False
    project_closed: bool = False


def reads(command: PhaseCommand) -> tuple[str, ...]:
    """Return the streams beside the phase's own that decide the request: plan and project."""
    return stream_of("plan", command.project_id), stream_of("project", command.project_id)


def decide(command: PhaseCommand, phase: Phase, asked: Asked, others: Surroundings) -> Events:
    """Return the events of a request on a phase, `()` for a repeat; raises Rejected."""
    require_reason(command)
    if others.project_closed:
        msg = f"project {command.project_id} is closed: nothing is done in it any more"
        raise ProjectClosed(msg)
    if not others.in_plan:
        msg = f"phase {command.phase_id} is not in the plan: plan it first"
        raise NotInPlan(msg)
    match command:
        case ReleasePhase():
            return _release(command, phase, asked, others)
        case RevokeRelease():
            return _revoke(command, phase, asked)
        case RecordProgress():
            return _record_progress(command, phase, asked)
        case ReopenPhase():
            return _reopen(command, phase)
        case AbortPhase():
            return _abort(command, phase)
        case _:
            raise AssertionError(type(command).__name__)


def _release(command: ReleasePhase, phase: Phase, asked: Asked, others: Surroundings) -> Events:
    match phase.actuals:
        case NotStarted() if phase.execution.released_against is not None:
            return ()
        case NotStarted() if others.project_held:
            msg = f"project {command.project_id} is held: resume it before releasing phases"
            raise ProjectIsHeld(msg)
        case NotStarted() if others.open_gates:
            waits = ", ".join(others.open_gates)
            msg = f"phase {command.phase_id} waits for {waits}: satisfy or waive that first"
            raise GateOpen(msg)
        case NotStarted():
            by = asked.principal.party_id
            return (PhaseReleased(by=by, plan_version=others.plan_version),)
        case Running() | Interrupted():
            return ()
        case Finished(finished_at=at) | Aborted(aborted_at=at):
            raise _ended(command, at)
        case unknown:
            assert_never(unknown)


def _revoke(command: RevokeRelease, phase: Phase, asked: Asked) -> Events:
    match phase.actuals:
        case NotStarted() if phase.execution.released_against is not None:
            return (PhaseReleaseRevoked(by=asked.principal.party_id),)
        case NotStarted() if phase.execution.permission is not None:
            return ()
        case NotStarted():
            msg = f"phase {command.phase_id} is not released: there is nothing to take back"
            raise NotReleased(msg)
        case Running(work=work) | Interrupted(work=work):
            begun = work.started_at.isoformat()
            msg = f"phase {command.phase_id} began at {begun}: report an interruption instead"
            raise InvalidTransition(msg)
        case Finished(finished_at=at) | Aborted(aborted_at=at):
            raise _ended(command, at)
        case unknown:
            assert_never(unknown)


def _record_progress(command: RecordProgress, phase: Phase, asked: Asked) -> Events:
    if command.as_of is not None and command.as_of > asked.at:
        msg = f"{command.as_of.isoformat()} is still to come: progress is of what was done"
        raise InvalidTransition(msg)
    match phase.actuals:
        case NotStarted() if phase.execution.released_against is None:
            msg = f"phase {command.phase_id} is not released: release it, then report its start"
            raise NotReleased(msg)
        case NotStarted():
            msg = f"phase {command.phase_id} has not started: report its start first"
            raise InvalidTransition(msg)
        case Running(work=work) | Interrupted(work=work):
            if command.uom is not None and work.uom not in {None, command.uom}:
                msg = f"phase {command.phase_id} is counted in {work.uom}, not in {command.uom}"
                raise InvalidTransition(msg)
            return (
                ProgressRecorded(
                    remaining_min=command.remaining_min,
                    physical_bp=command.physical_bp,
                    qty_good=command.qty_good,
                    qty_scrap=command.qty_scrap,
                    uom=command.uom,
                    expected_finish=command.expected_finish,
                    basis=command.basis,
                ),
            )
        case Finished(finished_at=at) | Aborted(aborted_at=at):
            raise _ended(command, at)
        case unknown:
            assert_never(unknown)


def _was_reopened_since(execution: Execution) -> bool:
    """Return whether the finish was set aside after the giving up that counts now was reported."""
    given_up = next(fact for fact in execution.facts if isinstance(fact.event, PhaseAborted))
    return given_up.version < execution.reopened_at_version


def _reopen(command: ReopenPhase, phase: Phase) -> Events:
    match phase.actuals:
        case Finished():
            return (PhaseReopened(),)
        case Running() | Interrupted() | NotStarted() if phase.execution.reopened_at_version:
            return ()
        case Aborted(aborted_at=at):
            if _was_reopened_since(phase.execution):
                return ()
            raise _ended(command, at)
        case Running() | Interrupted() | NotStarted():
            msg = f"phase {command.phase_id} is not finished: there is nothing to reopen"
            raise NotFinished(msg)
        case unknown:
            assert_never(unknown)


def _abort(command: AbortPhase, phase: Phase) -> Events:
    match phase.actuals:
        case NotStarted() | Running() | Interrupted():
            return (PhaseAborted(),)
        case Aborted():
            return ()
        case Finished(finished_at=at):
            raise _ended(command, at)
        case unknown:
            assert_never(unknown)


def _ended(command: PhaseCommand, at: datetime) -> AlreadyEnded:
    return AlreadyEnded(
        f"phase {command.phase_id} ended at {at.isoformat()}: a finished phase can be reopened"
    )


DECIDER: Final[Decider[Phase, Surroundings]] = Decider(
    category="phase",
    commands=COMMANDS,
    events=EVENTS,
    initial=Phase,
    evolve=evolve,
    decide=decide,
)
