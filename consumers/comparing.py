"""Answer what differs between two moments of a project."""

from datetime import datetime
from typing import Any, Final

from consumers.failures import WrongInput
from consumers.question import Asked, Parameter, Question
from consumers.true_moments import SPELLING, true_moment
from consumers.views import Views
from domain.comparison.differences import compare as differences
from domain.kernel.values import rfc3339
from projections.compared import compared_document

NOW: Final = "now"
BASELINE: Final = "baseline"


def compare(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return what is different at `to` from what it was at `from`.

    Each is a position, a time by knowledge, `now`, or `baseline`: the position of the approved one.
    `true:TIME` is what was true at a time, `true:TIME@X` the same as known at any of these.
    Raises WrongInput and UnknownSubject.
    """
    begin = asked.get("from")
    if begin is None:
        msg = f"say from which moment: a position, a time, baseline, or {SPELLING}"
        raise WrongInput(msg)
    first, true_from = moment_meant(views, project_id, begin)
    last, true_to = moment_meant(views, project_id, asked.get("to", NOW))
    before = views.network(project_id, first, true_from)
    after = views.network(project_id, last, true_to)
    document = compared_document(differences(before, after), before, after)
    by_truth = {
        name: rfc3339(moment)
        for name, moment in (("from_true_at", true_from), ("to_true_at", true_to))
        if moment is not None
    }
    return {"from": first, "to": last, "position": last, **by_truth, **document}


def moment_meant(views: Views, project_id: str, text: str) -> tuple[int, datetime | None]:
    """Return the position that a moment's name means, and by when it was true where that is said.

    Raises WrongInput and UnknownSubject.
    """
    by_truth = true_moment(text)
    if by_truth is None:
        return position_named(views, project_id, text), None
    return position_named(views, project_id, by_truth.known or NOW), by_truth.moment


def position_named(views: Views, project_id: str, text: str) -> int:
    """Return the position that a moment's name means."""
    head = views.feed.head()
    if text == NOW:
        return head
    if text != BASELINE:
        return views.position_of(text) or 0
    baseline = views.network(project_id, head).baseline
    if baseline is None:
        msg = f"{project_id} has no approved baseline: compare with a position or a time"
        raise WrongInput(msg)
    return baseline.at_position


COMPARE: Final = Question(
    "compare",
    "Compare two moments of a project: phases, dates, links, calendars.",
    compare,
    (
        Parameter("from", f"Position or time, now, baseline, or {SPELLING}."),
        Parameter("to", "The same; now when left out."),
    ),
)
