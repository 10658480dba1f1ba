"""Hold meetings to their rules: leads and departments, who comes prepared, minutes of what was."""

from datetime import timedelta
from itertools import permutations

import pytest

from domain.kernel.messages import DomainEvent, Recorded
from domain.kernel.refusals import (
    AlreadyExists,
    DepartmentMissing,
    DomainError,
    DuplicateId,
    InvalidTransition,
    LeadMissing,
    NotHeld,
    OwnerOrDueMissing,
    PositionAhead,
    ProjectClosed,
    ReasonRequired,
    UnknownSubject,
)
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
    ActionCompleted,
    ActionCreated,
    AgendaItemAdded,
    AttendanceRecorded,
    AttendeeInvited,
    BriefingIssued,
    DecisionRecorded,
    InvitationAnswered,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
    MeetingNeedAnticipated,
    MeetingPlanned,
    MinuteRecorded,
    MinutesApproved,
    PreparationConfirmed,
)
from domain.meetings.facts import Dossier, Stage, dossier_of
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


def test_a_meeting_is_known_once_it_is_anticipated_or_planned() -> None:
    assert need.introduces(STREAM) == planned.introduces(STREAM) == (STREAM,)
    assert held.event.introduces(STREAM) == ()


def test_a_need_is_anticipated_once_and_then_planned() -> None:
    after = a_meeting.given().when(anticipate).then(need)
    after.when(anticipate).then()
    after.when(plan).then(planned).when(plan).then()


def test_a_meeting_is_not_anticipated_or_planned_over_another() -> None:
    other_need = anticipate.model_copy(update={"why": "Something else"})
    other_plan = plan.model_copy(update={"purpose": "Something else"})
    a_meeting.given(need).when(other_need).then_refused(AlreadyExists, "another id")
    a_meeting.given(planned).when(anticipate).then_refused(AlreadyExists, "is planned")
    a_meeting.given(planned).when(other_plan).then_refused(AlreadyExists, "move it")
    a_meeting.given(need, cancelled).when(plan).then_refused(InvalidTransition, "is cancelled")
    a_meeting.given(need, held).when(plan).then_refused(InvalidTransition, "is held")


@pytest.mark.parametrize("command", ALL)
def test_a_meeting_of_another_project_is_unknown(command: MeetingCommand) -> None:
    elsewhere = command.model_copy(update={"project_id": "PRJ-8"})
    a_meeting.given(planned).when(elsewhere).then_refused(UnknownSubject, "PRJ-8", MEETING)


@pytest.mark.parametrize("command", ALL[2:])
def test_a_meeting_nobody_called_is_unknown(command: MeetingCommand) -> None:
    a_meeting.given().when(command).then_refused(UnknownSubject, "plan it first")


@pytest.mark.parametrize("command", [anticipate, plan])
def test_no_meeting_is_called_without_a_project_or_in_a_closed_one(
    command: MeetingCommand,
) -> None:
    nowhere = Surroundings(project_exists=False)
    closed = Surroundings(project_exists=True, project_closed=True)
    a_meeting.given().when(command, others=nowhere).then_refused(UnknownSubject, "no project")
    a_meeting.given().when(command, others=closed).then_refused(ProjectClosed, PROJECT)
    a_meeting.given(*over).when(record, others=closed).then(minute)


def test_an_item_is_put_on_the_agenda_once() -> None:
    after = a_meeting.given(planned).when(add).then(frames)
    after.when(add).then()
    other = add.model_copy(update={"topic": "Paint"})
    after.when(other).then_refused(DuplicateId, "another id")
    a_meeting.given(need).when(add).then(frames)


def test_every_item_has_a_lead_and_the_departments_it_takes() -> None:
    for nobody in ("", "  "):
        without_lead = add.model_copy(update={"lead": nobody})
        a_meeting.given(planned).when(without_lead).then_refused(LeadMissing, "name who does")
    without_departments = add.model_copy(update={"required_departments": ()})
    a_meeting.given(planned).when(without_departments).then_refused(DepartmentMissing, "frames")


def test_a_party_is_invited_once_and_may_be_invited_otherwise() -> None:
    first = AttendeeInvited(party="anna", attendance="required", department_id="welding")
    after = a_meeting.given(planned).when(invite).then(first)
    after.when(invite).then()
    optional = invite.model_copy(update={"attendance": "optional"})
    after.when(optional).then(first.model_copy(update={"attendance": "optional"}))


def test_a_briefing_is_of_what_is_known() -> None:
    after = a_meeting.given(planned).when(brief).then(briefing)
    after.when(brief).then()
    ahead = brief.model_copy(update={"at_position": 91})
    after.when(ahead).then_refused(PositionAhead, "position 90")
    a_meeting.given(need).when(brief).then_refused(InvalidTransition, "is anticipated")


