"""Tell what a project's stores keep on the shelf: counted, reserved, issued and ordered again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

from consumers.demo.plant_beats import ERP, WEEK, Beat, Course, Order, asked, moment, noted
from consumers.demo.plant_days import later, shift
from consumers.demo.plant_habits import VENDORS
from consumers.demo.plant_orders import arrival, placed
from consumers.demo.project import DAY
from domain.kernel.minutes import Minute


class Kept(NamedTuple):
    """What is kept of an item: where, for which step, how much a module takes, when it comes.

    `modules` is for how many modules the first stock lasts, `forgets` how often a round does not
    see that an order has to go out.
    """

    item: str
    location: str
    step: str
    uom: str
    takes: tuple[int, ...]
    modules: int
    lead_days: int
    vendor: str
    forgets: float


KEPT: Final = (
    Kept("frame-profile-80", "Fabrication store", "weld", "MTR", (40, 48, 64), 3, 8,
         "Band & Kette", 0.2),
    Kept("bearing-6205", "Hall 2, rack 4", "mount", "H87", (8, 12), 2, 6, "Etiketta", 0.5),
    Kept("cable-set", "Hall 2, rack 9", "wire", "H87", (2, 3), 2, 5, "Drive Union", 0.3),
    Kept("proximity-switch-m12", "Hall 2, rack 9", "wire", "H87", (10, 16), 2, 10,
         "Kopfwerk", 0.4),
)  # fmt: skip
MADE: Final = "cable-set"
"""Made in the electrical shop, by a bill that is revised in the middle of the project."""
BILL: Final = ("cable-duct-60", "terminal-block")
REPLACED: Final = "proximity-switch-m12"
SUBSTITUTE: Final = "proximity-switch-m18"
LOST: Final = 0.15
"""How often a count finds less than should be there."""
RESERVED_WEEKS: Final = 2
ORDERED_WEEKS: Final = 4


class Taking(NamedTuple):
    """What one phase takes from the shelf, and when."""

    requirement: str
    phase: str
    at: Minute
    qty: int


@dataclass(slots=True)
class Shelf:
    """What lies there, what of it is kept for whom, what is still to be taken and to come."""

    lies: int
    reserved: dict[str, int] = field(default_factory=dict)
    coming: list[tuple[Minute, int]] = field(default_factory=list)

    @property
    def free(self) -> int:
        """What nobody has reserved."""
        return self.lies - sum(self.reserved.values())


def shelves(course: Course, dice: Random) -> Iterator[Beat]:
    """Tell of all that is kept from the second day on."""
    for kept in KEPT:
        yield from _shelf(course, dice, kept)
    half = (course.begin + course.end) // 2
    for name, at, per in (("A", course.begin + 25, "2"), ("B", half, "3")):
        lines = [{"item": each, "qty_per": per, "uom": "H87"} for each in BILL]
        yield noted(
            at, ERP, "item.bom_revised.v1", f"item-{course.key}/{MADE}",
            {"revision": name, "lines": lines},
        )  # fmt: skip
    yield from _parts_of_made(course)


def _shelf(course: Course, dice: Random, kept: Kept) -> Iterator[Beat]:
    takings = [
        Taking(f"RQ-{course.key}-{kept.item}-{phase.module}", phase.id, start + 45,
               dice.choice(kept.takes))
        for phase, start in zip(course.phases, course.starts, strict=True)
        if phase.step.key == kept.step
    ]  # fmt: skip
    about = {"project_id": course.key, "item_id": kept.item}
    takes = {"value": kept.lead_days * DAY, "unit": "working_min"}
    stream = f"item-{course.key}/{kept.item}"
    yield noted(course.begin + 22, ERP, "item.lead_time_revised.v1", stream, takes)
    safety = {**about, "safety_stock": str(min(kept.takes) // 2)}
    counted = shift(course.begin + 2 * 1440)  # Nothing can be lacking before somebody has looked.
    yield asked(counted + 5, [("item.set_planning_rules.v1", safety)])
    for each in takings:
        needs = {
            "project_id": course.key, "requirement_id": each.requirement, "phase": each.phase,
            "item": kept.item, "qty": str(each.qty), "uom": kept.uom,
        }  # fmt: skip
        yield asked(counted + 10, [("requirement.identify.v1", needs)])
    if kept.item == REPLACED and len(takings) > 1:
        yield from _substituted(course, takings)
    yield from _rounds(course, dice, kept, takings)


def _rounds(course: Course, dice: Random, kept: Kept, takings: list[Taking]) -> Iterator[Beat]:
    """Walk through the stores each week; what phases take in between is issued as they start."""
    shelf = Shelf(kept.modules * max(kept.takes))
    waiting = sorted(takings, key=lambda each: each.at)
    number, at = 0, shift(course.begin + 2 * 1440)
    while waiting or shelf.coming:
        while waiting and waiting[0].at < at:
            yield from _issued(course, kept, shelf, waiting.pop(0))
        shelf.lies += sum(qty for came, qty in shelf.coming if came < at)
        shelf.coming = [each for each in shelf.coming if each[0] >= at]
        if shelf.free > 0 and dice.random() < LOST:
            shelf.lies -= 1
        count = {"location": kept.location, "qty": str(shelf.lies), "at": moment(at)}
        stream = f"item-{course.key}/{kept.item}"
        yield noted(at, ERP, "item.stock_counted.v1", stream, count)
        for each in waiting:
            if each.at < at + RESERVED_WEEKS * WEEK and each.requirement not in shelf.reserved:
                yield from _reserved(course, kept, shelf, each, at + 20)
        wanted = sum(each.qty for each in waiting if each.at < at + ORDERED_WEEKS * WEEK)
        lacks = wanted + min(kept.takes) - shelf.lies - sum(qty for _, qty in shelf.coming)
        if lacks > 0 and waiting and dice.random() >= kept.forgets:
            yield from _ordered(course, dice, kept, shelf, number, lacks, at + 60)
        number, at = number + 1, at + WEEK


def _reserved(course: Course, kept: Kept, shelf: Shelf, each: Taking, at: Minute) -> Iterator[Beat]:
    if shelf.free < each.qty:
        return
    shelf.reserved[each.requirement] = each.qty
    wanted: dict[str, Any] = {
        "project_id": course.key, "item_id": kept.item, "requirement": each.requirement,
        "qty": str(each.qty),
    }  # fmt: skip
    yield asked(at, [("item.reserve.v1", wanted)])


def _issued(course: Course, kept: Kept, shelf: Shelf, each: Taking) -> Iterator[Beat]:
    """Tell what a phase takes: what is kept for it, otherwise what is free."""
    qty = shelf.reserved.pop(each.requirement, min(each.qty, max(0, shelf.free)))
    if not qty:
        return
    shelf.lies -= qty
    issue = {"requirement": each.requirement, "qty": str(qty), "location": kept.location}
    stream = f"item-{course.key}/{kept.item}"
    yield noted(each.at, ERP, "item.issued_to_phase.v1", stream, issue)


def _ordered(
    course: Course, dice: Random, kept: Kept, shelf: Shelf, number: int, qty: int, at: Minute
) -> Iterator[Beat]:
    need = course.axis.add(at, kept.lead_days * DAY)
    came = max(arrival(course, dice, kept.vendor, need), course.axis.add(at, 2 * DAY))
    some = qty // 3
    parts = [(came, qty - some)]
    if some and dice.random() < VENDORS[kept.vendor].moves:
        parts.append((later(course.axis, came, 2), some))
    else:
        parts = [(came, qty)]
    shelf.coming += parts
    key = f"{course.key}-{kept.item}-{number}"
    order = Order(key, "", kept.vendor, kept.item, qty, at, need, tuple(parts))
    yield from placed(course, dice, order, kept.uom)


def _substituted(course: Course, takings: list[Taking]) -> Iterator[Beat]:
    """Let another switch stand in for a while, which is over before the last phase takes it."""
    last = max(takings, key=lambda each: each.at)
    until = course.axis.subtract(last.at, 4 * DAY)
    approved = {
        "project_id": course.key, "item_id": REPLACED, "item": SUBSTITUTE, "ratio": "1",
        "for_requirement": last.requirement, "until": moment(until)[:10],
    }  # fmt: skip
    at = max(course.begin + 2 * 1440, until - 3 * WEEK)
    yield asked(at, [("item.approve_substitute.v1", approved)])


def _parts_of_made(course: Course) -> Iterator[Beat]:
    """Count what the shop makes its sets of: there is always enough of it."""
    at = shift(course.begin + 1440)
    for each in BILL:
        count = {"location": "Electrical shop", "qty": "400", "at": moment(at)}
        yield noted(at, ERP, "item.stock_counted.v1", f"item-{course.key}/{each}", count)
