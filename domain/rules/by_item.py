"""Judge the item that an event is about, with its parts, and the items of phases that move."""

from collections.abc import Iterable
from typing import Any, TypeVar

from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.rules.by_subject import BySubject
from domain.rules.spells import Spells
from domain.rules.watched import Watched

S = TypeVar("S", bound=Spells)


class ByItem(BySubject[S]):
    """A rule that is judged item by item, in the network in which no phase waits for goods.

    An item is judged at its own events, at those of its requirements and orders, when a phase that
    needs it starts at another time or is over, and when what it goes into is.
    """

    category = "item"

    def concerned(self, state: S, recorded: Recorded[Any], project: Watched) -> Iterable[str]:
        """Return the items whose plan the event changes."""
        del state
        if subject_of(recorded.stream).category == "phase":
            return self._needed_for((recorded.subject_id,), project)
        return project.stock.concerned(recorded.stream)

    def moved(self, state: S, project: Watched) -> Iterable[str]:
        """Return the items that phases need whose dates are others than before."""
        if not project.material.needs:
            return ()
        shifted = state.shifted(project.without_material.schedule())
        if shifted is None:
            return self.subjects(state, project)
        return self._needed_for(shifted, project)

    def subjects(self, state: S, project: Watched) -> Iterable[str]:
        """Return every item that is known or needed."""
        del state
        material = project.material
        return sorted({*material.items, *(need.item for need in material.needs.values())})

    def _needed_for(self, phases: Iterable[str], project: Watched) -> Iterable[str]:
        items = {need.item for each in phases for need in project.material.needs_for(each)}
        return project.stock.with_parts(items) if items else ()