def test_a_meeting_is_moved_with_a_reason_and_only_if_something_moves() -> None:
    moved = MeetingMoved(old=THURSDAY, new=FRIDAY)
    after = a_meeting.given(planned).when(move).then(moved)
    after.when(move).then()
    back = move.model_copy(update={"start": THURSDAY})
    after.when(back).then(MeetingMoved(old=FRIDAY, new=THURSDAY))
    a_meeting.given(planned).when(back).then()
    a_meeting.given(planned).when(asked(MoveMeeting, start=FRIDAY)).then_refused(ReasonRequired)
    a_meeting.given(need).when(move).then_refused(InvalidTransition, "is anticipated")


def test_a_meeting_is_cancelled_with_a_reason_before_it_is_held() -> None:
    a_meeting.given(planned).when(cancel).then(cancelled).when(cancel).then()
    a_meeting.given(planned).when(asked(CancelMeeting)).then_refused(ReasonRequired)
    a_meeting.given(*over).when(cancel).then_refused(InvalidTransition, "is held")


@pytest.mark.parametrize("command", [add, invite, move])
def test_a_cancelled_meeting_is_prepared_no_more(command: MeetingCommand) -> None:
    a_meeting.given(planned, cancelled).when(command).then_refused(InvalidTransition, "cancelled")


def test_what_came_of_a_meeting_is_written_down_once_it_was_held() -> None:
    after = a_meeting.given(*over).when(record).then(minute)
    after.when(record).then()
    after = after.when(decide).then(decision)
    after.when(decide).then()
    after = after.when(create).then(action)
    after.when(create).then()
    after.when(approve).then(approved).when(approve).then()


@pytest.mark.parametrize("command", [record, decide, create, approve])
def test_nothing_is_written_down_of_a_meeting_that_was_not_held(command: MeetingCommand) -> None:
    a_meeting.given(*ready).when(command).then_refused(NotHeld, "meeting.held.v1")


@pytest.mark.parametrize("command", [record, decide, create])
def test_approved_minutes_stand_as_they_are(command: MeetingCommand) -> None:
    a_meeting.given(*over, approved).when(command).then_refused(InvalidTransition, "approved")


@pytest.mark.parametrize("missing", [{"owner": ""}, {"owner": " "}, {"due": None}])
def test_every_action_has_an_owner_and_a_due_date(missing: dict[str, object]) -> None:
    a_meeting.given(*over).when(create.model_copy(update=missing)).then_refused(
        OwnerOrDueMissing, "A-1", "name both"
    )


def test_an_action_and_a_decision_are_not_said_otherwise_under_the_same_id() -> None:
    later = create.model_copy(update={"due": FRIDAY + timedelta(days=1)})
    a_meeting.given(*over, action).when(later).then_refused(DuplicateId)
    other = decide.model_copy(update={"text": "Three shifts"})
    a_meeting.given(*over, decision).when(other).then_refused(DuplicateId)


@pytest.mark.parametrize("command", [record, decide])
def test_nothing_is_written_down_under_an_item_that_is_not_on_the_agenda(
    command: MeetingCommand,
) -> None:
    under = command.model_copy(update={"item_id": "paint"})
    a_meeting.given(*over).when(under).then_refused(UnknownSubject, "no item paint")


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ((), Stage.UNKNOWN),
        ((need,), Stage.ANTICIPATED),
        ((need, planned), Stage.PLANNED),
        ((need, cancelled), Stage.CANCELLED),
        (over, Stage.HELD),
        ((planned, cancelled, held), Stage.HELD),
        ((*over, approved), Stage.APPROVED),
    ],
)
def test_the_stage_is_the_furthest_step(
    events: tuple[DomainEvent | Step, ...], stage: Stage
) -> None:
    assert dossier(*events).stage is stage


def test_a_department_is_there_when_somebody_required_of_it_accepted() -> None:
    everybody = (*ready, invited("anna", "welding"), invited("paul", "paint", role="buyer"))
    assert dossier(*everybody).missing_departments == ("paint", "welding")
    assert dossier(*everybody).missing_roles == ("buyer",)
    accepted = (*everybody, answered("anna", "ACCEPTED"), answered("paul", "ACCEPTED"))
    assert dossier(*accepted).missing_departments == ()
    assert dossier(*accepted).missing_roles == ()


@pytest.mark.parametrize("answer", ["DECLINED", "TENTATIVE", "DELEGATED"])
def test_who_does_not_say_that_he_comes_speaks_for_nobody(answer: str) -> None:
    told = dossier(*ready, invited("anna", "welding"), answered("anna", answer))
    assert told.missing_departments == ("paint", "welding")


def test_an_optional_attendee_speaks_for_no_department() -> None:
    asked_for = invited("anna", "welding", required=False)
    told = dossier(*ready, asked_for, answered("anna", "ACCEPTED"))
    assert told.missing_departments == ("paint", "welding")


def test_a_delegate_speaks_for_the_department_unless_he_declines() -> None:
    sent = (*ready, invited("anna", "welding"), answered("anna", "DELEGATED", "ben"))
    assert dossier(*sent).missing_departments == ("paint",)
    declined = (*sent, answered("ben", "DECLINED", days=2))
    assert dossier(*declined).missing_departments == ("paint", "welding")
    passed_on = (*sent, answered("ben", "DELEGATED", "carl", days=2))
    assert dossier(*passed_on).missing_departments == ("paint",)


