"""Add up what is known of one special request: what was wanted, its impact, what was decided.

Facts are a set taken by (effective time, version), none of them raises; steps of our own count in
the order of the stream. Source of the rules: DOMAIN 3.9.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeAlias

from domain.kernel.messages import Recorded
from domain.special_requests.events import (
    CustomerInformed,
    ImpactAssessed,
    RequestApplied,
    RequestApproved,
    RequestClassified,
    RequestIdentified,
    RequestKind,
    RequestQuoted,
    RequestRejected,
    RequestVerified,
    RequestWithdrawn,
)

Facts: TypeAlias = tuple[Recorded[Any], ...]
"""Facts of one request by (effective time, version)."""

FACTS: Final = (RequestIdentified, RequestWithdrawn, RequestApproved)


class Stage(Enum):
    """How far a special request is."""

    UNKNOWN = "unknown"
    IDENTIFIED = "identified"
    CLASSIFIED = "classified"
    ASSESSED = "assessed"
    QUOTED = "quoted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    APPLIED = "applied"
    VERIFIED = "verified"


OVER: Final = frozenset({Stage.REJECTED, Stage.WITHDRAWN, Stage.APPLIED, Stage.VERIFIED})
"""The stages in which nothing is to be decided any more."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a special request's history adds up to."""

    identified: Recorded[RequestIdentified] | None = None
    """The first that was heard of it."""
    withdrawn: Recorded[RequestWithdrawn] | None = None
    approvals: Facts = ()
    kind: RequestKind | None = None
    assessments: Facts = ()
    quoted: Recorded[RequestQuoted] | None = None
    rejected: Recorded[RequestRejected] | None = None
    applied: Recorded[RequestApplied] | None = None
    verified: RequestVerified | None = None
    notices: tuple[str, ...] = ()

    @property
    def impact(self) -> ImpactAssessed | None:
        """What carrying it out would do, as assessed last."""
        return None if not self.assessments else self.assessments[-1].event

    @property
    def approval(self) -> Recorded[RequestApproved] | None:
        """The last approval that no rejection took back."""
        standing = self._standing_approvals
        return standing[-1] if standing else None

    @property
    def is_approved(self) -> bool:
        """Whether the impact as assessed last may be had.

        An approval is of the impact that was known when it was given: one assessed later must say
        the same days and money, or be approved again.
        """
        return any(self._covers(approval) for approval in self._standing_approvals)

    @property
    def _standing_approvals(self) -> Facts:
        """The approvals given, and heard of, after the last rejection."""
        rejected = self.rejected
        if rejected is None:
            return self.approvals
        return tuple(each for each in self.approvals if _follows(each, rejected))

    def _covers(self, approval: Recorded[RequestApproved]) -> bool:
        known = [each for each in self.assessments if _follows(approval, each)]
        if not known or self.impact is None:
            return False
        then = known[-1].event
        return (then.days, then.money) == (self.impact.days, self.impact.money)

    @property
    def may_be_applied(self) -> bool:
        """Whether it is approved, still wanted and not applied yet."""
        return self.is_approved and self.withdrawn is None and self.applied is None

    @property
    def stage(self) -> Stage:
        """The furthest step taken."""
        if self.identified is None:
            return Stage.UNKNOWN
        if self.applied is not None:
            return Stage.APPLIED if self.verified is None else Stage.VERIFIED
        if self.withdrawn is not None:
            return Stage.WITHDRAWN
        if self.approval is not None:
            return Stage.APPROVED
        if self.rejected is not None:
            return Stage.REJECTED
        if self.quoted is not None:
            return Stage.QUOTED
        if self.assessments:
            return Stage.ASSESSED
        return Stage.IDENTIFIED if self.kind is None else Stage.CLASSIFIED


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is recorded of one special request: facts as a set, requests in stream order."""

    facts: Facts = ()
    requests: Facts = ()

    def after(self, recorded: Recorded[Any]) -> "Dossier":
        """Return the dossier with one more event; never raises, in whatever order they come."""
        if not isinstance(recorded.event, FACTS):
            return replace(self, requests=(*self.requests, recorded))
        placed = list(self.facts)
        insort(placed, recorded, key=_place)
        return replace(self, facts=tuple(placed))

    def standing(self) -> Standing:
        """Return what it adds up to."""
        now = Standing()
        for known in (*self.facts, *self.requests):
            now = _after(now, known)
        return now


def dossier_of(history: Iterable[Recorded[Any]]) -> Dossier:
    """Return what is recorded of a special request by its history."""
    dossier = Dossier()
    for recorded in history:
        dossier = dossier.after(recorded)
    return dossier


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version


def _follows(fact: Recorded[Any], step: Recorded[Any]) -> bool:
    """Tell whether a fact was true, and was known, after a step of our own."""
    return _place(fact) > _place(step) and fact.version > step.version


def _after(now: Standing, known: Recorded[Any]) -> Standing:
    match known.event:
        case RequestIdentified():
            return replace(now, identified=now.identified or known)
        case RequestWithdrawn():
            return replace(now, withdrawn=now.withdrawn or known)
        case RequestApproved():
            return replace(now, approvals=(*now.approvals, known))
        case RequestClassified(kind=kind):
            return replace(now, kind=kind)
        case ImpactAssessed():
            return replace(now, assessments=(*now.assessments, known))
        case _:
            return _decided(now, known)


def _decided(now: Standing, known: Recorded[Any]) -> Standing:
    match known.event:
        case RequestQuoted():
            return replace(now, quoted=known)
        case RequestRejected():
            return replace(now, rejected=known)
        case RequestApplied():
            return replace(now, applied=known)
        case RequestVerified() as verified:
            return replace(now, verified=verified)
        case CustomerInformed(notice=notice):
            return replace(now, notices=(*now.notices, notice))
        case other:
            raise AssertionError(other)  # Every event of a request is a fact or one of these.
