"""Answer what a project needs, what covers it, what is short, since which event, at what cost."""

from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.kernel.work_axis import CalendarError
from domain.material.causes import Cause, causes_of
from domain.material.known import KnownMaterial, concerns_material
from domain.material.problem import problem_of
from domain.material.shortages import shortages
from domain.network.fold import concerns_network
from domain.network.project_network import ProjectNetwork
from domain.planning.material import MaterialError
from domain.planning.netting import plan_material
from domain.planning.promising import promise
from domain.references.shared import unwrapped
from projections.material_plan import Answer, material_document, no_plan_document

LOOKED_BACK_MAX: Final = 400
"""So many events are looked at, the last ones, for what made something short."""


def material(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return the material plan; raises WrongInput and UnknownSubject."""
    position = views.position_or_head(asked.get("as_of"))
    # Needed is what is needed when nothing waits for goods: else a late one would never be late.
    network = views.network(project_id, position)
    network.ignore_material()
    known, telling = KnownMaterial(), []
    for recorded in map(unwrapped, views.history(project_id, 0, position)):
        known.fold(recorded)
        if concerns_network(recorded.event) or concerns_material(recorded.event):
            telling.append(recorded.position)
    try:
        problem = problem_of(network, known)
        if problem is None:
            why = "there is no schedule" if network.problem is None else network.problem.text
            return no_plan_document(network, position, why)
        told = (problem.items, problem.demands, problem.receipts, problem.now)
        plan, promises = plan_material(*told), promise(*told)
    except (MaterialError, CalendarError) as impossible:
        return no_plan_document(network, position, str(impossible))
    short = shortages(network, known, problem, plan, promises)
    since = telling[-LOOKED_BACK_MAX - 1] if len(telling) > LOOKED_BACK_MAX else 0
    causes = _causes(views, network, position, since, frozenset(each.item for each in short))
    answer = Answer(problem, plan, promises, short, causes, since)
    return material_document(network, known, position, answer)


def _causes(
    views: Views, network: ProjectNetwork, position: int, since: int, short: frozenset[str]
) -> dict[str, Cause]:
    if not short:
        return {}
    project_id = network.project_id
    before, known = ProjectNetwork(project_id, material=False), KnownMaterial()
    if since:
        before = views.network(project_id, since)
        before.ignore_material()
        for recorded in map(unwrapped, views.history(project_id, 0, since)):
            known.fold(recorded)
    return dict(
        causes_of(before, known, map(unwrapped, views.history(project_id, since, position)), short)
    )


MATERIAL: Final = Question(
    "material",
    "Plan the material: records by item, pegs, messages, shortages with their cause and cost.",
    material,
    (Parameter("as_of", "Position or time at which it is asked; the head of the log."),),
)
