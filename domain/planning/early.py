"""The forward pass: early dates, and what drives them.

Coordinates (``…_work``) count working minutes on a phase's own calendar; clocks are instants.
Between phases of one calendar a link is an addition; between calendars it goes through the clock.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final

from domain.kernel.minutes import Minute
from domain.planning.compiled import (
    FINISHED,
    NEVER,
    PINNED,
    PLANNED,
    STARTED,
    SUMMARY,
    Compiled,
)
from domain.planning.network import Driver
from domain.planning.structure import WITHIN, Arc

BY_BASE: Final = -1
BY_FINISH_BOUND: Final = -2
BY_GATE: Final = -3
BY_LATEST: Final = -4

_BOUND: Final = itemgetter(0)


class EarlyDates:
    """Early dates by phase number; ``begin`` is when the work still to do begins."""

    __slots__ = (
        "begin", "begin_work", "by", "compiled", "finish", "finish_work", "gate", "gate_by",
        "odd", "start", "start_work",
    )  # fmt: skip

    def __init__(self, compiled: Compiled) -> None:
        count = len(compiled.ids)
        self.compiled = compiled
        self.start: list[Minute] = [0] * count
        self.finish: list[Minute] = [0] * count
        self.begin: list[Minute] = [0] * count
        self.start_work = [0] * count
        self.begin_work = [0] * count
        self.finish_work = [0] * count
        self.by = [BY_BASE] * count
        """The number of the driving link, one of the BY_ marks, or of a summary its last child."""
        self.gate: list[Minute] = [NEVER] * count
        self.gate_by: list[Driver] = [Driver("parent")] * count
        self.odd: set[int] = set()
        """Phases with a date that is not the plain start or end of work, e.g. on a free day."""

    def run(self, nodes: Iterable[int]) -> None:  # noqa: C901, PLR0912, PLR0915  One hot loop.
        """Compute nodes in the order given: each behind all it follows.

        Nearly every node is a phase that waits for others, so that case is written out here, with
        everything it reads at hand. `nodes` may decide by what was computed which comes next.
        """
        compiled = self.compiled
        count, modes, incoming = len(self.start), compiled.mode, compiled.incoming
        links, axes, lengths, lags, parents = (
            compiled.links, compiled.axes, compiled.length, compiled.lags, compiled.parent
        )  # fmt: skip
        base_work, finish_bound = compiled.base_work, compiled.finish_bound
        starts, finishes, start_works = self.start, self.finish, self.start_work
        begins, begin_works, finish_works = self.begin, self.begin_work, self.finish_work
        driven_by, odd, has_gates = self.by, self.odd, any(compiled.gated)
        latest = compiled.latest_work
        for node in nodes:
            if node >= count or (mode := modes[node]) > STARTED:
                self._visit(node)
                continue
            axis, length = axes[node], lengths[node]
            begin, by = base_work[node], BY_BASE
            no_earlier = finish_bound[node]
            if no_earlier != NEVER or (has_gates and parents[node] >= 0):
                begin, by = self._without_links(node, mode)
            arcs = incoming[node] if mode == PLANNED else self._followed(node, mode)
            for pred, _, from_start, to_finish, same, lag_axis, link, way in arcs:
                if way == WITHIN:
                    work = finish_works[pred] + lags[link]
                elif same and not to_finish:
                    work = start_works[pred] + lags[link]
                elif same and pred not in odd:
                    work = finish_works[pred] + lags[link] - length
                else:
                    bound = (starts if from_start else finishes)[pred]
                    if lag := lags[link]:
                        bound = lag_axis.add(bound, lag)
                    work = axis.works[bound]
                    if to_finish:
                        work -= length
                        no_earlier = bound if bound > no_earlier else no_earlier  # noqa: FURB136
                # Of links that ask the same the first by id drives, and any before the phase's own.
                if work > begin or (work == begin and (by < 0 or links[link].id < links[by].id)):
                    begin, by = work, link
            if latest and begin > latest.get(node, begin):
                begin, by, no_earlier = latest[node], BY_LATEST, NEVER
            driven_by[node] = by
            begin_works[node] = begin
            finish_works[node] = finish = begin + length
            if mode == PLANNED and length:
                start_works[node] = begin
                starts[node] = begins[node] = axis.starts[begin]
                finishes[node] = end = axis.finishes[finish]
                if no_earlier <= end:
                    odd.discard(node)
                    continue
            self._show(node, mode, no_earlier)

    def _visit(self, node: int) -> None:
        """Compute a node that does not simply wait for others."""
        count = len(self.start)
        if node >= count:
            self._open_gate(node - count)
        elif self.compiled.mode[node] == SUMMARY:
            self._close(node)
        elif self.compiled.mode[node] == FINISHED:
            self._take_actuals(node)
        else:
            self._span(node)

    def bound_of(self, arc: Arc) -> Minute:
        """Return the instant before which an arc does not let its successor start or finish."""
        clock = (self.start if arc.from_start else self.finish)[arc.pred]
        lag = self.compiled.lags[arc.number]
        return arc.lag_axis.add(clock, lag) if lag else clock

    def begin_bound(self, arc: Arc) -> int:
        """Return the coordinate at which an arc lets its successor's work begin."""
        compiled = self.compiled
        if arc.way == WITHIN:
            return self.finish_work[arc.pred] + compiled.lags[arc.number]
        length = compiled.length[arc.succ] if arc.to_finish else 0
        if arc.same and not (arc.to_finish and arc.pred in self.odd):
            work = (self.start_work if arc.from_start else self.finish_work)[arc.pred]
            return work + compiled.lags[arc.number] - length
        return compiled.axes[arc.succ].works[self.bound_of(arc)] - length

    def driver(self, number: int) -> Driver:
        """Return what sets the dates of a phase."""
        compiled = self.compiled
        by = self.by[number]
        if compiled.mode[number] == SUMMARY:
            return Driver("child", compiled.ids[by])
        if by >= 0:
            return compiled.driver_by(by)
        if by == BY_FINISH_BOUND:
            return compiled.finish_driver[number]
        if by == BY_LATEST:
            constraint = compiled.activities[number].constraint
            return Driver("constraint", constraint.kind if constraint else "")
        if by == BY_GATE:
            return self.gate_by[compiled.parent[number]]
        return compiled.base_driver[number]

    def _followed(self, number: int, mode: int) -> Sequence[Arc]:
        """Return the arcs that hold back what is pinned (none) or has started."""
        compiled = self.compiled
        if mode == PINNED or (mode == STARTED and compiled.msproject):
            return ()
        arcs = compiled.incoming[number]
        if compiled.retained:
            return arcs
        return [arc for arc in arcs if not compiled.ignored(arc)]

    def _without_links(self, number: int, mode: int) -> tuple[int, int]:
        """Return where work could begin if no link held the phase itself, and what says so."""
        compiled = self.compiled
        axis = compiled.axes[number]
        begin, by = compiled.base_work[number], BY_BASE
        no_earlier = compiled.finish_bound[number]
        if no_earlier != NEVER:
            work = axis.works[no_earlier] - compiled.length[number]
            if work > begin:
                begin, by = work, BY_FINISH_BOUND
        parent = compiled.parent[number]
        held = mode == PLANNED or (mode == STARTED and not compiled.msproject)
        if parent >= 0 and self.gate[parent] != NEVER and held:
            work = axis.works[self.gate[parent]]
            if work >= begin:
                begin, by = work, BY_GATE
        return begin, by

    def _show(self, number: int, mode: int, no_earlier: Minute) -> None:
        """Turn coordinates into the instants that are shown.

        A finish is shown at the end of a period, or at the next work start if that is too early:
        the two are one point in working time, but a finish shown on Friday evening would come
        before a predecessor that ends on Saturday.
        """
        compiled = self.compiled
        axis = compiled.axes[number]
        start = axis.starts[self.begin_work[number]]
        if compiled.length[number]:
            finish = axis.finishes[self.finish_work[number]]
        elif mode == STARTED and self.by[number] == BY_BASE:
            finish = axis.next_boundary(compiled.base_clock[number])
        else:
            finish = start
        if no_earlier > finish:
            finish = axis.starts[self.finish_work[number]]
            self.odd.add(number)
        else:
            self.odd.discard(number)
        self.start_work[number] = self.begin_work[number]
        self.begin[number] = start
        if mode == STARTED:
            self.odd.add(number)  # The actual start may be on a free day.
            start = compiled.activities[number].actual_start or start
            self.start_work[number] = axis.works[start]
        self.start[number], self.finish[number] = start, finish

    def _take_actuals(self, number: int) -> None:
        axis = self.compiled.axes[number]
        start, finish = self.compiled.actual_dates(number)
        self.start[number], self.finish[number] = start, finish
        self.start_work[number] = self.begin_work[number] = axis.works[start]
        self.finish_work[number] = axis.works[finish]
        self.by[number] = BY_BASE
        self.odd.add(number)

    def _span(self, number: int) -> None:
        """Stretch level of effort from the first start it follows to the last finish it follows."""
        compiled = self.compiled
        axis = compiled.axes[number]
        activity = compiled.activities[number]
        arcs = compiled.incoming[number]
        begins = [(self.bound_of(arc), arc.number) for arc in arcs if not arc.to_finish]
        ends = [(self.bound_of(arc), arc.number) for arc in arcs if arc.to_finish]
        ends = ends or [(self.finish[arc.pred], arc.number) for arc in arcs]
        # Of equal ones the first is taken, and arcs come in the order of their links' ids.
        clock, by = min(begins, key=_BOUND, default=(compiled.base_clock[number], BY_BASE))
        start = axis.next_start(clock)
        if activity.actual_start is not None:
            start, by = activity.actual_start, BY_BASE
        if ends:
            finish = max(start, axis.previous_finish(max(ends)[0]))
        else:
            finish = axis.add(start, compiled.length[number])
        self.by[number] = by
        self.start[number], self.finish[number] = start, finish
        self.start_work[number] = self.begin_work[number] = axis.works[start]
        self.finish_work[number] = axis.works[finish]

    def _open_gate(self, summary: int) -> None:
        """Work out before which instant nothing below a summary may start."""
        compiled = self.compiled
        if not compiled.gated[summary]:
            return
        clock, driver = compiled.gate_bound[summary], compiled.gate_driver[summary]
        for arc in compiled.gate_arcs[summary]:
            bound = self.bound_of(arc)
            if bound > clock or (bound == clock and driver.kind != "predecessor"):
                clock, driver = bound, compiled.driver_by(arc.number)
        parent = compiled.parent[summary]
        if parent >= 0 and self.gate[parent] > clock:
            clock, driver = self.gate[parent], self.gate_by[parent]
        self.gate[summary], self.gate_by[summary] = clock, driver

    def _close(self, summary: int) -> None:
        """Take a summary's dates from its children."""
        compiled = self.compiled
        starts, finishes = self.start, self.finish
        first, *others = compiled.children[summary]
        start, finish, last = starts[first], finishes[first], first
        for child in others:
            if starts[child] < start:  # noqa: PLR1730  A call costs more than all the rest.
                start = starts[child]
            if finishes[child] > finish:
                finish, last = finishes[child], child
        self.start[summary], self.finish[summary], self.by[summary] = start, finish, last
        shares = [
            arc.number
            for arc in compiled.outgoing[summary]
            if compiled.lag_follows_span(arc.number)
        ]
        if shares:
            axis = compiled.own[summary]
            span = axis.between(self.start[summary], self.finish[summary])
            for link in shares:
                compiled.set_share(link, span)
