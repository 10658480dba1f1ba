"""A problem as lists of integers, with the dates it would have if resources were without limit."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple, TypeAlias

from domain.kernel.minutes import Minute
from domain.kernel.work_axis import WorkAxis
from domain.levelling.problem import Problem, in_order, is_fenced, not_before, weight

NEVER: Final = 1 << 62


Cost: TypeAlias = tuple[int, Minute]
"""Disturbance inside the frozen fence, then the finish: what is to be small, in this order."""


class Arc(NamedTuple):
    """One link as its other end sees it: that end, from or to which of its dates, and the lag."""

    other: int
    from_start: bool
    to_finish: bool
    lag: int
    axis: WorkAxis | None


class Span(NamedTuple):
    """From when to when a job lasts."""

    start: Minute
    finish: Minute


class Compiled:
    """Jobs by number, in the problem's order; ``order`` holds those that are not fixed.

    ``early`` and ``late`` are the spans' starts and the latest finishes of a network whose
    resources have no limit (the critical path), which priority rules and lower bounds use.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        jobs = problem.jobs
        self.count = len(jobs)
        self.duration = [job.duration_min for job in jobs]
        self.axis = [None if job.axis is None or job.axis.continuous else job.axis for job in jobs]
        self.priority = [job.priority for job in jobs]
        number = {resource.id: index for index, resource in enumerate(problem.resources)}
        self.demands = [
            tuple((number[resource], amount) for resource, amount in job.demands if amount)
            for job in jobs
        ]
        self.bound = [not_before(job, problem) for job in jobs]
        self.finish_bound = [
            -NEVER if job.earliest_finish is None else job.earliest_finish for job in jobs
        ]
        self.fixed = [job.fixed_start for job in jobs]
        self.fenced = {
            index: (job.published_start or 0, weight(job))
            for index, job in enumerate(jobs)
            if is_fenced(job, problem)
        }
        self.order = [index for index in in_order(problem) if self.fixed[index] is None]
        self.position = [0] * self.count
        for place, index in enumerate(self.order):
            self.position[index] = place
        self.incoming, self.outgoing = self._arcs()
        self.plain = all(
            not arc.to_finish and arc.lag >= 0 for arcs in self.incoming for arc in arcs
        )
        """Whether nothing starts before what it follows: then order of starts is order of links."""
        self.early = self._early()
        self.finish = max((span.finish for span in self.early), default=problem.origin)
        self.late = self._late()
        self.least = self._least()
        """What no schedule can cost less than; one that costs so much is optimal."""

    def span(self, job: int, at: Minute, no_earlier: Minute) -> Span:
        """Return the first span from ``at`` on that ends no earlier than another instant.

        An end is shown at the end of a period of work, or where the next begins if that is too
        early: the two are one point in working time.
        """
        length, axis = self.duration[job], self.axis[job]
        if axis is None:
            start = max(at, no_earlier - length)
            return Span(start, start + length)
        work = axis.works[at]
        if no_earlier > at:
            work = max(work, axis.works[no_earlier] - length)
        start = axis.starts[work]
        finish = axis.finishes[work + length] if length else start
        if finish < no_earlier:
            finish = axis.starts[work + length]
        return Span(start, finish)

    def earliest(self, job: int, spans: list[Span]) -> tuple[Minute, Minute]:
        """Return before which instants a job cannot start and cannot finish for its links."""
        at, no_earlier = self.bound[job], self.finish_bound[job]
        for other, from_start, to_finish, lag, axis in self.incoming[job]:
            clock = spans[other][0] if from_start else spans[other][1]
            if lag:
                clock = clock + lag if axis is None else axis.add(clock, lag)
            if to_finish:
                no_earlier = max(no_earlier, clock)
            elif clock > at:
                at = clock
        return at, no_earlier

    def latest(self, job: int, spans: list[Span], end: Minute) -> tuple[Minute, Minute]:
        """Return after which instants a job cannot start and cannot finish for its links."""
        start, finish = NEVER, end
        for other, from_start, to_finish, lag, axis in self.outgoing[job]:
            clock = spans[other][1] if to_finish else spans[other][0]
            if lag:
                clock = _before(clock, lag, axis)
            if from_start:
                start = min(start, clock)
            else:
                finish = min(finish, clock)
        return start, finish

    def last_span(self, job: int, start: Minute, finish: Minute) -> Span:
        """Return the last span that starts and finishes no later than two instants."""
        length, axis = self.duration[job], self.axis[job]
        if axis is None:
            begin = min(start, finish - length)
            return Span(begin, begin + length)
        work = axis.works[finish] - length
        if start < NEVER:
            work = min(work, axis.last_start(start))
        begin = axis.starts[work]
        return Span(begin, axis.finishes[work + length] if length else begin)

    def arranged(self, keys: Sequence[tuple[float, ...]]) -> list[int]:
        """Return the jobs that are not fixed by their keys, each behind all it follows."""
        waiting = [sum(self.fixed[arc.other] is None for arc in arcs) for arcs in self.incoming]
        ready = [(keys[job], self.position[job], job) for job in self.order if not waiting[job]]
        heapify(ready)
        found = []
        while ready:
            _, _, job = heappop(ready)
            found.append(job)
            for arc in self.outgoing[job]:
                waiting[arc.other] -= 1
                if not waiting[arc.other]:
                    heappush(ready, (keys[arc.other], self.position[arc.other], arc.other))
        return found

    def by_starts(self, starts: Sequence[int]) -> list[int]:
        """Return the jobs that are not fixed in the order in which a schedule starts them."""
        if self.plain:  # The order is stable, and begins as one that keeps the links.
            return sorted(self.order, key=starts.__getitem__)
        return self.arranged([(start,) for start in starts])

    def disturbance(self, starts: Sequence[Minute]) -> int:
        """Return the weighted minutes that jobs inside the frozen fence start after they should."""
        return sum(
            (starts[job] - published) * each for job, (published, each) in self.fenced.items()
        )

    def _arcs(self) -> tuple[list[list[Arc]], list[list[Arc]]]:
        number = {job.id: index for index, job in enumerate(self.problem.jobs)}
        incoming: list[list[Arc]] = [[] for _ in range(self.count)]
        outgoing: list[list[Arc]] = [[] for _ in range(self.count)]
        for link in self.problem.precedences:
            pred, succ = number[link.pred], number[link.succ]
            if self.fixed[succ] is not None:
                continue  # Nothing moves it.
            axis = None if link.lag_axis is None or link.lag_axis.continuous else link.lag_axis
            ends = link.type in {"SS", "SF"}, link.type in {"FF", "SF"}
            incoming[succ].append(Arc(pred, *ends, link.lag_min, axis))
            outgoing[pred].append(Arc(succ, *ends, link.lag_min, axis))
        return incoming, outgoing

    def fixed_spans(self) -> list[Span]:
        """Return a span for each job, that of fixed ones as it is."""
        spans = [Span(0, 0)] * self.count
        for job, start in enumerate(self.fixed):
            if start is not None:
                axis, length = self.axis[job], self.duration[job]
                finish = start + length if axis is None else axis.add(start, length)
                if axis is not None and finish < self.finish_bound[job]:
                    finish = axis.next_start(finish)
                spans[job] = Span(start, finish)
        return spans

    def _early(self) -> list[Span]:
        spans = self.fixed_spans()
        for job in self.order:
            spans[job] = self.span(job, *self.earliest(job, spans))
        return spans

    def _late(self) -> list[Minute]:
        """Return the latest finishes; a job inside the frozen fence is due as it was published."""
        spans = list(self.early)
        for job in reversed(self.order):
            start, finish = self.latest(job, spans, self.finish)
            if job in self.fenced:
                start = min(start, self.early[job].start)
            spans[job] = self.last_span(job, start, finish)
        return [span.finish for span in spans]

    def _tail(self, jobs: list[int]) -> Minute:
        """Return how long the project lasts at least after the last of some jobs has ended."""
        if self.fenced or any(self.axis):
            return 0  # Late dates hold published ones too, and free time is no work to come.
        return max(0, min(self.finish - self.late[job] for job in jobs))

    def _least(self) -> Cost:
        """Return bounds from the critical path, and from the work that each resource must do."""
        problem, finish = self.problem, self.finish
        for number, resource in enumerate(problem.resources):
            most = max((amount for _, amount in resource.steps), default=0)
            if not most:
                continue
            # Without its free time a job on a calendar lasts at least as long as it works.
            work = sum(
                amount * self.duration[job]
                for job, demands in enumerate(self.demands)
                for wanted, amount in demands
                if wanted == number and self.fixed[job] is None
            )
            users = [
                job
                for job in self.order
                if self.duration[job] and any(wanted == number for wanted, _ in self.demands[job])
            ]
            if users:
                begin = min(self.early[job].start for job in users)
                finish = max(finish, begin - (-work // most) + self._tail(users))
        return self.disturbance([span.start for span in self.early]), finish


def _before(clock: Minute, lag: int, axis: WorkAxis | None) -> Minute:
    """Return the last instant that, with the lag added, is not after ``clock``."""
    if axis is None:
        return clock - lag
    work = axis.works[clock] if lag > 0 else axis.last_start(clock)
    return axis.starts[work - lag]
