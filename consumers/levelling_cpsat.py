"""Level by CP-SAT where OR-Tools is installed: it proposes an order, our own generation the dates.

The model counts in one clock and one unit of time. Where every job and lag is worked on the same
calendar, that clock is its working time, and where the unit divides all that is counted the model
is exact: what the solver proves of it is then true of the schedule. Otherwise spans are rounded,
and the solver's starts are only the order in which jobs are placed on their calendars. The unit
is coarse on purpose: the solver's time grows with the length of the horizon in units
(google/or-tools #3982).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import gcd
from typing import Any, Final

from consumers.failures import WrongInput
from domain.kernel.minutes import Minute
from domain.kernel.work_axis import WorkAxis
from domain.levelling.improvement import improved, ordered
from domain.levelling.problem import (
    Job,
    Precedence,
    Problem,
    Resource,
    Solution,
    is_fenced,
    not_before,
    weight,
)

UNITS_MAX: Final = 20_000
"""So many units a horizon has at most; a longer one is counted in coarser ones."""
FIRST_SCHEDULES: Final = 2_000
"""So many schedules our own search generates, to give the solver a solution to begin with."""
_WORKERS: Final = 1
"""Several would race, and give another schedule of the same cost each time."""


def solved(problem: Problem, draw: Callable[[], float], seed: int, seconds: float) -> Solution:
    """Return the best schedule that our own search and then CP-SAT find within a time.

    ``stopped_by`` is ``optimal`` only where a proof holds for the schedule itself. Raises
    LevellingError for a problem without a schedule, WrongInput where OR-Tools is not installed.
    """
    start = improved(problem, draw, FIRST_SCHEDULES)
    if start.stopped_by == "optimal" or not problem.jobs:
        return start
    model = _Model(problem, start)
    found, proved = model.solve(seed, seconds)
    if found is None:
        return replace(start, stopped_by="time")
    again = ordered(problem, found.starts)
    best = min(start, again, key=lambda each: (each.disturbance, each.finish))
    tried = start.schedules_tried + again.schedules_tried
    stopped_by = best.stopped_by
    if stopped_by != "optimal":
        holds = proved and model.clock.exact and found.cost == model.cost_of(best)
        # A proof about rounded spans ends the search too, but is none about the schedule.
        stopped_by = "optimal" if holds else "limit" if proved else "time"
    return replace(best, schedules_tried=tried, stopped_by=stopped_by)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the solver found, in units: starts by job number, and what they cost."""

    starts: list[int]
    cost: tuple[int, int]


