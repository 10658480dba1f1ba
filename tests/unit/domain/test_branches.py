"""Hold the decisions on a branch to its life: opened, asked of, merged or dropped, once."""

import pytest

from domain.branches.commands import (
    AddBranchRequest,
    BranchCommand,
    DropBranch,
    MergeBranch,
    OpenBranch,
)
from domain.branches.decisions import DECIDER, REQUESTS_MAX, Surroundings, merge_refused
from domain.branches.events import (
    BranchDropped,
    BranchMerged,
    BranchOpened,
    BranchRequestAdded,
)
from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    AlreadyExists,
    BranchEmpty,
    BranchTooLong,
    Cycle,
    InvalidTransition,
    MergeRefused,
    PositionAhead,
    ProjectClosed,
    UnknownSubject,
)
from tests.builders import PROJECT
from tests.spec import Spec

ID = "night-shift"
HERE = Surroundings(project_exists=True, head_position=40)

a_branch = Spec(DECIDER, f"branch-{ID}", HERE)

opened = BranchOpened(title="A night shift", base_position=40)
added = BranchRequestAdded(ordinal=1, command="plan.revise_duration.v1", data="{}")
merged = BranchMerged(events=(f"plan-{PROJECT}@7",))
OPEN = OpenBranch(project_id=PROJECT, branch_id=ID, title="A night shift")
ADD = AddBranchRequest(
    project_id=PROJECT, branch_id=ID, command="plan.revise_duration.v1", data={"b": 1}
)
MERGE = MergeBranch(project_id=PROJECT, branch_id=ID)
DROP = DropBranch(project_id=PROJECT, branch_id=ID)


def test_a_branch_starts_from_the_log_as_it_is_or_as_it_was() -> None:
    a_branch.given().when(OPEN).then(opened)
    earlier = OPEN.model_copy(update={"base_position": 12})
    a_branch.given().when(earlier).then(BranchOpened(title="A night shift", base_position=12))


def test_a_branch_cannot_start_from_what_is_not_there_yet() -> None:
    ahead = OPEN.model_copy(update={"base_position": 41})
    a_branch.given().when(ahead).then_refused(PositionAhead, "cannot start from 41")


def test_opening_again_is_a_repeat_or_another_branch_of_the_same_name() -> None:
    a_branch.given(opened).when(OPEN).then()
    other = OPEN.model_copy(update={"title": "Two shifts"})
    a_branch.given(opened).when(other).then_refused(AlreadyExists, "take another id")
    a_branch.given(opened).when(OPEN.model_copy(update={"base_position": 40})).then()
    earlier = OPEN.model_copy(update={"base_position": 12})
    a_branch.given(opened).when(earlier).then_refused(AlreadyExists, "take another id")


def test_nothing_is_asked_for_in_a_closed_project() -> None:
    closed = Surroundings(project_exists=True, project_closed=True, head_position=40)
    a_branch.given().when(OPEN, others=closed).then_refused(ProjectClosed, "is closed")


def test_a_request_is_kept_in_its_one_form_and_numbered() -> None:
    known = Surroundings(project_exists=True, data='{"b":1}')
    a_branch.given(opened).when(ADD, others=known).then(
        BranchRequestAdded(ordinal=1, command="plan.revise_duration.v1", data='{"b":1}')
    )
    a_branch.given(opened, added).when(ADD, others=known).then(
        BranchRequestAdded(ordinal=2, command="plan.revise_duration.v1", data='{"b":1}')
    )


def test_what_would_be_refused_on_the_branch_is_refused_at_once() -> None:
    would_be = Surroundings(project_exists=True, refusal=Cycle("a -> b -> a"))
    a_branch.given(opened).when(ADD, others=would_be).then_refused(Cycle, "a -> b -> a")


def test_a_branch_holds_so_many_requests_and_no_more() -> None:
    full = [
        BranchRequestAdded(ordinal=number, command="plan.revise_duration.v1", data="{}")
        for number in range(1, REQUESTS_MAX + 1)
    ]
    a_branch.given(opened, *full).when(ADD).then_refused(BranchTooLong, "at most 1000")


def test_a_merge_names_what_came_of_it() -> None:
    known = Surroundings(project_exists=True, written=(f"plan-{PROJECT}@7",))
    a_branch.given(opened, added).when(MERGE, others=known).then(merged)


def test_a_merge_is_refused_for_one_request_with_its_place_its_code_and_its_sentence() -> None:
    refused = merge_refused(added, Cycle("a -> b -> a"))
    assert type(refused) is MergeRefused
    assert (refused.code, refused.ordinal, refused.inner) == ("merge_refused", 1, "cycle")
    assert str(refused) == ("request 1 of the branch, plan.revise_duration.v1: cycle: a -> b -> a")


def test_a_branch_that_asks_for_nothing_is_not_merged() -> None:
    a_branch.given(opened).when(MERGE).then_refused(BranchEmpty, "asks for nothing")


def test_dropping_twice_is_dropping_once() -> None:
    a_branch.given(opened, added).when(DROP).then(BranchDropped())
    a_branch.given(opened, BranchDropped()).when(DROP).then()


@pytest.mark.parametrize("command", [ADD, MERGE, DROP])
def test_a_branch_that_was_merged_has_ended(command: BranchCommand) -> None:
    a_branch.given(opened, added, merged).when(command).then_refused(InvalidTransition, "is merged")


@pytest.mark.parametrize("command", [ADD, MERGE])
def test_a_branch_that_was_dropped_has_ended(command: BranchCommand) -> None:
    a_branch.given(opened, BranchDropped()).when(command).then_refused(
        InvalidTransition, "is dropped"
    )


@pytest.mark.parametrize("command", [ADD, MERGE, DROP])
@pytest.mark.parametrize("history", [(), (opened,)])
def test_a_branch_is_known_to_its_own_project_alone(
    command: BranchCommand, history: tuple[DomainEvent, ...]
) -> None:
    elsewhere = command.model_copy(update={"project_id": "PRJ-OTHER"})
    a_branch.given(*history).when(elsewhere).then_refused(UnknownSubject, "open it first")


def test_a_branch_needs_a_project() -> None:
    nowhere = Surroundings(project_exists=False)
    a_branch.given().when(OPEN, others=nowhere).then_refused(UnknownSubject, "there is no project")
