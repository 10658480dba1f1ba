"""Levelled benchmark projects: feasible by separate code, near the proven optimum, never below."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import mean

import pytest

from consumers.levelling import SEED, solver
from consumers.levelling_cpsat import solved
from domain.levelling.improvement import first_schedule, improved
from domain.levelling.problem import Problem, Solution
from domain.levelling.proposal import propose
from domain.network.project_network import ProjectNetwork
from tests.feasibility import faults, overloads
from tests.scheduling_sets import Instance, projects
from tests.unit.levelling.projects import need, resources, told
from tests.unit.projections.histories import DAY, History

INSTANCES = 240
SCHEDULES = 1_000
"""Some 0.05 s an instance; what two seconds find is a row of the benchmarks."""
EVERY = 12
SECONDS = 10.0


def gaps(instances: list[Instance], level: Callable[[Problem], Solution]) -> list[float]:
    """Return by how much schedules exceed their optimum, each of them held to be feasible."""
    found = []
    for name, problem, optimum, _ in instances:
        solution = level(problem)
        assert faults(problem, solution.placements) == [], name
        assert solution.finish == max(placed.finish for placed in solution.placements)
        assert solution.finish >= optimum, name
        if solution.stopped_by == "optimal":
            assert solution.finish == optimum, name
        found.append(solution.finish / optimum - 1)
    return found


@pytest.fixture(scope="module")
def instances(shared: Path) -> list[Instance]:
    found = projects(shared)
    assert len(found) == INSTANCES
    return found


def test_without_demands_every_project_is_as_long_as_its_longest_path(
    instances: list[Instance],
) -> None:
    for name, problem, _, longest_path in instances:
        jobs = tuple(replace(job, demands=()) for job in problem.jobs)
        assert first_schedule(replace(problem, jobs=jobs)).finish == longest_path, name


def test_the_rule_alone_stays_within_six_per_cent_of_the_optimum_on_average(
    instances: list[Instance], tell_figures: Callable[[str], None]
) -> None:
    found = gaps(instances, first_schedule)
    assert mean(found) <= 0.06
    tell_figures(f"{mean(found):.2%} above the optimum")


def test_a_bounded_search_stays_within_one_per_cent_of_the_optimum_on_average(
    instances: list[Instance], tell_figures: Callable[[str], None]
) -> None:
    found = gaps(instances, lambda problem: improved(problem, Random(1).random, SCHEDULES))
    assert mean(found) <= 0.005
    optimal = sum(gap == 0 for gap in found)
    tell_figures(f"{mean(found):.2%} above the optimum, {optimal} of {len(found)} at it")


def as_project(problem: Problem) -> ProjectNetwork:
    """Return the problem as somebody plans it: a day is a working day, nights and weekends free."""
    units = {resource.id: resource.steps[0][1] for resource in problem.resources}
    history = resources(History("Europe/Berlin").opened().calendar("plant"), **units)
    for job in problem.jobs:
        history.phase(job.id, job.duration_min)
        for resource, units_wanted in job.demands:
            if units_wanted:
                need(history, job.id, resource, units_wanted)
    for link in problem.precedences:
        history.link(link.pred, link.succ)
    return told(history)


def test_projects_on_a_calendar_are_as_near_by_the_default_method(
    instances: list[Instance], tell_figures: Callable[[str], None]
) -> None:
    found = []
    for name, problem, optimum, _ in instances[::EVERY]:
        project = as_project(problem)
        proposal = propose(project, solver("improve", SEED, None), 0)
        assert proposal is not None
        assert proposal.agrees, name
        assert overloads(project, proposal.after, exempt=False) == [], name
        axis = project.calendar_of(project.lines["1"]).axis
        start = min(row.start for row in proposal.after.phases.values())
        found.append(axis.between(start, proposal.after.finish) / (DAY * optimum) - 1)
        assert found[-1] >= 0, name
    assert mean(found) <= 0.01
    optimal = sum(gap == 0 for gap in found)
    tell_figures(f"{mean(found):.2%} above the optimum, {optimal} of {len(found)} at it")


def test_the_same_problem_and_seed_give_the_same_schedule(instances: list[Instance]) -> None:
    for _, problem, _, _ in instances[::EVERY]:
        once, again = (improved(problem, Random(7).random, SCHEDULES) for _ in range(2))
        assert once == again


def test_a_solver_finds_the_optimum_of_nearly_all(
    instances: list[Instance], tell_figures: Callable[[str], None]
) -> None:
    some = instances[::EVERY]
    found = gaps(some, lambda problem: solved(problem, Random(1).random, 1, SECONDS))
    optimal = sum(gap == 0 for gap in found)
    assert optimal >= 0.95 * len(some)
    tell_figures(f"{optimal} of {len(some)} at the optimum")


def test_planted_faults_are_found(instances: list[Instance]) -> None:
    """A checker that never objects proves nothing."""
    problem = instances[0].problem
    placements = first_schedule(problem).placements

    def moved(index: int, start: int, finish: int) -> list[str]:
        placed = list(placements)
        placed[index] = replace(placed[index], start=start, finish=finish)
        return faults(problem, placed)

    late = max(range(len(placements)), key=lambda index: placements[index].start)
    start, finish = placements[5].start, placements[5].finish
    assert faults(problem, placements) == []
    assert any("works" in fault for fault in moved(5, start, finish + 1))
    assert any("too early" in fault for fault in moved(5, -1, -1 + finish - start))
    assert any("does not wait" in fault for fault in moved(late, 0, 0))
    crowded = replace(
        problem, resources=tuple(replace(each, steps=((0, 9),)) for each in problem.resources)
    )
    assert any("over its capacity" in fault for fault in faults(crowded, placements))
    assert faults(problem, placements[1:]) == ["other jobs are placed than were asked for"]
