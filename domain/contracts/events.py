"""What can become true of one contract (stream `contract-<id>`), in each of its versions."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from domain.kernel.ids import Id
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import INTEGER_MAX, CalendarDate, Instant, Name, Text

ContractKind: TypeAlias = Literal["customer", "vendor", "contractor"]
ClauseKind: TypeAlias = Literal[
    "delivery_date",
    "liquidated_damages",
    "payment",
    "spec",
    "inspection",
    "reporting",
    "notice_period",
    "change_procedure",
    "confidentiality",
]
FindingSeverity: TypeAlias = Literal["low", "medium", "high"]
Aspect: TypeAlias = Literal["capacity", "material", "technical", "cost"]
Outcome: TypeAlias = Literal["accepted", "accepted_with_conditions", "rejected"]
Version: TypeAlias = Annotated[int, Field(ge=1)]
MinorUnits: TypeAlias = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Position: TypeAlias = Annotated[int, Field(ge=0)]


class ReportedOfContract(DomainEvent):
    """Something the other party or the paper itself did."""

    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"


class DecidedOnContract(DomainEvent):
    """A step of our own on a contract."""

    message_class: ClassVar[MessageClass] = "revision"


class ContractReceived(ReportedOfContract):
    """A version of a contract lies before us; its document is known by its hash."""

    type_name = "contract.received.v1"

    party: Name
    kind: ContractKind
    version: Version
    doc_hash: Name

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class ContractAmended(ReportedOfContract):
    """A further version has come, in which these clauses say something else."""

    type_name = "contract.amended.v1"

    version: Version
    changed_clauses: tuple[Name, ...] = ()
    doc_hash: Name | None = None


class ObligationMet(ReportedOfContract):
    """What a clause asks for was done."""

    type_name = "contract.obligation_met.v1"

    clause: Name
    at: Instant


class ObligationBreached(ReportedOfContract):
    """What a clause asks for was not done in time."""

    type_name = "contract.obligation_breached.v1"

    clause: Name
    at: Instant


class ClauseRecorded(DecidedOnContract):
    """A clause of the contract asks for this; `unit` says what the value is counted in.

    `cap_minor` is the most that liquidated damages can come to, in minor units of their currency.
    """

    type_name = "contract.clause_recorded.v1"

    ref: Name
    kind: ClauseKind
    value: Name
    unit: Name | None = None
    text: Text | None = None
    cap_minor: MinorUnits | None = None


class ReviewAssigned(DecidedOnContract):
    """These people review this version by the end of a day."""

    type_name = "contract.review_assigned.v1"

    version: Version
    reviewers: Annotated[tuple[Name, ...], Field(min_length=1)]
    due: CalendarDate


class ReviewFindingRaised(DecidedOnContract):
    """A reviewer objects to a clause."""

    type_name = "contract.review_finding_raised.v1"

    finding_id: Id
    clause: Name
    text: Text
    severity: FindingSeverity


class FindingResolved(DecidedOnContract):
    """The objection is settled: the contract says otherwise now, or we live with it."""

    type_name = "contract.finding_resolved.v1"

    finding_id: Id
    how: Literal["resolved", "accepted"]
    text: Text | None = None


class AbilityConfirmed(DecidedOnContract):
    """Somebody answers for it that we can do what this version asks, in one respect.

    `evidence_position` is the log position of what he looked at.
    """

    type_name = "contract.ability_confirmed.v1"

    version: Version
    aspect: Aspect
    by: Name
    evidence_position: Position


class ReviewCompleted(DecidedOnContract):
    """The review of this version came to an end; the clauses that were looked at are named."""

    type_name = "contract.review_completed.v1"

    version: Version
    outcome: Outcome
    clauses: tuple[Name, ...] = ()


class ReviewInvalidated(DecidedOnContract):
    """An amendment changed what was reviewed, so the review is worth nothing any more.

    `by` is the event that amended it; `commitments` are those that were already made then.
    """

    type_name = "contract.review_invalidated.v1"

    version: Version
    by: Name
    clauses: tuple[Name, ...]
    commitments: tuple[Id, ...] = ()


class ContractSigned(DecidedOnContract):
    """A version is signed; `by` says who signed for us."""

    type_name = "contract.signed.v1"
    mark: ClassVar[Mark] = "both"

    version: Version
    by: Name | None = None


EVENTS: tuple[type[DomainEvent], ...] = (
    ContractReceived,
    ContractAmended,
    ObligationMet,
    ObligationBreached,
    ClauseRecorded,
    ReviewAssigned,
    ReviewFindingRaised,
    FindingResolved,
    AbilityConfirmed,
    ReviewCompleted,
    ReviewInvalidated,
    ContractSigned,
)
