"""Add up what is known of one contract: its versions, its review, its findings, its signatures.

Facts are a set taken by (effective time, version), none of them raises; steps of our own count in
the order of the stream. Source of the rules: DOMAIN 3.8.
"""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from domain.contracts.events import (
    AbilityConfirmed,
    ClauseRecorded,
    ContractAmended,
    ContractKind,
    ContractReceived,
    ContractSigned,
    FindingResolved,
    ObligationBreached,
    ObligationMet,
    Outcome,
    ReviewAssigned,
    ReviewCompleted,
    ReviewFindingRaised,
    ReviewInvalidated,
)
from domain.kernel.messages import Recorded

Facts: TypeAlias = tuple[Recorded[Any], ...]
"""Facts of one contract by (effective time, version)."""

FACTS: Final = (
    ContractReceived,
    ContractAmended,
    ObligationMet,
    ObligationBreached,
    ContractSigned,
)
ContradictionCode: TypeAlias = Literal["unreviewed"]
ACCEPTED: Final[frozenset[Outcome]] = frozenset({"accepted", "accepted_with_conditions"})


class ReviewState(Enum):
    """How far the review of the present version is."""

    NONE = "none"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_CONDITIONS = "accepted_with_conditions"
    REJECTED = "rejected"
    INVALIDATED = "invalidated"
    """An amendment changed what was reviewed."""
    OUTDATED = "outdated"
    """It is about a version that is not the present one any more."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A signature without a review that accepted what was signed; the fact stays."""

    code: ContradictionCode
    fact: Recorded[Any]


@dataclass(frozen=True, slots=True)
class Review:
    """One round of review: of which version, by whom, until when, and how it ended."""

    version: int
    assigned: ReviewAssigned
    completed_of: Recorded[ReviewCompleted] | None = None
    invalidated: ReviewInvalidated | None = None

    @property
    def completed(self) -> ReviewCompleted | None:
        """How it ended; None while it is open."""
        return None if self.completed_of is None else self.completed_of.event


@dataclass(frozen=True, slots=True)
class Finding:
    """An objection, and how it was settled; None while it is open."""

    raised: ReviewFindingRaised
    settled: FindingResolved | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a contract's history adds up to."""

    party: str = ""
    kind: ContractKind | None = None
    version: int = 0
    """The version that lies before us; 0 while none came."""
    papers: Facts = ()
    """What brought a version, in the order of time."""
    clauses: Mapping[str, ClauseRecorded] = field(default_factory=dict)
    review: Review | None = None
    """The last round of review."""
    findings: Mapping[str, Finding] = field(default_factory=dict)
    abilities: tuple[AbilityConfirmed, ...] = ()
    signatures: Facts = ()
    met: Mapping[str, datetime] = field(default_factory=dict)
    """By clause, when it was last met."""
    breached: Mapping[str, datetime] = field(default_factory=dict)
    amended_by: Recorded[ContractAmended] | None = None
    """The first amendment that changed a clause after the last round of review looked at it."""
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def open_findings(self) -> tuple[str, ...]:
        """The objections that nobody settled."""
        return tuple(each for each, known in self.findings.items() if known.settled is None)

    @property
    def review_state(self) -> ReviewState:
        """How far the review of the present version is."""
        review = self.review
        if review is None:
            return ReviewState.NONE
        if review.completed is not None and (review.invalidated or self.amended_by):
            return ReviewState.INVALIDATED
        if review.version != self.version:
            return ReviewState.OUTDATED
        if review.completed is None:
            return ReviewState.ASSIGNED
        return ReviewState(review.completed.outcome)

    @property
    def is_accepted(self) -> bool:
        """Whether a review accepted the present version, as it is."""
        return self.review_state.value in ACCEPTED

    @property
    def touched_clauses(self) -> tuple[str, ...]:
        """The reviewed clauses that an amendment changed since."""
        completed = None if self.review is None else self.review.completed
        if completed is None or self.amended_by is None:
            return ()
        changed = self.amended_by.event.changed_clauses
        return tuple(each for each in changed if each in completed.clauses)

    def signed(self, version: int) -> bool:
        """Tell whether a version is signed."""
        return any(each.event.version == version for each in self.signatures)


