"""Know when the load of a project is judged, and what gives way where it is too much."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from domain.rules.impact import NOTHING, spare_days
from domain.rules.telling import Conditions
from domain.rules.watched import Watched

_JUDGED_AT: Final = frozenset({"resource", "plan", "project", "calendar"})


@dataclass(slots=True)
class LoadState:
    """What was told of a project's load, and whether something was said of it since."""

    conditions: Conditions
    unjudged: bool = False

    def is_due(self, recorded: Recorded[Any], project: Watched, *, more: bool) -> bool:
        """Tell whether load is judged at an event.

        It is where plan, resources, calendars or the data date say something new. A report of one
        phase waits for the next of them: it moves load by hours, and load is of a whole project.
        """
        if project.changed and subject_of(recorded.stream).category in _JUDGED_AT:
            self.unjudged = True
        if more or not self.unjudged:
            return False
        self.unjudged = False
        return bool(self.conditions.told or project.network.resources.lines())


def most_spare_days(network: ProjectNetwork, phases: Iterable[str]) -> Decimal:
    """Return the most float that one of these phases has: it is the one that can give way."""
    lines = (network.lines[each] for each in phases if each in network.lines)
    return max((spare_days(network, line) for line in lines), default=NOTHING)
