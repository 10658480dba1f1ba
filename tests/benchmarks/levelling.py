"""Measure levelling: gaps to proven optima of published sets, and a project of a thousand phases.

The sets are read where they lie (`tests.scheduling_sets`); without them their rows are left out.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import mean
from time import perf_counter, process_time
from typing import Final

from consumers.levelling import SEED, solver
from consumers.levelling_cpsat import solved
from domain.kernel.calendar import STANDARD_WEEK, WorkingCalendar, weekly_windows
from domain.levelling.improvement import first_schedule, improved
from domain.levelling.problem import Job, Precedence, Problem, Resource, Solution
from tests.benchmarks.table import Row
from tests.feasibility import faults
from tests.scheduling_sets import Instance, job_shops, projects
from tests.shared import SHARED

SECONDS: Final = 2.0
"""So long the default method may search for each instance."""
SOLVER_SECONDS: Final = 10.0
SLACK_S: Final = 0.1
"""So long a schedule that was begun in time may take, and its reasons to be told."""
GAP_MAX: Final = 0.01
OPTIMAL_MIN: Final = 0.95
JOBS: Final = 1_000
SCHEDULES: Final = 50


def level_j30() -> Iterator[Row]:
    """Yield how far `takt level` stays above the proven optima of j30: as it is, and for 2 s."""
    shared = _shared()
    if shared is None:
        return
    ways = (
        ("level_j30", "without options", None),
        ("level_j30_seconds", f"--seconds {SECONDS:.0f}", SECONDS),
    )
    for row_id, how, seconds in ways:
        found = [_measured(instance, _default(seconds)) for instance in projects(shared)]
        gap = mean(gap for gap, _ in found)
        took = [took for _, took in found]
        optimal = sum(gap == 0 for gap, _ in found)
        met = gap <= GAP_MAX and max(took) <= SECONDS + SLACK_S
        yield Row(
            id=row_id,
            what=f"`takt level` {how}, {len(found)} j30 projects: mean gap to the optimum,"
            f" {optimal} at it, processor {mean(took):.2f} s on average, {max(took):.2f} s at most",
            value=100 * gap,
            unit="%",
            against="proven optima",
            ratio=gap / GAP_MAX,
            target=f"≤ {GAP_MAX:.0%} in {SECONDS:.0f} s each",
            met=met,
        )


def level_cpsat_j30() -> Iterator[Row]:
    """Yield of how many j30 projects the optional solver finds the optimum."""
    shared = _shared()
    if shared is None:
        return
    found = [_measured(instance, _by_solver) for instance in projects(shared)]
    share = sum(gap == 0 for gap, _ in found) / len(found)
    yield Row(
        id="level_cpsat_j30",
        what=f"levelling by CP-SAT, {len(found)} j30 projects, {SOLVER_SECONDS:.0f} s each at most:"
        f" share at the optimum, {mean(took for _, took in found):.2f} s each on average",
        value=100 * share,
        unit="%",
        against="proven optima",
        ratio=share / OPTIMAL_MIN,
        target=f"≥ {OPTIMAL_MIN:.0%}",
        met=share >= OPTIMAL_MIN,
    )


def level_jobshop() -> Iterator[Row]:
    """Yield the gap of each job shop under the default method."""
    shared = _shared()
    if shared is None:
        return
    gaps = {each.name: _measured(each, _default(SECONDS))[0] for each in job_shops(shared)}
    yield Row.stated(
        id="level_jobshop",
        what=f"levelling, {len(gaps)} job shops, {SECONDS:.0f} s each: mean gap; by instance "
        + ", ".join(f"{name} {gap:.1%}" for name, gap in gaps.items()),
        value=100 * mean(gaps.values()),
        unit="%",
        against="proven optima",
    )


def level_project_1k() -> Iterator[Row]:
    """Yield what a schedule of a thousand phases costs, on one calendar and on two."""
    for name, problem in (("one calendar", project(1)), ("two calendars", project(2))):
        begin = perf_counter()
        rule = first_schedule(problem)
        first_s = perf_counter() - begin
        begin = perf_counter()
        better = improved(problem, Random(1).random, SCHEDULES)
        took_s = perf_counter() - begin
        gain = (rule.finish - better.finish) / (rule.finish - problem.origin)
        yield Row.stated(
            id=f"level_project_1k_{'two' if 'two' in name else 'one'}",
            what=f"levelling {JOBS:,} phases, 6 resources, {name}: a schedule of the search;"
            f" the rule's first {first_s:.2f} s, {better.schedules_tried} tried are"
            f" {gain:.1%} shorter ({better.stopped_by})",
            value=1_000 * took_s / better.schedules_tried,
            unit="ms",
        )


def project(calendars: int) -> Problem:
    """Return a random project of a plant: links that go on, six resources, weeks of work."""
    dice = Random(7)
    axes = (
        WorkingCalendar("Europe/Berlin", STANDARD_WEEK).axis,
        WorkingCalendar(
            "Europe/Berlin", weekly_windows({day: [(360, 1320)] for day in range(1, 7)})
        ).axis,
    )[:calendars]
    kinds = tuple(f"r{number}" for number in range(6))
    return Problem(
        jobs=tuple(
            Job(
                str(number),
                duration_min=dice.randrange(120, 2_400, 120),
                demands=tuple(
                    (kind, 1_000) for kind in dice.sample(kinds, dice.choice((0, 1, 1, 2)))
                ),
                axis=dice.choice(axes),
            )
            for number in range(JOBS)
        ),
        precedences=tuple(
            Precedence(str(max(0, number - dice.randint(1, 40))), str(number))
            for number in range(1, JOBS)
            for _ in range(dice.choice((0, 1, 1)))
        ),
        resources=tuple(Resource(kind, ((0, 1_000 * dice.randint(2, 3)),)) for kind in kinds),
        origin=29_540_160,
    )


def _measured(instance: Instance, level: Callable[[Problem], Solution]) -> tuple[float, float]:
    """Return the gap to the optimum and the seconds of processor; raises for no schedule at all."""
    begin = process_time()
    solution = level(instance.problem)
    took_s = process_time() - begin
    wrong = faults(instance.problem, solution.placements)
    if wrong or solution.finish < instance.optimum:
        raise AssertionError(instance.name, wrong)
    return solution.finish / instance.optimum - 1, took_s


def _default(seconds: float | None) -> Callable[[Problem], Solution]:
    """Return the method of `takt level`, its draws begun anew."""
    return solver("improve", SEED, seconds)


def _by_solver(problem: Problem) -> Solution:
    return solved(problem, Random(1).random, 1, SOLVER_SECONDS)


def _shared() -> Path | None:
    return SHARED if (SHARED / "data").is_dir() else None
