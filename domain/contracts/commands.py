"""What may be asked of one contract; the paper itself, and what the parties did, come as facts."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from domain.contracts.events import (
    Aspect,
    ClauseKind,
    FindingSeverity,
    MinorUnits,
    Outcome,
    Position,
    Version,
)
from domain.contracts.obligations import problem_of
from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, SYSTEM, Command
from domain.kernel.values import CalendarDate, Name, Text


class ContractCommand(Command):
    """A request on one contract of a project."""

    project_id: Id
    contract_id: Id

    def stream(self) -> str:
        return stream_of("contract", self.contract_id)


class RecordClause(ContractCommand):
    """Write down what a clause asks for, so that its date can be watched."""

    command_name = "contract.record_clause.v1"

    ref: Name
    kind: ClauseKind
    value: Name
    unit: Name | None = None
    text: Text | None = None
    cap_minor: MinorUnits | None = None

    @model_validator(mode="after")
    def _can_be_computed(self) -> Self:
        problem = problem_of(self.kind, self.value, self.unit, self.cap_minor)
        if problem is not None:
            raise ValueError(problem)
        return self


class AssignReview(ContractCommand):
    """Let people review the version that lies before us."""

    command_name = "contract.assign_review.v1"

    reviewers: Annotated[tuple[Name, ...], Field(min_length=1)]
    due: CalendarDate


class RaiseReviewFinding(ContractCommand):
    """Object to a clause, while the contract is reviewed."""

    command_name = "contract.raise_review_finding.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    finding_id: Id
    clause: Name
    text: Text
    severity: FindingSeverity = "medium"


class ResolveFinding(ContractCommand):
    """Settle an objection: resolved, or accepted as it is."""

    command_name = "contract.resolve_finding.v1"

    finding_id: Id
    how: Literal["resolved", "accepted"]
    text: Text | None = None


class ConfirmAbility(ContractCommand):
    """Answer for it that we can do what the present version asks, in one respect."""

    command_name = "contract.confirm_ability.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    aspect: Aspect
    evidence_position: Position


class CompleteReview(ContractCommand):
    """End the review of a version; every objection must be settled."""

    command_name = "contract.complete_review.v1"

    version: Version
    outcome: Outcome


class InvalidateReview(ContractCommand):
    """Say that an amendment changed what was reviewed, and what was ordered on it already."""

    command_name = "contract.invalidate_review.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, SYSTEM})


class SignContract(ContractCommand):
    """Sign a version that was reviewed and accepted."""

    command_name = "contract.sign.v1"

    version: Version
    by: Name | None = None


COMMANDS: tuple[type[Command], ...] = (
    RecordClause,
    AssignReview,
    RaiseReviewFinding,
    ResolveFinding,
    ConfirmAbility,
    CompleteReview,
    InvalidateReview,
    SignContract,
)
