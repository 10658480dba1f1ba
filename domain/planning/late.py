"""The backward pass: late dates and floats.

A bound is taken back over a link exactly: the latest date of the predecessor that does not move the
successor past its own, whatever calendars lie between. So no float is negative unless a date is.
"""

from collections.abc import Iterable
from typing import Final

from domain.kernel.minutes import Minute
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
from domain.planning.structure import ACROSS, OTHERWISE, WITHIN, Arc

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
        "_axes", "_checks", "begin", "begin_work", "compiled", "dated", "early", "end",
        "end_finish", "end_start", "exit_finish", "exit_start", "finish_clock", "finish_work",
        "gate",
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
        self.dated = dated
        self._checks = not self.compiled.retained
        self.begin = begin
        self.begin_work = begin_work
        self.finish_work = finish_work
        self.finish_clock = finish_clock
        self.gate: list[Minute] = [ALWAYS] * count
        self.exit_finish: list[Minute] = [ALWAYS] * count
        self.exit_start: list[Minute] = [ALWAYS] * count
        self._axes = set(self.compiled.axes)
        self.end_by(end)

    def end_by(self, end: Minute) -> None:
        """Say when all must end."""
        self.end = end
        self.end_finish = {axis: axis.works[end] for axis in self._axes}
        self.end_start = {axis: axis.last_start(end) for axis in self._axes}

    def finish_limit(self, number: int) -> int:
        """Return the greatest finish coordinate that keeps every successor's date and the end."""
        compiled = self.compiled
        ends = self.end_finish if compiled.has_room(number) else self.end_start
        limit = ends[compiled.axes[number]]
        for arc in compiled.outgoing[number]:
            if not self.is_free_of(number, arc):
                limit = min(limit, self.arc_limit(number, arc))
        return limit if compiled.parent[number] < 0 else self.below(number, limit)

    def is_free_of(self, number: int, arc: Arc) -> bool:
        """Return whether a phase may end when it likes, for all that an arc's successor asks."""
        modes = self.compiled.mode
        return (
            modes[arc.succ] in _FIXED
            or (arc.from_start and modes[number] == STARTED)
            or (self._checks and self.compiled.ignored(arc))
        )

    def arc_limit(self, number: int, arc: Arc) -> int:
        """Return the greatest finish coordinate that keeps the date of one successor."""
        compiled = self.compiled
        length, has_room = compiled.length[number], compiled.has_room(number)
        if arc.same:
            work = (self.finish_work if arc.to_finish else self.begin_work)[arc.succ]
            work -= compiled.lags[arc.number]
        else:
            clock = self._before(arc)
            if clock == ALWAYS:
                return clock
            axis = compiled.axes[number]
            starts = arc.from_start or not has_room
            work = axis.last_start(clock) if starts else axis.works[clock]
        return work + length if arc.from_start else work

    def below(self, number: int, limit: int) -> int:
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
        compiled, begin = self.compiled, self.begin
        axis, modes = compiled.axes[number], compiled.mode
        clock = min(axis.starts[self.finish_work[number]], self.end)
        for arc in compiled.outgoing[number]:
            if (
                arc.from_start
                or modes[arc.succ] in _FIXED
                or (self._checks and compiled.ignored(arc))
            ):
                continue
            is_plain = arc.way != OTHERWISE and not compiled.lags[arc.number]
            before = begin[arc.succ] if is_plain else self._before(arc)
            clock = before if before < clock else clock  # noqa: FURB136  A call less.
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
            return arc.lag_axis.start_at(arc.lag_axis.works[clock] - lag)
        if lag < 0:
            return arc.lag_axis.starts[arc.lag_axis.last_start(clock) - lag]
        return clock

    def _latest(self, number: int, clock: Minute, *, as_start: bool) -> int:
        """Return the greatest coordinate whose start, or finish, is not after an instant."""
        axis = self.compiled.axes[number]
        if as_start or not self.compiled.has_room(number):
            return axis.last_start(clock)
        return axis.works[clock]


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

    def run(self, nodes: Iterable[int]) -> None:  # noqa: C901, PLR0912, PLR0915  One hot loop.
        """Compute nodes in the order given: each before all it follows.

        Both floats are taken back over each link side by side, and the usual link, within a
        calendar or from a finish to a start, is written out here; see `Limits.finish_limit` for
        what one of the two means. `nodes` may decide by what was computed which comes next.
        """
        compiled, early, late, soon = self.compiled, self.early, self.late, self.next
        count, modes, outgoing = len(self.total), compiled.mode, compiled.outgoing
        axes, own, lengths, lags = compiled.axes, compiled.own, compiled.length, compiled.lags
        parents, typed, clocked = compiled.parent, compiled.typed, compiled.clocked
        is_open_critical, is_msproject = self._open_ends, compiled.msproject
        begins, start_works, finish_works = self.begin, self.start_work, self.finish_work
        early_begins, early_works, early_ends = early.begin, early.begin_work, early.finish_work
        totals, frees, is_simple = self.total, self.free, compiled.retained
        has_exits = compiled.has_exits
        late_end, late_point = late.end_finish, late.end_start
        soon_end, soon_point = soon.end_finish, soon.end_start
        if is_msproject:
            late_point, soon_point = late_end, soon_end
        for node in nodes:
            if node >= count or (mode := modes[node]) > STARTED:
                self._visit(node)
                continue
            axis, length, has_begun = axes[node], lengths[node], mode == STARTED
            limit = (late_end if length else late_point)[axis]
            free = (soon_end if length else soon_point)[axis]
            works = axis.works
            for arc in outgoing[node]:
                _, succ, from_start, to_finish, same, _, link, way = arc
                if modes[succ] > STARTED or not is_simple:
                    if late.is_free_of(node, arc):
                        continue
                    work, sooner = late.arc_limit(node, arc), soon.arc_limit(node, arc)
                elif way == WITHIN:
                    lag = lags[link]
                    work, sooner = start_works[succ] - lag, early_works[succ] - lag
                elif way == ACROSS and length:
                    lag = lags[link]
                    work, sooner = works[begins[succ]] - lag, works[early_begins[succ]] - lag
                elif from_start and has_begun:
                    continue
                elif same:
                    lag = lags[link]
                    if to_finish:
                        work, sooner = finish_works[succ] - lag, early_ends[succ] - lag
                    else:
                        lag -= length
                        work, sooner = start_works[succ] - lag, early_works[succ] - lag
                else:
                    work, sooner = late.arc_limit(node, arc), soon.arc_limit(node, arc)
                limit = work if work < limit else limit  # noqa: FURB136  A call less for
                free = sooner if sooner < free else free  # noqa: FURB136  every link.
            if has_exits and parents[node] >= 0:
                limit, free = late.below(node, limit), soon.below(node, free)
            if typed[node] or is_open_critical:
                limit = self._constrained(node, mode, limit)
            done = early_ends[node]
            finish_works[node] = limit
            start_works[node] = begin = limit - length
            begins[node] = early_begins[node] if limit == done else axis.starts[begin]
            if node in clocked:
                late.keep_finish(node)
            if axis is own[node]:
                totals[node], frees[node] = limit - done, free - done
            else:  # A finish milestone lives on the clock, its floats on its calendar.
                totals[node] = own[node].between(done, limit)
                frees[node] = own[node].between(done, free)
            if frees[node] < 0 or mode == PINNED or is_msproject:
                self._cut_free_float(node, mode)

    def _cut_free_float(self, number: int, mode: int) -> None:
        """Leave no free float below nothing, nor where a date or an open end takes it away.

        What must finish on a date, or must start on one and has no successor, has none; an open
        end of a Microsoft Project has its total slack.
        """
        constraint = self.compiled.activities[number].constraint
        is_open = not any(
            self.compiled.mode[arc.succ] not in _FIXED for arc in self.compiled.outgoing[number]
        )
        free = self.free[number]
        if mode == PINNED and (is_open or (constraint is not None and constraint.kind == "MFO")):
            free = 0
        elif is_open and self.compiled.msproject and not self._follows_on(number):
            free = self.total[number]
        self.free[number] = max(0, free)

    def _follows_on(self, number: int) -> bool:
        """Return whether something follows a summary that a phase is in."""
        parent = self.compiled.parent[number]
        return parent >= 0 and self.compiled.has_exits

    def end_at(self, finish: Minute) -> list[int]:
        """Let free float be measured against another finish; return the phases it may concern."""
        compiled, early, free, soon = self.compiled, self.early, self.free, self.next
        before = soon.end_start
        soon.end_by(finish)
        nearer = {axis: min(work, before[axis]) for axis, work in soon.end_start.items()}
        axes, own, ends = compiled.axes, compiled.own, early.finish_work
        return [
            number
            for number in compiled.working
            if ends[number] + free[number] >= nearer[axes[number]]
            or axes[number] is not own[number]
        ]

    def _visit(self, node: int) -> None:
        """Compute a node that does not simply wait for others."""
        count = len(self.total)
        if node >= count:
            self.late.close_gate(node - count)
            self.next.close_gate(node - count)
        elif self.compiled.mode[node] == SUMMARY:
            if self.compiled.has_exits:
                self.late.open_exit(node)
                self.next.open_exit(node)
        else:
            # What is done has no float left; level of effort has none of its own.
            early = self.early
            self.start_work[node] = early.begin_work[node]
            self.finish_work[node] = early.finish_work[node]
            self.begin[node] = early.begin[node]
            self.total[node] = self.free[node] = 0

    def _constrained(self, number: int, mode: int, limit: int) -> int:
        """Return the limit of a phase, lowered to what its own constraint asks."""
        compiled = self.compiled
        axis, length = compiled.axes[number], compiled.length[number]
        constraint = compiled.activities[number].constraint
        kind, at = (constraint.kind, constraint.at) if constraint else ("ASAP", None)
        deadline = compiled.activities[number].deadline
        if compiled.msproject and deadline is not None:
            limit = min(limit, axis.works[deadline])
        if mode == PINNED and at is not None:
            # A mandatory date is early and late date in one.
            return axis.works[at] + (length if kind == "MSO" else 0)
        if self._open_ends and not compiled.outgoing[number]:
            limit = min(limit, self.early.finish_work[number])
        if at is not None:
            if kind == "FNLT" or (kind == "MFO" and mode == STARTED):
                limit = min(limit, axis.works[at])
            elif kind == "SNLT" and mode != STARTED:
                limit = min(limit, axis.works[at] + length)
        return limit
