"""Know of an inquiry what its decisions need: its project, its stage, its draft."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.inquiries.events import (
    AnswerApproved,
    AnswerDrafted,
    InquiryAnswered,
    InquiryAssigned,
    InquiryClosed,
    InquiryReceived,
    InquiryReopened,
)
from domain.inquiries.facts import Dossier, Stage
from domain.kernel.messages import DomainEvent, Recorded

NOTHING_RECORDED: Final = Dossier()
_WAITING: Final = frozenset({Stage.OPEN, Stage.DRAFTED, Stage.APPROVED})

FOLLOWS: Final[Mapping[type[DomainEvent], frozenset[Stage]]] = {
    InquiryAssigned: _WAITING,
    AnswerDrafted: _WAITING,
    AnswerApproved: frozenset({Stage.DRAFTED, Stage.APPROVED}),
    InquiryAnswered: frozenset({Stage.APPROVED}),
    InquiryClosed: _WAITING | {Stage.ANSWERED},
    InquiryReopened: frozenset({Stage.ANSWERED, Stage.CLOSED}),
}
"""The stages in which each step of our own may be taken."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One inquiry as far as decisions care."""

    dossier: Dossier = NOTHING_RECORDED
    project_id: str | None = None

    @property
    def exists(self) -> bool:
        return self.dossier.received is not None


def evolve(inquiry: Inquiry, recorded: Recorded[Any]) -> Inquiry:
    """Return the inquiry after an event; no fact raises, a step nobody decided does."""
    if isinstance(recorded.event, InquiryReceived):
        known = inquiry.project_id or recorded.project_id
        return Inquiry(inquiry.dossier.after(recorded), known)
    if inquiry.dossier.stage not in FOLLOWS.get(type(recorded.event), frozenset()):
        # `decide` never lets this step through; a log that contains it is corrupt.
        msg = f"{type(recorded.event).__name__} cannot follow {inquiry}"
        raise AssertionError(msg)
    return Inquiry(inquiry.dossier.after(recorded), inquiry.project_id)
