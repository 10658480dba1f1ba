"""Tell how a plant holds its people and its dates: skills, allocations, overtime, typed dates."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final

from consumers.demo.plant_beats import MES, WEEK, Beat, Course, asked, moment, noted
from consumers.demo.plant_days import day_minute, day_of, later
from consumers.demo.plant_habits import COSTS
from consumers.demo.project import DAY, FABRICATION, USES

LEADER: Final = "f.meister"
LED_FROM: Final = "2025-01-01"
BOOKED_TWICE: Final = 0.3
"""How often a paint booth is held for two modules at once, because its master says it will do."""
OVERTIME: Final = 0.3
OVERTIME_WEEKS: Final = 4
OVERTIME_MIN: Final = 150
HELD_BACK: Final = 0.25
"""How often a date that somebody typed holds work that could begin."""
HELD_DAYS: Final = 8
DUE: Final = 0.3
"""How often the drawings of a module are due on a day of their own, soon after they are planned."""
DUE_DAYS: Final = 3
DUE_HOUR: Final = 22
HOPEFUL: Final = 0.04
"""How often a foreman names a finish that the work left does not allow."""
UNMOVED: Final = 0.04
"""How often he says in the evening what he said in the morning."""


def people(course: Course, *, leaders: bool) -> Iterator[Beat]:
    """Tell of all this with dice of its own: the rest of the project stays as it is."""
    dice = Random(f"{course.key}/people")  # noqa: S311  Nothing is kept secret.
    if leaders:
        yield from _leaders(course)
    yield from _skills(course)
    yield from _allocations(course, dice)
    yield from _overtime(course, dice)
    yield from _typed(course, dice)
    yield from _words(course, dice)
    yield from _due(course, dice)


def _leaders(course: Course) -> Iterator[Beat]:
    led = {"department_id": FABRICATION}
    yield asked(course.begin + 3, [
        ("department.register.v1", {**led, "name": FABRICATION}),
        ("department.appoint_supervisor.v1", {**led, "party": LEADER, "first_day": LED_FROM}),
    ])  # fmt: skip


def _skills(course: Course) -> Iterator[Beat]:
    needs = [
        ("plan.require.v1",
         {"project_id": course.key, "phase_id": phase.id, "resource_id": USES[phase.step.key],
          "milli": 1000, "effort_min": phase.step.days * DAY,
          "skill": COSTS[phase.step.department].skill})
        for phase in course.phases
        if phase.step.key in USES
    ]  # fmt: skip
    yield asked(course.begin + 15, needs)


def _allocations(course: Course, dice: Random) -> Iterator[Beat]:
    """Hold the paint booth for each module when the first plan wants it."""
    about = {"project_id": course.key, "resource_id": "booth"}
    places = [each for each, phase in enumerate(course.phases) if phase.step.key == "paint"]
    free = course.begin
    for place in places:
        since = max(free, course.planned[place])
        until = free = course.axis.add(since, course.phases[place].step.days * DAY)
        held = {**about, "allocation_id": f"A-{place}", "phase_id": course.phases[place].id,
                "since": moment(since), "until": moment(until), "milli_units": 1000}  # fmt: skip
        yield asked(course.begin + 25, [("resource.make_allocation.v1", held)])
        if dice.random() < BOOKED_TWICE:
            accepted = {**held, "allocation_id": f"A-{place}-2", "overbooking_accepted_by": LEADER}
            yield asked(course.begin + 27, [("resource.make_allocation.v1", accepted)])


def _overtime(course: Course, dice: Random) -> Iterator[Beat]:
    if dice.random() >= OVERTIME:
        return
    about = {"project_id": course.key, "resource_id": "welders", "minutes": OVERTIME_MIN}
    first = course.begin + dice.randrange(3, 8) * WEEK
    monday = day_of(first) - timedelta(days=day_of(first).weekday())
    for week in range(OVERTIME_WEEKS):
        told = first + (week - 1) * WEEK
        days = [monday + timedelta(weeks=week, days=day) for day in range(4)]
        yield asked(told, [
            ("resource.authorise_overtime.v1", {**about, "date": day.isoformat()}) for day in days
        ])  # fmt: skip


def _typed(course: Course, dice: Random) -> Iterator[Beat]:
    """Lay a date on a phase that its predecessors do not need, and lift it some weeks later."""
    if dice.random() >= HELD_BACK:
        return
    place = dice.randrange(len(course.phases) // 2, len(course.phases))
    about = {"project_id": course.key, "phase_id": course.phases[place].id}
    at = course.axis.add(course.planned[place], HELD_DAYS * DAY)
    told = course.begin + WEEK + 33
    lifted = min(course.starts[place] - 2 * 1440, told + 5 * WEEK)
    if lifted <= told:
        return
    held = {**about, "kind": "SNET", "at": moment(at), "why": "The hall was to be free by then"}
    yield asked(told, [("plan.constrain.v1", held)])
    yield asked(
        lifted,
        [("plan.constrain.v1", {**about, "kind": "ASAP", "reason": {"code": "estimate_wrong"}})],
    )


def _words(course: Course, dice: Random) -> Iterator[Beat]:
    """Tell what foremen say beside the counts: finishes nobody can keep, and the same twice."""
    for place, phase in enumerate(course.phases):
        start, finish = course.starts[place], course.finishes[place]
        half = course.axis.between(start, finish) // 2
        hopes, repeats = dice.random() < HOPEFUL, dice.random() < UNMOVED
        if half < 2 * DAY:
            continue
        stream = f"phase-{course.key}/{phase.id}"
        said: dict[str, object] = {"remaining_min": half, "basis": "report"}
        at = course.axis.add(start, half)
        if hopes:
            # That evening, with half of the work left.
            hope = said | {"expected_finish": moment(course.axis.add(at, DAY // 2))}
            yield noted(at + 3, MES, "phase.progress_recorded.v1", stream, hope, at)
        elif repeats:
            for told in (at + 20, at + 200):
                yield noted(told, MES, "phase.progress_recorded.v1", stream, said)


def _due(course: Course, dice: Random) -> Iterator[Beat]:
    """Say to the customer by which day he has the drawings of some modules."""
    for place, phase in enumerate(course.phases):
        if phase.step.key == "review" and dice.random() < DUE:
            planned = course.axis.add(course.planned[place], phase.step.days * DAY)
            day = day_minute(day_of(later(course.axis, planned, DUE_DAYS)))
            due = {"phase_id": phase.id, "at": moment(day + DUE_HOUR * 60)}
            named = {"project_id": course.key, **due, "for_party": course.customer}
            yield asked(course.begin + 40, [("plan.set_deadline.v1", named)])


def published(course: Course) -> Iterator[Beat]:
    """Each other Monday, when the data date has moved, the schedule is given out."""
    at = course.begin + WEEK + 40
    while at < course.end:
        yield asked(at, [("publication.publish_schedule.v1", {"project_id": course.key})])
        at += 2 * WEEK