def test_delegations_in_a_circle_bring_nobody() -> None:
    circle = (answered("anna", "DELEGATED", "ben"), answered("ben", "DELEGATED", "anna"))
    told = dossier(*ready, invited("anna", "welding"), *circle)
    assert told.missing_departments == ("paint", "welding")


def test_a_delegate_may_come_for_two_departments() -> None:
    both = (invited("anna", "welding"), invited("paul", "paint"))
    told = dossier(
        *ready, *both, answered("anna", "DELEGATED", "ben"), answered("paul", "DELEGATED", "ben")
    )
    assert told.missing_departments == ()


def test_the_last_answer_counts_however_late_it_is_told() -> None:
    accepted, declined = answered("anna", "ACCEPTED", days=2), answered("anna", "DECLINED", days=1)
    told = dossier(*ready, invited("anna", "welding"), accepted, declined)
    assert told.missing_departments == ("paint",)


def test_answers_to_the_old_time_of_a_moved_meeting_count_no_more() -> None:
    known = (*ready, invited("anna", "welding"), answered("anna", "ACCEPTED", days=1))
    same_time = Step(MeetingMoved(old=THURSDAY, new=THURSDAY, place="Hall 3"), WEDNESDAY)
    assert dossier(*known, same_time).missing_departments == ("paint",)
    moved = Step(MeetingMoved(old=THURSDAY, new=FRIDAY), WEDNESDAY)
    now = dossier(*known, moved)
    assert (now.start, now.missing_departments) == (FRIDAY, ("paint", "welding"))
    again = answered("anna", "ACCEPTED", days=3)
    assert dossier(*known, moved, again).missing_departments == ("paint",)


def test_without_an_agenda_the_departments_are_those_of_the_need() -> None:
    assert dossier(need).missing_departments == ("buying",)
    assert dossier(need, frames).missing_departments == ("paint", "welding")


def test_an_item_is_prepared_when_its_lead_says_so_or_who_comes_for_him() -> None:
    assert dossier(*ready).unprepared == (frames,)
    assert dossier(*ready, prepared("paul")).unprepared == (frames,)
    assert dossier(*ready, prepared("anna")).unprepared == ()
    sent = (*ready, answered("anna", "DELEGATED", "ben"))
    assert dossier(*sent, prepared("ben")).unprepared == ()


def test_an_action_is_open_until_somebody_says_that_it_is_done() -> None:
    assert dossier(*over, action).open_actions == (action,)
    done = fact(ActionCompleted(action_id="A-1", by="anna"), FRIDAY)
    assert dossier(*over, action, done).open_actions == ()
    of_nothing = fact(ActionCompleted(action_id="A-2"), FRIDAY)
    assert dossier(*over, action, of_nothing).open_actions == (action,)


def test_the_last_list_of_those_present_counts() -> None:
    assert dossier(*over).present is None
    first = fact(AttendanceRecorded(present=("anna",)), THURSDAY)
    second = fact(AttendanceRecorded(present=("anna", "ben")), FRIDAY)
    assert dossier(*over, second, first).present == ("anna", "ben")


def test_facts_add_up_to_the_same_in_any_order_of_arrival() -> None:
    facts = (
        answered("anna", "TENTATIVE", days=0),
        answered("anna", "DELEGATED", "ben", days=1),
        prepared("ben"),
        held,
        fact(MeetingHeld(started=FRIDAY), FRIDAY),
    )

    def summed(*arrived: Step) -> tuple[object, ...]:
        now = dossier(*ready, invited("anna", "welding"), *arrived)
        return now.stage, now.held, now.answers, now.missing_departments, now.unprepared

    assert {repr(summed(*each)) for each in permutations(facts)} == {repr(summed(*facts))}


@pytest.mark.parametrize(
    "impossible",
    [
        (frames,),
        (planned, need),
        (planned, planned),
        (planned, minute),
        (planned, cancelled, frames),
        (*over, frames),
        (*over, approved, minute),
        (*over, approved, approved),
    ],
)
def test_a_step_no_decision_makes_is_a_corrupt_log(
    impossible: tuple[DomainEvent | Step, ...],
) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))


@pytest.mark.parametrize(
    "reported",
    [
        held,
        answered("anna", "ACCEPTED"),
        prepared("anna"),
        fact(ActionCompleted(action_id="A-9"), MONDAY),
    ],
)
def test_a_fact_is_kept_whatever_it_says(reported: Step) -> None:
    for before in ((), (planned, cancelled), (*over, approved)):
        known: list[Recorded[DomainEvent]] = list(history(STREAM, *before, reported))
        assert known[-1] in DECIDER.fold(known).dossier.facts


def test_the_codes_of_meetings_are_those_of_the_catalogue() -> None:
    refusals: tuple[type[DomainError], ...] = (
        LeadMissing,
        DepartmentMissing,
        NotHeld,
        OwnerOrDueMissing,
    )
    assert [each.code for each in refusals] == [
        "lead_missing",
        "department_missing",
        "not_held",
        "owner_or_due_missing",
    ]
