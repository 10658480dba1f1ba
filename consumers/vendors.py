"""Answer how a project's order lines stand, and how its vendors kept their promises."""

from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from projections.vendor_board import vendors_document


def vendors(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every order line with its promises, and each vendor's record in this project.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    return vendors_document(network, position, views.today(network, position))


VENDORS: Final = Question(
    "vendors",
    "Show every order line: need, promise, expectation, moves; and how vendors kept their dates.",
    vendors,
    (Parameter("as_of", "Position or time at which it is asked; the head of the log."),),
)
