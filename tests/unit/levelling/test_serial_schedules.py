"""Schedules made up from seeds can be carried out, cost no more after a search, and repeat."""

from dataclasses import replace
from random import Random

import pytest

from domain.levelling.compiled import Compiled
from domain.levelling.improvement import first_schedule, improved
from domain.levelling.in_units import InUnits, can_count
from domain.levelling.problem import Problem
from domain.levelling.serial import OnCalendars
from tests.feasibility import faults
from tests.unit.levelling.problems import made_up

SEEDS = range(60)


def cost(problem: Problem, limit: int) -> tuple[int, int]:
    found = improved(problem, Random(1).random, limit)
    assert faults(problem, found.placements) == []
    return found.disturbance, found.finish


@pytest.mark.parametrize("calendars", [True, False])
def test_every_schedule_can_be_carried_out_and_a_search_never_loses(*, calendars: bool) -> None:
    gained = 0
    for seed in SEEDS:
        problem = made_up(seed, calendars=calendars)
        rule = first_schedule(problem)
        assert faults(problem, rule.placements) == [], seed
        searched = cost(problem, 60)
        assert searched <= (rule.disturbance, rule.finish), seed
        gained += searched < (rule.disturbance, rule.finish)
    assert gained > len(SEEDS) // 5


def test_slots_and_steps_give_the_same_schedules_forwards_and_backwards() -> None:
    for seed in SEEDS:
        compiled = Compiled(made_up(seed, calendars=False))
        assert can_count(compiled)
        units, steps = InUnits(compiled), OnCalendars(compiled)
        dice = Random(seed)
        for _ in range(5):
            order = compiled.arranged([(dice.random(),) for _ in range(compiled.count)])
            early, same = units.forward(order), steps.forward(order)
            assert units.spans(early) == same
            assert units.cost(early) == steps.cost(same)
            late = units.spans(units.backward(early))
            assert late == steps.backward(same)
            assert all(
                after.start >= before.start for after, before in zip(late, same, strict=True)
            )


def test_the_same_problem_limit_and_draws_give_the_same_solution() -> None:
    problem = made_up(5)
    assert improved(problem, Random(3).random, 200) == improved(problem, Random(3).random, 200)


def test_without_limits_of_resources_the_critical_path_comes_out() -> None:
    for seed in SEEDS:
        problem = made_up(seed)
        endless = replace(problem, jobs=tuple(replace(job, demands=()) for job in problem.jobs))
        found = first_schedule(endless)
        assert found.finish == Compiled(problem).finish
        assert found.stopped_by == "optimal"
        assert all(placed.waits_for == () for placed in found.placements)


def test_whoever_starts_later_than_links_allow_names_who_held_what_and_until_when() -> None:
    named = 0
    for seed in SEEDS:
        problem = made_up(seed, 20)
        found = improved(problem, Random(1).random, 40)
        where = {placed.id: placed for placed in found.placements}
        demands = {job.id: dict(job.demands) for job in problem.jobs}
        for placed in found.placements:
            for wait in placed.waits_for:
                named += len(wait.held_by)
                assert wait.until <= placed.start
                assert demands[placed.id][wait.resource] > 0
                for holder in wait.held_by:
                    assert where[holder].start < wait.until <= where[holder].finish
                    assert demands[holder][wait.resource] > 0
    assert named > len(SEEDS)
