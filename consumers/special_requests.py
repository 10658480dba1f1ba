"""Answer how a project's special requests stand, and whose assessment is stale."""

from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.comparison.placed import moved, placed
from domain.network.project_network import ProjectNetwork
from domain.rules.impact import working_days
from domain.special_requests.facts import OVER, Dossier, dossier_of
from projections.request_register import Cost, Findings, requests_document


def requests(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return every special request of the project: its stage, its impact, its age.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    histories = views.subjects(project_id, "request", position)
    dossiers = {each: dossier_of(history) for each, history in histories.items()}
    costs = {
        each: cost
        for each, dossier in dossiers.items()
        if (cost := _cost(views, project_id, dossier)) is not None
    }
    stale = {
        each: phases
        for each, dossier in dossiers.items()
        if (phases := _moved(views, network, dossier)) is not None
    }
    today = views.today(network, position)
    return requests_document(network, dossiers, Findings(stale, costs), position, today)


def _moved(views: Views, network: ProjectNetwork, dossier: Dossier) -> tuple[str, ...] | None:
    """Return the affected phases that moved since the assessment; None where nobody decides on it.

    Each open request asks for the network as of its own assessment.
    """
    now = dossier.standing()
    impact = now.impact
    if impact is None or now.stage in OVER:
        return None
    then = views.network(network.project_id, impact.assessed_at_position)
    return moved(placed(then, impact.phases), placed(network, impact.phases))


def _cost(views: Views, project_id: str, dossier: Dossier) -> Cost | None:
    """Return by how much the project's finish moved when a request was applied.

    What came of it was committed together: its events lie side by side, the application last. So
    the figure is the one that `why` charges to them, and requests add up. None where nothing was
    applied, or there is no schedule on either side.
    """
    applied = dossier.standing().applied
    if applied is None:
        return None
    count = len(applied.event.events) + 1
    first = views.first_of_message(project_id, applied, count)
    before = views.network(project_id, first - 1)
    then = before.schedule()
    now = views.network(project_id, applied.position).schedule()
    if then is None or now is None:
        return None
    moved_min = now.finish - then.finish
    return Cost(moved_min, working_days(before.calendar, then.finish, now.finish))


REQUESTS: Final = Question(
    "requests",
    "Show the customer's special requests: stage, impact in days and money, stale or not, age.",
    requests,
    (Parameter("as_of", "Position or time at which it is asked; the head of the log."),),
)
