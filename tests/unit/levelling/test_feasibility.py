"""The checker of schedules objects to every kind of fault that is planted."""

from dataclasses import replace

import pytest

from domain.levelling.improvement import first_schedule
from domain.levelling.problem import Job, Precedence, Problem, Resource
from tests.feasibility import faults, overloads
from tests.unit.levelling.problems import DAY, MONDAY
from tests.unit.levelling.projects import need, out, resources, told
from tests.unit.projections.histories import History

EIGHT = MONDAY + 7 * 60
"""08:00 in Berlin, as winter has it."""
PROBLEM = Problem(
    jobs=(
        Job("a", 480, (("press", 1),), DAY),
        Job("b", 480, (("press", 1),), DAY, earliest=EIGHT),
        Job("c", 60, (), None, earliest_finish=EIGHT + 600),
        Job("d", 60, (), DAY, fixed_start=EIGHT),
        Job("e", 60, (), DAY, published_start=EIGHT + 1440),
    ),
    precedences=(Precedence("a", "c"), Precedence("b", "c", "SS", 60)),
    resources=(Resource("press", ((0, 1), (EIGHT + 14 * 1440, 0), (EIGHT + 15 * 1440, 1))),),
    origin=MONDAY,
    frozen_until=EIGHT + 7 * 1440,
)


@pytest.mark.parametrize(
    ("job", "start", "finish", "fault"),
    [
        ("a", EIGHT, EIGHT + 480, "a works 420 minutes, not 480"),
        ("a", MONDAY - 2000, MONDAY - 1400, "a starts too early"),
        ("a", EIGHT - 60, EIGHT + 540, "a starts in free time"),
        ("b", EIGHT, EIGHT + 540, "press is over its capacity"),
        ("a", EIGHT + 14 * 1440, EIGHT + 14 * 1440 + 540, "press is over its capacity"),
        ("c", EIGHT, EIGHT + 60, "c finishes too early"),
        ("c", EIGHT + 600, EIGHT + 660, "c does not wait for b (SS)"),
        ("d", EIGHT + 60, EIGHT + 120, "d is fixed"),
        ("e", EIGHT, EIGHT + 60, "e starts earlier than was published"),
    ],
)
def test_a_planted_fault_is_told(job: str, start: int, finish: int, fault: str) -> None:
    placements = first_schedule(PROBLEM).placements
    assert faults(PROBLEM, placements) == []
    planted = [
        replace(each, start=start, finish=finish) if each.id == job else each for each in placements
    ]
    assert any(told_fault.startswith(fault) for told_fault in faults(PROBLEM, planted))


def test_a_job_left_out_is_told() -> None:
    placements = first_schedule(PROBLEM).placements
    assert faults(PROBLEM, placements[1:]) == ["other jobs are placed than were asked for"]


def test_a_project_that_asks_for_two_presses_where_there_is_one_is_told() -> None:
    history = resources(History().opened().calendar("plant"), press=1_000)
    for phase_id in ("cut", "weld"):
        need(history.phase(phase_id), phase_id, "press")
    project = told(history)
    schedule = project.schedule()
    assert schedule is not None
    assert overloads(project, schedule) == [f"press is asked for too much at {29540640}"]


def test_a_project_that_works_through_an_outage_is_told() -> None:
    history = resources(History().opened().calendar("plant"), press=1_000)
    project = told(out(need(history.phase("cut", 2), "cut", "press"), "press", 10, 12))
    schedule = project.schedule()
    assert schedule is not None
    assert len(overloads(project, schedule)) == 1
