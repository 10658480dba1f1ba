"""Decide on a contract: its clauses, its review, and that nothing unaccepted is signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from domain.contracts.commands import (
    COMMANDS,
    AssignReview,
    CompleteReview,
    ConfirmAbility,
    ContractCommand,
    InvalidateReview,
    RaiseReviewFinding,
    RecordClause,
    ResolveFinding,
    SignContract,
)
from domain.contracts.events import (
    EVENTS,
    AbilityConfirmed,
    ClauseRecorded,
    ContractSigned,
    FindingResolved,
    ReviewAssigned,
    ReviewCompleted,
    ReviewFindingRaised,
    ReviewInvalidated,
)
from domain.contracts.facts import Standing
from domain.contracts.state import Contract, evolve
from domain.kernel.decider import Decider, Events
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    AlreadyExists,
    FindingOpen,
    InvalidTransition,
    OldRevision,
    PositionAhead,
    ProjectClosed,
    ReasonRequired,
    UnknownSubject,
    Unreviewed,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a contract's decisions need to know of its project.

    `commitments` are those made with the party of the contract, or for the whole project where the
    contract is a customer's; they are needed where a review is invalidated alone.
    """

    project_closed: bool = False
    head_position: int = 0
    commitments: tuple[str, ...] = ()


def decide(
    command: ContractCommand, contract: Contract, asked: Asked, others: Surroundings
) -> Events:
    """Return the events of a request on a contract, `()` for a repeat; raises Rejected."""
    if not contract.exists or contract.project_id != command.project_id:
        msg = (
            f"project {command.project_id} has no contract {command.contract_id}: "
            "report contract.received.v1 first, with its project"
        )
        raise UnknownSubject(msg)
    if others.project_closed:
        msg = f"project {command.project_id} is closed: nothing is agreed in it any more"
        raise ProjectClosed(msg)
    return _DECISIONS[type(command)](command, contract.standing, asked, others)


def _record_clause(command: RecordClause, now: Standing, *_: object) -> Events:
    clause = ClauseRecorded(
        ref=command.ref,
        kind=command.kind,
        value=command.value,
        unit=command.unit,
        text=command.text,
        cap_minor=command.cap_minor,
    )
    known = now.clauses.get(command.ref)
    if known == clause:
        return ()
    if known is not None and command.reason is None:
        msg = f"clause {command.ref} is recorded with {known.value}: give a reason to change it"
        raise ReasonRequired(msg)
    return (clause,)


def _assign(command: AssignReview, now: Standing, *_: object) -> Events:
    assigned = ReviewAssigned(version=now.version, reviewers=command.reviewers, due=command.due)
    review = now.review
    if review is not None and review.assigned == assigned:
        return ()
    is_open = review is not None and review.completed is None and review.version == now.version
    if review is not None and is_open and command.reason is None:
        msg = f"the review is due on {review.assigned.due}: give a reason to assign it otherwise"
        raise ReasonRequired(msg)
    return (assigned,)


def _raise_finding(command: RaiseReviewFinding, now: Standing, *_: object) -> Events:
    raised = ReviewFindingRaised(
        finding_id=command.finding_id,
        clause=command.clause,
        text=command.text,
        severity=command.severity,
    )
    known = now.findings.get(command.finding_id)
    if known is not None:
        if known.raised == raised:
            return ()
        msg = f"there is a finding {command.finding_id} already: take another id"
        raise AlreadyExists(msg)
    if now.review is None or now.review.completed is not None:
        msg = f"contract {command.contract_id} is not under review: assign a review first"
        raise InvalidTransition(msg)
    return (raised,)


def _resolve(command: ResolveFinding, now: Standing, *_: object) -> Events:
    known = now.findings.get(command.finding_id)
    if known is None:
        msg = f"contract {command.contract_id} has no finding {command.finding_id}"
        raise UnknownSubject(msg)
    if known.settled is not None:
        if known.settled.how == command.how:
            return ()
        msg = f"finding {command.finding_id} was {known.settled.how}: raise a new one"
        raise InvalidTransition(msg)
    return (FindingResolved(finding_id=command.finding_id, how=command.how, text=command.text),)


def _confirm(command: ConfirmAbility, now: Standing, asked: Asked, others: Surroundings) -> Events:
    confirmed = AbilityConfirmed(
        version=now.version,
        aspect=command.aspect,
        by=asked.principal.party_id,
        evidence_position=command.evidence_position,
    )
    if confirmed in now.abilities:
        return ()
    if command.evidence_position > others.head_position:
        msg = f"the log ends at {others.head_position}: name a position that is there"
        raise PositionAhead(msg)
    return (confirmed,)


def _complete(command: CompleteReview, now: Standing, *_: object) -> Events:
    review = now.review
    ended = None if review is None else review.completed
    if ended is not None and (ended.version, ended.outcome) == (command.version, command.outcome):
        return ()
    _is_present(command.contract_id, command.version, now)
    if review is None or review.version != command.version or ended is not None:
        msg = f"version {command.version} is not under review: assign a review of it first"
        raise InvalidTransition(msg)
    if now.open_findings:
        msg = f"resolve or accept first: {', '.join(now.open_findings)}"
        raise FindingOpen(msg)
    return (
        ReviewCompleted(
            version=command.version, outcome=command.outcome, clauses=tuple(sorted(now.clauses))
        ),
    )


def _invalidate(
    command: InvalidateReview, now: Standing, asked: Asked, others: Surroundings
) -> Events:
    del asked
    review = now.review
    if review is not None and review.invalidated is not None:
        return ()
    if review is None or now.amended_by is None:
        msg = f"no amendment of {command.contract_id} changed a clause that was reviewed"
        raise InvalidTransition(msg)
    return (
        ReviewInvalidated(
            version=review.version,
            by=now.amended_by.event_id,
            clauses=now.touched_clauses,
            commitments=others.commitments,
        ),
    )


def _sign(command: SignContract, now: Standing, asked: Asked, others: Surroundings) -> Events:
    del others
    if now.signed(command.version):
        return ()
    _is_present(command.contract_id, command.version, now)
    if not now.is_accepted:
        state = now.review_state.value.replace("_", " ")
        msg = (
            f"version {command.version} of {command.contract_id} was not accepted by a review "
            f"(its review: {state}): complete one before signing"
        )
        raise Unreviewed(msg)
    return (ContractSigned(version=command.version, by=command.by or asked.principal.party_id),)


def _is_present(contract_id: str, version: int, now: Standing) -> None:
    if version == now.version:
        return
    if any(paper.event.version == version for paper in now.papers):
        msg = f"version {version} of {contract_id} is replaced by {now.version}: name that one"
        raise OldRevision(msg)
    msg = f"contract {contract_id} has no version {version}: {now.version} is the present one"
    raise UnknownSubject(msg)


# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Standing, Asked, Surroundings], Events]
_DECISIONS: Final[Mapping[type[ContractCommand], _Decision]] = {
    RecordClause: _record_clause,
    AssignReview: _assign,
    RaiseReviewFinding: _raise_finding,
    ResolveFinding: _resolve,
    ConfirmAbility: _confirm,
    CompleteReview: _complete,
    InvalidateReview: _invalidate,
    SignContract: _sign,
}

DECIDER: Final[Decider[Contract, Surroundings]] = Decider(
    category="contract",
    commands=COMMANDS,
    events=EVENTS,
    initial=Contract,
    evolve=evolve,
    decide=decide,
)
