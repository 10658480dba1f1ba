"""What may be asked of one meeting; answers, preparation and attendance come in as facts."""

from typing import ClassVar

from domain.kernel.ids import Id, StreamName, stream_of
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, SYSTEM, Command
from domain.kernel.values import Digest, Instant, Name, Text
from domain.meetings.events import Attendance, MeetingMinutes, Position


class MeetingCommand(Command):
    """A request on one meeting of a project."""

    project_id: Id
    meeting_id: Id

    def stream(self) -> str:
        return stream_of("meeting", self.meeting_id)


class AnticipateMeeting(MeetingCommand):
    """Say that something will have to be talked over."""

    command_name = "meeting.anticipate.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, SYSTEM})

    why: Text
    refs: tuple[StreamName, ...] = ()
    required_departments: tuple[Name, ...] = ()
    before: Instant | None = None
    external_parties: tuple[Name, ...] | None = None


class PlanMeeting(MeetingCommand):
    """Call the meeting, whether its need was anticipated or not."""

    command_name = "meeting.plan.v1"

    purpose: Name
    start: Instant
    duration_min: MeetingMinutes
    place: Text | None = None
    link: Text | None = None
    external_parties: tuple[Name, ...] = ()


class AddAgendaItem(MeetingCommand):
    """Put something on the agenda; it needs a lead, and the departments it takes."""

    command_name = "meeting.add_agenda_item.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    item_id: Id
    topic: Name
    refs: tuple[StreamName, ...] = ()
    required_departments: tuple[Name, ...] = ()
    required_roles: tuple[Name, ...] = ()
    lead: Text = ""
    minutes: MeetingMinutes | None = None
    prep_due: Instant | None = None


class InviteAttendee(MeetingCommand):
    """Ask a party to come, or ask it otherwise than before."""

    command_name = "meeting.invite_attendee.v1"

    party: Name
    attendance: Attendance = "required"
    department_id: Name | None = None
    role: Name | None = None


class IssueBriefing(MeetingCommand):
    """Give out what was known at a position, with its digest."""

    command_name = "meeting.issue_briefing.v1"

    at_position: Position
    digest: Digest


class MoveMeeting(MeetingCommand):
    """Hold it at another time; all that were invited are asked anew."""

    command_name = "meeting.move.v1"
    needs_reason: ClassVar[bool] = True

    start: Instant
    duration_min: MeetingMinutes | None = None
    place: Text | None = None
    link: Text | None = None


class CancelMeeting(MeetingCommand):
    """Do without it."""

    command_name = "meeting.cancel.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, SYSTEM})
    needs_reason: ClassVar[bool] = True


class RecordMinute(MeetingCommand):
    """Write down what was said at a meeting that was held."""

    command_name = "meeting.record_minute.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    text: Text
    item_id: Id | None = None


class RecordDecision(MeetingCommand):
    """Write down what was decided at a meeting that was held."""

    command_name = "meeting.record_decision.v1"

    decision_id: Id
    text: Text
    refs: tuple[StreamName, ...] = ()
    item_id: Id | None = None


class CreateAction(MeetingCommand):
    """Say who does what by when."""

    command_name = "meeting.create_action.v1"

    action_id: Id
    text: Text
    owner: Text = ""
    due: Instant | None = None
    refs: tuple[StreamName, ...] = ()


class ApproveMinutes(MeetingCommand):
    """Say that the minutes are right as they stand."""

    command_name = "meeting.approve_minutes.v1"


COMMANDS: tuple[type[Command], ...] = (
    AnticipateMeeting,
    PlanMeeting,
    AddAgendaItem,
    InviteAttendee,
    IssueBriefing,
    MoveMeeting,
    CancelMeeting,
    RecordMinute,
    RecordDecision,
    CreateAction,
    ApproveMinutes,
)
