"""Answer how ready a project's meetings are, and what is left to do of those that were held."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from consumers.canonical_json import digest_of_document
from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.kernel.refusals import UnknownSubject
from domain.meetings.facts import dossier_of
from projections.meeting_register import meetings_document
from projections.reports.letters import minutes_letter


class Unwritten(Exception):
    """What was asked for in writing has not come to be."""


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


def minutes(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the minutes of the one meeting of a document, with their digest.

    Raises Unwritten for a meeting that is not planned yet.
    """
    (meeting,) = document["meetings"]
    if meeting["start"] is None:
        msg = f"{meeting['meeting']} is not planned yet, so there are no minutes"
        raise Unwritten(msg)
    letter = minutes_letter(document, meeting)
    return {**letter, "digest": digest_of_document(letter)}


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
