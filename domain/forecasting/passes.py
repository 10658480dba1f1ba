"""Compute early dates many times over, of one network in which little but durations differs.

The dates are those of `domain.planning.early`, which still computes whatever is not plain. A plain
phase is not begun and waits for links alone, in coordinates of its own calendar as far as they go:
an instant is only worked out where something looks at it.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from domain.kernel.minutes import Minute
from domain.planning.compiled import EFFORT, FINISHED, NEVER, PLANNED, Compiled
from domain.planning.critical_path import last_finish, longest_path
from domain.planning.early import BY_BASE, EarlyDates
from domain.planning.network import ConstraintKind
from domain.planning.structure import Arc

_ToInstant: TypeAlias = Callable[[int], Minute]

_HOLDS_NO_MORE_THAN_A_START: Final[AbstractSet[ConstraintKind]] = {"ASAP", "SNET"}


class _Plain(NamedTuple):
    """A plain phase: before which coordinate it cannot begin, and what it waits for."""

    number: int
    base: int
    same: Sequence[tuple[int, int]]
    """Those whose finish it follows on its own calendar, with the lag."""
    others: Sequence[Arc]
    to_work: Callable[[Minute], int]
    to_start: _ToInstant | None
    """None where nothing looks at the instant."""
    to_finish: _ToInstant | None


class Passes:
    """Repeated forward passes over a compiled network whose `length` is written in between.

    Of the phases in `reread` more than the length may be written.
    """

    def __init__(self, compiled: Compiled, reread: AbstractSet[int]) -> None:
        self.compiled = compiled
        self._early = early = EarlyDates(compiled)
        early.run(compiled.order)
        self._reread = reread
        self.plain = self._plain_ones()
        """The numbers of plain phases; after a pass `works` has their finish coordinates."""
        shown = self._shown_summaries()
        self._steps = list(self._grouped(shown))
        self.unseen = {
            number
            for number, below in enumerate(compiled.children)
            if below and number not in shown
        }
        """Summaries nothing else depends on; a pass leaves them alone."""
        for number in self.plain:
            early.by[number] = BY_BASE  # Not kept up: what drives is found by comparing dates.
            early.start[number] = early.finish[number] = NEVER
        self.works: Sequence[int] = early.finish_work
        self.finishes: Sequence[Minute] = early.finish
        """The finishes of phases that are not plain."""

    def run(self) -> tuple[Minute, set[int]]:
        """Compute all early dates; return the last finish and the longest path to it."""
        finish = self.last()
        return finish, longest_path(self._early, finish)

    def last(self) -> Minute:
        """Compute all early dates; return the last finish alone."""
        for plain, others in self._steps:
            self._run_plain(plain)
            if others:
                self._early.run(others)
        return last_finish(self._early)

    def _run_plain(self, phases: Sequence[_Plain]) -> None:  # noqa: C901  One hot loop.
        compiled, early = self.compiled, self._early
        lengths, lags = compiled.length, compiled.lags
        starts, finishes = early.start, early.finish
        start_works, begin_works, works = early.start_work, early.begin_work, early.finish_work
        for number, begin, same, others, to_work, to_start, to_finish in phases:
            length = lengths[number]
            for pred, lag in same:
                work = works[pred] + lag
                if work > begin:  # noqa: PLR1730  A call costs more than all the rest.
                    begin = work  # noqa: PLW2901
            for pred, _, from_start, is_to_finish, is_same, lag_axis, link, _ in others:
                if is_same:
                    work = (start_works if from_start else works)[pred] + lags[link]
                    if is_to_finish:
                        work -= length
                else:
                    bound = (starts if from_start else finishes)[pred]
                    if lag := lags[link]:
                        until = lag_axis.work_at(bound) + lag
                        bound = lag_axis.finish_at(until) if lag > 0 else lag_axis.start_at(until)
                    work = to_work(bound)
                if work > begin:  # noqa: PLR1730
                    begin = work  # noqa: PLW2901
            start_works[number] = begin_works[number] = begin
            works[number] = finish = begin + length
            if to_finish is not None:
                finishes[number] = to_finish(finish)
            if to_start is not None:
                starts[number] = to_start(begin)

    def _plain_ones(self) -> set[int]:
        compiled, count = self.compiled, len(self.compiled.ids)
        plain: set[int] = set()
        for node in compiled.order:
            if node < count and self._is_plain(node, plain):
                plain.add(node)
        return plain

    def _is_plain(self, number: int, plain: AbstractSet[int]) -> bool:
        compiled = self.compiled
        constraint, above = compiled.activities[number].constraint, compiled.parent[number]
        return (
            compiled.mode[number] == PLANNED
            and compiled.length[number] > 0
            and number not in self._reread
            and (constraint is None or constraint.kind in _HOLDS_NO_MORE_THAN_A_START)
            and compiled.finish_bound[number] == NEVER
            and (above < 0 or not compiled.gated[above])
            and all(
                # A finish that follows a finish may have to be shown apart from the work's end.
                not compiled.lag_follows_span(arc.number)
                and (not arc.to_finish or (arc.same and arc.pred in plain))
                for arc in compiled.incoming[number]
            )
        )

    def _shown_summaries(self) -> set[int]:
        """Return the summaries whose dates something follows, and those below them."""
        compiled = self.compiled
        waiting = [
            number
            for number, below in enumerate(compiled.children)
            if below and compiled.outgoing[number]
        ]
        shown: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number not in shown and compiled.children[number]:
                shown.add(number)
                waiting.extend(compiled.children[number])
        return shown

    def _grouped(self, shown: AbstractSet[int]) -> Iterator[tuple[Sequence[_Plain], Sequence[int]]]:
        """Yield what is to be computed in order: plain phases, and others behind them."""
        compiled, plain, count = self.compiled, self.plain, len(self.compiled.ids)
        stages = self._stages()
        nodes = [
            node
            for node in compiled.order
            if node >= count
            or node in shown
            or (compiled.mode[node] != FINISHED and not compiled.children[node])
        ]
        nodes.sort(key=stages.__getitem__)
        waiting: Sequence[_Plain] = ()
        for is_plain, group in groupby(nodes, key=plain.__contains__):
            if is_plain:
                waiting = [self._as_plain(number, shown) for number in group]
            else:
                yield waiting, list(group)
                waiting = ()
        yield waiting, ()

    def _stages(self) -> dict[int, int]:
        """Return by node how often one has to change between plain ones and others to get there.

        Sorted by it, nodes still stand behind all that they follow, and few steps are enough.
        """
        compiled, plain = self.compiled, self.plain
        stages: dict[int, int] = dict.fromkeys(compiled.order, 0)
        for node in compiled.order:
            is_plain, stage = node in plain, stages[node]
            for each in compiled.followers(node):
                stages[each] = max(stages[each], stage + ((each in plain) is not is_plain))
        return stages

    def _as_plain(self, number: int, shown: AbstractSet[int]) -> _Plain:
        compiled = self.compiled
        axis, arcs = compiled.axes[number], compiled.incoming[number]
        same = [arc for arc in arcs if arc.same and not arc.from_start and not arc.to_finish]
        looks = [
            arc
            for arc in compiled.outgoing[number]
            if not arc.same or compiled.mode[arc.succ] == EFFORT
        ]
        below = compiled.parent[number] in shown
        shows_start = below or any(arc.from_start for arc in looks)
        shows_finish = below or any(not arc.from_start for arc in looks) or self._may_end(number)
        return _Plain(
            number,
            compiled.base_work[number],
            [(arc.pred, compiled.lags[arc.number]) for arc in same],
            [arc for arc in arcs if arc not in same],
            axis.work_at,
            axis.start_at if shows_start else None,
            axis.finish_at if shows_finish else None,
        )

    def _may_end(self, number: int) -> bool:
        """Return whether a phase may be the last: no plain one, which lasts, begins after it."""
        compiled = self.compiled
        return not any(
            not arc.from_start
            and not arc.to_finish
            and arc.succ in self.plain
            and compiled.lags[arc.number] >= 0
            for arc in compiled.outgoing[number]
        )
