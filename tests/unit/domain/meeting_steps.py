"""Give the steps of a meeting that its tests are made of, and the requests that lead to them."""

from datetime import timedelta

from domain.kernel.messages import DomainEvent
from domain.kernel.values import Reason
from domain.meetings.commands import (
    AddAgendaItem,
    AnticipateMeeting,
    ApproveMinutes,
    CancelMeeting,
    CreateAction,
    InviteAttendee,
    IssueBriefing,
    MeetingCommand,
    MoveMeeting,
    PlanMeeting,
    RecordDecision,
    RecordMinute,
)
from domain.meetings.decisions import DECIDER, Surroundings
from domain.meetings.events import (
    ActionCreated,
    AgendaItemAdded,
    AttendeeInvited,
    BriefingIssued,
    DecisionRecorded,
    InvitationAnswered,
    MeetingCancelled,
    MeetingHeld,
    MeetingNeedAnticipated,
    MeetingPlanned,
    MinuteRecorded,
    MinutesApproved,
    PreparationConfirmed,
)
from domain.meetings.facts import Dossier, dossier_of
from tests.builders import (
    COORDINATOR_ID,
    FRIDAY,
    MONDAY,
    PROJECT,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Step,
    fact,
    history,
)
from tests.spec import Spec

MEETING = "M-1"
STREAM = f"meeting-{MEETING}"
DIGEST = "ab" * 32
CRANE_AWAY = Reason(code="other", text="The hall is taken")

a_meeting = Spec(DECIDER, STREAM, Surroundings(project_exists=True, head_position=90))
need = MeetingNeedAnticipated(why="The vendor moved twice", required_departments=("buying",))
planned = MeetingPlanned(purpose="Frames are late", start=THURSDAY, duration_min=60, place="Hall 2")
frames = AgendaItemAdded(
    item_id="frames",
    topic="New date of the frames",
    required_departments=("welding", "paint"),
    required_roles=("buyer",),
    lead="anna",
    prep_due=WEDNESDAY,
)
briefing = BriefingIssued(at_position=80, digest=DIGEST)
held = fact(MeetingHeld(started=THURSDAY), THURSDAY)
minute = MinuteRecorded(text="Two shifts would do", item_id="frames")
decision = DecisionRecorded(decision_id="D-1", text="Two shifts", refs=("phase-PRJ-7/weld",))
action = ActionCreated(action_id="A-1", text="Ask the shift leads", owner="anna", due=FRIDAY)
approved = MinutesApproved(by=COORDINATOR_ID)
cancelled = MeetingCancelled()
ready = (Step(planned, MONDAY), Step(frames, MONDAY))
over = (*ready, held)


def invited(
    party: str, department: str | None = None, *, required: bool = True, role: str | None = None
) -> Step:
    attendance = "required" if required else "optional"
    event = AttendeeInvited.model_validate(
        {"party": party, "attendance": attendance, "department_id": department, "role": role}
    )
    return Step(event, MONDAY)


def answered(party: str, answer: str, delegate: str | None = None, days: int = 1) -> Step:
    event = InvitationAnswered.model_validate(
        {"party": party, "answer": answer, "delegate": delegate}
    )
    return fact(event, MONDAY + timedelta(days=days))


def prepared(attendee: str) -> Step:
    return fact(PreparationConfirmed(attendee=attendee, item_id="frames"), TUESDAY)


def asked(command: type[MeetingCommand], **fields: object) -> MeetingCommand:
    return command.model_validate({"project_id": PROJECT, "meeting_id": MEETING, **fields})


anticipate = asked(AnticipateMeeting, why=need.why, required_departments=("buying",))
plan = asked(
    PlanMeeting, purpose="Frames are late", start=THURSDAY, duration_min=60, place="Hall 2"
)
add = asked(AddAgendaItem, **frames.model_dump())
invite = asked(InviteAttendee, party="anna", department_id="welding")
brief = asked(IssueBriefing, at_position=80, digest=DIGEST)
move = asked(MoveMeeting, start=FRIDAY, reason=CRANE_AWAY)
cancel = asked(CancelMeeting, reason=CRANE_AWAY)
record = asked(RecordMinute, text=minute.text, item_id="frames")
decide = asked(RecordDecision, decision_id="D-1", text="Two shifts", refs=("phase-PRJ-7/weld",))
create = asked(CreateAction, action_id="A-1", text=action.text, owner="anna", due=FRIDAY)
approve = asked(ApproveMinutes)
ALL = (anticipate, plan, add, invite, brief, move, cancel, record, decide, create, approve)


def dossier(*events: DomainEvent | Step) -> Dossier:
    return dossier_of(history(STREAM, *events))
