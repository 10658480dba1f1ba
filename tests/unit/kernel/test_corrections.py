"""Hold a history to what is believed of it: corrected, voided, corrected again, and put back."""

from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.corrections import (
    CorrectEvent,
    EventCorrected,
    EventVoided,
    VoidEvent,
    believed,
    corrected,
    decide,
)
from domain.kernel.messages import Recorded
from domain.kernel.refusals import InvalidTransition, Malformed, UnknownSubject
from domain.phases.decisions import DECIDER
from domain.phases.events import PhaseReleased, PhaseReleaseRevoked, PhaseStarted, ProgressRecorded
from tests.unit.projections.histories import DAY, MONDAY, PROJECT, History

STREAM = f"phase-{PROJECT}/weld"
TUESDAY = MONDAY + timedelta(days=1)


def a_phase() -> History:
    """Tell of a phase: started on Monday, then a day of work left."""
    history = History().fact("weld", PhaseStarted(actual_start=MONDAY), MONDAY)
    return history.fact("weld", ProgressRecorded(remaining_min=DAY, basis="report"), TUESDAY)


def mended(history: History, version: int, **change: Any) -> History:  # noqa: ANN401
    target = f"{STREAM}:{version}"
    return history.record(STREAM, EventCorrected(target=target, why="misread", **change))


def voided(history: History, version: int) -> History:
    return history.record(STREAM, EventVoided(target=f"{STREAM}:{version}", why="a slip"))


def remaining(history: History) -> list[int]:
    return [
        each.event.remaining_min
        for each in believed(history.events)
        if isinstance(each.event, ProgressRecorded)
    ]


def ask(history: History, version: int, **fields: Any) -> tuple[Any, ...]:  # noqa: ANN401
    command = CorrectEvent(
        project_id=PROJECT, target=f"{STREAM}:{version}", why="misread", fields=fields
    )
    return tuple(decide(command, history.events, DECIDER.fold))


def ask_void(history: History, version: int) -> tuple[Any, ...]:
    command = VoidEvent(project_id=PROJECT, target=f"{STREAM}:{version}", why="a slip")
    return tuple(decide(command, history.events, DECIDER.fold))


def test_a_corrected_event_says_what_it_should_have_said() -> None:
    history = mended(a_phase(), 2, fields={"remaining_min": 60})
    assert remaining(history) == [60]
    assert [each.version for each in believed(history.events)] == [1, 2]


def test_the_rest_of_it_stays_and_so_does_its_place() -> None:
    history = mended(a_phase(), 2, fields={"remaining_min": 60})
    before, after = history.events[1], believed(history.events)[1]
    assert (after.event.basis, after.envelope) == (before.event.basis, before.envelope)
    assert (after.stream, after.version, after.position) == (STREAM, 2, 2)


def test_an_event_may_have_been_true_at_another_time() -> None:
    history = mended(a_phase(), 2, effective_at=MONDAY)
    assert believed(history.events)[1].effective_at == MONDAY


def test_a_voided_event_counts_for_nothing() -> None:
    assert remaining(voided(a_phase(), 2)) == []


def test_the_last_correction_of_a_field_counts_and_others_stay() -> None:
    history = mended(a_phase(), 2, fields={"remaining_min": 60, "physical_bp": 10})
    history = mended(history, 2, fields={"remaining_min": 30})
    (_, now) = believed(history.events)
    assert (now.event.remaining_min, now.event.physical_bp) == (30, 10)


def test_voiding_a_correction_puts_back_what_was_before_it() -> None:
    history = mended(a_phase(), 2, fields={"remaining_min": 60})
    assert remaining(voided(history, 3)) == [DAY]
    assert remaining(voided(history, 4)) == [60]


def test_a_history_up_to_an_earlier_event_shows_the_old_belief() -> None:
    history = mended(a_phase(), 2, fields={"remaining_min": 60})
    assert believed(history.events[:2]) == history.events[:2]


def test_without_a_correction_a_history_is_itself() -> None:
    events: list[Recorded[Any]] = a_phase().events
    assert corrected(events) == events


def test_a_correction_is_an_event_of_its_targets_stream() -> None:
    assert ask(a_phase(), 2, remaining_min=60) == (
        EventCorrected(target=f"{STREAM}:2", fields={"remaining_min": 60}, why="misread"),
    )
    assert ask_void(a_phase(), 2) == (EventVoided(target=f"{STREAM}:2", why="a slip"),)


def test_correcting_to_what_is_believed_changes_nothing() -> None:
    assert ask(a_phase(), 2, remaining_min=DAY) == ()
    assert ask_void(voided(a_phase(), 2), 2) == ()


def test_there_must_be_such_an_event_of_the_project() -> None:
    with pytest.raises(UnknownSubject, match="no event phase-PRJ-7/weld:9"):
        ask_void(a_phase(), 9)
    elsewhere = VoidEvent(project_id="PRJ-8", target=f"{STREAM}:2", why="a slip")
    with pytest.raises(UnknownSubject, match="project PRJ-8 has no event"):
        decide(elsewhere, a_phase().events, DECIDER.fold)


@pytest.mark.parametrize(
    ("fields", "pointer", "says"),
    [
        ({"remaning_min": 60}, "/fields/remaning_min", "has no field remaning_min"),
        ({"remaining_min": -1}, "/fields/remaining_min", "greater than or equal to 0"),
        ({"remaining_min": "much"}, "/fields/remaining_min", "valid integer"),
    ],
)
def test_what_the_event_could_never_say_is_malformed(
    fields: dict[str, Any], pointer: str, says: str
) -> None:
    with pytest.raises(Malformed, match=says) as refused:
        ask(a_phase(), 2, **fields)
    assert refused.value.pointer == pointer


def test_a_key_is_not_corrected_but_recorded_anew() -> None:
    history = History().record(STREAM, PhaseStarted(actual_start=MONDAY))
    history = mended(history, 1, effective_at=TUESDAY)
    with pytest.raises(InvalidTransition, match="void it, and correct its target anew"):
        ask(history, 2, why="other")
    planned = History().phase("weld")
    command = CorrectEvent(
        project_id=PROJECT, target=f"plan-{PROJECT}:1", why="x", fields={"phase_id": "cut"}
    )
    with pytest.raises(InvalidTransition, match="phase_id says what the event is about"):
        decide(command, planned.events, DECIDER.fold)


def test_nothing_is_corrected_in_what_is_void() -> None:
    with pytest.raises(InvalidTransition, match="is void"):
        ask(voided(a_phase(), 2), 2, remaining_min=60)


def test_what_was_asked_for_later_must_still_follow() -> None:
    history = History().record(STREAM, PhaseReleased(by="anna", plan_version=1))
    history.record(STREAM, PhaseReleaseRevoked(by="anna"))
    with pytest.raises(InvalidTransition, match="would no longer follow"):
        ask_void(history, 1)
    assert len(ask_void(history, 2)) == 1
