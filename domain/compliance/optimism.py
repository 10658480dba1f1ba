"""Tell whether a department's phases take longer than it says remains: the measure of rule R4."""

from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import Final

from domain.kernel.minutes import Minute, minute_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.phases.events import ProgressRecorded

PHASES_MAX: Final = 10
OPTIMISTIC: Final = Fraction(5, 4)
"""Above this a department is optimistic."""


def optimism(
    network: ProjectNetwork, department: str, among: Collection[str] | None = None
) -> Fraction | None:
    """Return actual over estimated remaining working time of its last finished phases.

    Each report on a phase says what remained; what did remain is the working time from then to
    the finish, on the phase's calendar. None where no phase that was reported on has finished.
    Whoever knows which phases have finished names them, so that no other is looked at.
    """
    ended: list[tuple[Minute, PhaseLine]] = []
    lines = network.working_lines() if among is None else [network.lines[each] for each in among]
    for line in lines:
        known = line.known
        if line.department != department or known.stage != "finished" or known.ended_at is None:
            continue
        finish = minute_of(known.ended_at)
        if any(_estimates(line, finish)):
            ended.append((finish, line))
    ended.sort(key=lambda each: (each[0], each[1].id))
    actual = estimated = 0
    for finish, line in ended[-PHASES_MAX:]:
        axis = network.calendar_of(line).axis
        for said_at, remaining_min in _estimates(line, finish):
            actual += axis.between(said_at, finish)
            estimated += remaining_min
    return Fraction(actual, estimated) if estimated else None


def _estimates(line: PhaseLine, finish: Minute) -> Iterator[tuple[Minute, int]]:
    """Yield when the department said what remained of a phase before it finished, and how much."""
    for fact in line.execution.facts:
        event = fact.event
        if isinstance(event, ProgressRecorded) and event.basis == "report" and event.remaining_min:
            said_at = minute_of(fact.effective_at)
            if said_at < finish:
                yield said_at, event.remaining_min
