"""Say what a planner has to do about open and planned orders, and leave small moves alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from domain.kernel.minutes import DAY_MIN, Minute
from domain.planning.material import ItemPlan, Lots, PlannedOrder, Receipt

MessageKind: TypeAlias = Literal[
    "create",
    "release_due",
    "release_past_due",
    "time_fence_conflict",
    "expedite",
    "de_expedite",
    "cancel",
    "past_due",
    "quantity_below",
    "quantity_above",
]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far dates may lie apart before somebody is told; minutes on the clock.

    An open order that comes up to `earlier_min` after it is needed is not expedited, one that comes
    up to `later_min` before is not put off. An order whose release is due within `release_min` is
    to be released.
    """

    earlier_min: int = 0
    later_min: int = 14 * DAY_MIN
    release_min: int = 7 * DAY_MIN


class ActionMessage(NamedTuple):
    """What to do about one order: from the date it has to the date it should have."""

    kind: MessageKind
    item: str
    order: str
    qty: Decimal
    at: Minute
    to: Minute | None = None
    limit: Decimal | None = None
    """The lot size that a quantity is beyond."""


def messages(plan: ItemPlan, now: Minute, tolerance: Tolerance) -> tuple[ActionMessage, ...]:
    """Return the messages of one item, its open orders first, each by the date it has."""
    found = [each for receipt in plan.receipts for each in _open(plan, receipt, now, tolerance)]
    for order in plan.planned:
        found += _planned(plan, order, now, tolerance)
    return tuple(found)


def _open(
    plan: ItemPlan, receipt: Receipt, now: Minute, tolerance: Tolerance
) -> Iterator[ActionMessage]:
    needed, of = plan.needed[receipt.id], (plan.item.id, receipt.id, receipt.qty, receipt.at)
    if receipt.at < now:
        yield ActionMessage("past_due", *of, needed)
    if needed is None:
        yield ActionMessage("cancel", *of)
    elif receipt.at >= now and needed < receipt.at - tolerance.earlier_min:
        yield ActionMessage("expedite", *of, needed)
    elif needed > receipt.at + tolerance.later_min:
        yield ActionMessage("de_expedite", *of, needed)
    yield from _beyond(plan.item.lots, *of)


def _planned(
    plan: ItemPlan, order: PlannedOrder, now: Minute, tolerance: Tolerance
) -> Iterator[ActionMessage]:
    of = (order.item, order.id, order.qty)
    kind: MessageKind = "create"
    if order.release < now:
        kind = "release_past_due"
    elif order.release <= now + tolerance.release_min:
        kind = "release_due"
    yield ActionMessage(kind, *of, order.release, order.receipt)
    fence = now + plan.item.fence_min
    if plan.item.fence_min and order.receipt < fence:
        yield ActionMessage("time_fence_conflict", *of, order.receipt, fence)
    yield from _beyond(plan.item.lots, *of, order.receipt)


def _beyond(lots: Lots, item: str, order: str, qty: Decimal, at: Minute) -> Iterator[ActionMessage]:
    if lots.minimum is not None and qty < lots.minimum:
        yield ActionMessage("quantity_below", item, order, qty, at, None, lots.minimum)
    if lots.maximum is not None and qty > lots.maximum:
        yield ActionMessage("quantity_above", item, order, qty, at, None, lots.maximum)
