"""G1, G2, G4 and I1: who is missing, who is not prepared, what is overdue, who waits."""

from datetime import timedelta
from typing import Any

import pytest

from domain.inquiries.events import InquiryClosed, InquiryReceived
from domain.kernel.messages import DomainEvent
from domain.meetings.events import (
    ActionCompleted,
    ActionCreated,
    AgendaItemAdded,
    AttendeeInvited,
    InvitationAnswered,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
    MeetingPlanned,
    PreparationConfirmed,
)
from domain.projects.events import RuleSet
from domain.rules import Cleared, Finding, Rule
from domain.rules.action_overdue import ActionOverdue
from domain.rules.inquiry_overdue import InquiryOverdue
from domain.rules.meeting_departments import MeetingDepartmentMissing
from domain.rules.meeting_preparation import MeetingUnprepared
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History, at
from tests.unit.rules.findings import last, told

MEETING, INQUIRY = "meeting-M-1", "inquiry-Q-1"
FRAME = f"phase-{PROJECT}/frame"
MOVED = MeetingMoved(old=at("2026-03-06 09:00"), new=at("2026-03-20 09:00"))


def called(*external: str) -> History:
    """Call a meeting for Friday 6 March at nine; frames are to be prepared by Thursday noon."""
    history = History().opened().calendar("plant").tick("2026-03-02 08:00")
    planned = MeetingPlanned(
        purpose="Frames", start=at("2026-03-06 09:00"), duration_min=60, external_parties=external
    )
    item = AgendaItemAdded(
        item_id="frames",
        topic="New date",
        refs=(FRAME,),
        required_departments=("painting", "welding"),
        lead="anna",
        prep_due=at("2026-03-05 12:00"),
    )
    history.record(MEETING, planned).record(MEETING, item)
    for party, department in (("anna", "welding"), ("paul", "painting")):
        event = AttendeeInvited(party=party, attendance="required", department_id=department)
        history.record(MEETING, event)
    return accepted(history, "anna")


def accepted(history: History, party: str) -> History:
    event = InvitationAnswered(party=party, answer="ACCEPTED")
    return history.record(MEETING, event, effective_at=at("2026-03-03 08:00"))


def inquired(history: History) -> History:
    event = InquiryReceived(
        from_party="Brauhaus",
        channel="email",
        text="When?",
        due=at("2026-03-05 12:00"),
        about=(FRAME,),
    )
    return history.record(INQUIRY, event)


def prepared(history: History) -> History:
    return history.record(MEETING, PreparationConfirmed(attendee="anna", item_id="frames"))


def due(rule: Rule[Any], history: History) -> object:
    project, state = Watched(PROJECT), rule.initial()
    for recorded in history.events:
        project.take(recorded)
        rule.fold(state, recorded, project)
    return rule.due(state, project)


def test_a_department_is_missed_two_days_before_the_meeting_not_earlier() -> None:
    rule = MeetingDepartmentMissing()
    assert told(rule, called().tick("2026-03-04 08:59")) == []
    assert due(rule, called()) == at("2026-03-04 09:00")
    history = called().tick("2026-03-04 09:00")
    found = last(rule, history)
    assert found.subjects == (MEETING,)
    assert (found.severity, found.summary) == ("medium", "Meeting M-1 (Frames) lacks painting")
    assert len(told(rule, history.tick("2026-03-04 12:00"))) == 1
    assert due(rule, history) is None


def test_a_meeting_with_outside_parties_weighs_more() -> None:
    found = last(MeetingDepartmentMissing(), called("Norva").tick("2026-03-04 09:00"))
    assert found.severity == "high"


def test_a_missing_department_that_comes_clears() -> None:
    history = accepted(called().tick("2026-03-04 09:00"), "paul")
    assert told(MeetingDepartmentMissing(), history)[1:] == [
        Cleared(
            "meeting_department_missing",
            (MEETING,),
            "Meeting M-1 (Frames) has all it takes, or is not near",
        )
    ]


def ended(end: DomainEvent) -> History:
    history = called().tick("2026-03-04 09:00")
    return history.record(MEETING, end, effective_at=at("2026-03-04 10:00"))


@pytest.mark.parametrize(
    "end", [MeetingHeld(started=at("2026-03-04 09:00")), MeetingCancelled(), MOVED]
)
def test_a_meeting_held_cancelled_or_moved_away_misses_nobody(end: DomainEvent) -> None:
    assert isinstance(told(MeetingDepartmentMissing(), ended(end))[-1], Cleared)


def test_all_are_asked_anew_to_a_meeting_that_was_moved() -> None:
    history = ended(MOVED)
    assert due(MeetingDepartmentMissing(), history) == at("2026-03-18 09:00")
    found = last(MeetingDepartmentMissing(), history.tick("2026-03-18 09:00"))
    assert found.summary == "Meeting M-1 (Frames) lacks painting, welding"


