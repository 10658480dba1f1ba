"""Decide what may become of a project: opening, promises, data date, baseline, hold and end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.ids import stream_of
from domain.kernel.messages import Asked, Recorded
from domain.kernel.refusals import (
    AlreadyExists,
    BaselineAhead,
    ConflictOpen,
    DataDateBackward,
    DigestMismatch,
    DomainError,
    PhaseRunning,
    PositionAhead,
    ProjectClosed,
    PromiseExists,
    ReasonRequired,
    UnknownSubject,
)
from domain.projects.commands import (
    COMMANDS,
    AcceptHandover,
    AdvanceDataDate,
    AppointDelegate,
    ApproveBaseline,
    CancelProject,
    CloseProject,
    HoldProject,
    IssueHandover,
    OpenProject,
    ProjectCommand,
    ResumeProject,
    SetPromise,
    SetRule,
    SetSchedulingPolicy,
    TakeReference,
)
from domain.projects.events import (
    EVENTS,
    BaselineApproved,
    DataDateAdvanced,
    ProjectCancelled,
    ProjectCompleted,
    ProjectHeld,
    ProjectOpened,
    ProjectReferenceChanged,
    ProjectResumed,
    PromiseChanged,
    PromiseMade,
    RuleSet,
    SchedulingPolicySet,
)
from domain.projects.handovers import accept, appoint, issue
from domain.projects.state import Project, Promise, Stage, evolve, merged

NAMED_MAX: Final = 10
"""So many ids a refusal names before it only counts."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a project's decisions need to know beside the project itself.

    `head_position` is the log's last position, `digest` that of the schedule, or of the pack of a
    hand-over, at the position named, as the engine of `engine_version` computes it, None where
    there is none, which `lacking` says for a pack (all for ApproveBaseline and IssueHandover);
    `running_phases` are the ids of the project's phases that run or stand interrupted,
    `open_conflicts` those of its conflicts that are open (both for CloseProject alone, and empty
    otherwise).
    """

    head_position: int = 0
    digest: str | None = None
    engine_version: int = 0
    lacking: DomainError | None = None
    rules: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The names of a rule's parameters by the rule's name (for SetRule)."""
    running_phases: tuple[str, ...] = ()
    open_conflicts: tuple[str, ...] = ()
    shared: Sequence[Recorded[Any]] = ()
    """What happened to the shared subject (for TakeReference); nothing where it is its own."""


def reads(command: ProjectCommand) -> tuple[str, ...]:
    """Return the streams a decision reads by name; CloseProject reads all phases and conflicts.

    Those have no name to know beforehand: who dispatches finds the project's `phase-` and
    `conflict-` streams, and the plan names the phases.
    """
    match command:
        case CloseProject():
            return (stream_of("plan", command.project_id),)
        case _:
            return ()


def decide(command: ProjectCommand, project: Project, asked: Asked, others: Surroundings) -> Events:
    """Return the events of a request on a project, `()` for a repeat; raises Rejected."""
    require_reason(command)
    if isinstance(command, OpenProject):
        return _open(command, project)
    if not project.exists:
        msg = f"there is no project {command.project_id}: open it first"
        raise UnknownSubject(msg)
    if _is_repeated_end(command, project):
        return ()
    if project.closed:
        msg = f"project {command.project_id} is {project.stage.value}: nothing in it changes"
        raise ProjectClosed(msg)
    return _DECISIONS[type(command)](command, project, asked, others)


def _open(command: OpenProject, project: Project) -> Events:
    opened = ProjectOpened(
        name=command.name,
        code=command.code,
        customer_id=command.customer_id,
        coordinator_id=command.coordinator_id,
        zone=command.zone,
        calendar_id=command.calendar_id,
        start=command.start,
    )
    if project.opened is None:
        return (opened,)
    if project.opened == opened:
        return ()
    msg = f"project {command.project_id} was opened before, otherwise: take another id"
    raise AlreadyExists(msg)


def _is_repeated_end(command: ProjectCommand, project: Project) -> bool:
    return (isinstance(command, CloseProject) and project.stage is Stage.COMPLETED) or (
        isinstance(command, CancelProject) and project.stage is Stage.CANCELLED
    )


def _set_promise(command: SetPromise, project: Project, asked: Asked, _: Surroundings) -> Events:
    del asked
    live = project.promises.get((command.to_party, command.deliverable))
    if live is None:
        return (
            PromiseMade(
                to_party=command.to_party,
                deliverable=command.deliverable,
                promised_date=command.promised_date,
                contract_ref=command.contract_ref,
                delay_cost=command.delay_cost,
            ),
        )
    _same_contract(command, live)
    moved = live.date != command.promised_date
    if not moved and command.delay_cost in {None, live.delay_cost}:
        return ()
    if moved and command.reason is None:
        msg = f"{command.deliverable} was promised for {live.date}: say why the promise moves"
        raise ReasonRequired(msg)
    return (
        PromiseChanged(
            to_party=command.to_party,
            deliverable=command.deliverable,
            old=live.date,
            new=command.promised_date,
            agreed_by=command.agreed_by,
            notice_ref=command.notice_ref,
            delay_cost=command.delay_cost,
        ),
    )


def _same_contract(command: SetPromise, live: Promise) -> None:
    """Refuse a second promise of the same thing, under another contract: one is live."""
    if command.contract_ref not in {None, live.contract_ref}:
        msg = (
            f"{command.deliverable} is promised to {command.to_party} for {live.date} under "
            f"{live.contract_ref or 'no contract'}: leave the contract out to move that promise"
        )
        raise PromiseExists(msg)


