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
    Compiled,
)
from domain.planning.early import EarlyDates
from domain.planning.structure import Arc

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
        "_checks", "_end_finish", "_end_start", "begin", "begin_work", "compiled", "dated",
        "early", "end", "exit_finish", "exit_start", "finish_clock", "finish_work", "gate",
    )  # fmt: skip

    def __init__(
        self,
        early: EarlyDates,
        end: Minute,
        begin: list[Minute],
        begin_work: list[int],
        finish_work: list[int],
        finish_clock: list[Minute],
        *,
        dated: bool = False,
    ) -> None:
        count = len(begin_work)
        self.early = early
        self.compiled: Compiled = early.compiled
        self.end = end
        self.dated = dated
        self._checks = not self.compiled.retained
        self.begin = begin
        self.begin_work = begin_work
        self.finish_work = finish_work
        self.finish_clock = finish_clock
        self.gate: list[Minute] = [ALWAYS] * count
        self.exit_finish: list[Minute] = [ALWAYS] * count
        self.exit_start: list[Minute] = [ALWAYS] * count
        axes = set(self.compiled.axes)
        self._end_finish = {axis: axis.work_at(end) for axis in axes}
        self._end_start = {axis: axis.last_start(end) for axis in axes}

    def finish_limit(self, number: int) -> int:
        """Return the greatest finish coordinate that keeps every successor's date and the end."""
        compiled = self.compiled
        modes = compiled.mode
        length = compiled.length[number]
        started = modes[number] == STARTED
        # What has no length is shown where it starts.
        limit = (self._end_finish if length else self._end_start)[compiled.axes[number]]
        for arc in compiled.outgoing[number]:
            _, succ, from_start, to_finish, same, _, link = arc
            if (
                modes[succ] in _FIXED
                or (from_start and started)
                or (self._checks and compiled.ignored(arc))
            ):
                continue
            if same:
                work = (self.finish_work if to_finish else self.begin_work)[succ]
                work -= compiled.lags[link]
            else:
                clock = self._before(arc)
                if clock == ALWAYS:
                    continue
                axis = compiled.axes[number]
                work = axis.last_start(clock) if from_start or not length else axis.work_at(clock)
            if from_start:
                work += length
            limit = work if work < limit else limit  # noqa: FURB136  A call less for every link.
        return limit if compiled.parent[number] < 0 else self._below(number, limit)

    def _below(self, number: int, limit: int) -> int:
        """Return the limit of a phase, lowered to what the successors of its summary ask."""
        parent = self.compiled.parent[number]
        finish, start = self.exit_finish[parent], self.exit_start[parent]
        if finish != ALWAYS:
            limit = min(limit, self._latest(number, finish, as_start=False))
        if start != ALWAYS and self.compiled.mode[number] != STARTED:
            early = self.early.start
            if early[number] == early[parent]:
                first = self._latest(number, start, as_start=True)
                limit = min(limit, first + self.compiled.length[number])
        return limit

    def keep_finish(self, number: int) -> None:
        """Set the latest instant at which a phase may be shown to finish."""
        compiled = self.compiled
        axis = compiled.axes[number]
        clock = min(axis.start_at(self.finish_work[number]), self.end)
        for arc in compiled.outgoing[number]:
            if not (
                arc.from_start
                or compiled.mode[arc.succ] in _FIXED
                or (self._checks and compiled.ignored(arc))
            ):
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
                latest = min(latest, self.begin[child])
        self.gate[summary] = latest

    def open_exit(self, summary: int) -> None:
        """Work out what the successors of a summary ask of all below it."""
        compiled = self.compiled
        finish, start = ALWAYS, ALWAYS
        for arc in compiled.outgoing[summary]:
            if compiled.mode[arc.succ] in _FIXED or (self._checks and compiled.ignored(arc)):
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
            clock = self.begin[succ]
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


class LateDates:
    """Late dates and floats by phase number, in coordinates of each phase's axis."""

    __slots__ = (
        "_open_ends", "begin", "compiled", "early", "finish_work", "free", "late", "next",
        "start_work", "total",
    )  # fmt: skip

    def __init__(self, early: EarlyDates, finish: Minute) -> None:
        count = len(early.start)
        self.early = early
        self.compiled: Compiled = early.compiled
        self.begin: list[Minute] = early.begin[:]
        self.start_work = early.begin_work[:]
        self.finish_work = early.finish_work[:]
        self._open_ends = self.compiled.network.policy.open_ends_critical
        self.total = [0] * count
        self.free = [0] * count
        promise = self.compiled.network.promise
        end = finish if promise is None else promise
        self.late = Limits(
            early, end, self.begin, self.start_work, self.finish_work, early.finish[:], dated=True
        )
        """What total float is measured against."""
        self.next = Limits(
            early, finish, early.begin, early.begin_work, early.finish_work, early.finish
        )
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
            self.begin[number] = early.begin[number]
            self.total[number] = self.free[number] = 0
            return
        if compiled.activities[number].constraint is not None or self._open_ends:
            limit = self._constrained(number, mode)
        else:
            limit = self.late.finish_limit(number)
        self.finish_work[number] = limit
        self.start_work[number] = limit - length
        if limit == done:
            self.begin[number] = early.begin[number]
        else:
            self.begin[number] = compiled.axes[number].start_at(limit - length)
        if number in compiled.clocked:
            self.late.keep_finish(number)
        free = self.next.finish_limit(number)
        if compiled.axes[number] is compiled.own[number]:
            self.total[number], self.free[number] = limit - done, free - done
        else:  # A finish milestone lives on the clock, its floats on its calendar.
            own = compiled.own[number]
            self.total[number], self.free[number] = (
                own.between(done, limit),
                own.between(done, free),
            )

    def _constrained(self, number: int, mode: int) -> int:
        compiled = self.compiled
        axis, length = compiled.axes[number], compiled.length[number]
        constraint = compiled.activities[number].constraint
        kind, at = (constraint.kind, constraint.at) if constraint else ("ASAP", None)
        if mode == PINNED and at is not None:
            # A mandatory date is early and late date in one.
            return axis.work_at(at) + (length if kind == "MSO" else 0)
        limit = self.late.finish_limit(number)
        if self._open_ends and not compiled.outgoing[number]:
            limit = min(limit, self.early.finish_work[number])
        if at is not None:
            if kind == "FNLT" or (kind == "MFO" and mode == STARTED):
                limit = min(limit, axis.work_at(at))
            elif kind == "SNLT" and mode != STARTED:
                limit = min(limit, axis.work_at(at) + length)
        return limit