class _Clock:
    """Minutes as units of the model: on one calendar's working time, or on the clock."""

    def __init__(self, problem: Problem, start: Solution) -> None:
        axes = {_axis(job.axis) for job in problem.jobs if job.duration_min}
        axes |= {_axis(link.lag_axis) for link in problem.precedences if link.lag_min}
        self.axis = next(iter(axes)) if len(axes) == 1 else None
        self.same = len(axes) <= 1
        """Whether working time is counted alike everywhere."""
        self.origin = self.point(problem.origin)
        self.horizon = self.point(start.finish) - self.origin
        counted = gcd(
            *(job.duration_min for job in problem.jobs),
            *(link.lag_min for link in problem.precedences),
            *(self.point(at) - self.origin for at in _dates(problem)),
        )
        self.unit = max(counted, -(-self.horizon // UNITS_MAX), 1)
        # Disturbance is counted on the clock, so only there does a proof hold for it.
        on_the_clock = self.axis is None or not any(is_fenced(job, problem) for job in problem.jobs)
        self.exact = self.same and self.unit == max(counted, 1) and on_the_clock
        """Whether a bound proved in the model holds for the problem itself."""

    def point(self, at: Minute) -> int:
        """Return an instant in minutes of the model's clock."""
        return at if self.axis is None else self.axis.work_at(at)

    def units(self, at: Minute) -> int:
        """Return how many units an instant lies behind the origin, rounded down."""
        return (self.point(at) - self.origin) // self.unit

    def length(self, minutes: int) -> int:
        """Return a span of the model's clock in units, rounded up."""
        return -(-minutes // self.unit)


class _Model:
    """The problem as constraints over starts in units, with a solution as a hint."""

    def __init__(self, problem: Problem, start: Solution) -> None:
        cp_model = _solver_library()
        self.clock = clock = _Clock(problem, start)
        self._problem = problem
        self._cp_model = cp_model
        self._model = model = cp_model.CpModel()
        # Rounding up may cost each job a unit; what is exact needs no more than was found.
        slack = 0 if clock.exact else len(problem.jobs) + len(problem.precedences)
        self._horizon = clock.length(clock.horizon) + slack
        self._lengths = [
            clock.length(_span_min(job, placed.start, placed.finish, clock))
            for job, placed in zip(problem.jobs, start.placements, strict=True)
        ]
        number = {job.id: index for index, job in enumerate(problem.jobs)}
        self._starts = [self._start(job, index) for index, job in enumerate(problem.jobs)]
        for link in problem.precedences:
            self._link(link, number)
        for resource in problem.resources:
            self._resource(resource)
        self._end = model.new_int_var(0, self._horizon, "end")
        for begin, length in zip(self._starts, self._lengths, strict=True):
            model.add(begin + length <= self._end)
        self._fenced = [
            (index, weight(job), clock.units(job.published_start or 0))
            for index, job in enumerate(problem.jobs)
            if is_fenced(job, problem)
        ]
        late = sum((self._starts[job] - due) * each for job, each, due in self._fenced)
        model.minimize(late * (self._horizon + 1) + self._end)
        for begin, placed in zip(self._starts, start.placements, strict=True):
            model.add_hint(begin, clock.units(placed.start))

    def solve(self, seed: int, seconds: float) -> tuple[_Found | None, bool]:
        """Return what was found, if anything, and whether nothing better is in the model."""
        solver = self._cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.random_seed = seed
        solver.parameters.num_workers = _WORKERS
        status = solver.solve(self._model)
        if status not in {self._cp_model.OPTIMAL, self._cp_model.FEASIBLE}:
            return None, False
        starts = [solver.value(begin) for begin in self._starts]
        return _Found(starts, self._cost(starts)), status == self._cp_model.OPTIMAL

    def cost_of(self, solution: Solution) -> tuple[int, int]:
        """Return what a schedule costs in units."""
        return self._cost([self.clock.units(placed.start) for placed in solution.placements])

    def _cost(self, starts: list[int]) -> tuple[int, int]:
        late = sum((starts[job] - due) * each for job, each, due in self._fenced)
        ends = (begin + length for begin, length in zip(starts, self._lengths, strict=True))
        return late, max(ends, default=0)

    def _start(self, job: Job, index: int) -> Any:  # noqa: ANN401  See `_solver_library`.
        if job.fixed_start is not None:
            at = self.clock.units(job.fixed_start)
            return self._model.new_constant(at)
        least = self.clock.units(not_before(job, self._problem))
        most = max(least, self._horizon - self._lengths[index])
        return self._model.new_int_var(least, most, job.id)

    def _link(self, link: Precedence, number: dict[str, int]) -> None:
        pred, succ = number[link.pred], number[link.succ]
        if self._problem.jobs[succ].fixed_start is not None:
            return  # Nothing moves it.
        lag = self.clock.length(link.lag_min)
        begin = self._starts[pred] + (self._lengths[pred] if link.type[0] == "F" else 0)
        end = self._starts[succ] + (self._lengths[succ] if link.type[1] == "F" else 0)
        self._model.add(end >= begin + lag)

    def _resource(self, resource: Resource) -> None:
        """Hold a resource to its capacity: what is missing from the most is held by nobody's job.

        Fixed jobs may be too many by themselves; what they hold beyond the capacity is not counted.
        """
        clock, model, jobs = self.clock, self._model, self._problem.jobs
        most = max((amount for _, amount in resource.steps), default=0)
        intervals, demands = [], []
        held: list[tuple[int, int, int]] = []
        for index, job in enumerate(jobs):
            amount = dict(job.demands).get(resource.id, 0)
            length = self._lengths[index]
            if not amount or not length:
                continue
            if job.fixed_start is not None:
                at = clock.units(job.fixed_start)
                held.append((at, at + length, amount))
                continue
            intervals.append(model.new_fixed_size_interval_var(self._starts[index], length, job.id))
            demands.append(amount)
        for begin, end, amount in _missing(self._steps(resource), held, most, self._horizon):
            intervals.append(model.new_fixed_size_interval_var(begin, end - begin, ""))
            demands.append(amount)
        if intervals:
            model.add_cumulative(intervals, demands, most)

    def _steps(self, resource: Resource) -> list[tuple[int, int]]:
        first = [(0, amount) for _, amount in resource.steps[:1]]
        return first + [(self.clock.units(at), amount) for at, amount in resource.steps[1:]]


def _missing(
    steps: list[tuple[int, int]], held: list[tuple[int, int, int]], most: int, horizon: int
) -> list[tuple[int, int, int]]:
    """Return (from, to, how much) of a resource's greatest capacity that no open job can have."""
    instants = {0, *(at for at, _ in steps), *(at for span in held for at in span[:2])}
    edges = [*sorted(at for at in instants if 0 <= at < horizon), horizon]
    missing = []
    for begin, end in pairwise(edges):
        capacity = 0
        for at, amount in steps:
            if at <= begin:
                capacity = amount
        taken = sum(amount for start, stop, amount in held if start <= begin < stop)
        if begin < end and most - capacity + taken:
            missing.append((begin, end, min(most, most - capacity + taken)))
    return missing


def _axis(axis: WorkAxis | None) -> WorkAxis | None:
    return None if axis is None or axis.continuous else axis


def _span_min(job: Job, start: Minute, finish: Minute, clock: _Clock) -> int:
    """Return how long a job lasts on the model's clock; on several calendars, as it was found."""
    return job.duration_min if clock.same else finish - start


def _dates(problem: Problem) -> list[Minute]:
    dates = [not_before(job, problem) for job in problem.jobs]
    dates += [job.fixed_start for job in problem.jobs if job.fixed_start is not None]
    dates += [at for resource in problem.resources for at, _ in resource.steps[1:]]
    return dates


def _solver_library() -> Any:  # noqa: ANN401  A module that ships no types.
    try:
        from ortools.sat.python import cp_model  # noqa: PLC0415
    except ImportError as absent:
        msg = "the method cpsat needs OR-Tools: install takt[solver]"
        raise WrongInput(msg) from absent
    return cp_model
