"""Answer which reasons of a project are disputed, by whom, and how that was settled."""

from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.kernel.corrections import believed
from projections.dispute_register import disputes_document


def disputes(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every dispute of the project with the event that it is about.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    known = views.disputes(project_id, position)
    targets = {
        recorded.event_id: recorded
        for stream in sorted({target.rpartition(":")[0] for target in known})
        for recorded in believed(
            each for each in views.feed.read_stream(stream) if each.position <= position
        )
        if recorded.event_id in known
    }
    return disputes_document(network, known, targets, position)


DISPUTES: Final = Question(
    "disputes",
    "Show which reasons are disputed: what is proposed instead, why, and how it was settled.",
    disputes,
    (Parameter("as_of", "Position or time at which it is asked; the head of the log."),),
)
