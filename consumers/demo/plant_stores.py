"""Tell of a project's material: what phases need, what lies there, what is ordered and inspected.

Three kinds: parts that a module waits for, what is on call from the first plan on, and what the
stores keep on the shelf (`plant_shelf`). None of it moves a phase: the parts that do are those of
the plan's own orders.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from consumers.demo.plant_beats import ERP, WEEK, Beat, Course, Order, asked, noted
from consumers.demo.plant_orders import inspected, placed
from consumers.demo.plant_shelf import shelves
from consumers.demo.project import DAY

PIECES: Final = "H87"
LEAD_DAYS: Final = (6, 8, 10)
LONGER_DAYS: Final = 14
"""What a vendor's lead time grows to, now and then, in the middle of a project."""
GROWN: Final = 0.3
ASKED_SHORT: Final = 0.12
"""How often an order is of less than is needed; the rest is ordered when somebody notices."""
INSPECTION_GATED: Final = 0.3
ON_CALL_MODULES: Final = 2
"""Each so manieth module has a cabinet that is on order from the beginning."""
ON_CALL_VENDOR: Final = "Fluxtec"


def stores(course: Course) -> Iterator[Beat]:
    """Tell of material from the first days of a project on, with dice of its own."""
    dice = Random(f"{course.key}/stores")  # noqa: S311  Nothing is kept secret.
    yield from _lead_times(course, dice)
    for order in course.orders:
        yield from _parts(course, dice, order)
    yield from _on_call(course, dice)
    yield from shelves(course, dice)


def _lead_times(course: Course, dice: Random) -> Iterator[Beat]:
    for item in sorted({order.item for order in course.orders}):
        stream = f"item-{course.key}/{item}"
        name = "item.lead_time_revised.v1"
        takes = {"value": dice.choice(LEAD_DAYS) * DAY, "unit": "working_min"}
        yield noted(course.begin + 20, ERP, name, stream, takes)
        if dice.random() < GROWN:
            grown = {"value": LONGER_DAYS * DAY, "unit": "working_min"}
            half = (course.begin + course.end) // 2
            yield noted(half, ERP, name, stream, grown)


def _parts(course: Course, dice: Random, order: Order) -> Iterator[Beat]:
    """Tell what a module needs, of which one of the plan's orders brings all or nearly all."""
    requirement, lacks = f"RQ-{order.id}", 0
    if dice.random() < ASKED_SHORT:
        lacks = max(1, order.qty // 8)
    needs = {
        "project_id": course.key, "requirement_id": requirement, "phase": order.phase,
        "item": order.item, "qty": str(order.qty + lacks), "uom": PIECES,
        "offset_min": dice.choice((0, 0, DAY)),
    }  # fmt: skip
    yield asked(course.begin + 1440, [("requirement.identify.v1", needs)])
    place = next(each for each, phase in enumerate(course.phases) if phase.id == order.phase)
    if dice.random() < INSPECTION_GATED:
        gate = {"project_id": course.key, "gate_id": f"inspect-{order.id}"}
        bar = {"phase_id": order.phase, "kind": "inspection", "ref": order.id}
        yield asked(course.begin + 1450, [("plan.add_gate.v1", gate | bar)])
        agreed = {"evidence": "What is inspected on receipt is agreed"}
        yield asked(course.begin + 2880, [("plan.satisfy_gate.v1", gate | agreed)])
    yield from inspected(course, dice, order)
    start = course.starts[place]
    issue = {"requirement": requirement, "qty": str(order.qty)}
    stream = f"item-{course.key}/{order.item}"
    yield noted(start + 30, ERP, "item.issued_to_phase.v1", stream, issue)
    if lacks:
        noticed = course.axis.subtract(start, DAY)
        need = course.axis.add(start, DAY)
        rest = Order(
            f"{order.id}-R", "", order.vendor, order.item, lacks, max(noticed, order.told + 5),
            need, ((course.axis.add(start, 3 * DAY), lacks),),
        )  # fmt: skip
        yield from placed(course, dice, rest, PIECES)
        late = {"requirement": requirement, "qty": str(lacks)}
        got = course.axis.add(start, 3 * DAY) + 60
        yield noted(got, ERP, "item.issued_to_phase.v1", stream, late)


def _on_call(course: Course, dice: Random) -> Iterator[Beat]:
    """Tell of what comes when the first plan needs it, however late the project is by then."""
    wired = [
        place
        for place, phase in enumerate(course.phases)
        if phase.step.key == "wire" and phase.module % ON_CALL_MODULES == 0
    ]
    last = len(course.phases) - 1
    for place, item in [*((each, "control-cabinet") for each in wired), (last, "transport-crate")]:
        phase, need, start = course.phases[place], course.planned[place], course.starts[place]
        key = f"{course.key}-{item}-{phase.module}"
        needs = {
            "project_id": course.key, "requirement_id": f"RQ-{key}", "phase": phase.id,
            "item": item, "qty": "1", "uom": PIECES,
        }  # fmt: skip
        yield asked(course.begin + 1460, [("requirement.identify.v1", needs)])
        told = course.begin + WEEK // 2
        came = max(told + 1440, min(need, course.axis.subtract(start, DAY)))
        order = Order(key, phase.id, ON_CALL_VENDOR, item, 1, told, need, ((came, 1),))
        yield from placed(course, dice, order, PIECES)
        issue = {"requirement": f"RQ-{key}", "qty": "1"}
        stream = f"item-{course.key}/{item}"
        yield noted(start + 15, ERP, "item.issued_to_phase.v1", stream, issue)
