"""Decide on a branch: it opens on what there is, takes requests that could be made, ends once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from domain.branches.commands import (
    COMMANDS,
    AddBranchRequest,
    BranchCommand,
    DropBranch,
    MergeBranch,
    OpenBranch,
)
from domain.branches.events import (
    EVENTS,
    BranchDropped,
    BranchMerged,
    BranchOpened,
    BranchRequestAdded,
)
from domain.branches.state import Branch, Stage, evolve
from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.messages import Asked
from domain.kernel.refusals import (
    AlreadyExists,
    BranchEmpty,
    BranchTooLong,
    DomainError,
    InvalidTransition,
    MergeRefused,
    PositionAhead,
    ProjectClosed,
    UnknownSubject,
)

REQUESTS_MAX: Final = 1_000
"""So many requests one branch may hold."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a branch's decisions need to know of its project and of what it asks for.

    ``data`` is the body of an added request in its one form, ``refusal`` why that request would be
    refused on the branch as it stands. ``written`` names the events that the branch's requests
    came to on the project, decided just before in the same commit, each as `stream@version`.
    """

    project_exists: bool
    project_closed: bool = False
    head_position: int = 0
    data: str = ""
    refusal: DomainError | None = None
    written: tuple[str, ...] = ()


def decide(command: BranchCommand, branch: Branch, asked: Asked, others: Surroundings) -> Events:
    """Return the events of a request on a branch, `()` for a repeat; raises Rejected."""
    del asked
    require_reason(command)
    if not others.project_exists:
        msg = f"there is no project {command.project_id}"
        raise UnknownSubject(msg)
    if isinstance(command, OpenBranch):
        return _open(command, branch, others)
    if not branch.exists or branch.project_id != command.project_id:
        msg = f"project {command.project_id} has no branch {command.branch_id}: open it first"
        raise UnknownSubject(msg)
    return _DECISIONS[type(command)](command, branch, others)


def _open(command: OpenBranch, branch: Branch, others: Surroundings) -> Events:
    base = others.head_position if command.base_position is None else command.base_position
    if branch.exists:
        same = (branch.project_id, branch.title) == (command.project_id, command.title)
        if same and command.base_position in {None, branch.base_position}:
            return ()
        msg = f"there is a branch {command.branch_id} already: take another id"
        raise AlreadyExists(msg)
    if others.project_closed:
        msg = f"project {command.project_id} is closed: nothing in it can be asked for any more"
        raise ProjectClosed(msg)
    if base > others.head_position:
        msg = f"the log ends at {others.head_position}: a branch cannot start from {base}"
        raise PositionAhead(msg)
    return (BranchOpened(title=command.title, base_position=base),)


def _add(command: AddBranchRequest, branch: Branch, others: Surroundings) -> Events:
    _is_open(command, branch)
    if len(branch.requests) >= REQUESTS_MAX:
        msg = f"a branch holds at most {REQUESTS_MAX} requests: merge it, or open another"
        raise BranchTooLong(msg)
    if others.refusal is not None:
        raise others.refusal
    ordinal = len(branch.requests) + 1
    return (BranchRequestAdded(ordinal=ordinal, command=command.command, data=others.data),)


def _merge(command: MergeBranch, branch: Branch, others: Surroundings) -> Events:
    _is_open(command, branch)
    if not branch.requests:
        msg = f"branch {command.branch_id} asks for nothing: add a request, or drop it"
        raise BranchEmpty(msg)
    return (BranchMerged(events=others.written),)


def _drop(command: DropBranch, branch: Branch, others: Surroundings) -> Events:
    del others
    if branch.stage is Stage.DROPPED:
        return ()
    _is_open(command, branch)
    return (BranchDropped(),)


def _is_open(command: BranchCommand, branch: Branch) -> None:
    if branch.stage is not Stage.OPEN:
        msg = f"branch {command.branch_id} is {branch.stage.value}: open a new one"
        raise InvalidTransition(msg)


def merge_refused(added: BranchRequestAdded, inner: DomainError) -> MergeRefused:
    """Return the refusal of a whole branch for what one of its requests is refused for."""
    msg = f"request {added.ordinal} of the branch, {added.command}: {inner.code}: {inner}"
    return MergeRefused(msg, added.ordinal, inner.code)


# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Branch, Surroundings], Events]
_DECISIONS: Final[Mapping[type[BranchCommand], _Decision]] = {
    AddBranchRequest: _add,
    MergeBranch: _merge,
    DropBranch: _drop,
}

DECIDER: Final[Decider[Branch, Surroundings]] = Decider(
    category="branch",
    commands=COMMANDS,
    events=EVENTS,
    initial=Branch,
    evolve=evolve,
    decide=decide,
)
