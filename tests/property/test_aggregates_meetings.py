"""Hold meetings and inquiries to their laws: no history is impossible, order of arrival nothing."""

from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.inquiries import commands as on_inquiry
from domain.inquiries import decisions as inquiries
from domain.inquiries import events as told
from domain.inquiries.facts import dossier_of as inquiry_of
from domain.kernel.messages import Command, DomainEvent
from domain.meetings import commands as on_meeting
from domain.meetings import decisions as meetings
from domain.meetings import events as met
from domain.meetings.facts import Dossier, dossier_of
from tests.builders import LATE_MATERIAL, MONDAY, PROJECT
from tests.property.test_aggregates import apart, arrived, lived, moments

MEETING, INQUIRY = "M-1", "Q-1"
MEETING_STREAM, INQUIRY_STREAM = f"meeting-{MEETING}", f"inquiry-{INQUIRY}"
MEETING_OTHERS = meetings.Surroundings(project_exists=True, head_position=9)
people = st.sampled_from(["anna", "ben", "carl"])
ids = st.sampled_from(["a", "b"])

meeting_facts: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(
        met.InvitationAnswered,
        party=people,
        answer=st.sampled_from(["ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"]),
        delegate=st.none() | people,
    ),
    st.builds(met.PreparationConfirmed, attendee=people, item_id=ids),
    st.builds(met.MeetingHeld, started=moments),
    st.builds(met.AttendanceRecorded, present=st.lists(people, max_size=3).map(tuple)),
    st.builds(met.ActionCompleted, action_id=ids),
)


def of_meeting(command: type[Command], **fields: object) -> Command:
    return command.model_validate({"project_id": PROJECT, "meeting_id": MEETING, **fields})


def of_inquiry(command: type[Command], **fields: object) -> Command:
    return command.model_validate({"project_id": PROJECT, "inquiry_id": INQUIRY, **fields})


FIRST = of_meeting(on_meeting.PlanMeeting, purpose="Frames", start=MONDAY, duration_min=60)
meeting_steps: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from(
        [
            FIRST,
            of_meeting(on_meeting.AnticipateMeeting, why="The frames are late"),
            of_meeting(on_meeting.IssueBriefing, at_position=3, digest="ab" * 32),
            of_meeting(on_meeting.CancelMeeting, reason=LATE_MATERIAL),
            of_meeting(on_meeting.RecordMinute, text="Said"),
            of_meeting(on_meeting.ApproveMinutes),
        ]
    ),
    st.builds(
        lambda name, lead, takes: of_meeting(
            on_meeting.AddAgendaItem,
            item_id=name,
            topic="Frames",
            lead=lead,
            required_departments=takes,
        ),
        ids,
        st.just("") | people,
        st.sampled_from([(), ("welding",), ("welding", "paint")]),
    ),
    st.builds(
        lambda party, takes: of_meeting(
            on_meeting.InviteAttendee, party=party, department_id=takes
        ),
        people,
        st.sampled_from(["welding", "paint"]),
    ),
    st.builds(
        lambda hours: of_meeting(
            on_meeting.MoveMeeting, start=MONDAY + timedelta(hours=hours), reason=LATE_MATERIAL
        ),
        st.integers(0, 2),
    ),
    st.builds(
        lambda name, owner: of_meeting(
            on_meeting.CreateAction, action_id=name, text="Ask", owner=owner, due=MONDAY
        ),
        ids,
        st.just("") | people,
    ),
    st.builds(
        lambda name: of_meeting(on_meeting.RecordDecision, decision_id=name, text="Two shifts"),
        ids,
    ),
)
inquiry_facts: st.SearchStrategy[DomainEvent] = st.builds(
    told.InquiryReceived,
    from_party=people,
    channel=st.sampled_from(["email", "call"]),
    text=st.just("When?"),
    due=moments,
)
levels = st.sampled_from(["public", "customer", "internal"])
inquiry_steps: st.SearchStrategy[Command] = st.one_of(
    st.builds(lambda who: of_inquiry(on_inquiry.AssignInquiry, owner=who), people),
    st.builds(
        lambda level: of_inquiry(
            on_inquiry.DraftAnswer, text="Soon", evidence=({"ref": "plan", "disclosure": level},)
        ),
        levels,
    ),
    st.builds(lambda level: of_inquiry(on_inquiry.ApproveAnswer, disclosure=level), levels),
    st.sampled_from(
        [
            of_inquiry(on_inquiry.AnswerInquiry, notice="N-1"),
            of_inquiry(on_inquiry.CloseInquiry),
            of_inquiry(on_inquiry.ReopenInquiry, reason=LATE_MATERIAL),
        ]
    ),
)


@given(st.lists(st.tuples(st.one_of(meeting_facts, meeting_steps, meeting_steps), moments)))
def test_no_mix_of_facts_and_steps_of_a_meeting_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    known = [(FIRST, MONDAY), *messages]
    state, history = lived(meetings.DECIDER, MEETING_STREAM, MEETING_OTHERS, known)
    assert meetings.DECIDER.fold(history) == state
    now = dossier_of(history)
    assert now == state.dossier
    assert all(item.lead and item.required_departments for item in now.steps.items.values())
    held = [place for place, each in enumerate(history) if isinstance(each.event, met.MeetingHeld)]
    of_it = (met.MinuteRecorded, met.DecisionRecorded, met.ActionCreated, met.MinutesApproved)
    for place, each in enumerate(history):
        assert not isinstance(each.event, of_it) or (held and held[0] < place)


@given(st.lists(meeting_facts, max_size=8), st.randoms(use_true_random=False))
def test_facts_of_a_meeting_add_up_to_the_same_in_any_order_of_arrival(
    known: list[DomainEvent], dice: Random
) -> None:
    in_time = apart(known)
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    first, second = (dossier_of(arrived(each, MEETING_STREAM)) for each in (in_time, shuffled))
    assert summed(second) == summed(first)


def summed(now: Dossier) -> tuple[object, ...]:
    """Return what a dossier says, whatever the places of its facts in the stream."""
    return now.stage, now.held, now.present, now.answers, now.completed, now.unprepared


@given(st.lists(st.tuples(st.one_of(inquiry_facts, inquiry_steps, inquiry_steps), moments)))
def test_no_mix_of_facts_and_steps_of_an_inquiry_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
) -> None:
    others = inquiries.Surroundings(head_position=9)
    state, history = lived(inquiries.DECIDER, INQUIRY_STREAM, others, messages)
    assert inquiries.DECIDER.fold(history) == state
    now = inquiry_of(history)
    assert now == state.dossier
    if now.approved is not None and now.draft is not None:
        allowed = inquiries.RANK[now.approved.disclosure]
        assert all(inquiries.RANK[each.disclosure] <= allowed for each in now.draft.evidence)


@given(st.lists(inquiry_facts, max_size=5), st.randoms(use_true_random=False))
def test_an_inquiry_is_what_was_asked_first_in_any_order_of_arrival(
    known: list[DomainEvent], dice: Random
) -> None:
    in_time = apart(known)
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    heard = [inquiry_of(arrived(each, INQUIRY_STREAM)).received for each in (in_time, shuffled)]
    first = known[0] if known else None
    assert [None if each is None else each.event for each in heard] == [first, first]
