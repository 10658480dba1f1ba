"""Answer what a project asks of its resources, and whether they have as much."""

from typing import Any, Final

from consumers.failures import WrongInput
from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from projections.capacity import BUCKETS, load_document


def load(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return overloads, a heat map and the manpower that is lacking.

    Raises WrongInput and UnknownSubject.
    """
    wanted = asked.get("bucket", "week")
    bucket = next((each for each in BUCKETS if each == wanted), None)
    if bucket is None:
        msg = f"bucket is one of {', '.join(BUCKETS)}, not {wanted!r}"
        raise WrongInput(msg)
    position = views.position_or_head(asked.get("as_of"))
    return load_document(views.network(project_id, position), position, bucket)


LOAD: Final = Question(
    "load",
    "Hold what phases ask of resources against capacity: overloads, a heat map, manpower by skill.",
    load,
    (
        Parameter("bucket", "How long a cell of the heat map is: day, or week when left out."),
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
    ),
)
