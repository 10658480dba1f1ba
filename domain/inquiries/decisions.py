"""Decide on an inquiry: no answer goes to anybody who may not know what it rests on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from domain.inquiries.commands import (
    COMMANDS,
    AnswerInquiry,
    ApproveAnswer,
    AssignInquiry,
    CloseInquiry,
    DraftAnswer,
    InquiryCommand,
    ReopenInquiry,
)
from domain.inquiries.events import (
    EVENTS,
    AnswerApproved,
    AnswerDrafted,
    DisclosureLevel,
    InquiryAnswered,
    InquiryAssigned,
    InquiryClosed,
    InquiryReopened,
)
from domain.inquiries.facts import Dossier, Stage
from domain.inquiries.state import Inquiry, evolve
from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    Disclosure,
    InvalidTransition,
    PositionAhead,
    ReasonRequired,
    Unapproved,
    UnknownSubject,
)

RANK: Final[Mapping[DisclosureLevel, int]] = {"public": 0, "customer": 1, "internal": 2}
"""What is further up is for fewer."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an inquiry's decisions need to know beside it: how far the log is."""

    head_position: int = 0


def decide(command: InquiryCommand, inquiry: Inquiry, asked: Asked, others: Surroundings) -> Events:
    """Return the events of a step on an inquiry, `()` for a repeat; raises Rejected.

    One about a closed project is answered like any other.
    """
    require_reason(command)
    if not inquiry.exists or inquiry.project_id != command.project_id:
        msg = (
            f"project {command.project_id} has no inquiry {command.inquiry_id}: "
            "report inquiry.received.v1 first, with its project"
        )
        raise UnknownSubject(msg)
    return _DECISIONS[type(command)](command, inquiry.dossier, asked, others)


def _assign(command: AssignInquiry, now: Dossier, *_: object) -> Events:
    assigned = InquiryAssigned(owner=command.owner, department_id=command.department_id)
    if now.assigned == assigned:
        return ()
    _waits(command, now)
    return (assigned,)


def _draft(command: DraftAnswer, now: Dossier, asked: Asked, others: Surroundings) -> Events:
    del asked
    position = command.as_of_position
    known = now.draft
    if known is not None and known == AnswerDrafted(
        text=command.text,
        as_of_position=known.as_of_position if position is None else position,
        evidence=command.evidence,
    ):
        return ()
    _waits(command, now)
    if position is not None and position > others.head_position:
        msg = f"the log ends at position {others.head_position}: answer as of what is known"
        raise PositionAhead(msg)
    return (
        AnswerDrafted(
            text=command.text,
            as_of_position=others.head_position if position is None else position,
            evidence=command.evidence,
        ),
    )


def _approve(command: ApproveAnswer, now: Dossier, asked: Asked, others: Surroundings) -> Events:
    del others
    if now.approved is not None and now.approved.disclosure == command.disclosure:
        return ()
    _waits(command, now)
    if now.draft is None:
        msg = f"inquiry {command.inquiry_id} has no answer yet: draft one first"
        raise InvalidTransition(msg)
    beyond = [
        f"{each.ref} ({each.disclosure})"
        for each in now.draft.evidence
        if RANK[each.disclosure] > RANK[command.disclosure]
    ]
    if beyond:
        msg = (
            f"the answer is to be {command.disclosure}, and rests on {', '.join(beyond)}: "
            "draft one without that, or approve it for fewer"
        )
        raise Disclosure(msg)
    return (AnswerApproved(disclosure=command.disclosure, by=asked.principal.party_id),)


def _answer(command: AnswerInquiry, now: Dossier, *_: object) -> Events:
    if now.answered is not None and now.answered.event.notice == command.notice:
        return ()
    _waits(command, now)
    if now.approved is None:
        msg = f"the answer to inquiry {command.inquiry_id} is not approved: have that done first"
        raise Unapproved(msg)
    return (InquiryAnswered(notice=command.notice),)


def _close(command: CloseInquiry, now: Dossier, *_: object) -> Events:
    if now.stage is Stage.CLOSED:
        return ()
    if now.answered is None and command.reason is None:
        msg = f"inquiry {command.inquiry_id} was not answered: say why it is closed all the same"
        raise ReasonRequired(msg)
    return (InquiryClosed(),)


def _reopen(command: ReopenInquiry, now: Dossier, *_: object) -> Events:
    reopened = InquiryReopened(due=command.due)
    if now.waits and now.reopened == reopened:
        return ()
    if now.waits:
        msg = f"inquiry {command.inquiry_id} is open"
        raise InvalidTransition(msg)
    return (reopened,)


def _waits(command: InquiryCommand, now: Dossier) -> None:
    if not now.waits:
        msg = f"inquiry {command.inquiry_id} is {now.stage.value}: reopen it first"
        raise InvalidTransition(msg)


# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Dossier, Asked, Surroundings], Events]
_DECISIONS: Final[Mapping[type[InquiryCommand], _Decision]] = {
    AssignInquiry: _assign,
    DraftAnswer: _draft,
    ApproveAnswer: _approve,
    AnswerInquiry: _answer,
    CloseInquiry: _close,
    ReopenInquiry: _reopen,
}

DECIDER: Final[Decider[Inquiry, Surroundings]] = Decider(
    category="inquiry",
    commands=COMMANDS,
    events=EVENTS,
    initial=Inquiry,
    evolve=evolve,
    decide=decide,
)
