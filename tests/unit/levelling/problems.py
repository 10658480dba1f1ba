"""Levelling problems made up from a seed: every feature of the form, in small numbers."""

from random import Random

from domain.kernel.calendar import STANDARD_WEEK, WorkingCalendar, weekly_windows
from domain.levelling.problem import Job, Precedence, Problem, Resource

DAY = WorkingCalendar("Europe/Berlin", STANDARD_WEEK).axis
SHIFTS = WorkingCalendar("UTC", weekly_windows({day: [(360, 1320)] for day in range(1, 7)})).axis
MONDAY = 29_540_160
"""2026-03-02T00:00Z, the beginning of a Monday."""


def made_up(seed: int, jobs: int = 14, *, calendars: bool = True) -> Problem:
    """Return a problem with links and lags of all types, outages, fixed and published jobs."""
    dice = Random(seed)
    axes = (DAY, SHIFTS, None) if calendars else (None,)
    unit = 30

    def later(most: int) -> int:
        return MONDAY + unit * dice.randint(0, most)

    return Problem(
        jobs=tuple(
            Job(
                str(number),
                duration_min=unit * dice.choice((0, 1, 4, 9, 20)),
                demands=tuple(
                    (resource, dice.choice((0, 500, 1_000)))
                    for resource in ("press", "crew")
                    if dice.random() < 0.7
                ),
                axis=dice.choice(axes),
                earliest=later(60) if dice.random() < 0.2 else None,
                earliest_finish=later(50) if dice.random() < 0.1 else None,
                fixed_start=later(40) if dice.random() < 0.1 else None,
                published_start=later(150) if dice.random() < 0.4 else None,
                priority=dice.choice((0, 0, 3)),
            )
            for number in range(jobs)
        ),
        precedences=tuple(
            Precedence(
                str(dice.randrange(succ)),
                str(succ),
                dice.choice(("FS", "FS", "SS", "FF", "SF")),
                unit * dice.choice((0, 0, 3, -2)),
                dice.choice(axes),
            )
            for succ in range(1, jobs)
            for _ in range(dice.randint(0, 2))
        ),
        resources=(
            Resource("press", ((0, 1_000),)),
            Resource("crew", ((0, 2_000), (later(20), 0), (MONDAY + 40 * unit, 1_500))),
        ),
        origin=MONDAY,
        frozen_until=MONDAY + 100 * unit,
    )
