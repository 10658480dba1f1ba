"""Know of a project what its decisions need: its stage, promises, data date, baseline, policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, TypeAlias

from domain.kernel.messages import Recorded
from domain.kernel.values import Money
from domain.projects.events import (
    BaselineApproved,
    DataDateAdvanced,
    DelegateAppointed,
    HandoverAccepted,
    HandoverIssued,
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
from domain.projects.terms import Delegations, Handovers


class Stage(Enum):
    """Where a project stands; it is closed for good once completed or cancelled."""

    UNKNOWN = "unknown"
    OPEN = "open"
    HELD = "held"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


Promised: TypeAlias = tuple[str, str]
"""To which party, and which deliverable."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The one live promise of a deliverable to a party."""

    date: date
    contract_ref: str | None = None
    delay_cost: Money | None = None


DEFAULT_POLICY: Final = SchedulingPolicySet()
NO_DELEGATIONS: Final = Delegations()
NO_HANDOVERS: Final = Handovers()


@dataclass(frozen=True, slots=True)
class Project:
    """One project as far as decisions care."""

    stage: Stage = Stage.UNKNOWN
    opened: ProjectOpened | None = None
    promises: Mapping[Promised, Promise] = field(default_factory=dict)
    data_date: datetime | None = None
    baseline: BaselineApproved | None = None
    policy: SchedulingPolicySet = DEFAULT_POLICY
    rules: Mapping[str, RuleSet] = field(default_factory=dict)
    """What was set of each rule, by its name."""
    delegations: Delegations = NO_DELEGATIONS
    handovers: Handovers = NO_HANDOVERS
    references: Mapping[str, int] = field(default_factory=dict)
    """The version up to which it has each shared subject, by the subject's stream."""

    @property
    def exists(self) -> bool:
        return self.stage is not Stage.UNKNOWN

    @property
    def held(self) -> bool:
        return self.stage is Stage.HELD

    @property
    def closed(self) -> bool:
        """Tell whether it was completed or cancelled."""
        return self.stage in {Stage.COMPLETED, Stage.CANCELLED}


FOLLOWS: Final[Mapping[type, Mapping[Stage, Stage]]] = {
    ProjectOpened: {Stage.UNKNOWN: Stage.OPEN},
    ProjectHeld: {Stage.OPEN: Stage.HELD},
    ProjectResumed: {Stage.HELD: Stage.OPEN},
    ProjectCompleted: {Stage.OPEN: Stage.COMPLETED, Stage.HELD: Stage.COMPLETED},
    ProjectCancelled: {Stage.OPEN: Stage.CANCELLED, Stage.HELD: Stage.CANCELLED},
}
"""Which stage an event leads to from which; every other event keeps an open or held project so."""

_LIVE: Final = {Stage.OPEN: Stage.OPEN, Stage.HELD: Stage.HELD}


def evolve(project: Project, recorded: Recorded[Any]) -> Project:
    """Return the project after an event; an event no decision makes here is a corrupt log."""
    event = recorded.event
    stage = FOLLOWS.get(type(event), _LIVE).get(project.stage)
    if stage is None:
        raise _corrupt(event, project)
    after = replace(project, stage=stage)
    match event:
        case ProjectOpened():
            return replace(after, opened=event)
        case PromiseMade(to_party=party, deliverable=what) if (party, what) not in after.promises:
            made = Promise(event.promised_date, event.contract_ref, event.delay_cost)
            return replace(after, promises=_with(after.promises, (party, what), made))
        case PromiseChanged(to_party=party, deliverable=what) if (party, what) in after.promises:
            before = after.promises[party, what]
            cost = event.delay_cost or before.delay_cost
            moved = replace(before, date=event.new, delay_cost=cost)
            return replace(after, promises=_with(after.promises, (party, what), moved))
        case DataDateAdvanced(data_date=to) if after.data_date is None or after.data_date < to:
            return replace(after, data_date=to)
        case BaselineApproved():
            return replace(after, baseline=event)
        case SchedulingPolicySet() | RuleSet() | ProjectReferenceChanged():
            return _goes_by(after, event)
        case _:
            return _passed_on(after, event)


def _passed_on(project: Project, event: object) -> Project:
    """Return the project after an event on who acts in it, or on its stage alone."""
    match event:
        case DelegateAppointed():
            return replace(project, delegations=project.delegations.after(event))
        case HandoverIssued() | HandoverAccepted():
            return replace(project, handovers=project.handovers.after(event))
        case ProjectHeld() | ProjectResumed() | ProjectCompleted() | ProjectCancelled():
            return project
        case _:
            raise _corrupt(event, project)


def _goes_by(
    project: Project, event: SchedulingPolicySet | RuleSet | ProjectReferenceChanged
) -> Project:
    match event:
        case SchedulingPolicySet():
            return replace(project, policy=merged(project.policy, event))
        case RuleSet(rule=rule):
            known = project.rules.get(rule, RuleSet(rule=rule)).and_then(event)
            return replace(project, rules={**project.rules, rule: known})
        case ProjectReferenceChanged(subject=subject, cause=cause):
            version = int(cause.rpartition(":")[2])
            return replace(project, references={**project.references, subject: version})


def merged(policy: SchedulingPolicySet, change: SchedulingPolicySet) -> SchedulingPolicySet:
    """Return the policy after a change; what the change leaves out is as before."""
    return policy.model_copy(update=change.model_dump(exclude_none=True))


def _with(
    promises: Mapping[Promised, Promise], promised: Promised, promise: Promise
) -> Mapping[Promised, Promise]:
    return {**promises, promised: promise}


def _corrupt(event: object, project: Project) -> AssertionError:
    # `decide` never lets this event through; a log that contains it is corrupt.
    return AssertionError(f"{type(event).__name__} cannot follow {project}")
