"""Hold the decisions on what a phase needs to their rules."""

from decimal import Decimal

import pytest

from domain.kernel.refusals import (
    AlreadyClosed,
    AlreadyExists,
    InvalidTransition,
    NotInPlan,
    OverIssue,
    ProjectClosed,
    ReasonRequired,
    UnknownSubject,
)
from domain.requirements.commands import CancelRequirement, ChangeRequirement, IdentifyRequirement
from domain.requirements.decisions import DECIDER, Surroundings, reads
from domain.requirements.events import (
    RequirementCancelled,
    RequirementChanged,
    RequirementIdentified,
)
from domain.requirements.state import Requirement
from tests.builders import LATE_MATERIAL, PROJECT, history
from tests.spec import Spec

NEED = "R-17"
STREAM = f"requirement-{NEED}"
FOUR, TEN, TWELVE = Decimal(4), Decimal(10), Decimal(12)

a_requirement = Spec(DECIDER, STREAM, Surroundings(project_exists=True))
identified = RequirementIdentified(
    phase="mount", item="valve", qty=TEN, uom="H87", qty_per=Decimal(2), offset_min=480
)
cancelled = RequirementCancelled()

identify = IdentifyRequirement(
    project_id=PROJECT,
    requirement_id=NEED,
    phase="mount",
    item="valve",
    qty=TEN,
    uom="H87",
    qty_per=Decimal(2),
    offset_min=480,
)
cancel = CancelRequirement(project_id=PROJECT, requirement_id=NEED, reason=LATE_MATERIAL)


def change(**changes: object) -> ChangeRequirement:
    named = {"project_id": PROJECT, "requirement_id": NEED, "reason": LATE_MATERIAL}
    return ChangeRequirement.model_validate({**named, **changes})


def test_a_requirement_is_identified_once() -> None:
    a_requirement.given().when(identify).then(identified).when(identify).then()
    assert identified.introduces(STREAM) == (STREAM,)


def test_an_id_that_is_taken_identifies_nothing_else() -> None:
    other = identify.model_copy(update={"qty": TWELVE})
    elsewhere = identify.model_copy(update={"project_id": "PRJ-8"})
    a_requirement.given(identified).when(other).then_refused(AlreadyExists, NEED)
    a_requirement.given(identified).when(elsewhere).then_refused(AlreadyExists, NEED)


def test_only_a_phase_in_the_plan_needs_something() -> None:
    away = Surroundings(project_exists=True, in_plan=False)
    a_requirement.given().when(identify, others=away).then_refused(NotInPlan, "mount")


def test_nothing_is_needed_for_a_project_that_is_not_there_or_closed() -> None:
    closed = Surroundings(project_exists=True, project_closed=True)
    nowhere = Surroundings(project_exists=False)
    for command in (identify, change(qty=TWELVE), cancel):
        a_requirement.given(identified).when(command, others=closed).then_refused(ProjectClosed)
        a_requirement.given(identified).when(command, others=nowhere).then_refused(
            UnknownSubject, PROJECT
        )


def test_a_requirement_answers_to_its_own_project_alone() -> None:
    for command in (change(qty=TWELVE), cancel):
        a_requirement.given().when(command).then_refused(UnknownSubject, NEED)
        elsewhere = command.model_copy(update={"project_id": "PRJ-8"})
        a_requirement.given(identified).when(elsewhere).then_refused(UnknownSubject, "PRJ-8")


def test_a_change_records_what_differs_with_a_reason() -> None:
    after = a_requirement.given(identified).when(change(qty=TWELVE, offset_min=480))
    after.then(RequirementChanged(qty=TWELVE)).when(change(qty=TWELVE)).then()
    a_requirement.given(identified).when(change(offset_min=60, priority=1)).then(
        RequirementChanged(offset_min=60, priority=1)
    )
    for command in (change(qty=TWELVE), cancel):
        unexplained = command.model_copy(update={"reason": None})
        a_requirement.given(identified).when(unexplained).then_refused(ReasonRequired)


def test_a_requirement_is_never_less_than_was_issued_or_reserved_for_it() -> None:
    held = Surroundings(project_exists=True, reserved=FOUR, issued=Decimal(5))
    needs = a_requirement.given(identified)
    needs.when(change(qty=FOUR), others=held).then_refused(OverIssue, "5 were issued", "return")
    needs.when(change(qty=Decimal(8)), others=held).then_refused(
        InvalidTransition, "9", "unreserve"
    )
    needs.when(change(qty=Decimal(9)), others=held).then(RequirementChanged(qty=Decimal(9)))
    issued = Surroundings(project_exists=True, issued=Decimal(5))
    needs.when(change(qty=Decimal(5)), others=issued).then(RequirementChanged(qty=Decimal(5)))


def test_a_requirement_is_cancelled_once_nothing_is_held_for_it() -> None:
    issued = Surroundings(project_exists=True, issued=FOUR)
    reserved = Surroundings(project_exists=True, reserved=FOUR)
    needs = a_requirement.given(identified)
    needs.when(cancel, others=issued).then_refused(OverIssue, "return them first")
    needs.when(cancel, others=reserved).then_refused(InvalidTransition, "unreserve them first")
    needs.when(cancel).then(cancelled).when(cancel).then()


def test_a_cancelled_requirement_is_not_changed() -> None:
    a_requirement.given(identified, cancelled).when(change(qty=FOUR)).then_refused(AlreadyClosed)


def test_a_requirement_stands_as_it_was_changed_last() -> None:
    changed = RequirementChanged(qty=TWELVE, priority=3)
    state = DECIDER.fold(history(STREAM, identified, changed))
    assert state == Requirement(identified, PROJECT, TWELVE, 480, 3)
    assert state.open
    assert not DECIDER.fold(history(STREAM, identified, cancelled)).open


def test_a_decision_reads_the_plan_or_the_stock() -> None:
    known = DECIDER.fold(history(STREAM, identified))
    project, plan, item = f"project-{PROJECT}", f"plan-{PROJECT}", f"item-{PROJECT}/valve"
    assert reads(identify, Requirement()) == (project, plan)
    assert reads(cancel, known) == (project, item)
    assert reads(cancel, Requirement()) == (project,)


@pytest.mark.parametrize(
    "events", [(cancelled,), (identified, identified), (identified, cancelled, cancelled)]
)
def test_a_request_nobody_decided_is_a_corrupt_log(
    events: tuple[RequirementIdentified, ...],
) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(STREAM, *events))
