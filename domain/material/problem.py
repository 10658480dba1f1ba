"""Make of a project what its material is planned from: needs at dates of the schedule, orders.

A phase needs its material so many working minutes before its scheduled start; the date is never
stored, so it moves with the schedule. What was issued for a requirement is no longer needed. Open
commitments are what is on order; what they delivered since the item was counted lies there too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Final

from domain.commitments.events import InspectionFailed, ReceiptPosted
from domain.items.facts import Standing
from domain.kernel.minutes import DAY_MIN, Minute, minute_of
from domain.material.known import KnownMaterial, Need
from domain.network.project_network import ProjectNetwork
from domain.network.supplies import Supply
from domain.planning.material import NOTHING, Component, Demand, Item, LeadTime, Lots, Receipt
from domain.planning.network import Schedule

_NO_LEAD_TIME: Final = LeadTime()


@dataclass(frozen=True, slots=True)
class MaterialProblem:
    """What is needed, what there is and what comes, as of a data date; `received` by item.

    `other_units` are the items whose requirements and orders are not all in one unit: their
    quantities cannot be compared.
    """

    now: Minute
    items: tuple[Item, ...]
    demands: tuple[Demand, ...]
    receipts: tuple[Receipt, ...]
    received: dict[str, Decimal]
    units: dict[str, str]
    other_units: tuple[str, ...]


def problem_of(
    network: ProjectNetwork, known: KnownMaterial, only: frozenset[str] | None = None
) -> MaterialProblem | None:
    """Return what is to be planned as of the data date; None where there is no schedule.

    `only` leaves out all other items, with what is needed and on order of them.
    """
    schedule = network.schedule()
    if schedule is None or network.start is None:
        return None
    needs: Sequence[Need] = tuple(known.needs.values())
    lines = network.supplies.lines()
    if only is not None:
        needs = [each for item_id in sorted(only) for each in known.needs_of(item_id)]
        lines = network.supplies.of(sorted(only), (each.id for each in needs))
    demands = tuple(
        demand for need in needs if (demand := _demand(need, network, known, schedule)) is not None
    )
    supplies = [
        (supply, item_id)
        for supply in lines
        if (item_id := known.item_of(supply.item, supply.for_requirements)) is not None
        and (only is None or item_id in only)
    ]
    receipts = tuple(
        receipt
        for supply, item_id in supplies
        if (receipt := _receipt(supply, item_id, network)) is not None
    )
    received: dict[str, Decimal] = {}
    for supply, item_id in supplies:
        came = _received_since(supply, known.standing(item_id))
        received[item_id] = received.get(item_id, NOTHING) + came
    named = {need.item for need in needs if need.is_open}
    named.update(known.items if only is None else only & known.items.keys())
    items = tuple(
        _item(item_id, known.standing(item_id), received.get(item_id, NOTHING), network)
        for item_id in sorted(named)
    )
    units, other = _units(needs, supplies)
    now = minute_of(network.data_date or network.start)
    return MaterialProblem(now, items, demands, receipts, received, units, other)


def need_at(need: Need, network: ProjectNetwork, schedule: Schedule) -> Minute | None:
    """Return when a phase needs its material; None where it is not in the plan."""
    line, row = network.lines.get(need.phase), schedule.phases.get(need.phase)
    if line is None or row is None or not line.planned:
        return None
    return network.calendar_of(line).axis.subtract(row.start, need.offset_min)


def _demand(
    need: Need, network: ProjectNetwork, known: KnownMaterial, schedule: Schedule
) -> Demand | None:
    at = need_at(need, network, schedule)
    if at is None or not need.is_open or network.lines[need.phase].known.has_ended:
        return None
    stock = known.standing(need.item)
    left = need.qty - stock.issued.get(need.id, NOTHING)
    if left <= 0:
        return None
    kept = stock.reserved.get(need.id, NOTHING)
    return Demand(need.id, need.item, left, at, need.priority, kept)


def _receipt(supply: Supply, item_id: str, network: ProjectNetwork) -> Receipt | None:
    bound = supply.bound(network.zone)
    left = supply.standing.ordered_qty - supply.standing.good_qty
    if bound is None or not supply.is_open or left <= 0:
        return None
    return Receipt(supply.id, item_id, left, bound.at, supply.for_requirements)


def _received_since(supply: Supply, stock: Standing) -> Decimal:
    counted = None if stock.counted is None else stock.counted.effective_at
    came = NOTHING
    for fact in supply.line.facts:
        if counted is not None and fact.effective_at <= counted:
            continue
        match fact.event:
            case ReceiptPosted(qty=qty):
                came += qty
            case InspectionFailed(qty=qty):
                came -= qty
            case _:
                pass
    return came


def _item(item_id: str, stock: Standing, came: Decimal, network: ProjectNetwork) -> Item:
    rules = stock.rules
    parts = () if stock.bom is None else stock.bom.event.lines
    return Item(
        id=item_id,
        on_hand=stock.on_hand + came,
        lead_time=_lead_time(stock, network),
        lots=Lots()
        if rules is None
        else Lots(rules.lot_minimum, rules.lot_multiple, rules.lot_maximum),
        safety=_safety(stock, network),
        safety_min=0 if rules is None else rules.safety_time_min,
        components=tuple(
            Component(part.item, part.qty_per, part.offset_min)
            for part in sorted(parts, key=lambda part: part.item)
        ),
        fence_min=0 if rules is None else rules.fence_days * DAY_MIN,
    )


def _lead_time(stock: Standing, network: ProjectNetwork) -> LeadTime:
    if stock.lead_time is None:
        return _NO_LEAD_TIME
    told = stock.lead_time.event
    if told.unit == "days":
        return LeadTime(told.value * DAY_MIN)
    return LeadTime(told.value, axis=network.calendar.axis)


def _safety(stock: Standing, network: ProjectNetwork) -> tuple[tuple[Minute, Decimal], ...]:
    rules = stock.rules
    if rules is None:
        return ()
    steps = {0: rules.safety_stock}  # From the beginning of all plans on.
    for step in rules.safety_steps:
        begins = datetime.combine(step.since, time(), network.zone)
        steps[minute_of(begins)] = step.qty
    if not any(steps.values()):
        return ()
    return tuple(sorted(steps.items()))


def _units(
    needs: Iterable[Need], supplies: list[tuple[Supply, str]]
) -> tuple[dict[str, str], tuple[str, ...]]:
    units: dict[str, set[str]] = {}
    for need in needs:
        if need.is_open:
            units.setdefault(need.item, set()).add(need.uom)
    for supply, item_id in supplies:
        if supply.line.requested is not None:
            units.setdefault(item_id, set()).add(supply.line.requested.uom)
    other = tuple(sorted(item_id for item_id, found in units.items() if len(found) > 1))
    return {item_id: "/".join(sorted(found)) for item_id, found in units.items()}, other
