"""Tell of one order that the stores or a buyer places, and read what phases wait for."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import Final

from consumers.demo.plant_beats import ERP, Beat, Course, Order, asked, moment, noted
from consumers.demo.plant_days import day_of, later
from consumers.demo.plant_habits import VENDORS
from consumers.demo.project import DAY
from domain.kernel.minutes import Minute

INSPECTION_DAYS: Final = (1, 1, 1, 2, 3)
"""From receipt to inspection; now and then nobody inspects at all."""
INSPECTED: Final = 0.9
REJECTED: Final = 0.1
"""How often some of what came is not good."""


def orders_of(told: Iterable[Beat]) -> Iterator[Order]:
    """Yield what phases wait for, as far as it has been told, in the order of the beats."""
    asked_for: dict[str, Beat] = {}
    came: dict[str, list[tuple[Minute, int]]] = {}
    for beat in told:
        if beat.what == "ordered":
            asked_for[beat.subject] = beat
        elif beat.what == "received":
            came.setdefault(beat.subject, []).append((beat.true, beat.value))
    for key, beat in asked_for.items():
        phase, vendor, item = beat.more.split("|")
        receipts = tuple(came.get(key, ()))
        yield Order(key, phase, vendor, item, beat.value, beat.told, beat.true, receipts)


def placed(course: Course, dice: Random, order: Order, uom: str) -> Iterator[Beat]:
    """Tell of an order from its request to its receipts, as `order.came` has them.

    The vendor answers as late as it is his habit, with the day on which the last of it comes, or
    with the day that we asked for where he knows no better.
    """
    stream = f"commitment-{order.id}"
    about = {"project_id": course.key, "commitment_id": order.id}
    wanted: dict[str, object] = {
        "vendor": order.vendor, "kind": "goods", "item": order.item, "qty": str(order.qty),
        "uom": uom, "need_by": day_of(order.need).isoformat(),
    }  # fmt: skip
    if order.phase:
        wanted["for_phases"] = [order.phase]
    sent = {**about, "revision": 1, "channel": "edi"}
    yield asked(order.told, [("commitment.request.v1", about | wanted),
                             ("commitment.send.v1", sent)])  # fmt: skip
    habit = VENDORS[order.vendor]
    answers = course.axis.add(order.told, dice.choice(habit.answer_days) * DAY)
    promised = later(course.axis, order.need, dice.choice(habit.late_days))
    promise = {"revision": 1, "status": "accepted", "promised_date": day_of(promised).isoformat()}
    yield noted(answers, ERP, "commitment.acknowledged.v1", stream, promise)
    for at, qty in order.came:
        receipt = {"qty": str(qty), "at": moment(at)}
        yield noted(at, ERP, "commitment.receipt_posted.v1", stream, receipt)


def inspected(course: Course, dice: Random, order: Order) -> Iterator[Beat]:
    """Tell what the inspection of each receipt finds, where there is one."""
    stream = f"commitment-{order.id}"
    for at, qty in order.came:
        if dice.random() >= INSPECTED:
            continue
        done = course.axis.add(at, dice.choice(INSPECTION_DAYS) * DAY)
        bad = max(1, qty // 10) if dice.random() < REJECTED else 0
        if qty > bad:
            good = {"qty": str(qty - bad)}
            yield noted(done, ERP, "commitment.inspection_passed.v1", stream, good)
        if bad:
            failed = {"qty": str(bad)}
            yield noted(done + 5, ERP, "commitment.inspection_failed.v1", stream, failed)
            again = course.axis.add(done, 3 * DAY)
            comes = {"qty": str(bad), "at": moment(again)}
            yield noted(again, ERP, "commitment.receipt_posted.v1", stream, comes)
            yield noted(again + 60, ERP, "commitment.inspection_passed.v1", stream, failed)


def arrival(course: Course, dice: Random, vendor: str, need: Minute) -> Minute:
    """Return when a vendor brings what is needed at a minute, if he is asked in time."""
    habit = VENDORS[vendor]
    promised = later(course.axis, need, dice.choice(habit.late_days))
    return later(course.axis, promised, dice.choice(habit.slip_days))
