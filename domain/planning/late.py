"""The backward pass: late dates and floats.

A bound is taken back over a link exactly: the latest date of the predecessor that does not move the
successor past its own, whatever calendars lie between. So no float is negative unless a date is.
"""

from typing import Final

from domain.kernel.calendar import Minute
from domain.planning.compiled import (
    ALWAYS,
    EFFORT,
    FINISHED,
    PINNED,
    STARTED,
    SUMMARY,
    Arc,
    Compiled,
)
from domain.planning.early import EarlyDates

_FIXED: Final = frozenset({FINISHED, EFFORT})
_NOT_GATED: Final = frozenset({FINISHED, EFFORT, PINNED})


class Limits:
    """Dates that successors must keep: their early ones for free float, late ones for total float.

    ``begin_work`` and ``finish_work`` are by phase number; by summary, ``gate`` is the latest start
    bound that keeps the dates below it, ``exit_finish`` and ``exit_start`` are the instants by
    which everything below it must finish and its first phase start; ``end`` is when all must end.
    ``finish_clock`` is the latest instant at which a phase held by instants may be shown to finish.
    ``dated`` says whether no-later-than constraints of summaries count.
    """

    __slots__ = (
        "_ends", "begin_work", "compiled", "dated", "early", "end", "exit_finish", "exit_start",
        "finish_clock", "finish_work", "gate",
    )  # fmt: skip

    def __init__(
        self,
        early: EarlyDates,
        end: Minute,
        begin_work: list[int],
        finish_work: list[int],
        *,
        dated: bool = False,
    ) -> None:
        count = len(begin_work)
        self.early = early
        self.compiled: Compiled = early.compiled
        self.end = end
        self.dated = dated
        self.begin_work = begin_work
        self.finish_work = finish_work
        self.finish_clock: list[Minute] = early.finish[:]
        self.gate: list[Minute] = [ALWAYS] * count
        self.exit_finish: list[Minute] = [ALWAYS] * count
        self.exit_start: list[Minute] = [ALWAYS] * count
        self._ends: dict[tuple[int, bool], int] = {}

    def finish_limit(self, number: int) -> int:
        """Return the greatest finish coordinate that keeps every successor's date and the end."""
        compiled = self.compiled
        length = compiled.length[number]
        started = compiled.mode[number] == STARTED
        limit = self._end_limit(number)
        for arc in compiled.outgoing[number]:
            _, succ, from_start, to_finish, same, _, link = arc
            if (from_start and started) or compiled.mode[succ] in _FIXED or compiled.ignored(arc):
                continue
            if same:
                work = (self.finish_work if to_finish else self.begin_work)[succ]
                work -= compiled.lags[link]
            else:
                clock = self._before(arc)
                if clock == ALWAYS:
                    continue
                work = self._latest(number, clock, as_start=from_start)
            if from_start:
                work += length
            limit = min(limit, work)
        parent = compiled.parent[number]
        if parent >= 0:
            if self.exit_finish[parent] != ALWAYS:
                limit = min(limit, self._latest(number, self.exit_finish[parent], as_start=False))
            if self.exit_start[parent] != ALWAYS and not started:
                early = self.early.start
                if early[number] == early[parent]:
                    first = self._latest(number, self.exit_start[parent], as_start=True)
                    limit = min(limit, first + length)
        return limit

    def keep_finish(self, number: int) -> None:
        """Set the latest instant at which a phase may be shown to finish."""
        compiled = self.compiled
        if not compiled.clocked[number]:
            return
        axis = compiled.axes[number]
        clock = min(axis.start_at(self.finish_work[number]), self.end)
        for arc in compiled.outgoing[number]:
            if not (arc.from_start or compiled.mode[arc.succ] in _FIXED or compiled.ignored(arc)):
                clock = min(clock, self._before(arc))
        parent = compiled.parent[number]
        if parent >= 0:
            clock = min(clock, self.exit_finish[parent])
        self.finish_clock[number] = axis.previous_boundary(clock)

    def close_gate(self, summary: int) -> None:
        """Work out the latest start bound that keeps the dates of all below a summary."""
        compiled = self.compiled
        if not compiled.gated[summary]:
            return
        latest = ALWAYS
        for child in compiled.children[summary]:
            mode = compiled.mode[child]
            if mode == SUMMARY:
                latest = min(latest, self.gate[child])
            elif mode not in _NOT_GATED:
                latest = min(latest, compiled.axes[child].start_at(self.begin_work[child]))
        self.gate[summary] = latest

    def open_exit(self, summary: int) -> None:
        """Work out what the successors of a summary ask of all below it."""
        compiled = self.compiled
        finish, start = ALWAYS, ALWAYS
        for arc in compiled.outgoing[summary]:
            if compiled.mode[arc.succ] in _FIXED or compiled.ignored(arc):
                continue
            if arc.from_start:
                start = min(start, self._before(arc))
            else:
                finish = min(finish, self._before(arc))
        constraint = compiled.activities[summary].constraint
        if self.dated and constraint is not None and constraint.at is not None:
            if constraint.kind == "FNLT":
                finish = min(finish, constraint.at)
            elif constraint.kind == "SNLT":
                start = min(start, constraint.at)
        parent = compiled.parent[summary]
        if parent >= 0:
            finish = min(finish, self.exit_finish[parent])
            if self.early.start[parent] == self.early.start[summary]:
                start = min(start, self.exit_start[parent])
        self.exit_finish[summary], self.exit_start[summary] = finish, start

    def _before(self, arc: Arc) -> Minute:
        """Return the latest instant of an arc's predecessor that keeps its successor's date."""
        compiled = self.compiled
        succ = arc.succ
        if compiled.mode[succ] == SUMMARY:
            clock = self.gate[succ]
            if clock == ALWAYS:
                return clock
        elif arc.to_finish:
            clock = self.finish_clock[succ]
        else:
            clock = compiled.axes[succ].start_at(self.begin_work[succ])
        lag = compiled.lags[arc.number]
        if lag > 0:
            return arc.lag_axis.start_at(arc.lag_axis.work_at(clock) - lag)
        if lag < 0:
            return arc.lag_axis.start_at(arc.lag_axis.last_start(clock) - lag)
        return clock

    def _latest(self, number: int, clock: Minute, *, as_start: bool) -> int:
        """Return the greatest coordinate whose start, or finish, is not after an instant."""
        axis = self.compiled.axes[number]
        if as_start or self.compiled.length[number] == 0:
            return axis.last_start(clock)
        return axis.work_at(clock)

    def _end_limit(self, number: int) -> int:
        axis = self.compiled.axes[number]
        as_start = self.compiled.length[number] == 0
        key = id(axis), as_start
        known = self._ends.get(key)
        if known is None:
            known = self._ends[key] = self._latest(number, self.end, as_start=as_start)
        return known


