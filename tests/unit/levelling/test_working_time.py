"""What is worked on one calendar is searched in its working time, and holds on the calendar."""

from dataclasses import replace
from random import Random

import pytest

from domain.kernel.work_axis import WorkAxis
from domain.levelling.compiled import Compiled
from domain.levelling.improvement import first_schedule, improved, ordered
from domain.levelling.problem import Job, Precedence, Problem, Resource, Solution
from domain.levelling.working_time import axis_of, in_working_time
from tests.feasibility import faults
from tests.unit.levelling.problems import DAY, MONDAY, SHIFTS, made_up

SEEDS = range(150)
HOUR, CLOCK_DAY = 60, 1440
EIGHT = MONDAY + 7 * HOUR
"""08:00 in Berlin, as winter has it; the day ends at 17:00, with an hour of free time at noon."""
TONIGHT = EIGHT + 12 * HOUR
PRESS = Resource("press", ((0, 1),))


def on_one_calendar(seed: int, axis: WorkAxis = DAY, jobs: int = 14) -> Problem:
    """Return a made-up problem all of whose work and lags are on one calendar."""
    problem = made_up(seed, jobs)
    return replace(
        problem,
        jobs=tuple(
            replace(job, axis=axis if job.duration_min or job.axis is not None else None)
            for job in problem.jobs
        ),
        precedences=tuple(replace(link, lag_axis=axis) for link in problem.precedences),
    )


def blinking(problem: Problem) -> Problem:
    """Return the problem with a resource that nobody needs and that is out for a night's hour.

    It cannot be told in working time, so it is searched on the calendar itself.
    """
    steps = ((0, 1), (TONIGHT, 0), (TONIGHT + HOUR, 1))
    return replace(problem, resources=(*problem.resources, Resource("lamp", steps)))


def two(
    press: Resource = PRESS, axis: WorkAxis = DAY, published_start: int | None = None
) -> Problem:
    """Return two jobs that need the press, one of a day and one of a day and a half."""
    need = (("press", 1),)
    first = Job("a", 8 * HOUR, need, DAY)
    second = Job("b", 12 * HOUR, need, axis, published_start=published_start)
    return Problem((first, second), (), (press,), origin=MONDAY)


def starts(solution: Solution) -> list[int]:
    return [placed.start for placed in solution.placements]


@pytest.mark.parametrize("axis", [DAY, SHIFTS])
def test_what_is_found_in_working_time_can_be_carried_out_on_the_calendar(axis: WorkAxis) -> None:
    told = 0
    for seed in SEEDS:
        problem = on_one_calendar(seed, axis)
        told += axis_of(problem) is not None
        keys = [job.duration_min for job in problem.jobs]
        for found in (
            first_schedule(problem),
            ordered(problem, keys),
            improved(problem, Random(1).random, 40),
        ):
            assert faults(problem, found.placements) == [], seed
            assert found.finish == max(placed.finish for placed in found.placements)
    assert told == len(SEEDS)


def test_a_proof_in_working_time_is_one_on_the_calendar() -> None:
    proved = 0
    for seed in SEEDS:
        problem = on_one_calendar(seed, jobs=6)
        assert axis_of(blinking(problem)) is None
        found = improved(problem, Random(1).random, 60)
        searched = improved(blinking(problem), Random(1).random, 60)
        if found.stopped_by == "optimal":
            proved += 1
            assert (searched.disturbance, searched.finish) >= (found.disturbance, found.finish)
    assert proved > len(SEEDS) // 5


def test_each_job_is_at_the_point_at_which_it_was_found() -> None:
    problem = two()
    twin = improved(in_working_time(problem, DAY), Random(1).random, 40)
    found = improved(problem, Random(1).random, 40)
    assert starts(found) == [DAY.starts[each] for each in starts(twin)]
    assert found.schedules_tried == twin.schedules_tried


def test_an_outage_that_begins_and_ends_while_nobody_works_is_met_by_work_that_stays() -> None:
    """A day's work ends before it; a day and a half's would lie in the press while it is out."""
    out = Resource("press", ((0, 1), (TONIGHT, 0), (TONIGHT + HOUR, 1)))
    problem = two(out)
    assert axis_of(problem) is None
    found = improved(problem, Random(1).random, 40)
    assert faults(problem, found.placements) == []
    assert starts(found) == [EIGHT, EIGHT + CLOCK_DAY]
    alone = replace(problem, jobs=problem.jobs[1:])
    assert starts(first_schedule(alone)) == [EIGHT + CLOCK_DAY]


def test_an_outage_that_begins_at_night_and_ends_at_work_is_told_in_working_time() -> None:
    out = Resource("press", ((0, 1), (TONIGHT, 0), (EIGHT + CLOCK_DAY + 2 * HOUR, 1)))
    problem = two(out)
    assert axis_of(problem) is DAY
    found = first_schedule(problem)
    assert faults(problem, found.placements) == []
    assert starts(found) == [EIGHT, EIGHT + CLOCK_DAY + 2 * HOUR]


