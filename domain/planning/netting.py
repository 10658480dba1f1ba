"""Net what is needed against what there is and what comes; order the rest; explode it into parts.

Material requirements planning by the textbook: each item once, what is made before what it is made
of (low-level codes). What is needed up to a minute, and the safety stock of that minute, is
compared with everything that is there or on order, first in first out; what they do not cover is
ordered when it is needed first, in lots. An open order that comes later than it is needed is not
ordered again: it has to come earlier (`domain.planning.action_messages`). What is reserved is out
of reach of everything else.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from domain.kernel.minutes import Minute
from domain.planning.material import (
    LAST,
    NOTHING,
    Component,
    Demand,
    Item,
    ItemPlan,
    Line,
    MaterialError,
    MaterialPlan,
    PlannedOrder,
    Receipt,
)
from domain.planning.pegging import peg


def plan_material(
    items: Iterable[Item],
    demands: Iterable[Demand],
    receipts: Iterable[Receipt],
    now: Minute,
) -> MaterialPlan:
    """Return the plan of every item; the order of the input is nothing.

    An item that is only named, by a demand, a receipt or as a part, is planned without stock, lead
    time or parts. Raises MaterialError where items are made of each other.
    """
    wanted, coming = tuple(demands), tuple(receipts)
    known = all_items(items, wanted, coming)
    asked: dict[str, list[Demand]] = {}
    for demand in wanted:
        asked.setdefault(demand.item, []).append(demand)
    open_orders: dict[str, list[Receipt]] = {}
    for receipt in coming:
        open_orders.setdefault(receipt.item, []).append(receipt)
    plans: dict[str, ItemPlan] = {}
    for item_id in in_order(known):
        item = known[item_id]
        plan = net(item, asked.get(item_id, ()), open_orders.get(item_id, ()), now)
        plans[item_id] = plan
        for part in exploded(plan):
            asked.setdefault(part.item, []).append(part)
    return plans


def all_items(
    items: Iterable[Item], demands: Sequence[Demand], receipts: Sequence[Receipt]
) -> dict[str, Item]:
    """Return the items by id, those that are only named among them."""
    known = {item.id: item for item in items}
    named = {each.item for each in demands} | {each.item for each in receipts}
    named |= {part.item for item in known.values() for part in item.components}
    for item_id in sorted(named):
        known.setdefault(item_id, Item(item_id))
    return known


def in_order(items: Mapping[str, Item]) -> list[str]:
    """Return the ids with every item before its parts; raises MaterialError for a circle."""
    used_in = dict.fromkeys(sorted(items), 0)
    for item in items.values():
        for part in {part.item for part in item.components}:
            used_in[part] += 1
    ready = [item_id for item_id, users in used_in.items() if not users]
    found: list[str] = []
    while ready:
        item_id = ready.pop(0)
        found.append(item_id)
        for part in sorted({part.item for part in items[item_id].components}):
            used_in[part] -= 1
            if not used_in[part]:
                ready.append(part)
    if len(found) < len(items):
        circle = tuple(sorted(set(items) - set(found)))
        msg = f"{', '.join(circle)}: made of themselves through their parts, or of such an item"
        raise MaterialError(msg, circle)
    return found


def net(
    item: Item, demands: Sequence[Demand], receipts: Sequence[Receipt], now: Minute
) -> ItemPlan:
    """Return the plan of one item, its parts not looked at."""
    wanted = tuple(sorted(demands, key=lambda demand: (demand.at, demand.priority, demand.id)))
    coming = tuple(sorted(receipts, key=lambda receipt: (receipt.at, receipt.id)))
    kept = kept_for(item.on_hand, wanted)
    curve = _Curve.of(wanted, kept, item.safety, now)
    covered = item.on_hand - sum(kept.values(), NOTHING)
    needed: dict[str, Minute | None] = {}
    for receipt in coming:
        first = curve.first_above(covered)
        needed[receipt.id] = None if first is None else first - item.safety_min
        covered += receipt.qty
    planned = _planned(item, curve, covered) if item.replenished else ()
    pegs, short = peg(wanted, kept, item.on_hand, coming, planned)
    lines = _lines(item, wanted, coming, planned)
    return ItemPlan(item, wanted, coming, planned, needed, pegs, lines, short)


def exploded(plan: ItemPlan) -> list[Demand]:
    """Return what the planned orders of an item need of its parts, pegged by their most urgent."""
    urgency: dict[str, int] = {}
    by_id = {demand.id: demand.priority for demand in plan.demands}
    for each in plan.pegs:
        urgency[each.supply] = min(urgency.get(each.supply, LAST), by_id[each.demand])
    return [
        _needed_by(order, number, part, urgency.get(order.id, LAST), plan.item)
        for order in plan.planned
        for number, part in enumerate(plan.item.components)
    ]


def _needed_by(
    order: PlannedOrder, number: int, part: Component, priority: int, item: Item
) -> Demand:
    return Demand(
        id=f"{order.id}/{number}",
        item=part.item,
        qty=order.qty * part.qty_per,
        at=item.lead_time.after_release(order.release, part.offset_min),
        priority=priority,
        order=order.id,
    )


def kept_for(on_hand: Decimal, demands: Sequence[Demand]) -> Mapping[str, Decimal]:
    """Return what of the stock is really kept for each demand, by id: no more than lies there."""
    kept, left = {}, max(NOTHING, on_hand)
    for demand in sorted(demands, key=lambda each: (each.priority, each.at, each.id)):
        qty = min(demand.reserved, demand.qty, left)
        if qty > 0:
            kept[demand.id] = qty
            left -= qty
    return kept


class _Curve(NamedTuple):
    """What has to be there at each minute: all that was needed up to it, and its safety stock."""

    at: list[Minute]
    qty: list[Decimal]

    @classmethod
    def of(
        cls,
        demands: Sequence[Demand],
        kept: Mapping[str, Decimal],
        safety: Sequence[tuple[Minute, Decimal]],
        now: Minute,
    ) -> "_Curve":
        steps: dict[Minute, Decimal] = {}
        for since, qty in safety:
            steps[max(since, now)] = qty  # In order: what began before now holds from now on.
        need: dict[Minute, Decimal] = {}
        for demand in demands:
            open_qty = demand.qty - kept.get(demand.id, NOTHING)
            need[demand.at] = need.get(demand.at, NOTHING) + open_qty
        moments, total, stock = sorted({*steps, *need}), NOTHING, NOTHING
        heights = []
        for at in moments:
            total += need.get(at, NOTHING)
            stock = steps.get(at, stock)
            heights.append(total + stock)
        return cls(moments, heights)

    def first_above(self, qty: Decimal) -> Minute | None:
        """Return the first minute at which more has to be there than a quantity."""
        return next((at for at, high in zip(self.at, self.qty, strict=True) if high > qty), None)


def _planned(item: Item, curve: _Curve, covered: Decimal) -> tuple[PlannedOrder, ...]:
    orders: list[PlannedOrder] = []
    for at, high in zip(curve.at, curve.qty, strict=True):
        if high <= covered:
            continue
        lacking = high - covered
        qty = item.lots.size(lacking)
        receipt = at - item.safety_min
        release = item.lead_time.release(receipt, qty)
        name = f"{item.id}#{len(orders) + 1}"
        orders.append(PlannedOrder(name, item.id, qty, lacking, release, receipt, at))
        covered += qty
    return tuple(orders)


def _lines(
    item: Item,
    demands: Sequence[Demand],
    receipts: Sequence[Receipt],
    planned: Sequence[PlannedOrder],
) -> tuple[Line, ...]:
    gross = _summed((each.at, each.qty) for each in demands)
    scheduled = _summed((each.at, each.qty) for each in receipts)
    come = _summed((each.receipt, each.qty) for each in planned)
    released = _summed((each.release, each.qty) for each in planned)
    lacking = _summed((each.receipt, each.net) for each in planned)
    available, lines = item.on_hand, []
    for at in sorted({*gross, *scheduled, *come, *released}):
        each = [some.get(at, NOTHING) for some in (gross, scheduled, lacking, come, released)]
        wanted, on_order, net_qty, in_qty, out_qty = each
        available += on_order + in_qty - wanted
        lines.append(Line(at, wanted, on_order, available, net_qty, in_qty, out_qty))
    return tuple(lines)


def _summed(amounts: Iterable[tuple[Minute, Decimal]]) -> dict[Minute, Decimal]:
    total: dict[Minute, Decimal] = {}
    for at, qty in amounts:
        total[at] = total.get(at, NOTHING) + qty
    return total
