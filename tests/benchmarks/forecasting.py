"""Measure a forecast: a thousand passes over a thousand phases, beside as many full passes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Final

from domain.forecasting.distributions import Distribution, Observation
from domain.forecasting.simulation import simulate
from domain.forecasting.spread import Spread
from domain.planning.critical_path import schedule
from domain.planning.network import Network
from tests.benchmarks.network import layered_network
from tests.benchmarks.table import Row

PHASES: Final = 1_000
RUNS: Final = 1_000
FULL_PASSES: Final = 50
DEPARTMENTS: Final = 8
RATIO_MAX: Final = 0.5
SEED: Final = 1


def forecast_1k() -> Iterator[Row]:
    """Yield a forecast of phases on two calendars, and on one."""
    network = layered_network(PHASES, Random(7))
    yield _row("forecast_1k", "two calendars", network)
    one = tuple(replace(activity, calendar=None) for activity in network.activities)
    yield _row("forecast_1k_one", "one calendar", replace(network, activities=one))


def _row(row_id: str, calendars: str, network: Network) -> Row:
    spread = _spread(network)
    simulate(network, spread, 1, Random(SEED).random)  # Compiles the calendars' years.
    took = _seconds(lambda: simulate(network, spread, RUNS, Random(SEED).random))
    full = _seconds(lambda: [schedule(network) for _ in range(FULL_PASSES)]) * RUNS / FULL_PASSES
    return Row(
        id=row_id,
        what=f"forecast, {RUNS:,} runs of {PHASES:,} phases, {calendars}",
        value=took,
        unit="s",
        against=f"{RUNS:,} full passes, {full:.1f} s",
        ratio=took / full,
        target=f"≤ {RATIO_MAX} of them",
        met=took / full <= RATIO_MAX,
    )


def _spread(network: Network) -> Spread:
    ratios = Distribution(Observation(0.5 + number / 20) for number in range(40))
    phases = [activity.id for activity in network.activities]
    departments = {phase: f"d{number % DEPARTMENTS}" for number, phase in enumerate(phases)}
    return Spread(dict.fromkeys(phases, ratios), departments)


def _seconds(compute: Callable[[], object]) -> float:
    begin = time.perf_counter()
    compute()
    return time.perf_counter() - begin