def test_two_calendars_are_searched_on_both() -> None:
    problem = two(axis=SHIFTS)
    assert axis_of(problem) is None
    assert axis_of(two()) is DAY
    assert faults(problem, improved(problem, Random(1).random, 40).placements) == []


def test_what_works_round_the_clock_has_no_other_time_to_be_told_in() -> None:
    problem = two()
    around = tuple(replace(job, axis=None) for job in problem.jobs)
    assert axis_of(replace(problem, jobs=around)) is None


def test_a_milestone_with_a_calendar_of_its_own_delays_what_follows_it() -> None:
    """In the other jobs' working time it would cost nothing, and they would collide behind it."""
    saturday = EIGHT + 5 * CLOCK_DAY
    problem = Problem(
        (
            Job("m", 0, axis=SHIFTS, earliest=saturday),
            Job("a", 8 * HOUR, (("press", 1),), DAY),
            Job("b", 8 * HOUR, (("press", 1),), DAY),
        ),
        (Precedence("m", "a"),),
        (PRESS,),
        origin=MONDAY,
    )
    assert axis_of(problem) is None
    assert faults(problem, first_schedule(problem).placements) == []


def test_a_milestone_in_free_time_stays_there_and_the_work_behind_it_begins_after() -> None:
    saturday = EIGHT + 5 * CLOCK_DAY
    problem = Problem(
        (Job("m", 0, earliest=saturday), Job("a", 8 * HOUR, (("press", 1),), DAY)),
        (Precedence("m", "a"),),
        (PRESS,),
        origin=MONDAY,
    )
    assert axis_of(problem) is DAY
    found = first_schedule(problem)
    assert starts(found) == [saturday, EIGHT + 7 * CLOCK_DAY]
    assert found.stopped_by == "optimal"
    last = first_schedule(
        replace(problem, precedences=(), jobs=problem.jobs[:1] + problem.jobs[1:])
    )
    assert (last.finish, last.stopped_by) == (saturday, "optimal")


def test_what_was_published_inside_the_fence_never_comes_earlier() -> None:
    """The fence ends in a night, and the published start is the morning before it."""
    problem = replace(
        two(published_start=EIGHT), frozen_until=TONIGHT, origin=MONDAY - 3 * CLOCK_DAY
    )
    assert axis_of(problem) is DAY
    found = improved(problem, Random(1).random, 40)
    assert faults(problem, found.placements) == []
    friday = EIGHT - 3 * CLOCK_DAY
    assert starts(found) == [friday, EIGHT]
    assert found.disturbance == 0


def test_a_milestone_published_in_the_night_in_which_the_fence_ends_is_inside_it() -> None:
    milestone = Job("m", 0, published_start=TONIGHT, earliest=MONDAY)
    problem = replace(two(), jobs=(milestone, *two().jobs), frozen_until=TONIGHT + HOUR)
    twin = in_working_time(problem, DAY)
    assert list(Compiled(twin).fenced) == list(Compiled(problem).fenced) == [0]
    assert first_schedule(problem).placements[0].start == TONIGHT


def test_minutes_of_disturbance_are_those_of_the_clock() -> None:
    """Both were published for Monday; who gives way starts on Tuesday, a day of the clock later."""
    problem = replace(two(published_start=EIGHT), frozen_until=TONIGHT)
    published = tuple(replace(job, published_start=EIGHT) for job in problem.jobs)
    problem = replace(problem, jobs=published)
    found = improved(problem, Random(1).random, 40)
    assert starts(found) == [EIGHT, EIGHT + CLOCK_DAY]
    assert found.disturbance == CLOCK_DAY
    assert found.stopped_by == "limit"


def test_an_end_shown_the_next_morning_holds_the_press_over_night() -> None:
    """What must not end before the night does meets an outage in it that others do not."""
    fixed_at_night = Job("fixed", 4 * HOUR, (("press", 1),), DAY, fixed_start=TONIGHT)
    late = Job("late", 8 * HOUR, (("press", 1),), DAY, earliest_finish=TONIGHT + HOUR)
    problem = Problem((fixed_at_night, late), (), (PRESS,), origin=MONDAY)
    assert axis_of(problem) is DAY
    found = first_schedule(problem)
    assert faults(problem, found.placements) == []
    assert found.placements[1].start == EIGHT + CLOCK_DAY + 5 * HOUR
    assert (found.schedules_tried, found.stopped_by) == (2, "limit")


def test_a_capacity_that_is_told_from_a_day_on_held_before_it_too() -> None:
    fewer = Resource("press", ((MONDAY, 2), (EIGHT + 7 * CLOCK_DAY, 1)))
    assert starts(first_schedule(two(fewer))) == [EIGHT, EIGHT]


def test_what_was_published_for_the_morning_after_the_fence_may_come_earlier() -> None:
    """In working time that morning is the point at which the fence ends."""
    problem = two(published_start=EIGHT + CLOCK_DAY)
    problem = replace(problem, jobs=problem.jobs[1:], frozen_until=TONIGHT)
    assert starts(first_schedule(problem)) == [EIGHT]
