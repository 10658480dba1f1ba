"""Hold what is reported of a phase to the table of states, facts and contradictions."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.kernel.messages import DomainEvent
from domain.phases.actuals import Aborted, Actuals, Finished, Interrupted, NotStarted, Running, Work
from domain.phases.contradictions import Accounting, Circumstances, Contradiction
from domain.phases.events import (
    PhaseAborted,
    PhaseFinished,
    PhaseInterrupted,
    PhaseReleased,
    PhaseReopened,
    PhaseResumed,
    PhaseStarted,
    ProgressRecorded,
)
from domain.phases.facts import Execution, execution_of
from tests.builders import (
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

STREAM = f"phase-{PROJECT}/weld"
HOUR = timedelta(hours=1)

released = Step(PhaseReleased(by="c.meyer", plan_version=3), MONDAY - HOUR)
reopened = Step(PhaseReopened(), FRIDAY)
started = fact(PhaseStarted(actual_start=MONDAY), MONDAY)
progressed = fact(ProgressRecorded(remaining_min=240, basis="count"), TUESDAY)
interrupted = fact(PhaseInterrupted(at=TUESDAY, stop_code="machine_down"), TUESDAY)
resumed = fact(PhaseResumed(at=WEDNESDAY), WEDNESDAY)
finished = fact(PhaseFinished(actual_finish=WEDNESDAY), WEDNESDAY)
aborted = fact(PhaseAborted(), WEDNESDAY)

restarted = fact(PhaseStarted(actual_start=TUESDAY), THURSDAY)
more_progress = fact(ProgressRecorded(remaining_min=60, basis="count"), THURSDAY)
interrupted_again = fact(PhaseInterrupted(at=THURSDAY, stop_code="no_parts"), THURSDAY)
resumed_again = fact(PhaseResumed(at=THURSDAY), THURSDAY)
finished_again = fact(PhaseFinished(actual_finish=THURSDAY), THURSDAY)
aborted_again = fact(PhaseAborted(), THURSDAY)

SINCE_MONDAY = Work(started_at=MONDAY)
ASSUMED = Work(started_at=THURSDAY, start_is_assumed=True)


def done(work: Work) -> Work:
    return Work(work.started_at, work.start_is_assumed, remaining_min=0)


def left(work: Work, minutes: int) -> Work:
    return Work(work.started_at, work.start_is_assumed, remaining_min=minutes)


def execution(*steps: DomainEvent | Step) -> Execution:
    return execution_of(history(STREAM, *steps))


def codes(*steps: DomainEvent | Step) -> tuple[str, ...]:
    return tuple(found.code for found in Accounting(execution(*steps)).found)


PLANNED: tuple[Step, ...] = ()
RELEASED = (released,)
RUNNING = (released, started)
STOPPED = (released, started, interrupted)
FINISHED = (released, started, finished)
ABORTED = (released, started, aborted)
STOPPED_NOW = Interrupted(SINCE_MONDAY, TUESDAY, "machine_down")
FINISHED_NOW = Finished(done(SINCE_MONDAY), WEDNESDAY)
ABORTED_NOW = Aborted(SINCE_MONDAY, WEDNESDAY)

TABLE: list[tuple[tuple[Step, ...], Step, Actuals, tuple[str, ...]]] = [
    (PLANNED, started, Running(SINCE_MONDAY), ("not_released",)),
    (RELEASED, started, Running(SINCE_MONDAY), ()),
    (RUNNING, restarted, Running(SINCE_MONDAY), ("already_started",)),
    (STOPPED, restarted, STOPPED_NOW, ("already_started",)),
    (FINISHED, restarted, FINISHED_NOW, ("already_ended",)),
    (ABORTED, restarted, ABORTED_NOW, ("already_ended",)),
    (PLANNED, more_progress, Running(left(ASSUMED, 60)), ("not_started",)),
    (RELEASED, more_progress, Running(left(ASSUMED, 60)), ("not_started",)),
    (RUNNING, more_progress, Running(left(SINCE_MONDAY, 60)), ()),
    (
        STOPPED,
        more_progress,
        Interrupted(left(SINCE_MONDAY, 60), TUESDAY, "machine_down"),
        ("while_interrupted",),
    ),
    (FINISHED, more_progress, FINISHED_NOW, ("already_ended",)),
    (ABORTED, more_progress, ABORTED_NOW, ("already_ended",)),
    (PLANNED, interrupted, NotStarted(), ("not_started",)),
    (RELEASED, interrupted, NotStarted(), ("not_started",)),
    (RUNNING, interrupted, STOPPED_NOW, ()),
    (STOPPED, interrupted_again, STOPPED_NOW, ("while_interrupted",)),
    (FINISHED, interrupted_again, FINISHED_NOW, ("already_ended",)),
    (ABORTED, interrupted_again, ABORTED_NOW, ("already_ended",)),
    (PLANNED, resumed, NotStarted(), ("not_started",)),
    (RELEASED, resumed, NotStarted(), ("not_started",)),
    (RUNNING, resumed, Running(SINCE_MONDAY), ("not_interrupted",)),
    (STOPPED, resumed, Running(SINCE_MONDAY), ()),
    (FINISHED, resumed_again, FINISHED_NOW, ("already_ended",)),
    (ABORTED, resumed_again, ABORTED_NOW, ("already_ended",)),
    (PLANNED, finished_again, Finished(done(ASSUMED), THURSDAY), ("not_started",)),
    (RELEASED, finished_again, Finished(done(ASSUMED), THURSDAY), ("not_started",)),
    (RUNNING, finished, FINISHED_NOW, ()),
    (STOPPED, finished, FINISHED_NOW, ("while_interrupted",)),
    (FINISHED, finished_again, FINISHED_NOW, ("already_ended",)),
    (ABORTED, finished_again, ABORTED_NOW, ("already_ended",)),
    (PLANNED, aborted, Aborted(None, WEDNESDAY), ()),
    (RELEASED, aborted, Aborted(None, WEDNESDAY), ()),
    (RUNNING, aborted, ABORTED_NOW, ()),
    (STOPPED, aborted, ABORTED_NOW, ()),
    (FINISHED, aborted_again, FINISHED_NOW, ("already_ended",)),
]


@pytest.mark.parametrize(("before", "reported", "expected", "contradicted"), TABLE)
def test_every_fact_in_every_state_adds_up_as_the_table_says(
    before: tuple[Step, ...], reported: Step, expected: Actuals, contradicted: tuple[str, ...]
) -> None:
    assert execution(*before, reported).actuals == expected
    assert codes(*before, reported) == contradicted


def test_a_start_without_a_release_is_still_a_start() -> None:
    assert execution(started).actuals == Running(SINCE_MONDAY)


def test_a_start_that_arrives_after_progress_replaces_the_assumed_one() -> None:
    late = fact(PhaseStarted(actual_start=MONDAY), FRIDAY)
    assert execution(released, progressed).actuals == Running(
        Work(TUESDAY, start_is_assumed=True, remaining_min=240)
    )
    assert execution(released, progressed, late).actuals == Running(left(SINCE_MONDAY, 240))


def test_a_start_that_took_place_before_progress_clears_its_contradiction() -> None:
    assert codes(released, progressed) == ("not_started",)
    assert codes(released, progressed, started) == ()


def test_a_repeat_with_equal_values_is_no_contradiction() -> None:
    again = fact(started.event, WEDNESDAY)
    assert codes(released, started, again) == ()
    ended_again = fact(finished.event, FRIDAY)
    assert codes(released, started, finished, ended_again) == ()
    stopped_again = fact(interrupted.event, WEDNESDAY)
    assert codes(released, started, interrupted, stopped_again) == ()


def test_a_finish_before_its_start_is_recorded_and_contradicts() -> None:
    early = fact(PhaseFinished(actual_finish=MONDAY - HOUR), TUESDAY)
    whole = execution(released, started, early)
    assert whole.actuals == Finished(done(SINCE_MONDAY), MONDAY - HOUR)
    (found,) = Accounting(whole).found
    start = whole.facts[0]
    assert found == Contradiction("finish_before_start", whole.facts[1], against=start)


def test_an_assumed_start_gives_way_to_an_earlier_finish() -> None:
    early = fact(PhaseFinished(actual_finish=MONDAY), WEDNESDAY)
    assert execution(released, progressed, early).actuals == Finished(
        Work(MONDAY, start_is_assumed=True, remaining_min=0), MONDAY
    )
    assert codes(released, progressed, early) == ("not_started",)


def test_finishing_while_interrupted_before_the_start_contradicts_twice() -> None:
    early = fact(PhaseFinished(actual_finish=MONDAY - HOUR), WEDNESDAY)
    assert codes(*STOPPED, early) == ("while_interrupted", "finish_before_start")


def test_a_reopening_sets_aside_the_finish_recorded_before_it() -> None:
    after = execution(*FINISHED, reopened)
    assert after.actuals == Running(SINCE_MONDAY)
    assert Accounting(after).found == []


def test_a_finish_recorded_after_the_reopening_counts_whenever_it_was_true() -> None:
    again = fact(PhaseFinished(actual_finish=THURSDAY), THURSDAY)
    assert execution(*FINISHED, reopened, again).actuals == Finished(done(SINCE_MONDAY), THURSDAY)


def test_progress_set_aside_by_a_finish_counts_again_once_the_finish_is_set_aside() -> None:
    assert codes(*FINISHED, more_progress) == ("already_ended",)
    after = execution(*FINISHED, more_progress, reopened)
    assert after.actuals == Running(left(SINCE_MONDAY, 60))
    assert Accounting(after).found == []


def test_a_start_is_judged_by_the_release_in_force_at_its_time() -> None:
    too_late = Step(released.event, MONDAY + HOUR)
    assert codes(started, too_late) == ("not_released",)
    assert codes(released, started) == ()


def test_the_plan_and_the_project_can_be_contradicted_by_a_start() -> None:
    whole = execution(released, started)
    around = Circumstances(in_plan=False, open_gates=("permit",), project_held=True)
    found = Accounting(whole, {started_version(whole): around}).found
    assert [known.code for known in found] == ["not_in_plan", "gate_open", "project_held"]


def started_version(whole: Execution) -> int:
    return whole.facts[0].version


def test_any_fact_on_a_removed_phase_contradicts_the_plan() -> None:
    whole = execution(released, started, progressed)
    gone = {whole.facts[1].version: Circumstances(in_plan=False)}
    assert [known.code for known in Accounting(whole, gone).found] == ["not_in_plan"]


def test_what_a_report_leaves_out_stays_known_but_an_expectation_does_not() -> None:
    counted = ProgressRecorded(
        remaining_min=300,
        physical_bp=2500,
        qty_good=Decimal(3),
        qty_scrap=Decimal(1),
        uom="H87",
        expected_finish=FRIDAY,
        basis="count",
    )
    bare = ProgressRecorded(remaining_min=200, basis="report")
    assert execution(
        released, started, fact(counted, TUESDAY), fact(bare, WEDNESDAY)
    ).actuals == Running(
        Work(
            MONDAY,
            remaining_min=200,
            physical_bp=2500,
            qty_good=Decimal(3),
            qty_scrap=Decimal(1),
            uom="H87",
        )
    )


def test_the_facts_that_said_so_are_named() -> None:
    whole = execution(released, started, progressed)
    work = whole.actuals.work
    assert work is not None
    assert (work.start_of, work.remaining_of) == (whole.facts[0], whole.facts[1])


def test_decided_progress_and_abort_are_facts_like_reported_ones() -> None:
    decided = Step(ProgressRecorded(remaining_min=90, basis="report"), TUESDAY, "request")
    given_up = Step(PhaseAborted(), WEDNESDAY, "request")
    assert execution(released, started, decided, given_up).actuals == Aborted(
        left(SINCE_MONDAY, 90), WEDNESDAY
    )