@dataclass(frozen=True, slots=True)
class Paper:
    """What is recorded of one contract: its facts as a set, its requests in stream order."""

    received: ContractReceived | None = None
    facts: Facts = ()
    requests: Facts = ()

    def after(self, recorded: Recorded[Any]) -> "Paper":
        """Return the paper with one more event; never raises, in whatever order they come."""
        if not isinstance(recorded.event, FACTS):
            return replace(self, requests=(*self.requests, recorded))
        placed = list(self.facts)
        insort(placed, recorded, key=_place)
        first = recorded.event if isinstance(recorded.event, ContractReceived) else None
        return replace(self, received=self.received or first, facts=tuple(placed))

    def standing(self) -> Standing:
        """Return what it adds up to."""
        now = Standing()
        for known in self.facts:
            now = _reported(now, known)
        for known in self.requests:
            now = _decided(now, known)
        amended_by = _amended_by(now)
        return replace(
            now,
            amended_by=amended_by,
            contradictions=tuple(
                Contradiction("unreviewed", signature)
                for signature in now.signatures
                if not self._was_accepted(signature)
            ),
        )

    def _was_accepted(self, signature: Recorded[ContractSigned]) -> bool:
        """Tell whether the last review of a version that ended before a signature accepted it."""
        last: Outcome | None = None
        for known in self.requests:
            match known.event:
                case ReviewCompleted(version=version, outcome=outcome) if (
                    version == signature.event.version and _place(known) < _place(signature)
                ):
                    last = outcome
                case _:
                    pass
        return last in ACCEPTED


def paper_of(history: Iterable[Recorded[Any]]) -> Paper:
    """Return what is recorded of a contract by its history."""
    paper = Paper()
    for recorded in history:
        paper = paper.after(recorded)
    return paper


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version


def _reported(now: Standing, known: Recorded[Any]) -> Standing:
    match known.event:
        case ContractReceived(party=party, kind=kind, version=version):
            papers = (*now.papers, known)
            return replace(now, party=party, kind=kind, version=version, papers=papers)
        case ContractAmended(version=version):
            return replace(now, version=version, papers=(*now.papers, known))
        case ObligationMet(clause=clause, at=at):
            return replace(now, met={**now.met, clause: at})
        case ObligationBreached(clause=clause, at=at):
            return replace(now, breached={**now.breached, clause: at})
        case ContractSigned():
            return replace(now, signatures=(*now.signatures, known))
        case other:
            raise AssertionError(other)  # `Paper.after` keeps facts alone among the facts.


def _decided(now: Standing, known: Recorded[Any]) -> Standing:
    match known.event:
        case ClauseRecorded(ref=ref) as clause:
            return replace(now, clauses={**now.clauses, ref: clause})
        case ReviewFindingRaised(finding_id=finding_id) as raised:
            return replace(now, findings={**now.findings, finding_id: Finding(raised)})
        case FindingResolved(finding_id=finding_id) as settled:
            finding = replace(now.findings[finding_id], settled=settled)
            return replace(now, findings={**now.findings, finding_id: finding})
        case AbilityConfirmed() as confirmed:
            return replace(now, abilities=(*now.abilities, confirmed))
        case _:
            return replace(now, review=_reviewed(now.review, known))


def _reviewed(review: Review | None, known: Recorded[Any]) -> Review:
    match known.event:
        case ReviewAssigned(version=version) as assigned:
            return Review(version, assigned)
        case ReviewCompleted() if review is not None:
            return replace(review, completed_of=known)
        case ReviewInvalidated() as invalidated if review is not None:
            return replace(review, invalidated=invalidated)
        case other:
            raise AssertionError(other)  # No decision ends a review that nobody assigned.


def _amended_by(now: Standing) -> Recorded[ContractAmended] | None:
    """Return the first amendment after the reviewed version that changed a reviewed clause."""
    completed = None if now.review is None else now.review.completed
    if completed is None:
        return None
    seen = False
    for paper in now.papers:
        if seen and isinstance(paper.event, ContractAmended):
            if not set(paper.event.changed_clauses).isdisjoint(completed.clauses):
                return paper
        elif paper.event.version == completed.version:
            seen = True
    return None
