"""Computing only what a change moves is right where it follows a wave through a large plan."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from domain.kernel.calendar import STANDARD_WEEK, WorkingCalendar, weekly_windows
from domain.planning.critical_path import schedule
from domain.planning.incremental import Planner
from domain.planning.network import Activity, Link, LinkType, Network

START = 29_500_000
LINK_TYPES: tuple[LinkType, ...] = ("FS", "FS", "FS", "FS", "SS", "FF", "SF")
PHASES = 150
BELOW_A_SUMMARY = 10
CHANGES = 12


def a_large_plan(dice: Random) -> Network:
    """Draw a plan of many phases below summaries, on two calendars, promised for its finish."""
    summaries = tuple(Activity(f"s{n}", 0) for n in range(PHASES // BELOW_A_SUMMARY))
    phases = tuple(
        Activity(
            f"p{number}",
            dice.choice((60, 137, 480, 2_000)),
            calendar=dice.choice(("day", "six")),
            parent=f"s{number // BELOW_A_SUMMARY}",
        )
        for number in range(PHASES)
    )
    links = tuple(
        Link(
            str(number),
            f"p{(succ := dice.randrange(1, PHASES)) - dice.randint(1, min(succ, 8))}",
            f"p{succ}",
            dice.choice(LINK_TYPES),
            dice.choice((0, 0, 0, 240, -60)),
        )
        for number in range(2 * PHASES)
    )
    six_days = weekly_windows({day: [(360, 1_320)] for day in range(1, 7)})
    network = Network(
        START,
        {
            "day": WorkingCalendar("Europe/Berlin", STANDARD_WEEK),
            "six": WorkingCalendar("UTC", six_days),
        },
        "day",
        (*summaries, *phases),
        links,
    )
    return replace(network, promise=schedule(network).finish)


def changes(network: Network, dice: Random) -> Iterator[Network]:
    """Let phases take longer or less long, begin and end, and now and then the data date move."""
    for change in range(CHANGES):
        place = dice.randrange(len(network.activities) - PHASES, len(network.activities))
        phase = network.activities[place]
        began = START + dice.randrange(40_000)
        other = dice.choice(
            (
                replace(phase, duration_min=phase.duration_min + 7),
                replace(phase, duration_min=phase.duration_min + 4_800),
                replace(phase, duration_min=10),
                replace(phase, actual_start=began, remaining_min=300),
                replace(phase, actual_start=began, actual_finish=began + 900),
            )
        )
        rows = network.activities
        network = replace(network, activities=(*rows[:place], other, *rows[place + 1 :]))
        if change == CHANGES // 2:
            network = replace(network, data_date=START + 6_000)
        yield network


@pytest.mark.parametrize("seed", range(4))
def test_a_wave_through_a_large_plan_gives_the_schedule_of_the_whole(seed: int) -> None:
    dice = Random(seed)
    network, planner = a_large_plan(dice), Planner()
    planner.schedule(network)
    for changed in changes(network, dice):
        assert planner.schedule(changed) == schedule(changed)
