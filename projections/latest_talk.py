"""Say in one sentence what an event of a meeting, inquiry, notice or publication changed."""

from collections.abc import Mapping
from typing import Final

from domain.disputes import events as disputes
from domain.inquiries import events as inquiries
from domain.kernel.messages import DomainEvent
from domain.meetings import events as meetings
from domain.notices import events as notices
from domain.publications import events as publications
from projections.teller import Sentence, Teller


def _invited(event: meetings.AttendeeInvited, tell: Teller) -> str:
    speaks_for = "" if event.department_id is None else f" for {event.department_id}"
    return f"Meeting {tell.subject}: {event.party} invited{speaks_for} ({event.attendance})"


def _answered(event: meetings.InvitationAnswered, tell: Teller) -> str:
    to = "" if event.delegate is None else f" to {event.delegate}"
    return f"Meeting {tell.subject}: {event.party} answered: {event.answer.lower()}{to}"


def _item(event: meetings.AgendaItemAdded, tell: Teller) -> str:
    departments = ", ".join(event.required_departments)
    return f"Meeting {tell.subject}: “{event.topic}”, led by {event.lead}, with {departments}"


def _received(event: inquiries.InquiryReceived, tell: Teller) -> str:
    return (
        f"Inquiry {tell.subject} of {event.from_party} by {event.channel},"
        f" wanted by {tell.moment(event.due)}: {event.text}"
    )


def _disputed(event: disputes.ReasonDisputed, _: Teller) -> str:
    answers = event.proposed_responsible
    proposed = event.proposed_reason.code + ("" if answers is None else f", {answers} answers")
    return f"The reason of {event.target} is disputed by {event.by}: proposes {proposed}"


_OUTCOMES: Final[Mapping[str, str]] = {
    "upheld": "stands as it was recorded",
    "changed": "is the one proposed",
    "withdrawn": "is disputed no more",
}


SENTENCES: Final[Mapping[type[DomainEvent], Sentence]] = {
    meetings.MeetingNeedAnticipated: lambda e, _: f"A meeting will be needed: {e.why}",
    meetings.MeetingPlanned: lambda e, t: (
        f"Meeting {t.subject} called for {t.moment(e.start)}: {e.purpose}"
    ),
    meetings.AgendaItemAdded: _item,
    meetings.AttendeeInvited: _invited,
    meetings.BriefingIssued: lambda e, t: (
        f"Meeting {t.subject}: briefed as of position {e.at_position}"
    ),
    meetings.MeetingMoved: lambda e, t: (
        f"Meeting {t.subject} is at {t.moment(e.new)} now (was {t.moment(e.old)})"
    ),
    meetings.MeetingCancelled: lambda _, t: f"Meeting {t.subject} cancelled",
    meetings.MinuteRecorded: lambda e, t: f"Meeting {t.subject}: {e.text}",
    meetings.DecisionRecorded: lambda e, t: f"Meeting {t.subject} decided: {e.text}",
    meetings.ActionCreated: lambda e, t: (
        f"Meeting {t.subject}: {e.owner} is to do by {t.moment(e.due)}: {e.text}"
    ),
    meetings.MinutesApproved: lambda e, t: f"Meeting {t.subject}: minutes approved by {e.by}",
    meetings.InvitationAnswered: _answered,
    meetings.PreparationConfirmed: lambda e, t: (
        f"Meeting {t.subject}: {e.attendee} is prepared for {e.item_id}"
    ),
    meetings.MeetingHeld: lambda e, t: f"Meeting {t.subject} held {t.moment(e.started)}",
    meetings.AttendanceRecorded: lambda e, t: (
        f"Meeting {t.subject}: {', '.join(e.present) or 'nobody'} there"
    ),
    meetings.ActionCompleted: lambda e, t: f"Meeting {t.subject}: action {e.action_id} done",
    disputes.ReasonDisputed: _disputed,
    disputes.DisputeSettled: lambda e, _: (
        f"The reason of {e.target} {_OUTCOMES[e.outcome]} ({e.by})"
    ),
    inquiries.InquiryReceived: _received,
    inquiries.InquiryAssigned: lambda e, t: f"Inquiry {t.subject}: {e.owner} is to answer",
    inquiries.AnswerDrafted: lambda e, t: f"Inquiry {t.subject}: answer drafted: {e.text}",
    inquiries.AnswerApproved: lambda e, t: (
        f"Inquiry {t.subject}: answer approved by {e.by} ({e.disclosure})"
    ),
    inquiries.InquiryAnswered: lambda e, t: f"Inquiry {t.subject} answered by {e.notice}",
    inquiries.InquiryClosed: lambda _, t: f"Inquiry {t.subject} closed",
    inquiries.InquiryReopened: lambda _, t: f"Inquiry {t.subject} reopened",
    notices.NoticePrepared: lambda e, _: f"Notice for {', '.join(e.recipients)}: {e.summary}",
    notices.MessageLinked: lambda e, t: f"Notice {t.subject}: {e.inbound_ref} belongs to it",
    notices.NoticeSent: lambda e, t: f"Notice {t.subject} sent by {e.channel}",
    notices.NoticeDelivered: lambda _, t: f"Notice {t.subject} arrived",
    notices.NoticeBounced: lambda _, t: f"Notice {t.subject} came back",
    notices.NoticeAcknowledged: lambda e, t: f"Notice {t.subject} read by {e.by}",
    publications.SchedulePublished: lambda e, _: (
        f"Schedule of position {e.at_position} published to {e.audience}"
    ),
    publications.StatusReportIssued: lambda e, _: (
        f"Status report of position {e.at_position} issued to {e.audience}"
    ),
}
