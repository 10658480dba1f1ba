"""Tell what happens to a contract of a project."""

from datetime import date

from domain.contracts.events import (
    ClauseKind,
    ClauseRecorded,
    ContractKind,
    ContractReceived,
    ReviewAssigned,
    ReviewCompleted,
)
from domain.kernel.messages import DomainEvent
from tests.unit.projections.histories import History, at

SUBJECTS = ("contract-K-1",)


def contract(history: History, event: DomainEvent, when: str | None = None) -> History:
    """Record an event of the contract K-1, true at a moment or when it is recorded."""
    effective_at = None if when is None else at(when)
    return history.record("contract-K-1", event, effective_at=effective_at)


def received(history: History, kind: ContractKind = "customer", party: str = "Brauhaus") -> History:
    """Let version 1 of the contract come."""
    return contract(history, ContractReceived(party=party, kind=kind, version=1, doc_hash="a1"))


def clause(
    history: History,
    ref: str,
    kind: ClauseKind,
    value: str,
    unit: str | None = None,
    cap_minor: int | None = None,
) -> History:
    """Record what a clause asks for."""
    event = ClauseRecorded(ref=ref, kind=kind, value=value, unit=unit, cap_minor=cap_minor)
    return contract(history, event)


def reviewed(history: History, *clauses: str) -> History:
    """Let a review accept version 1, having looked at these clauses."""
    assigned = ReviewAssigned(version=1, reviewers=("carla",), due=date(2026, 3, 1))
    contract(history, assigned)
    return contract(history, ReviewCompleted(version=1, outcome="accepted", clauses=clauses))
