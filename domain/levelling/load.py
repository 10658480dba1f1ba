"""Count how much a schedule asks of each resource, and for how long that is more than there is.

Exact: the demands of all unfinished phases are swept over time. A phase holds what it needs from
its start to its finish, the nights and weekends between included, as in levelling.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.network.project_network import ProjectNetwork
from domain.planning.load import Demand, stretches


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of one resource at most, and beyond what there is.

    Amounts are thousandths of a unit, ``overload_min`` is on the clock. ``most_missing_milli`` is
    the greatest lack at any instant. Both are None where nobody said how much there is.
    """

    resource_id: str
    peak_milli: int
    overload_min: int | None
    most_missing_milli: int | None


def loads_of(project: ProjectNetwork) -> Mapping[str, Load]:
    """Return the load of each resource that a phase in the plan needs; none without a schedule.

    Materials are used up and not held: they are left out.
    """
    schedule = project.schedule()
    if schedule is None:
        return {}
    demands: dict[str, list[Demand]] = defaultdict(list)
    for line in project.working_lines():
        dates = schedule.phases[line.id]
        for resource_id, milli in line.requirements:
            resource = project.resources.get(resource_id)
            if resource is not None and resource.is_consumed:
                continue
            of_resource = demands[resource_id]
            if not line.known.has_ended:
                of_resource.append(Demand(dates.start, dates.finish, milli, line.id))
    return {
        resource_id: _load(resource_id, of_resource, project)
        for resource_id, of_resource in sorted(demands.items())
    }


def _load(resource_id: str, demands: Sequence[Demand], project: ProjectNetwork) -> Load:
    resource = project.resources.get(resource_id)
    steps = () if resource is None else resource.steps()
    peak = overload = worst = 0
    for each in stretches(demands, steps):
        peak = max(peak, each.load_milli)
        if each.is_over:
            overload += each.finish - each.start
            worst = max(worst, each.load_milli - each.capacity_milli)
    return (
        Load(resource_id, peak, overload, worst) if steps else Load(resource_id, peak, None, None)
    )
