"""Judge the delivery that an event is about, and those of phases that move."""

from abc import abstractmethod
from collections.abc import Hashable, Iterable
from typing import TypeVar

from domain.rules.by_subject import BySubject
from domain.rules.spells import Spells
from domain.rules.waiting import first_need
from domain.rules.watched import Watched

S = TypeVar("S", bound=Spells)


class ByNeed(BySubject[S]):
    """A rule on deliveries that goes by when the first phase needs them, nothing waiting for goods.

    A delivery that matters (`matters`) is judged again when a phase that waits for it has other
    dates; a change of the plan costs what moved.
    """

    category = "commitment"

    @abstractmethod
    def matters(self, state: S, key: str, project: Watched) -> bool:
        """Tell whether the dates of the phases that wait for a delivery matter now."""

    def reads(self, state: S, key: str, project: Watched) -> Hashable:
        """Return when the first phase needs a delivery that matters."""
        network = project.without_material
        supply = network.supplies.get(key)
        if supply is None or not self.matters(state, key, project):
            return None
        first = first_need(network, supply)
        return (None,) if first is None else (first[0].id, first[1])

    def moved(self, state: S, project: Watched) -> Iterable[str]:
        """Return the deliveries that matter to phases whose dates are others than before."""
        if not state.seen:
            return ()
        network = project.without_material
        shifted = state.shifted(network.schedule())
        if shifted is None:
            return tuple(state.seen)
        lines = (line for each in shifted for line in network.supplies.for_phase(each))
        return [line.id for line in lines if line.id in state.seen]