def _advance(command: AdvanceDataDate, project: Project, asked: Asked, _: Surroundings) -> Events:
    del asked
    if project.data_date == command.data_date:
        return ()
    if project.data_date is not None and command.data_date < project.data_date:
        msg = f"the data date stands at {project.data_date.isoformat()} and never moves back"
        raise DataDateBackward(msg)
    return (DataDateAdvanced(data_date=command.data_date),)


def _approve(
    command: ApproveBaseline, project: Project, asked: Asked, others: Surroundings
) -> Events:
    if command.at_position > others.head_position:
        msg = f"the log ends at {others.head_position}: position {command.at_position} is to come"
        raise BaselineAhead(msg)
    digest = others.digest
    if command.digest is not None and command.digest != digest:
        raise DigestMismatch(command.digest, digest, command.at_position, others.engine_version)
    last = project.baseline
    if last is not None and (last.name, last.at_position) == (command.name, command.at_position):
        return ()
    return (
        BaselineApproved(
            name=command.name,
            at_position=command.at_position,
            approved_by=asked.principal.party_id,
            digest=digest,
        ),
    )


def _set_policy(
    command: SetSchedulingPolicy, project: Project, asked: Asked, _: Surroundings
) -> Events:
    del asked
    change = SchedulingPolicySet(
        out_of_sequence=command.out_of_sequence,
        lag_calendar=command.lag_calendar,
        critical=command.critical,
        critical_float_max_min=command.critical_float_max_min,
        float_calc=command.float_calc,
        dialect=command.dialect,
        open_ends_critical=command.open_ends_critical,
        material_drives=command.material_drives,
    )
    return () if merged(project.policy, change) == project.policy else (change,)


def _set_rule(command: SetRule, project: Project, asked: Asked, others: Surroundings) -> Events:
    del asked
    parameters = others.rules.get(command.rule)
    if parameters is None:
        msg = f"there is no rule {command.rule}; there are {', '.join(sorted(others.rules))}"
        raise UnknownSubject(msg)
    for name in sorted((command.parameters or {}).keys() - parameters):
        known = ", ".join(sorted(parameters)) or "none"
        msg = f"rule {command.rule} has no number {name}; it goes by {known}"
        raise UnknownSubject(msg)
    before = project.rules.get(command.rule, RuleSet(rule=command.rule))
    change = RuleSet(rule=command.rule, on=command.on, parameters=command.parameters)
    return () if before.and_then(change) == before else (change,)


def _hold(command: HoldProject, project: Project, asked: Asked, _: Surroundings) -> Events:
    del command, asked
    return () if project.held else (ProjectHeld(),)


def _resume(command: ResumeProject, project: Project, asked: Asked, _: Surroundings) -> Events:
    del command, asked
    return (ProjectResumed(),) if project.held else ()


def _close(command: CloseProject, project: Project, asked: Asked, others: Surroundings) -> Events:
    del project, asked
    if others.running_phases:
        msg = f"{_named(others.running_phases)} of {command.project_id} still run: end them first"
        raise PhaseRunning(msg)
    if others.open_conflicts:
        msg = f"{_named(others.open_conflicts)} of {command.project_id} are open: settle them first"
        raise ConflictOpen(msg)
    return (ProjectCompleted(),)


def _cancel(command: CancelProject, project: Project, asked: Asked, _: Surroundings) -> Events:
    del command, project, asked
    return (ProjectCancelled(),)


def _appoint(command: AppointDelegate, project: Project, asked: Asked, _: Surroundings) -> Events:
    return appoint(command, project, asked)


def _issue(command: IssueHandover, project: Project, asked: Asked, others: Surroundings) -> Events:
    if command.at_position > others.head_position:
        msg = f"the log ends at {others.head_position}: hand over what is known by now"
        raise PositionAhead(msg)
    if others.lacking is not None:
        raise others.lacking
    assert others.digest is not None  # It is computed for every position that is there.
    return issue(command, project, asked, others.digest, others.engine_version)


def _accept(command: AcceptHandover, project: Project, asked: Asked, _: Surroundings) -> Events:
    return accept(command, project, asked)


def _take(command: TakeReference, project: Project, asked: Asked, others: Surroundings) -> Events:
    """Return what the project does not have yet; what named it itself it has."""
    del asked
    known = project.references.get(command.subject, 0)
    return tuple(
        ProjectReferenceChanged(
            subject=command.subject,
            cause=each.event_id,
            content_type=each.event.type_name,
            content=each.event.model_dump(mode="json", exclude_none=True),
            effective_at=each.effective_at,
        )
        for each in others.shared
        if each.version > known and each.project_id != command.project_id
    )


def _named(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - NAMED_MAX} more" if len(ids) > NAMED_MAX else ""
    return ", ".join(ids[:NAMED_MAX]) + more


# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Project, Asked, Surroundings], Events]
_DECISIONS: Final[Mapping[type[ProjectCommand], _Decision]] = {
    SetPromise: _set_promise,
    AdvanceDataDate: _advance,
    ApproveBaseline: _approve,
    SetSchedulingPolicy: _set_policy,
    SetRule: _set_rule,
    HoldProject: _hold,
    ResumeProject: _resume,
    CloseProject: _close,
    CancelProject: _cancel,
    AppointDelegate: _appoint,
    IssueHandover: _issue,
    AcceptHandover: _accept,
    TakeReference: _take,
}

DECIDER: Final[Decider[Project, Surroundings]] = Decider(
    category="project",
    commands=COMMANDS,
    events=EVENTS,
    initial=Project,
    evolve=evolve,
    decide=decide,
)
