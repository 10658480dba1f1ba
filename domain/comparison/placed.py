"""Say where phases stand in a schedule, and which of them stand elsewhere in another one."""

from collections.abc import Collection, Mapping
from typing import TypeAlias

from domain.kernel.minutes import Minute
from domain.network.project_network import ProjectNetwork

Placed: TypeAlias = Mapping[str, tuple[Minute, Minute] | None]
"""Start and finish by phase; None for one that has no dates."""


def placed(network: ProjectNetwork, phases: Collection[str]) -> Placed:
    """Return the dates of some phases as they are scheduled now."""
    schedule = network.schedule()
    known = {} if schedule is None else schedule.phases
    return {
        each: (known[each].start, known[each].finish) if each in known else None for each in phases
    }


def moved(before: Placed, after: Placed) -> tuple[str, ...]:
    """Return the phases, by id, whose dates differ."""
    return tuple(sorted(each for each, dates in before.items() if after.get(each) != dates))
