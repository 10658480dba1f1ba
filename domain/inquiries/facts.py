"""Add up what is known of one inquiry: what was asked, who answers, whether it is answered.

That somebody asked is a fact, taken by (effective time, version); steps of our own count in the
order of the stream. Source of the rules: DOMAIN 3.14.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from domain.inquiries.events import (
    AnswerApproved,
    AnswerDrafted,
    InquiryAnswered,
    InquiryAssigned,
    InquiryClosed,
    InquiryReceived,
    InquiryReopened,
)
from domain.kernel.corrections import is_correction
from domain.kernel.messages import Recorded


class Stage(Enum):
    """How far an inquiry is."""

    UNKNOWN = "unknown"
    OPEN = "open"
    DRAFTED = "drafted"
    APPROVED = "approved"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Dossier:
    """What one inquiry's history adds up to."""

    received: Recorded[InquiryReceived] | None = None
    """The first that was heard of it, by when that was true."""
    assigned: InquiryAssigned | None = None
    draft: AnswerDrafted | None = None
    approved: AnswerApproved | None = None
    """The approval of that draft; a draft written later wants one of its own."""
    answered: Recorded[InquiryAnswered] | None = None
    closed: bool = False
    reopened: InquiryReopened | None = None

    @property
    def stage(self) -> Stage:
        """The furthest step taken since it was opened last."""
        if self.received is None:
            return Stage.UNKNOWN
        if self.closed:
            return Stage.CLOSED
        if self.answered is not None:
            return Stage.ANSWERED
        if self.approved is not None:
            return Stage.APPROVED
        return Stage.OPEN if self.draft is None else Stage.DRAFTED

    @property
    def waits(self) -> bool:
        """Whether somebody still waits for the answer."""
        return self.stage in {Stage.OPEN, Stage.DRAFTED, Stage.APPROVED}

    @property
    def due(self) -> datetime | None:
        """By when the answer is wanted; None before anybody asked."""
        if self.reopened is not None and self.reopened.due is not None:
            return self.reopened.due
        return None if self.received is None else self.received.event.due

    def after(self, recorded: Recorded[Any]) -> "Dossier":
        """Return the dossier with one more event; never raises, in whatever order facts come."""
        if is_correction(recorded):
            return self  # It is of what is recorded, and applied before anything is added up.
        match recorded.event:
            case InquiryReceived():
                first = self.received is None or _place(recorded) < _place(self.received)
                return replace(self, received=recorded) if first else self
            case InquiryAssigned() as assigned:
                return replace(self, assigned=assigned)
            case AnswerDrafted() as draft:
                return replace(self, draft=draft, approved=None)
            case AnswerApproved() as approved:
                return replace(self, approved=approved)
            case InquiryAnswered():
                return replace(self, answered=recorded)
            case InquiryClosed():
                return replace(self, closed=True)
            case InquiryReopened() as reopened:
                return Dossier(self.received, self.assigned, reopened=reopened)
            case other:
                raise AssertionError(other)  # Every event of an inquiry is one of these.


def dossier_of(history: Iterable[Recorded[Any]]) -> Dossier:
    """Return what a history of an inquiry adds up to."""
    dossier = Dossier()
    for recorded in history:
        dossier = dossier.after(recorded)
    return dossier


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version
