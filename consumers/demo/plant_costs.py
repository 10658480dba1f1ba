"""Tell what a project costs: estimates, the budget, rates, and the hours and money it takes."""

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from typing import Any, Final

from consumers.demo.plant_beats import ERP, HEAD, WEEK, Beat, Course, Phase, asked, noted
from consumers.demo.plant_days import day_of, first_friday, quarter_of
from consumers.demo.plant_habits import COSTS, CURRENCY, RISE_PERCENT
from consumers.demo.project import DAY
from domain.kernel.minutes import Minute

FIRST_QUARTER: Final = date(2025, 1, 1)
HOUR: Final = 60
SECOND_WORD: Final = 0.25
"""How often somebody says in the middle of a phase what the rest of it will cost."""
GOODS_MINOR: Final = (180_000, 420_000, 950_000)
"""What the purchased parts of a module are estimated at."""
INVOICED_PERCENT: Final = (95, 100, 100, 100, 118)


def costs(course: Course, dice: Random, rates_from: date | None) -> Iterator[Beat]:
    """Tell of a project's costs from its baseline on.

    With a quarter that `rates_from` begins, tell before what an hour costs in it.
    """
    if rates_from is not None:
        yield asked(course.begin + 2, list(_rates(rates_from)))
    yield _baselined(course, course.begin + 30, "B1")
    for number, (told, _) in enumerate(course.agreed):
        yield _baselined(course, told + 1440, f"B{number + 2}")
    modules: dict[int, list[int]] = {}
    for place, phase in enumerate(course.phases):
        modules.setdefault(phase.module, []).append(place)
    for module, places in modules.items():
        commands: list[tuple[str, Mapping[str, Any]]] = []
        for place in places:
            phase = course.phases[place]
            planned = phase.step.days * DAY
            percent = 100
            if dice.random() < COSTS[phase.step.department].estimates:
                percent = dice.choice(COSTS[phase.step.department].spends)
                commands += _estimated(course, phase, dice)
            yield from _spent(course, place, planned * percent // 100, dice)
        if commands:
            yield asked(course.begin + 60 + module, commands)


def _rates(quarter: date) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for habit in COSTS.values():
        rate = {"minor": _rate(habit.rate_minor, quarter), "currency": CURRENCY}
        yield "rate.change.v1", {
            "skill_id": habit.skill, "valid_from": quarter.isoformat(), "rate": rate,
        }  # fmt: skip


def _rate(first: int, quarter: date) -> int:
    quarters = (quarter.year - FIRST_QUARTER.year) * 4 + (quarter.month - 1) // 3
    return first * (100 + RISE_PERCENT * quarters) // 100


def _baselined(course: Course, at: Minute, name: str) -> Beat:
    approved = {"project_id": course.key, "name": name, "at_position": HEAD}
    return asked(at, [("project.approve_baseline.v1", approved)])


def _estimated(course: Course, phase: Phase, dice: Random) -> list[tuple[str, Mapping[str, Any]]]:
    about: dict[str, Any] = {"project_id": course.key, "phase_id": phase.id}
    habit = COSTS[phase.step.department]
    minutes = phase.step.days * DAY
    money = minutes * _rate(habit.rate_minor, quarter_of(course.begin)) // HOUR
    labour = {
        "element": "labour", "method": "bottom_up",
        "effort": [{"skill": habit.skill, "effort_min": minutes}],
        "money": {"minor": money, "currency": CURRENCY},
    }  # fmt: skip
    estimated: list[tuple[str, Mapping[str, Any]]] = [("estimate.submit.v1", about | labour)]
    if phase.step.key == "order":
        goods = {
            "element": "material", "method": "analogous",
            "money": {"minor": dice.choice(GOODS_MINOR), "currency": CURRENCY},
        }  # fmt: skip
        estimated.append(("estimate.submit.v1", about | goods))
    return [
        *estimated,
        ("estimate.approve.v1", about),
        ("estimate.baseline_budget.v1", about),
    ]


def _spent(course: Course, place: int, minutes: int, dice: Random) -> Iterator[Beat]:
    """Book a phase's hours on each Friday that it is worked, the rest of them when it is done."""
    phase, start, finish = course.phases[place], course.starts[place], course.finishes[place]
    stream = f"estimate-{course.key}/{phase.id}"
    habit = COSTS[phase.step.department]
    whole = max(1, course.axis.between(start, finish))
    booked, friday = 0, first_friday(start)
    while friday < finish:
        share = minutes * course.axis.between(start, friday) // whole
        if share > booked:
            yield _hours(stream, friday, share - booked, habit.skill)
            booked = share
        if dice.random() < SECOND_WORD:
            left = max(0, phase.step.days * DAY - share) * habit.rate_minor // HOUR
            said = {"etc": {"minor": left, "currency": CURRENCY}, "by": phase.step.department}
            yield noted(friday + 15, ERP, "estimate.to_complete_given.v1", stream, said)
        friday += WEEK
    yield _hours(stream, finish, minutes - booked, habit.skill)
    if phase.step.key == "order":
        invoiced = dice.choice(GOODS_MINOR) * dice.choice(INVOICED_PERCENT) // 100
        money = {"minor": invoiced, "currency": CURRENCY}
        bill = {"money": money, "ref": f"invoice {course.key}-{phase.module}"}
        yield noted(finish + 1440, ERP, "estimate.actual_cost_booked.v1", stream, bill)


def _hours(stream: str, at: Minute, minutes: int, skill: str) -> Beat:
    """Return hours booked at the end of the day, or the week, in which they were worked."""
    data = {
        "resource": f"team-{skill}", "minutes": minutes,
        "work_date": day_of(at).isoformat(), "skill": skill,
    }  # fmt: skip
    return noted(at + 10, ERP, "estimate.actual_hours_booked.v1", stream, data, at)
