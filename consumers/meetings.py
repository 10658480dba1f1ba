"""Answer how ready a project's meetings are, and what is left to do of those that were held."""

from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.meetings.facts import dossier_of
from projections.meeting_register import meetings_document


def meetings(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every meeting of the project with what is missing for it and what came of it.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    histories = views.subjects(project_id, "meeting", position)
    dossiers = {each: dossier_of(history) for each, history in histories.items()}
    return meetings_document(network, dossiers, position, views.now(network, position))


MEETINGS: Final = Question(
    "meetings",
    "Show the meetings: who comes, missing departments, unprepared items, open actions.",
    meetings,
    (Parameter("as_of", "Position or time at which it is asked; the head of the log."),),
)
