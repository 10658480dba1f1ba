"""Know which phases a rule must look at again, so that judging a plan costs what moved in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from domain.planning.network import ScheduledPhase
from domain.plans.events import DependencyAdded, DependencyChanged, DependencyRemoved

F = TypeVar("F")


@dataclass(slots=True)
class Moved:
    """The rows that a rule saw last, and what was said of phases since.

    Links are known by the phases they lead from, which the network does not tell.
    """

    rows: Mapping[str, ScheduledPhase] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    """The phases that an event was about, those that follow one, and those a link leads to."""
    followers: dict[str, set[str]] = field(default_factory=dict)
    """By phase, whatever followed it at any time: enough to know what to look at."""
    _links: dict[str, tuple[str, str]] = field(default_factory=dict)

    def take(self, recorded: Recorded[Any]) -> None:
        """Take one event in."""
        event = recorded.event
        match event:
            case DependencyAdded(link_id=link_id, pred=pred, succ=succ):
                self._links[link_id] = pred, succ
                self.followers.setdefault(pred, set()).add(succ)
                self.said.add(succ)
            case DependencyChanged(link_id=link_id) | DependencyRemoved(link_id=link_id):
                self.said.update(self._links.get(link_id, ())[1:])
            case _ if subject_of(recorded.stream).category == "phase":
                self._say(recorded.subject_id)
            case _:
                phase_id = getattr(event, "phase_id", None)
                if phase_id is not None:
                    self._say(phase_id)

    def since(self, network: ProjectNetwork) -> set[str]:
        """Return what was said something of, or has another row than at the last asking."""
        schedule = network.schedule()
        before, rows = self.rows, {} if schedule is None else schedule.phases
        found, self.said, self.rows = self.said, set(), rows
        if rows is before:
            return found
        if schedule is not None and schedule.before is before:
            found.update(schedule.moved)
            return found
        # Rows are compared by what they say: whether an equal one is another object depends on who
        # else computed the schedule, and what a rule finds must not.
        found.update(each for each in rows if before.get(each) != rows[each])
        found.update(each for each in before if each not in rows)
        return found

    def find_anew(
        self, network: ProjectNetwork, found: dict[str, F], find: Callable[[str], F | None]
    ) -> None:
        """Bring what was found, by phase, up to date: only phases since the last asking are sought.

        None says that there is nothing to be found of a phase.
        """
        for phase_id in self.since(network):
            now = find(phase_id)
            if now is None:
                found.pop(phase_id, None)
            else:
                found[phase_id] = now

    def _say(self, phase_id: str) -> None:
        self.said.add(phase_id)
        self.said.update(self.followers.get(phase_id, ()))
