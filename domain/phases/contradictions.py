"""Find which reports of one phase contradict each other, the plan or the project, for rule X1.

Source of the codes: DOMAIN 3.4.2 and 9.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from domain.kernel.messages import DomainEvent, Recorded
from domain.phases.actuals import Actuals, ContradictionCode, NotStarted, take
from domain.phases.events import (
    PhaseAborted,
    PhaseFinished,
    PhaseInterrupted,
    PhaseReleased,
    PhaseReleaseRevoked,
    PhaseReopened,
    PhaseStarted,
)
from domain.phases.facts import Execution, is_set_aside, place


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A fact that contradicts what else is known; the fact stays, rule X1 reports it."""

    code: ContradictionCode
    fact: Recorded[Any]
    against: Recorded[Any] | None = None
    """The event of this phase that it contradicts, where there is one."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the plan and the project say at the moment a fact is recorded."""

    in_plan: bool = True
    open_gates: tuple[str, ...] = ()
    project_held: bool = False


NO_CIRCUMSTANCES: Final[Mapping[int, Circumstances]] = MappingProxyType({})


class Accounting:
    """Add a phase's history up event by event, in the order of what was true, and contradict.

    `circumstances` tells, by a fact's version, what plan and project said when it was recorded;
    without them no contradiction to plan or project is found. `found` is what contradicts what, by
    (effective time, version); `now` is what the history comes to.
    """

    __slots__ = ("_last", "_released", "_reopened", "_taken", "found", "now")

    def __init__(
        self,
        execution: Execution,
        circumstances: Mapping[int, Circumstances] = NO_CIRCUMSTANCES,
    ) -> None:
        self.now: Actuals = NotStarted()
        self.found: list[Contradiction] = []
        self._taken: dict[type[DomainEvent], Recorded[Any]] = {}
        self._released = False
        self._reopened = execution.reopened_at_version
        self._last: Recorded[Any] | None = None
        for known in sorted((*execution.facts, *execution.requests), key=place):
            self.take(known, circumstances.get(known.version, Circumstances()))

    def comes_last(self, known: Recorded[Any]) -> bool:
        """Tell whether an event can be taken in where those before it stay as they are."""
        return not isinstance(known.event, PhaseReopened) and (
            self._last is None or place(self._last) < place(known)
        )

    def take(self, known: Recorded[Any], around: Circumstances) -> None:
        """Take in an event that comes last; a start was released if a release was in force then."""
        self._last = known
        if isinstance(known.event, PhaseReleased | PhaseReleaseRevoked | PhaseReopened):
            if not isinstance(known.event, PhaseReopened):
                self._released = isinstance(known.event, PhaseReleased)
            return
        if is_set_aside(known, self._reopened):
            return
        taken = self._taken
        last = taken.get(type(known.event))
        is_repeat = last is not None and last.event == known.event
        before = self.now
        self.now, codes = take(before, known)
        if is_repeat:
            return
        if isinstance(before, NotStarted) and isinstance(known.event, PhaseStarted):
            codes = () if self._released else ("not_released",)
        codes = (*codes, *_against_plan(before, known, around))
        self.found.extend(Contradiction(code, known, _against(code, taken)) for code in codes)
        if "already_ended" not in codes and "already_started" not in codes:
            taken[type(known.event)] = known


def _against_plan(
    before: Actuals, known: Recorded[Any], around: Circumstances
) -> tuple[ContradictionCode, ...]:
    codes: list[ContradictionCode] = []
    if not around.in_plan:
        codes.append("not_in_plan")
    begins = isinstance(known.event, PhaseStarted) and isinstance(before, NotStarted)
    if begins and around.open_gates:
        codes.append("gate_open")
    if begins and around.project_held:
        codes.append("project_held")
    return tuple(codes)


_CONTRADICTED: Final[Mapping[str, tuple[type[DomainEvent], ...]]] = {
    "already_started": (PhaseStarted,),
    "while_interrupted": (PhaseInterrupted,),
    "already_ended": (PhaseFinished, PhaseAborted),
    "finish_before_start": (PhaseStarted,),
}


def _against(
    code: ContradictionCode, taken: Mapping[type[DomainEvent], Recorded[Any]]
) -> Recorded[Any] | None:
    known = [taken[kind] for kind in _CONTRADICTED.get(code, ()) if kind in taken]
    return max(known, key=place, default=None)
