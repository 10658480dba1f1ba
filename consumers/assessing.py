"""Answer how good a project's schedule is, by the fourteen checks of the DCMA."""

from collections.abc import Mapping
from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.kernel.minutes import Minute
from domain.network.project_network import ProjectNetwork
from domain.quality.assessment import assess
from projections.assessed import assessment_document


def quality(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return each check with its figure, its threshold and the phases it found.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    return assessment_document(network, position, assess(network, _baseline(views, network)))


def _baseline(views: Views, network: ProjectNetwork) -> Mapping[str, tuple[Minute, Minute]] | None:
    """Return the dates of the approved baseline; those of an older position are computed."""
    baseline = network.baseline
    if baseline is None or baseline.dates is not None:
        return None if baseline is None else baseline.dates
    schedule = views.network(network.project_id, baseline.at_position).schedule()
    if schedule is None:
        return None
    return {row.id: (row.start, row.finish) for row in schedule.phases.values()}


QUALITY: Final = Question(
    "quality",
    "Judge the schedule by the fourteen DCMA checks, each naming the phases it found.",
    quality,
    (Parameter("as_of", "Position or time at which it is asked; the head of the log."),),
)
