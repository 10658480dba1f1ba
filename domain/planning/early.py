"""The forward pass: early dates, and what drives them.

Coordinates (``…_work``) count working minutes on a phase's own calendar; clocks are instants.
Between phases of one calendar a link is an addition; between calendars it goes through the clock.
"""

from typing import Final

from domain.kernel.calendar import Minute
from domain.planning.compiled import (
    EFFORT,
    FINISHED,
    NEVER,
    PINNED,
    PLANNED,
    STARTED,
    SUMMARY,
    Compiled,
)
from domain.planning.network import Driver
from domain.planning.structure import Arc

BY_BASE: Final = -1
BY_FINISH_BOUND: Final = -2
BY_GATE: Final = -3


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

    def run(self) -> None:
        """Compute every node in order."""
        modes, count = self.compiled.mode, len(self.start)
        for node in self.compiled.order:
            if node < count and modes[node] == PLANNED:
                self._work(node, PLANNED)
            else:
                self.visit(node)

    def visit(self, node: int) -> None:
        """Compute one node from those before it."""
        compiled = self.compiled
        count = len(self.start)
        if node >= count:
            self._open_gate(node - count)
            return
        mode = compiled.mode[node]
        if mode == SUMMARY:
            self._close(node)
        elif mode == FINISHED:
            self._take_actuals(node)
        elif mode == EFFORT:
            self._span(node)
        else:
            self._work(node, mode)

    def bound_of(self, arc: Arc) -> Minute:
        """Return the instant before which an arc does not let its successor start or finish."""
        clock = (self.start if arc.from_start else self.finish)[arc.pred]
        lag = self.compiled.lags[arc.number]
        return arc.lag_axis.add(clock, lag) if lag else clock

    def begin_bound(self, arc: Arc) -> int:
        """Return the coordinate at which an arc lets its successor's work begin."""
        compiled = self.compiled
        length = compiled.length[arc.succ] if arc.to_finish else 0
        if arc.same and not (arc.to_finish and arc.pred in self.odd):
            work = (self.start_work if arc.from_start else self.finish_work)[arc.pred]
            return work + compiled.lags[arc.number] - length
        return compiled.axes[arc.succ].work_at(self.bound_of(arc)) - length

    def driver(self, number: int) -> Driver:
        """Return what sets the dates of a phase."""
        compiled = self.compiled
        by = self.by[number]
        if compiled.mode[number] == SUMMARY:
            return Driver("child", compiled.ids[by])
        if by >= 0:
            return Driver("predecessor", compiled.links[by].id)
        if by == BY_FINISH_BOUND:
            return compiled.finish_driver[number]
        if by == BY_GATE:
            return self.gate_by[compiled.parent[number]]
        return compiled.base_driver[number]

    def _work(self, number: int, mode: int) -> None:
        """Place a phase behind everything that holds it."""
        compiled = self.compiled
        axis, length = compiled.axes[number], compiled.length[number]
        begin, by = compiled.base_work[number], BY_BASE
        no_earlier = compiled.finish_bound[number]
        if no_earlier != NEVER or compiled.parent[number] >= 0:
            begin, by = self._without_links(number, mode)
        for arc in compiled.incoming[number] if mode != PINNED else ():
            pred, _, from_start, to_finish, same, _, link = arc
            if mode == STARTED and compiled.ignored(arc):
                continue
            if same and not to_finish:
                work = (self.start_work if from_start else self.finish_work)[pred]
                work += compiled.lags[link]
            elif same and pred not in self.odd:
                work = self.finish_work[pred] + compiled.lags[link] - length
            else:
                bound = self.bound_of(arc)
                work = axis.work_at(bound)
                if to_finish:
                    work -= length
                    no_earlier = max(no_earlier, bound)
            if work > begin or (work == begin and by < 0):
                begin, by = work, link
        self.by[number] = by
        self.begin_work[number] = begin
        self.finish_work[number] = finish = begin + length
        if mode == PLANNED and length:
            self.start_work[number] = begin
            self.start[number] = self.begin[number] = axis.start_at(begin)
            self.finish[number] = end = axis.finish_at(finish)
            if no_earlier <= end:
                self.odd.discard(number)
                return
        self._show(number, mode, no_earlier)

    def _without_links(self, number: int, mode: int) -> tuple[int, int]:
        """Return where work could begin if no link held the phase itself, and what says so."""
        compiled = self.compiled
        axis = compiled.axes[number]
        begin, by = compiled.base_work[number], BY_BASE
        no_earlier = compiled.finish_bound[number]
        if no_earlier != NEVER:
            work = axis.work_at(no_earlier) - compiled.length[number]
            if work > begin:
                begin, by = work, BY_FINISH_BOUND
        parent = compiled.parent[number]
        if parent >= 0 and self.gate[parent] != NEVER and mode != PINNED:
            work = axis.work_at(self.gate[parent])
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
        start = axis.start_at(self.begin_work[number])
        if compiled.length[number]:
            finish = axis.finish_at(self.finish_work[number])
        elif mode == STARTED and self.by[number] == BY_BASE:
            finish = axis.next_boundary(compiled.base_clock[number])
        else:
            finish = start
        if no_earlier > finish:
            finish = axis.start_at(self.finish_work[number])
            self.odd.add(number)
        else:
            self.odd.discard(number)
        self.start_work[number] = self.begin_work[number]
        self.begin[number] = start
        if mode == STARTED:
            self.odd.add(number)  # The actual start may be on a free day.
            start = compiled.activities[number].actual_start or start
            self.start_work[number] = axis.work_at(start)
        self.start[number], self.finish[number] = start, finish

    def _take_actuals(self, number: int) -> None:
        axis = self.compiled.axes[number]
        start, finish = self.compiled.actual_dates(number)
        self.start[number], self.finish[number] = start, finish
        self.start_work[number] = self.begin_work[number] = axis.work_at(start)
        self.finish_work[number] = axis.work_at(finish)
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
        clock, by = min(begins, default=(compiled.base_clock[number], BY_BASE))
        start = axis.next_start(clock)
        if activity.actual_start is not None:
            start, by = activity.actual_start, BY_BASE
        if ends:
            finish = max(start, axis.previous_finish(max(ends)[0]))
        else:
            finish = axis.add(start, compiled.length[number])
        self.by[number] = by
        self.start[number], self.finish[number] = start, finish
        self.start_work[number] = self.begin_work[number] = axis.work_at(start)
        self.finish_work[number] = axis.work_at(finish)

    def _open_gate(self, summary: int) -> None:
        """Work out before which instant nothing below a summary may start."""
        compiled = self.compiled
        if not compiled.gated[summary]:
            return
        clock, driver = compiled.gate_bound[summary], compiled.gate_driver[summary]
        for arc in compiled.gate_arcs[summary]:
            bound = self.bound_of(arc)
            if bound > clock or (bound == clock and driver.kind != "predecessor"):
                clock, driver = bound, Driver("predecessor", compiled.links[arc.number].id)
        parent = compiled.parent[summary]
        if parent >= 0 and self.gate[parent] > clock:
            clock, driver = self.gate[parent], self.gate_by[parent]
        self.gate[summary], self.gate_by[summary] = clock, driver

    def _close(self, summary: int) -> None:
        """Take a summary's dates from its children."""
        compiled = self.compiled
        children = compiled.children[summary]
        self.start[summary] = min(self.start[child] for child in children)
        last = max(children, key=lambda child: (self.finish[child], -child))
        self.finish[summary] = self.finish[last]
        self.by[summary] = last
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
