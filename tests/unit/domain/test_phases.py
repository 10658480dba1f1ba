"""Hold the decisions on a phase's execution to the states and doors it has."""

from datetime import timedelta

import pytest

from domain.kernel.messages import Command, DomainEvent
from domain.kernel.refusals import (
    AlreadyEnded,
    DomainError,
    GateOpen,
    InvalidTransition,
    NotFinished,
    NotInPlan,
    NotReleased,
    ProjectClosed,
    ProjectIsHeld,
    ReasonRequired,
)
from domain.phases.actuals import Stage
from domain.phases.commands import (
    AbortPhase,
    RecordProgress,
    ReleasePhase,
    ReopenPhase,
    RevokeRelease,
)
from domain.phases.decisions import DECIDER, Surroundings, reads
from domain.phases.events import (
    PhaseAborted,
    PhaseFinished,
    PhaseInterrupted,
    PhaseReleased,
    PhaseReleaseRevoked,
    PhaseReopened,
    PhaseResumed,
    PhaseStarted,
    ProgressRecorded,
)
from tests.builders import (
    COORDINATOR_ID,
    FRIDAY,
    LATE_MATERIAL,
    MONDAY,
    PROJECT,
    REWORK,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Step,
    fact,
    history,
)
from tests.spec import Spec

WELD = "weld"
STREAM = f"phase-{PROJECT}/{WELD}"
IN_PLAN = Surroundings(in_plan=True, plan_version=12)

a_phase = Spec(DECIDER, STREAM, IN_PLAN)
released = PhaseReleased(by=COORDINATOR_ID, plan_version=12)
revoked = PhaseReleaseRevoked(by=COORDINATOR_ID)
reopened = PhaseReopened()
aborted = PhaseAborted()
started = fact(PhaseStarted(actual_start=MONDAY), MONDAY)
progressed = fact(ProgressRecorded(remaining_min=240, basis="count"), TUESDAY)
interrupted = fact(PhaseInterrupted(at=WEDNESDAY, stop_code="machine_down"), WEDNESDAY)
resumed = fact(PhaseResumed(at=THURSDAY), THURSDAY)
finished = fact(PhaseFinished(actual_finish=THURSDAY), THURSDAY)
given_up = fact(PhaseAborted(), THURSDAY)

release = ReleasePhase(project_id=PROJECT, phase_id=WELD)
revoke = RevokeRelease(project_id=PROJECT, phase_id=WELD)
record = RecordProgress(project_id=PROJECT, phase_id=WELD, remaining_min=120)
recorded = ProgressRecorded(remaining_min=120, basis="report")
reopen = ReopenPhase(project_id=PROJECT, phase_id=WELD, reason=REWORK)
abort = AbortPhase(project_id=PROJECT, phase_id=WELD, reason=LATE_MATERIAL)


def test_a_phase_in_the_plan_is_released_against_it() -> None:
    a_phase.given().when(release).then(released)


def test_releasing_twice_changes_nothing() -> None:
    a_phase.given(released).when(release).then()


def test_a_phase_that_is_not_planned_is_not_released() -> None:
    a_phase.given().when(release, others=Surroundings(in_plan=False)).then_refused(NotInPlan)


def test_a_phase_with_an_open_gate_is_not_released() -> None:
    others = Surroundings(in_plan=True, open_gates=("contract", "permit"), plan_version=12)
    a_phase.given().when(release, others=others).then_refused(GateOpen, "contract, permit")


def test_a_phase_of_a_held_project_is_not_released() -> None:
    others = Surroundings(in_plan=True, project_held=True, plan_version=12)
    a_phase.given().when(release, others=others).then_refused(ProjectIsHeld, "resume it")
    a_phase.given(released).when(release, others=others).then()


def test_nothing_is_decided_in_a_closed_project() -> None:
    others = Surroundings(in_plan=True, project_closed=True, plan_version=12)
    for command in (release, revoke, record, reopen, abort):
        a_phase.given(released, started).when(command, others=others).then_refused(ProjectClosed)


def test_a_release_can_be_taken_back_and_given_again() -> None:
    after = a_phase.given(released).when(revoke).then(revoked)
    after.when(revoke).then()
    after.when(release).then(released)


def test_progress_is_decided_once_work_has_begun() -> None:
    a_phase.given(released, started).when(record).then(recorded)
    a_phase.given(released, started, interrupted).when(record).then(recorded)


def test_the_unit_of_counting_does_not_change_in_mid_work() -> None:
    in_metres = record.model_copy(update={"uom": "MTR"})
    in_pieces = ProgressRecorded(remaining_min=240, uom="H87", basis="count")
    a_phase.given(released, started, fact(in_pieces, TUESDAY)).when(in_metres).then_refused(
        InvalidTransition, "H87", "MTR"
    )
    a_phase.given(released, started, progressed).when(in_metres).then(
        recorded.model_copy(update={"uom": "MTR"})
    )


def test_releasing_what_runs_changes_nothing() -> None:
    a_phase.given(started).when(release).then()
    a_phase.given(released, started, interrupted).when(release).then()


