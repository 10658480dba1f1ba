"""What is reported of a meeting adds up to who is there and what is ready, in whatever order."""

from itertools import permutations

import pytest

from domain.kernel.messages import DomainEvent, Recorded
from domain.meetings.decisions import DECIDER
from domain.meetings.events import (
    ActionCompleted,
    AttendanceRecorded,
    MeetingHeld,
    MeetingMoved,
)
from domain.meetings.facts import Stage
from tests.builders import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    WEDNESDAY,
    Step,
    fact,
    history,
)
from tests.unit.domain.meeting_steps import (
    STREAM,
    action,
    answered,
    approved,
    cancelled,
    dossier,
    frames,
    held,
    invited,
    need,
    over,
    planned,
    prepared,
    ready,
)


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
