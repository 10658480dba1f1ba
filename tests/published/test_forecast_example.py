"""Hold the simulation to the published PERT example: nine activities, three paths, by hand.

The textbook's analysis takes each duration as its expected value and variance and adds them up
along a path, whose length is then taken as normal.
"""

import json
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import NormalDist
from typing import Any

import pytest

from domain.forecasting.distributions import Distribution, Observation
from domain.forecasting.simulation import simulate
from domain.forecasting.spread import Spread
from domain.planning.network import Activity, Link
from tests.unit.planning.networks import network

UNIT = 1_000
"""Minutes that stand for the example's unit of time."""

STEPS = 200
RUNS = 4_000
TOLERANCE = 0.08
"""Four standard errors of the outermost quantile, in units."""


@pytest.fixture(scope="module")
def example(shared: Path) -> Any:  # noqa: ANN401  Whatever the file holds.
    return json.loads((shared / "data" / "worked-examples" / "pert-9.json").read_bytes())


def expected(least: float, likely: float, most: float) -> float:
    return (least + 4 * likely + most) / 6


def variance(least: float, most: float) -> float:
    return ((most - least) / 6) ** 2


def test_expected_values_and_variances_come_out_as_printed(example: Any) -> None:  # noqa: ANN401
    estimates, printed = example["activities"], example["published"]
    means = {name: round(expected(*each), 2) for name, each in estimates.items()}
    spreads = {name: round(variance(each[0], each[2]), 3) for name, each in estimates.items()}
    assert means == printed["expected"]
    assert spreads == printed["variance"]
    paths = {
        path: [
            round(sum(expected(*estimates[name]) for name in path.split("-")), 2),
            round(sum(variance(*estimates[name][::2]) for name in path.split("-")) ** 0.5, 3),
        ]
        for path in printed["paths"]
    }
    assert paths == printed["paths"]


@pytest.mark.parametrize("path", ["A-C-E", "D-F-G", "B-H-I"])
def test_simulated_paths_have_the_printed_mean_and_deviation(
    example: Any,  # noqa: ANN401
    path: str,
) -> None:
    mean, deviation = example["published"]["paths"][path]
    names = path.split("-")
    activities, ratios = [], {}
    for name in names:
        least, likely, most = example["activities"][name]
        length, sigma = expected(least, likely, most), variance(least, most) ** 0.5
        one = NormalDist(1.0, sigma / length)
        activities.append(Activity(name, round(length * UNIT)))
        ratios[name] = Distribution(
            Observation(one.inv_cdf((step + 0.5) / STEPS)) for step in range(STEPS)
        )
    links = [Link(f"{pred}{succ}", pred, succ) for pred, succ in pairwise(names)]
    plan = network(*activities, *links, default="24h")
    found = simulate(plan, Spread(ratios), RUNS, Random(9).random, correlation=0.0).finish
    told = NormalDist(mean, deviation)
    for share, date in zip((0.5, 0.8, 0.95), found, strict=True):
        length = (date - plan.project_start) / UNIT
        assert length == pytest.approx(told.inv_cdf(share), abs=TOLERANCE)
