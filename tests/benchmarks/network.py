"""Measure the critical path: ten thousand phases on two calendars, computed in full."""

import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from statistics import median
from typing import Final

from domain.kernel.calendar import STANDARD_WEEK, WorkingCalendar, weekly_windows
from domain.planning.critical_path import schedule
from domain.planning.incremental import Planner
from domain.planning.network import Activity, Link, Network
from tests.benchmarks.table import Row

PHASES: Final = 10_000
LINKS_PER_PHASE: Final = 1.8
ROUNDS: Final = 5
TARGET_MS: Final = 50


def cpm_10k() -> Row:
    """Return the time of a full pass over a layered network, after its calendars are compiled."""
    network = layered_network(PHASES, Random(7))
    value = _median_ms(lambda _: schedule(network))
    return Row(
        id="cpm_10k",
        what=f"critical path in full, {PHASES:,} phases, two calendars",
        value=value,
        unit="ms",
        against="the target",
        ratio=None,
        target=f"≤ {TARGET_MS} ms",
        met=value <= TARGET_MS,
    )


def cpm_10k_again() -> Row:
    """Return the time of a full pass where only dates differ: what links make of it is kept.

    The data date advances by an hour each time, so every phase is placed anew.
    """
    network, planner = layered_network(PHASES, Random(7)), Planner()
    value = _median_ms(
        lambda hour: planner.schedule(replace(network, data_date=network.project_start + 60 * hour))
    )
    return Row.stated(
        id="cpm_10k_again",
        what=f"the same after the data date advanced, the structure of {PHASES:,} phases kept",
        value=value,
        unit="ms",
    )


def cpm_100k() -> Row:
    """Return the time of one full pass over a hundred thousand phases."""
    network = layered_network(10 * PHASES, Random(7))
    value = _median_ms(lambda _: schedule(network), rounds=1)
    return Row(
        id="cpm_100k",
        what=f"critical path in full, {10 * PHASES:,} phases, two calendars",
        value=value,
        unit="ms",
        against="",
        ratio=None,
        target="usable",
        met=None,
    )


def _median_ms(compute: Callable[[int], object], rounds: int = ROUNDS) -> float:
    """Return the milliseconds of a computation that was done once before."""
    compute(0)
    took = []
    for number in range(1, rounds + 1):
        begin = time.perf_counter()
        compute(number)
        took.append((time.perf_counter() - begin) * 1_000)
    return median(took)


def layered_network(phases: int, dice: Random) -> Network:
    """Return a random network whose links go from lower to higher numbers."""
    links = [
        Link(
            str(number),
            pred=f"p{(succ := dice.randrange(1, phases)) - dice.randint(1, min(succ, 60))}",
            succ=f"p{succ}",
            type=dice.choices(("FS", "SS", "FF", "SF"), (85, 5, 5, 5))[0],
            lag=dice.choice((0, 0, 0, 0, 480)),
        )
        for number in range(int(phases * LINKS_PER_PHASE))
    ]
    two_shifts = weekly_windows({day: [(360, 1320)] for day in range(1, 7)})
    return Network(
        project_start=29_500_000,
        calendars={
            "day": WorkingCalendar("UTC", STANDARD_WEEK),
            "shifts": WorkingCalendar("UTC", two_shifts),
        },
        default_calendar="day",
        activities=tuple(
            Activity(
                f"p{number}",
                duration_min=dice.randrange(60, 4_800, 60),
                calendar=dice.choice(("day", "shifts")),
            )
            for number in range(phases)
        ),
        links=tuple(links),
    )
