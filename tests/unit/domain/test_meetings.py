"""Hold meetings to their rules: leads and departments, who comes prepared, minutes of what was."""

from datetime import timedelta

import pytest

from domain.kernel.messages import DomainEvent
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
from domain.meetings.commands import (
    CancelMeeting,
    MeetingCommand,
    MoveMeeting,
)
from domain.meetings.decisions import DECIDER, Surroundings
from domain.meetings.events import (
    AttendeeInvited,
    MeetingMoved,
)
from tests.builders import (
    FRIDAY,
    PROJECT,
    THURSDAY,
    Step,
    history,
)
from tests.unit.domain.meeting_steps import (
    ALL,
    MEETING,
    STREAM,
    a_meeting,
    action,
    add,
    anticipate,
    approve,
    approved,
    asked,
    brief,
    briefing,
    cancel,
    cancelled,
    create,
    decide,
    decision,
    frames,
    held,
    invite,
    minute,
    move,
    need,
    over,
    plan,
    planned,
    ready,
    record,
)


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
    last = brief.model_copy(update={"at_position": 90})
    after.when(last).then(briefing.model_copy(update={"at_position": 90}))
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
