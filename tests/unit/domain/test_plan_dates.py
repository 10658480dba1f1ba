"""Hold durations, constraints, deadlines and completion dates of a plan to their rules."""

import pytest
from pydantic import ValidationError

from domain.kernel.messages import Command, DomainEvent
from domain.kernel.refusals import (
    ConstraintDateMissing,
    InvalidTransition,
    Malformed,
    PhaseHasStarted,
    ReasonRequired,
)
from domain.plans.commands import (
    Constrain,
    ReviseDuration,
    SetDeadline,
)
from domain.plans.events import (
    CompletionDateAdjusted,
    ConstraintCleared,
    ConstraintSet,
    DeadlineCleared,
    DeadlineSet,
    PhaseDurationRevised,
)
from tests.builders import (
    ASKED_BY_HEAD,
    COORDINATOR_ID,
    FRIDAY,
    LATE_MATERIAL,
    PROJECT,
    THURSDAY,
)
from tests.unit.domain.plan_steps import (
    CUT_HAS_STARTED,
    a_plan,
    adjust,
    adjusted,
    constraint,
    cut,
    deadline,
    plan,
    propose,
    proposed,
    reject,
    rejected,
)


def test_a_duration_is_revised_with_a_reason_before_the_start() -> None:
    ask = ReviseDuration(
        project_id=PROJECT, phase_id="cut", duration_min=600, basis="Quote 7", reason=LATE_MATERIAL
    )
    revised = PhaseDurationRevised(phase_id="cut", old_min=480, new_min=600, basis="Quote 7")
    a_plan.given(cut).when(ask).then(revised).when(ask).then()
    a_plan.given(cut).when(ask, others=CUT_HAS_STARTED).then_refused(
        PhaseHasStarted, "record what remains"
    )
    a_plan.given(cut).when(ask.model_copy(update={"reason": None})).then_refused(ReasonRequired)


def test_a_negative_duration_cannot_even_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        plan("cut", minutes=-1)


def test_a_constraint_is_laid_on_a_phase_and_cleared() -> None:
    ask = Constrain(project_id=PROJECT, phase_id="cut", kind="SNET", at=THURSDAY, why="Delivery")
    clear = Constrain(project_id=PROJECT, phase_id="cut", kind="ASAP", reason=LATE_MATERIAL)
    constrained = ConstraintSet(phase_id="cut", kind="SNET", at=THURSDAY, why="Delivery")
    after = a_plan.given(cut).when(ask).then(constrained)
    after.when(ask).then()
    after.when(clear).then(ConstraintCleared(phase_id="cut")).when(clear).then()


@pytest.mark.parametrize("kind", ["SNET", "SNLT", "FNET", "FNLT", "MSO", "MFO"])
def test_a_constraint_that_holds_to_a_date_needs_one(kind: str) -> None:
    ask = Constrain.model_validate({"project_id": PROJECT, "phase_id": "cut", "kind": kind})
    a_plan.given(cut).when(ask).then_refused(ConstraintDateMissing, kind)


def test_as_late_as_possible_takes_no_date() -> None:
    ask = Constrain(project_id=PROJECT, phase_id="cut", kind="ALAP", at=FRIDAY)
    a_plan.given(cut).when(ask).then(ConstraintSet(phase_id="cut", kind="ALAP"))


def test_a_deadline_is_set_and_cleared() -> None:
    ask = SetDeadline(project_id=PROJECT, phase_id="cut", at=FRIDAY, for_party="Nordquell")
    clear = SetDeadline(project_id=PROJECT, phase_id="cut", reason=LATE_MATERIAL)
    after = a_plan.given(cut).when(ask)
    set_once = after.then(DeadlineSet(phase_id="cut", at=FRIDAY, for_party="Nordquell"))
    set_once.when(ask).then()
    set_once.when(clear).then(DeadlineCleared(phase_id="cut")).when(clear).then()


