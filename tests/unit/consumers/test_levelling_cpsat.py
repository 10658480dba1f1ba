"""Levelling by the optional solver: feasible, no worse than our own search, honest about proofs."""

import sys
from random import Random

import pytest

from consumers.failures import WrongInput
from consumers.levelling_cpsat import solved
from domain.levelling.improvement import improved
from domain.levelling.problem import Problem, Solution
from tests.feasibility import faults
from tests.unit.levelling.problems import made_up

SEEDS = range(25)
SECONDS = 5.0


def by_solver(problem: Problem) -> Solution:
    return solved(problem, Random(1).random, 1, SECONDS)


@pytest.mark.parametrize("calendars", [True, False])
def test_what_the_solver_orders_can_be_carried_out_and_is_no_worse(*, calendars: bool) -> None:
    proved = 0
    for seed in SEEDS:
        problem = made_up(seed, calendars=calendars)
        found, ours = by_solver(problem), improved(problem, Random(2).random, 300)
        assert faults(problem, found.placements) == [], seed
        if found.stopped_by == "optimal":
            assert (found.disturbance, found.finish) <= (ours.disturbance, ours.finish), seed
            proved += ours.stopped_by != "optimal"
    # Of spans on several calendars only our own bounds prove anything.
    assert (proved > 0) is not calendars


def test_the_same_problem_and_seed_give_the_same_schedule() -> None:
    for seed in (3, 4):
        assert by_solver(made_up(seed)) == by_solver(made_up(seed))


def test_without_the_solver_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    hard = next(
        problem
        for problem in map(made_up, range(100))
        if improved(problem, Random(1).random, 300).stopped_by != "optimal"
    )
    with pytest.raises(WrongInput, match=r"install takt\[solver\]"):
        by_solver(hard)
