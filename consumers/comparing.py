"""Answer what differs between two moments of a project."""

from typing import Any, Final

from consumers.failures import WrongInput
from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.comparison.differences import compare as differences
from projections.compared import compared_document

NOW: Final = "now"
BASELINE: Final = "baseline"


def compare(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return what is different at `to` from what it was at `from`.

    Each is a position, a time by knowledge, `now`, or `baseline`: the position of the approved one.
    Raises WrongInput and UnknownSubject.
    """
    begin = asked.get("from")
    if begin is None:
        msg = "say from which moment: a position, a time, or baseline"
        raise WrongInput(msg)
    first = position_named(views, project_id, begin)
    last = position_named(views, project_id, asked.get("to", NOW))
    before, after = views.network(project_id, first), views.network(project_id, last)
    document = compared_document(differences(before, after), before, after)
    return {"from": first, "to": last, "position": last, **document}


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
        Parameter("from", "Position or time, now, or baseline."),
        Parameter("to", "The same; now when left out."),
    ),
)
