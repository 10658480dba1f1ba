"""Plan the items that an event concerns, once for all rules that ask."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from domain.kernel.ids import subject_of
from domain.material.known import KnownMaterial
from domain.material.problem import MaterialProblem, problem_of
from domain.network.project_network import ProjectNetwork
from domain.planning.material import ItemPlan, MaterialError, MaterialPlan
from domain.planning.netting import plan_material


class Planned(NamedTuple):
    """One item's plan, and those of what it goes into, from which its dependent needs come."""

    item: ItemPlan
    plan: MaterialPlan
    problem: MaterialProblem


class Stock:
    """The material plan of a network, made item by item and kept until the next event."""

    def __init__(self, network: ProjectNetwork, known: KnownMaterial) -> None:
        self._network = network
        self._known = known
        self._planned: dict[str, Planned | None] = {}

    def forget(self) -> None:
        """Plan anew what is asked for next: something happened."""
        self._planned.clear()

    def planned(self, item_id: str) -> Planned | None:
        """Return the plan of an item; None without a schedule, or where it is made of itself."""
        if item_id not in self._planned:
            self._planned[item_id] = self._plan(item_id)
        return self._planned[item_id]

    def concerned(self, stream: str) -> Sequence[str]:
        """Return the items whose plan an event of a stream may change: one, and its parts."""
        category, known = subject_of(stream).category, self._known
        subject_id = subject_of(stream).ids[-1]
        item_id: str | None = None
        if category == "item":
            item_id = subject_id
        elif category == "requirement" and subject_id in known.needs:
            item_id = known.needs[subject_id].item
        elif category == "commitment":
            supply = self._network.supplies.get(subject_id)
            if supply is not None:
                item_id = known.item_of(supply.item, supply.for_requirements)
        return () if item_id is None else self.with_parts((item_id,))

    def with_parts(self, items: Iterable[str]) -> Sequence[str]:
        """Return items with everything they are made of, sorted."""
        return sorted(_reached(items, self._known.parts_of))

    def _plan(self, item_id: str) -> Planned | None:
        users = self._known.users()
        only = _reached((item_id,), lambda each: users.get(each, ()))
        problem = problem_of(self._network, self._known, only=frozenset(only))
        if problem is None:
            return None
        try:
            plan = plan_material(problem.items, problem.demands, problem.receipts, problem.now)
        except MaterialError:
            return None
        found = plan.get(item_id)
        return None if found is None else Planned(found, plan, problem)


def _reached(items: Iterable[str], further: Callable[[str], Iterable[str]]) -> set[str]:
    waiting = list(items)
    seen = set(waiting)
    while waiting:
        for each in further(waiting.pop()):
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    return seen