def test_the_same_progress_said_again_is_said_again() -> None:
    """Each is a statement of its own moment: nothing has moved since."""
    a_phase.given(released, started).when(record).then(recorded).when(record).then(recorded)


def test_a_finished_phase_is_reopened_with_a_reason() -> None:
    after = a_phase.given(released, started, finished).when(reopen).then(reopened)
    after.when(reopen).then()
    a_phase.given(released, started, finished).when(
        reopen.model_copy(update={"reason": None})
    ).then_refused(ReasonRequired)


def test_reopening_what_was_also_given_up_sets_the_finish_aside_once() -> None:
    given_up = fact(PhaseAborted(), THURSDAY)
    done = fact(PhaseFinished(actual_finish=TUESDAY), TUESDAY)
    after = a_phase.given(given_up, done).when(reopen).then(reopened)
    after.when(reopen).then()
    later = fact(PhaseAborted(), FRIDAY)
    a_phase.given(done, reopened, later).when(reopen).then_refused(AlreadyEnded)


def test_a_reopened_phase_can_be_finished_and_reopened_again() -> None:
    again = fact(PhaseFinished(actual_finish=FRIDAY), FRIDAY)
    a_phase.given(released, started, finished, reopened, again).when(reopen).then(reopened)


def test_a_phase_is_given_up_once_with_a_reason() -> None:
    a_phase.given().when(abort).then(aborted)
    a_phase.given(released, started, interrupted).when(abort).then(aborted).when(abort).then()
    a_phase.given(given_up).when(abort).then()
    a_phase.given().when(abort.model_copy(update={"reason": None})).then_refused(ReasonRequired)


PLANNED: tuple[DomainEvent | Step, ...] = ()
RELEASED = (released,)
RUNNING = (released, started)
STOPPED = (released, started, interrupted)
FINISHED = (released, started, finished)
ABORTED = (released, started, given_up)


@pytest.mark.parametrize(
    ("before", "command", "refusal"),
    [
        (FINISHED, release, AlreadyEnded),
        (ABORTED, release, AlreadyEnded),
        (PLANNED, revoke, NotReleased),
        (RUNNING, revoke, InvalidTransition),
        (STOPPED, revoke, InvalidTransition),
        (FINISHED, revoke, AlreadyEnded),
        (ABORTED, revoke, AlreadyEnded),
        (PLANNED, record, NotReleased),
        (RELEASED, record, InvalidTransition),
        (FINISHED, record, AlreadyEnded),
        (ABORTED, record, AlreadyEnded),
        (PLANNED, reopen, NotFinished),
        (RELEASED, reopen, NotFinished),
        (RUNNING, reopen, NotFinished),
        (STOPPED, reopen, NotFinished),
        (ABORTED, reopen, AlreadyEnded),
        (FINISHED, abort, AlreadyEnded),
    ],
)
def test_each_state_refuses_what_it_does_not_allow(
    before: tuple[DomainEvent | Step, ...], command: Command, refusal: type[DomainError]
) -> None:
    a_phase.given(*before).when(command).then_refused(refusal, WELD)


@pytest.mark.parametrize(
    ("before", "stage"),
    [
        (PLANNED, Stage.PLANNED),
        (RELEASED, Stage.RELEASED),
        (RUNNING, Stage.RUNNING),
        (STOPPED, Stage.INTERRUPTED),
        ((*STOPPED, resumed), Stage.RUNNING),
        (FINISHED, Stage.FINISHED),
        ((*FINISHED, reopened), Stage.RUNNING),
        (ABORTED, Stage.ABORTED),
    ],
)
def test_the_stage_follows_from_facts_and_release(
    before: tuple[DomainEvent | Step, ...], stage: Stage
) -> None:
    phase = a_phase.given(*before).state
    assert phase.stage is stage
    assert phase.running is (stage in {Stage.RUNNING, Stage.INTERRUPTED})
    assert phase.started is (stage not in {Stage.PLANNED, Stage.RELEASED})


@pytest.mark.parametrize(
    "impossible",
    [
        (released, released),
        (started, released),
        (revoked,),
        (released, started, revoked),
        (reopened,),
        (released, started, reopened),
    ],
)
def test_a_request_no_decision_makes_is_a_corrupt_log(
    impossible: tuple[DomainEvent | Step, ...],
) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *impossible))


def test_every_decision_reads_plan_and_project() -> None:
    assert reads(release) == (f"plan-{PROJECT}", f"project-{PROJECT}")


def test_progress_is_recorded_as_of_a_moment_that_has_come() -> None:
    monday = record.model_copy(update={"as_of": MONDAY})
    assert (record.true_at(), monday.true_at()) == (None, MONDAY)
    a_phase.given(released, started).when(monday).then(recorded)
    later = record.model_copy(update={"as_of": FRIDAY + timedelta(minutes=1)})
    a_phase.given(released, started).when(later).then_refused(InvalidTransition, "still to come")
