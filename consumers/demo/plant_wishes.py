"""Tell what a customer wants beside his contract: tried on a branch, and what becomes of it.

A wish is assessed, agreed and applied in one evening: by the next morning the plan may have moved,
and the branch would have to be assessed anew.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from consumers.demo.plant_beats import PORTAL, Beat, Commands, Course, asked, noted
from consumers.demo.plant_days import day_of, later, shift
from consumers.demo.plant_habits import CURRENCY, CUSTOMERS, WISHES, WishHabit
from consumers.demo.project import DAY

EVENING: Final = 18
"""The hour, in UTC, from which on nothing is told of work; each wish has one to itself."""
LONGER_MIN: Final = 180
PRICES_MINOR: Final = (48_000, 120_000, 485_000)
VERBATIM: Final = (
    "A signal lamp on each module that one can see from the gallery",
    "All covers in our own blue",
    "A second set of format parts",
    "Cables without halogen",
)
CHANGED: Final = frozenset({"mount", "wire", "bench"})
"""The steps that a wish makes longer."""
EVENTS_OF_APPLYING: Final = 3
"""The request is applied, its branch is merged, the plan has another duration."""


def wishes(course: Course) -> Iterator[Beat]:
    """Tell of each wish of a project, with dice of its own."""
    dice = Random(f"{course.key}/wishes")  # noqa: S311  Nothing is kept secret.
    changed: set[int] = set()
    for number in range(dice.choice(CUSTOMERS[course.customer].wishes)):
        habit = WISHES[dice.choice(tuple(WISHES))]
        places = [each for each in _places(course, habit) if each not in changed]
        if places:
            changed.add(place := dice.choice(places))
            yield from _wish(course, dice, habit, number, place)


def _places(course: Course, habit: WishHabit) -> list[int]:
    """Return the phases that are far enough off for a wish to change them."""
    first = later(course.axis, course.begin, habit.asked_days + 3)
    return [
        place
        for place, phase in enumerate(course.phases)
        if phase.step.key in CHANGED and course.starts[place] > first
    ]


def _wish(
    course: Course, dice: Random, habit: WishHabit, number: int, place: int
) -> Iterator[Beat]:
    key = f"{course.key}-S{number}"
    start, phase = course.starts[place], course.phases[place]
    about = {"project_id": course.key, "request_id": key}
    wants = {
        "from_party": course.customer, "found_in": dice.choice(("call", "email", "meeting")),
        "identified_by": f"head of {phase.step.department}", "verbatim": dice.choice(VERBATIM),
    }  # fmt: skip
    came = later(course.axis, start, -habit.asked_days)
    yield noted(came, PORTAL, "request.identified.v1", f"request-{key}", wants)
    yield asked(came + 90, [("request.classify.v1", {**about, "kind": "spec"})])
    gate = {"project_id": course.key, "gate_id": f"wish-{key}"}
    if habit.barred:
        bar = {**gate, "phase_id": phase.id, "kind": "request", "ref": key}
        yield asked(came + 95, [("plan.add_gate.v1", bar)])
    price = {"minor": dice.choice(PRICES_MINOR), "currency": CURRENCY}
    evening = came
    for tried, days in enumerate(habit.assessed_days):
        evening = shift(later(course.axis, start, -days), EVENING + number)
        branch = {"project_id": course.key, "branch_id": f"{key}-{tried}"}
        longer = phase.step.days * DAY + LONGER_MIN
        yield from _assessed(evening, about, branch, phase.id, longer, price)
        valid = {"money": price, "valid_until": day_of(evening + 21 * 1440).isoformat()}
        yield asked(evening + 5, [("request.quote.v1", {**about, **valid})])
    if habit.barred:
        settled = {**gate, "evidence": f"{key} is decided"}
        yield asked(evening + 10, [("plan.satisfy_gate.v1", settled)])
    if habit.rejected:
        yield asked(evening + 6, [("request.reject.v1", about)])
        return
    yield asked(evening + 6, [("request.approve.v1", about)])
    applied = asked(evening + 7, [("request.apply.v1", about)])
    yield applied._replace(value=EVENTS_OF_APPLYING)
    seen = {**about, "evidence": "Seen at the machine"}
    yield asked(course.finishes[place] + 2 * 1440, [("request.verify.v1", seen)])


def _assessed(
    at: int,
    about: dict[str, str],
    branch: dict[str, str],
    phase_id: str,
    longer_min: int,
    price: dict[str, Any],
) -> Iterator[Beat]:
    """Try on a branch what it would do that a phase takes longer."""
    wanted = {
        "project_id": branch["project_id"], "phase_id": phase_id, "duration_min": longer_min,
        "reason": {"code": "customer_request"},
    }  # fmt: skip
    tried = {**branch, "command": "plan.revise_duration.v1", "data": wanted}
    steps: tuple[Commands, ...] = (
        [("branch.open.v1", {**branch, "title": "What the customer wants"})],
        [("branch.add_request.v1", tried)],
        [("request.assess_impact.v1", {**about, "branch": branch["branch_id"], "money": price})],
    )
    for minutes, commands in enumerate(steps, 1):
        yield asked(at + minutes, commands)
