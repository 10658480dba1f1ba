"""What can become true of one meeting (stream `meeting-<id>`)."""

from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import Field

from domain.kernel.ids import Id, StreamName
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import Digest, Instant, Name, Text

DURATION_MAX_MIN: Final = 31 * 24 * 60
MeetingMinutes: TypeAlias = Annotated[int, Field(ge=1, le=DURATION_MAX_MIN)]
"""Minutes of the clock, at most a month of them."""
Attendance: TypeAlias = Literal["required", "optional"]
Answer: TypeAlias = Literal["ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"]
"""The answers to an invitation, PARTSTAT of RFC 5545."""
Position: TypeAlias = Annotated[int, Field(ge=0)]


class MeetingStep(DomainEvent):
    """A step of our own towards a meeting, or in what came of it."""

    message_class: ClassVar[MessageClass] = "communication"


class ReportedOfMeeting(DomainEvent):
    """Something that those invited did, or that happened at the meeting."""

    message_class: ClassVar[MessageClass] = "communication"
    mark: ClassVar[Mark] = "fact"


class MeetingNeedAnticipated(MeetingStep):
    """Something will have to be talked over, by these departments, before a moment if one is known.

    Nobody has called the meeting yet. `external_parties` are those from outside whom it is about.
    """

    type_name = "meeting.need_anticipated.v1"

    why: Text
    refs: tuple[StreamName, ...] = ()
    required_departments: tuple[Name, ...] = ()
    before: Instant | None = None
    external_parties: tuple[Name, ...] | None = None

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class MeetingPlanned(MeetingStep):
    """The meeting is called: what for, when, where, and with whom from outside."""

    type_name = "meeting.planned.v1"

    purpose: Name
    start: Instant
    duration_min: MeetingMinutes
    place: Text | None = None
    link: Text | None = None
    external_parties: tuple[Name, ...] = ()

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class AgendaItemAdded(MeetingStep):
    """Something is to be talked over: who leads it, which departments and roles it takes.

    Whoever leads it confirms by `prep_due` that he is prepared.
    """

    type_name = "meeting.agenda_item_added.v1"

    item_id: Id
    topic: Name
    refs: tuple[StreamName, ...] = ()
    required_departments: tuple[Name, ...]
    required_roles: tuple[Name, ...] = ()
    lead: Name
    minutes: MeetingMinutes | None = None
    prep_due: Instant | None = None


class AttendeeInvited(MeetingStep):
    """A party is asked to come, for a department and in a role if it speaks for one."""

    type_name = "meeting.attendee_invited.v1"

    party: Name
    attendance: Attendance
    department_id: Name | None = None
    role: Name | None = None


class BriefingIssued(MeetingStep):
    """Those invited have the papers: what was known at a position, and their digest."""

    type_name = "meeting.briefing_issued.v1"

    at_position: Position
    digest: Digest


class MeetingMoved(MeetingStep):
    """The meeting is at another time: what was answered for the old one counts no more."""

    type_name = "meeting.moved.v1"

    old: Instant
    new: Instant
    duration_min: MeetingMinutes | None = None
    place: Text | None = None
    link: Text | None = None


class MeetingCancelled(MeetingStep):
    """It does not take place."""

    type_name = "meeting.cancelled.v1"


class MinuteRecorded(MeetingStep):
    """Something was said, under an item of the agenda if it belongs to one."""

    type_name = "meeting.minute_recorded.v1"

    text: Text
    item_id: Id | None = None


class DecisionRecorded(MeetingStep):
    """Something was decided, about these subjects."""

    type_name = "meeting.decision_recorded.v1"

    decision_id: Id
    text: Text
    refs: tuple[StreamName, ...] = ()
    item_id: Id | None = None


class ActionCreated(MeetingStep):
    """Somebody is to do something by a moment."""

    type_name = "meeting.action_created.v1"

    action_id: Id
    text: Text
    owner: Name
    due: Instant
    refs: tuple[StreamName, ...] = ()


class MinutesApproved(MeetingStep):
    """The minutes are right as they stand."""

    type_name = "meeting.minutes_approved.v1"

    by: Name


class InvitationAnswered(ReportedOfMeeting):
    """Somebody invited answered; the last answer counts. A delegate comes in his place."""

    type_name = "meeting.invitation_answered.v1"

    party: Name
    answer: Answer
    delegate: Name | None = None


class PreparationConfirmed(ReportedOfMeeting):
    """Somebody is prepared for an item of the agenda."""

    type_name = "meeting.preparation_confirmed.v1"

    attendee: Name
    item_id: Id


class MeetingHeld(ReportedOfMeeting):
    """The meeting took place."""

    type_name = "meeting.held.v1"

    started: Instant
    ended: Instant | None = None


class AttendanceRecorded(ReportedOfMeeting):
    """These were there; the last list counts."""

    type_name = "meeting.attendance_recorded.v1"

    present: tuple[Name, ...]


class ActionCompleted(ReportedOfMeeting):
    """What somebody was to do is done."""

    type_name = "meeting.action_completed.v1"

    action_id: Id
    by: Name | None = None


EVENTS: tuple[type[DomainEvent], ...] = (
    MeetingNeedAnticipated,
    MeetingPlanned,
    AgendaItemAdded,
    AttendeeInvited,
    BriefingIssued,
    MeetingMoved,
    MeetingCancelled,
    MinuteRecorded,
    DecisionRecorded,
    ActionCreated,
    MinutesApproved,
    InvitationAnswered,
    PreparationConfirmed,
    MeetingHeld,
    AttendanceRecorded,
    ActionCompleted,
)