class LateDates:
    """Late dates and floats by phase number, in coordinates of each phase's axis."""

    __slots__ = ("compiled", "early", "finish_work", "free", "late", "next", "start_work", "total")

    def __init__(self, early: EarlyDates, finish: Minute) -> None:
        count = len(early.start)
        self.early = early
        self.compiled: Compiled = early.compiled
        self.start_work = early.begin_work[:]
        self.finish_work = early.finish_work[:]
        self.total = [0] * count
        self.free = [0] * count
        promise = self.compiled.network.promise
        end = finish if promise is None else promise
        self.late = Limits(early, end, self.start_work, self.finish_work, dated=True)
        """What total float is measured against."""
        self.next = Limits(early, finish, early.begin_work, early.finish_work)
        """What free float is measured against."""

    def run(self) -> None:
        """Compute every node, last first."""
        for node in reversed(self.compiled.order):
            self.visit(node)

    def visit(self, node: int) -> None:
        """Compute one node from those after it."""
        count = len(self.total)
        if node >= count:
            self.late.close_gate(node - count)
            self.next.close_gate(node - count)
        elif self.compiled.mode[node] == SUMMARY:
            self.late.open_exit(node)
            self.next.open_exit(node)
        else:
            self._leaf(node)

    def _leaf(self, number: int) -> None:
        compiled, early = self.compiled, self.early
        mode = compiled.mode[number]
        done = early.finish_work[number]
        length = compiled.length[number]
        if mode in _FIXED:
            # What is done has no float left; level of effort has none of its own.
            self.start_work[number], self.finish_work[number] = early.begin_work[number], done
            return
        limit = self._constrained(number, mode)
        self.finish_work[number] = limit
        self.start_work[number] = limit - length
        self.late.keep_finish(number)
        self.total[number] = self._own(number, done, limit)
        self.free[number] = self._own(number, done, self.next.finish_limit(number))

    def _constrained(self, number: int, mode: int) -> int:
        compiled = self.compiled
        axis, length = compiled.axes[number], compiled.length[number]
        constraint = compiled.activities[number].constraint
        kind, at = (constraint.kind, constraint.at) if constraint else ("ASAP", None)
        if mode == PINNED and at is not None:
            # A mandatory date is early and late date in one.
            return axis.work_at(at) + (length if kind == "MSO" else 0)
        limit = self.late.finish_limit(number)
        if compiled.network.policy.open_ends_critical and not compiled.outgoing[number]:
            limit = min(limit, self.early.finish_work[number])
        if at is not None:
            if kind == "FNLT" or (kind == "MFO" and mode == STARTED):
                limit = min(limit, axis.work_at(at))
            elif kind == "SNLT" and mode != STARTED:
                limit = min(limit, axis.work_at(at) + length)
        return limit

    def _own(self, number: int, done: int, limit: int) -> int:
        """Return a float in working minutes; a finish milestone's is counted on its calendar."""
        own = self.compiled.own[number]
        if self.compiled.axes[number] is own:
            return limit - done
        return own.between(done, limit)