@pytest.mark.parametrize(
    ("stood", "change"),
    [
        (DeadlineSet(phase_id="cut", at=FRIDAY), deadline(THURSDAY)),
        (DeadlineSet(phase_id="cut", at=FRIDAY), deadline(None)),
        (ConstraintSet(phase_id="cut", kind="SNET", at=FRIDAY), constraint(THURSDAY)),
        (
            ConstraintSet(phase_id="cut", kind="SNET", at=FRIDAY),
            Constrain(project_id=PROJECT, phase_id="cut", kind="ASAP"),
        ),
    ],
)
def test_a_date_that_stood_does_not_change_without_a_reason(
    stood: DomainEvent, change: Command
) -> None:
    a_plan.given(cut, stood).when(change).then_refused(ReasonRequired, FRIDAY.isoformat())


def test_a_department_head_proposes_a_completion_date_in_his_name() -> None:
    after = a_plan.given(cut).when(propose, asked=ASKED_BY_HEAD).then(proposed)
    after.when(propose, asked=ASKED_BY_HEAD).then()
    after.when(propose).then(proposed.model_copy(update={"proposed_by": COORDINATOR_ID}))
    a_plan.given(cut).when(propose.model_copy(update={"reason": None})).then_refused(ReasonRequired)


def test_a_proposal_is_turned_down_once_and_may_be_made_again() -> None:
    after = a_plan.given(cut, proposed).when(reject).then(rejected)
    after.when(reject).then()
    after.when(propose, asked=ASKED_BY_HEAD).then(proposed)


def test_a_proposal_nobody_made_or_already_followed_is_not_turned_down() -> None:
    other = reject.model_copy(update={"proposed": THURSDAY})
    done = CompletionDateAdjusted(phase_id="cut", new=FRIDAY, means="remaining")
    a_plan.given(cut).when(reject).then_refused(InvalidTransition, "cut")
    a_plan.given(cut, proposed).when(other).then_refused(InvalidTransition)
    a_plan.given(cut, proposed, done).when(reject).then_refused(InvalidTransition)


def test_a_completion_date_is_adjusted_by_a_new_duration() -> None:
    ask = adjust("duration", duration_min=720)
    revised = PhaseDurationRevised(phase_id="cut", old_min=480, new_min=720)
    a_plan.given(cut).when(ask).then(adjusted("duration"), revised).when(ask).then()
    a_plan.given(cut).when(ask, others=CUT_HAS_STARTED).then_refused(PhaseHasStarted)


def test_a_completion_date_is_adjusted_by_a_constraint() -> None:
    ask = adjust("constraint")
    held = ConstraintSet(phase_id="cut", kind="FNET", at=FRIDAY)
    a_plan.given(cut).when(ask).then(adjusted("constraint"), held).when(ask).then()


def test_a_completion_date_is_adjusted_by_the_deadline_alone() -> None:
    before = DeadlineSet(phase_id="cut", at=THURSDAY, for_party="Nordquell")
    after = DeadlineSet(phase_id="cut", at=FRIDAY, for_party="Nordquell")
    ask = adjust("deadline_only")
    a_plan.given(cut, before).when(ask).then(adjusted("deadline_only"), after).when(ask).then()
    a_plan.given(cut).when(ask).then(
        adjusted("deadline_only"), DeadlineSet(phase_id="cut", at=FRIDAY)
    )


def test_what_remains_is_recorded_on_the_phase_and_not_by_the_plan() -> None:
    ask = adjust("remaining", remaining_min=120)
    a_plan.given(cut).when(ask).then(adjusted("remaining")).when(ask).then()


def test_an_adjustment_answers_a_waiting_proposal_even_where_nothing_else_changes() -> None:
    ask = adjust("remaining", remaining_min=120)
    before = (cut, adjusted("remaining"), proposed)
    a_plan.given(*before).when(ask).then(adjusted("remaining")).when(ask).then()


@pytest.mark.parametrize("means", ["duration", "remaining"])
def test_an_adjustment_says_how_far(means: str) -> None:
    a_plan.given(cut).when(adjust(means)).then_refused(Malformed, f"{means}_min")
