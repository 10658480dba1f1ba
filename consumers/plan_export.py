"""Give a project's plan away in the neutral form, of the project or of one of its branches."""

from typing import Any

from consumers.on_branch import views_on, whole
from consumers.true_moments import true_by
from consumers.views import Views
from projections.plan_form import plan_document


def exported_plan(
    views: Views,
    project_id: str,
    branch_id: str | None = None,
    as_of: str | None = None,
    true_at: str | None = None,
) -> dict[str, Any]:
    """Return a plan as `takt.plan/1`, with what it leaves out in its notes.

    As of a position or a time by knowledge, and with `true_at` of what was true by then. Raises
    WrongInput for a branch as of a moment, UnknownSubject for what there is not.
    """
    whole(branch_id, as_of, true_at)
    if branch_id is not None:
        views = views_on(views, views.branches.line(project_id, branch_id))
    position = views.position_or_head(as_of)
    return plan_document(views.network(project_id, position, true_by(true_at)))
