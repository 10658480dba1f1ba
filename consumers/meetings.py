"""Answer how ready a project's meetings are, and what is left to do of those that were held."""

from collections.abc import Sequence
from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.kernel.refusals import UnknownSubject
from domain.meetings.facts import dossier_of
from projections.meeting_register import meetings_document


def meetings(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every meeting of the project, or one, with what is missing and what came of it.

    Raises WrongInput, and UnknownSubject for a project or a meeting there is not.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    histories = views.subjects(project_id, "meeting", position)
    dossiers = {each: dossier_of(history) for each, history in histories.items()}
    only = asked.get("meeting")
    if only is not None:
        if only not in dossiers:
            msg = f"{project_id} has no meeting {only}"
            raise UnknownSubject(msg)
        dossiers = {only: dossiers[only]}
    return meetings_document(network, dossiers, position, views.now(network, position))


def invited_to(views: Views, project_id: str, meeting_id: str) -> Sequence[str]:
    """Return who is invited to a meeting; raises UnknownSubject."""
    (meeting,) = meetings(views, project_id, {"meeting": meeting_id})["meetings"]
    return [each["party"] for each in meeting["invited"]]


MEETINGS: Final = Question(
    "meetings",
    "Show the meetings: who comes, missing departments, unprepared items, open actions.",
    meetings,
    (
        Parameter("meeting", "Only this one."),
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
    ),
)
