"""Measure the critical path: ten thousand phases on two calendars, computed in full."""

import time
from random import Random
from statistics import median
from typing import Final

from domain.kernel.calendar import STANDARD_WEEK, WorkingCalendar, weekly_windows
from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Link, Network
from tests.benchmarks.table import Row

PHASES: Final = 10_000
LINKS_PER_PHASE: Final = 1.8
ROUNDS: Final = 5
TARGET_MS: Final = 50


def cpm_10k() -> Row:
    """Return the time of a full pass over a layered network, after its calendars are compiled."""
    network = layered_network(PHASES, Random(7))
    schedule(network)
    took = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        schedule(network)
        took.append((time.perf_counter() - begin) * 1_000)
    value = median(took)
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
