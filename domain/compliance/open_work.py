"""Know which departments of a project had work left, and when: nobody reports on nothing."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from domain.kernel.corrections import is_correction
from domain.kernel.messages import Recorded
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.plans.events import PhaseDetailsRevised, PhasePlanned, PhaseRemoved

OVER: Final = frozenset({"completed", "cancelled"})
MILESTONES: Final = frozenset({"start_ms", "finish_ms"})
_RESHAPE: Final = (PhasePlanned, PhaseRemoved, PhaseDetailsRevised)


class OpenWork:
    """The moments from which on each department had a phase that has not ended, or had none.

    Moments are those at which it came to be known, so that what was asked for then is asked for
    again in a replay. A department of which nothing was planned yet has nothing left either.
    """

    def __init__(self) -> None:
        self._changes: dict[str, list[tuple[datetime, bool]]] = {}
        """By department, in order of time: from when on it had work left, or none."""
        self._ended: set[str] = set()
        self._departments: dict[str, str] = {}
        """Whose each phase is that is worked, as the plan was last looked at."""
        self._open: Counter[str] = Counter()
        """By department, how many of them have not ended."""
        self._is_over = False
        self._is_reshaped = False
        self._is_moved = False

    def fold(
        self,
        recorded: Recorded[Any],
        network: ProjectNetwork,
        moment: datetime,
        *,
        more: bool = False,
    ) -> None:
        """Take one event of the project in, known at a moment, which the network has taken before.

        Where `more` of the same decision follow, only what the last of them leaves counts. A phase
        that ends costs as much in a large plan as in a small one; a change of the plan, all of it.
        """
        category = recorded.subject[0]
        if is_correction(recorded):
            self._ended = {line.id for line in network.lines.values() if line.known.has_ended}
            self._is_reshaped = True
        elif category == "phase":
            self._phase(network.lines.get(recorded.subject_id))
        elif isinstance(recorded.event, _RESHAPE):
            self._is_reshaped = True
        elif category == "project":
            self._is_moved |= self._is_over is not (network.standing in OVER)
            self._is_over = network.standing in OVER
        if more or not (self._is_reshaped or self._is_moved):
            return
        if self._is_reshaped:
            self._look(network)
        self._note(moment)
        self._is_reshaped = self._is_moved = False

    def has_any(self, department: str, at: datetime) -> bool:
        """Tell whether a department had a phase that had not ended, as known at a moment."""
        changes = self._changes.get(department, [])
        place = bisect_right(changes, at, key=lambda change: change[0])
        return place > 0 and changes[place - 1][1]

    def _phase(self, line: PhaseLine | None) -> None:
        if line is None or line.known.has_ended is (line.id in self._ended):
            return
        (self._ended.add if line.known.has_ended else self._ended.discard)(line.id)
        department = self._departments.get(line.id)
        if department is not None:
            self._open[department] += -1 if line.known.has_ended else 1
            self._is_moved = True

    def _look(self, network: ProjectNetwork) -> None:
        self._departments = {line.id: line.department for line in worked_lines(network)}
        self._open = Counter(line.department for line in open_lines(network))

    def _note(self, moment: datetime) -> None:
        busy = set() if self._is_over else {each for each, count in self._open.items() if count}
        for department in busy | self._changes.keys():
            changes = self._changes.setdefault(department, [])
            has_any = department in busy
            if not changes or changes[-1][1] is not has_any:
                changes.append((moment, has_any))


def worked_lines(network: ProjectNetwork) -> Iterator[PhaseLine]:
    """Yield the phases that are worked, by id; milestones are no work."""
    return (line for line in network.working_lines() if line.kind not in MILESTONES)


def open_lines(network: ProjectNetwork) -> Iterator[PhaseLine]:
    """Yield the phases that are worked and have not ended, by id."""
    return (line for line in worked_lines(network) if not line.known.has_ended)
