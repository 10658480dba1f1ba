"""Answer what the parties of a project were told, and which of them has not acknowledged it."""

from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.kernel.refusals import UnknownSubject
from domain.notices.facts import dossier_of
from projections.notice_register import notices_document


def notices(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every notice of the project, or one: what changed for whom, and how far it came.

    Raises WrongInput, and UnknownSubject for a project or a notice there is not.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    histories = views.subjects(project_id, "notice", position)
    dossiers = {each: dossier_of(history) for each, history in histories.items()}
    only = asked.get("notice")
    if only is not None:
        if only not in dossiers or dossiers[only].prepared is None:
            msg = f"{project_id} has no notice {only}"
            raise UnknownSubject(msg)
        dossiers = {only: dossiers[only]}
    return notices_document(network, dossiers, position, views.now(network, position))


NOTICES: Final = Question(
    "notices",
    "Show the notices: what changed for whom and why, sent or not, who has not acknowledged.",
    notices,
    (
        Parameter("notice", "Only this one."),
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
    ),
)