def test_who_has_not_confirmed_is_not_prepared_once_the_time_is_over() -> None:
    rule = MeetingUnprepared()
    assert told(rule, called().tick("2026-03-05 12:00")) == []
    assert due(rule, called()) == at("2026-03-05 12:00") + timedelta(microseconds=1)
    history = called().tick("2026-03-05 12:01")
    found = last(rule, history)
    assert found.subjects == (MEETING,)
    assert found.summary == (
        "Meeting M-1 (Frames) is not prepared: “New date” (anna has not confirmed)"
    )
    assert len(told(rule, history.tick("2026-03-05 13:00"))) == 1
    (cleared,) = told(rule, prepared(history))[1:]
    assert isinstance(cleared, Cleared)


def test_an_inquiry_without_an_answer_leaves_its_subject_unprepared() -> None:
    rule = MeetingUnprepared()
    history = inquired(prepared(called()))
    found = last(rule, history.tick("2026-03-05 12:01"))
    assert found.summary == (
        "Meeting M-1 (Frames) is not prepared: “New date” (inquiry Q-1 is not answered)"
    )
    (cleared,) = told(rule, history.record(INQUIRY, InquiryClosed()))[1:]
    assert isinstance(cleared, Cleared)
    late = prepared(called()).tick("2026-03-05 12:01")
    assert told(rule, late) == []
    assert isinstance(last(rule, inquired(late)), Finding)


def test_nobody_need_be_prepared_for_a_meeting_that_is_over() -> None:
    history = called().tick("2026-03-05 12:01").record(MEETING, MeetingCancelled())
    assert isinstance(told(MeetingUnprepared(), history)[-1], Cleared)


def agreed() -> History:
    """Agree on two actions, due Monday and Tuesday in the week after the meeting."""
    history = called().record(MEETING, MeetingHeld(started=at("2026-03-06 09:00")))
    for action_id, owner, day in (("A-1", "anna", "09"), ("A-2", "paul", "10")):
        event = ActionCreated(
            action_id=action_id, text=f"Do {action_id}", owner=owner, due=at(f"2026-03-{day} 12:00")
        )
        history.record(MEETING, event)
    return history


def test_an_action_is_overdue_after_its_due_date_until_it_is_done() -> None:
    rule = ActionOverdue()
    history = agreed()
    assert due(rule, history) == at("2026-03-09 12:00") + timedelta(microseconds=1)
    history.tick("2026-03-09 12:00")
    later = ActionCreated(action_id="A-3", text="Do A-3", owner="anna", due=at("2026-03-30 12:00"))
    assert told(rule, history.record(MEETING, later)) == []
    found = last(rule, history.tick("2026-03-09 12:01"))
    assert found.summary == "Meeting M-1 (Frames): overdue is anna: Do A-1"
    both = last(rule, history.tick("2026-03-10 12:01"))
    assert both.summary == "Meeting M-1 (Frames): overdue is anna: Do A-1; paul: Do A-2"
    assert both.first_position == found.first_position
    one = last(rule, history.record(MEETING, ActionCompleted(action_id="A-1")))
    assert one.summary == "Meeting M-1 (Frames): overdue is paul: Do A-2"
    done = told(rule, history.record(MEETING, ActionCompleted(action_id="A-2")))
    assert isinstance(done[-1], Cleared)


def test_an_inquiry_is_told_before_its_answer_is_due_and_again_after() -> None:
    rule = InquiryOverdue()
    history = inquired(History().opened().tick("2026-03-02 08:00"))
    assert due(rule, history) == at("2026-03-04 12:00") + timedelta(microseconds=1)
    assert told(rule, history.tick("2026-03-04 12:00")) == []
    near = last(rule, history.tick("2026-03-04 12:01"))
    assert (near.severity, near.summary) == (
        "medium",
        "Inquiry Q-1 of Brauhaus is due 2026-03-05 12:00 UTC; nobody answers it",
    )
    over = last(rule, history.tick("2026-03-05 12:01"))
    assert (over.severity, over.summary) == (
        "high",
        "Inquiry Q-1 of Brauhaus was due 2026-03-05 12:00 UTC; nobody answers it",
    )
    assert over.first_position == near.first_position
    assert isinstance(told(rule, history.record(INQUIRY, InquiryClosed()))[-1], Cleared)


def test_numbers_that_a_project_sets_hold_at_once_for_what_is_known_already() -> None:
    sooner = RuleSet(rule="inquiry_overdue", parameters={"warn": 80})
    history = inquired(History().opened().tick("2026-03-02 08:00")).project(sooner)
    assert last(InquiryOverdue(), history).severity == "medium"
    later = RuleSet(rule="inquiry_overdue", parameters={"warn": 1})
    assert isinstance(told(InquiryOverdue(), history.project(later))[-1], Cleared)
    rule = MeetingDepartmentMissing()
    ahead = RuleSet(rule=rule.name, parameters={"before": 100})
    assert told(rule, called()) == []
    assert last(rule, called().project(ahead)).summary == "Meeting M-1 (Frames) lacks painting"
