"""Levelled job shops: feasible by separate code, never below the optimum, the classic one at it."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import mean

from domain.levelling.improvement import improved
from tests.feasibility import faults
from tests.scheduling_sets import job_shops

SHOPS = 23
SCHEDULES = 1_000


def test_job_shops_come_near_their_optimum_and_the_classic_one_reaches_it(
    shared: Path, tell_figures: Callable[[str], None]
) -> None:
    gaps = {}
    for name, problem, optimum, _ in job_shops(shared):
        solution = improved(problem, Random(1).random, SCHEDULES)
        assert faults(problem, solution.placements) == [], name
        assert solution.finish >= optimum, name
        gaps[name] = solution.finish / optimum - 1
    assert len(gaps) == SHOPS
    assert gaps["ft06"] == 0
    assert mean(gaps.values()) <= 0.04
    worst = max(gaps, key=lambda name: gaps[name])
    tell_figures(f"{mean(gaps.values()):.1%} on average, {worst} {gaps[worst]:.1%} at most")
