"""Say what requests would come to, before anybody decides: which dates move, and the promise."""

from collections.abc import Sequence
from typing import Any

from consumers.deciding import Ask, Request
from consumers.on_branch import views_with
from consumers.requests import read_command
from consumers.views import Views
from domain.kernel.messages import Recorded
from domain.kernel.refusals import DomainError, Malformed, UnknownSubject
from projections.branched import effect_document


def preview(views: Views, requests: Sequence[Request], ask: Ask) -> dict[str, Any]:
    """Return what would be recorded if requests were decided as one now, and what that changes.

    `effect` compares the project as it stands with what it would be, as the comparison of a branch
    does; null where there is no such project yet, or none is concerned. A refusal says which of the
    requests it is, from 1 on. Raises Malformed for what cannot be read, or concerns two projects.
    """
    head = views.feed.head()
    commands = [read_command(each.name, each.body) for each in requests]
    named = (getattr(each, "project_id", None) for each in commands)
    projects = {project_id for project_id in named if project_id is not None}
    if len(projects) > 1:
        told = ", ".join(sorted(projects))
        msg = f"a preview is about one project, not about {told}: look at one after the other"
        raise Malformed(msg)
    project_id = next(iter(projects), None)
    rehearsal = views.branches.deciding.at(project_id or "", head).rehearsal()
    asked = {"position": head, "project": project_id, "requests": len(requests)}
    for place, command in enumerate(commands, 1):
        try:
            rehearsal.ask_in_person([command], ask)
        except DomainError as refused:
            return {
                **asked, "possible": False, "code": refused.code, "text": str(refused),
                "place": place, "events": [], "effect": None,
            }  # fmt: skip
    recorded = rehearsal.recorded(head)
    return {
        **asked, "possible": True, "code": None, "text": None, "place": None,
        "events": [{"type": each.event.type_name, "stream": each.stream} for each in recorded],
        "effect": None if project_id is None else _effect(views, project_id, head, recorded),
    }  # fmt: skip


def _effect(
    views: Views, project_id: str, head: int, recorded: Sequence[Recorded[Any]]
) -> dict[str, Any] | None:
    try:
        before = views.network(project_id, head)
    except UnknownSubject:
        return None
    then = views_with(views, project_id, head, recorded)
    return effect_document(before, then.network(project_id, then.feed.head()))
