"""Answer what was asked about a project, by whom, and who still waits for an answer."""

from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.inquiries.facts import dossier_of
from projections.inquiry_register import inquiries_document


def inquiries(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every inquiry about the project: its stage, who answers it, whether it is overdue.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    histories = views.subjects(project_id, "inquiry", position)
    dossiers = {each: dossier_of(history) for each, history in histories.items()}
    return inquiries_document(network, dossiers, position, views.now(network, position))


INQUIRIES: Final = Question(
    "inquiries",
    "Show the inquiries: who asked, who answers, how far the answer is, what is overdue.",
    inquiries,
    (Parameter("as_of", "Position or time at which it is asked; the head of the log."),),
)
