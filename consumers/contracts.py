"""Answer how a project's contracts stand: their versions, reviews, findings and obligations."""

from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.contracts.facts import paper_of
from projections.contract_register import contracts_document


def contracts(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every contract of the project with what it obliges to, and by when.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    histories = views.subjects(project_id, "contract", position)
    papers = {each: paper_of(history) for each, history in histories.items()}
    return contracts_document(network, papers, position, views.today(network, position))


CONTRACTS: Final = Question(
    "contracts",
    "Show the contracts: version, review, findings, signature, obligations with their dates.",
    contracts,
    (Parameter("as_of", "Position or time at which it is asked; the head of the log."),),
)
