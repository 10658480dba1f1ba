"""Answer what branches a project has, what one asks for, and what it would change."""

import json
from typing import Any, Final

from consumers.branching import BranchLine
from consumers.on_branch import named, views_on
from consumers.question import Asked, Question
from consumers.views import Views
from domain.branches.events import BranchDropped, BranchMerged, BranchRequestAdded
from domain.branches.state import Stage
from domain.kernel.messages import Recorded
from domain.kernel.refusals import BranchEmpty, InvalidTransition, MergeRefused
from domain.kernel.values import rfc3339
from domain.network.fold import concerns_network
from projections.branched import effect_document


def branches(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every branch of a project by id, whatever became of it; none for none."""
    del asked
    position = views.feed.head()
    found = [_told(line) for line in views.branches.of_project(project_id)]
    return {"project": project_id, "position": position, "branches": found}


def branch(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return one branch with all it asks for, in order; raises UnknownSubject."""
    position = views.feed.head()
    line = views.branches.line(project_id, asked["branch"])
    merged = next((each for each in line.history if isinstance(each.event, BranchMerged)), None)
    return {
        "project": project_id,
        "position": position,
        "branch": _told(line),
        "requests": [_request(added) for added in line.requests],
        "came_to": [] if merged is None else list(merged.event.events),
    }


def comparison(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return what a branch changes, and what it would change if it was merged now.

    The document itself compares the branch's base with the base as its requests would have it: what
    happened on the project since is in both or in neither, so every difference is the branch's own.
    A coordinator who decides about a merge asks another thing as well: `merge` says whether every
    request would be granted by the project as it stands, else which one is refused and why (code
    merge_refused with the inner code), and `now` compares the project as it stands with what the
    merge would make of it. `now` is null where there is no merge to be had, and where nothing that
    dates depend on has happened since the base: then it is the same.

    Raises UnknownSubject, and MergeRefused where the branch cannot even be told on its own base.
    """
    line = views.branches.line(project_id, asked["branch"])
    head = views.feed.head()
    effect = _effect(views, line, line.base_position)
    moved = any(concerns_network(each.event) for each in views.branches.moved_since(line, head))
    merge, now = _no_merge(line), None
    if merge is None:
        try:
            views.branches.rehearsed(line, head)
            merge = {
                "possible": True,
                "code": None,
                "inner_code": None,
                "request": None,
                "text": "",
            }
            now = _effect(views, line, head) if moved else None
        except MergeRefused as refused:
            merge = _refused(refused.code, str(refused), refused.inner, refused.ordinal)
    return {
        "position": head,
        "branch": named(line),
        "from": line.base_position,
        **effect,
        "moved_since": moved,
        "merge": merge,
        "now": now,
    }


def _effect(views: Views, line: BranchLine, position: int) -> dict[str, Any]:
    on_branch = views_on(views, line, position)
    before = views.network(line.project_id, position)
    after = on_branch.network(line.project_id, on_branch.feed.head())
    return effect_document(before, after)


def _no_merge(line: BranchLine) -> dict[str, Any] | None:
    """Return why a branch is not merged whatever its project says; None where that is asked."""
    stage = line.state.stage
    if stage is not Stage.OPEN:
        return _refused(InvalidTransition.code, f"branch {line.branch_id} is {stage.value}")
    if not line.requests:
        return _refused(BranchEmpty.code, f"branch {line.branch_id} asks for nothing")
    return None


def _refused(
    code: str, text: str, inner: str | None = None, ordinal: int | None = None
) -> dict[str, Any]:
    return {
        "possible": False, "code": code, "inner_code": inner, "request": ordinal, "text": text,
    }  # fmt: skip


def _told(line: BranchLine) -> dict[str, Any]:
    opened, last = line.history[0], line.history[-1]
    ended = last if isinstance(last.event, BranchMerged | BranchDropped) else None
    return {
        **named(line),
        "opened_by": opened.envelope.actor,
        "opened_at": rfc3339(opened.recorded_at),
        "ended_by": None if ended is None else ended.envelope.actor,
        "ended_at": None if ended is None else rfc3339(ended.recorded_at),
    }


def _request(added: Recorded[BranchRequestAdded]) -> dict[str, Any]:
    return {
        "ordinal": added.event.ordinal,
        "command": added.event.command,
        "data": json.loads(added.event.data),
        "by": added.envelope.actor,
        "at": rfc3339(added.recorded_at),
    }


BRANCHES: Final = Question(
    "branches", "List the branches of a project: what-ifs, open and ended.", branches,
    of_branches=False,
)  # fmt: skip
BRANCH: Final = Question(
    "branches/{branch}", "Show a branch and what it asks for.", branch, of_branches=False
)
COMPARISON: Final = Question(
    "branches/{branch}/comparison",
    "Say what a branch changes (dates, floats, load, cost of delay), and whether it can be merged.",
    comparison,
    of_branches=False,
)
