"""Find what stock and open orders do not cover in time, whom it holds up and what it costs.

A made item is short only where its order can no longer be released in time: to make it is the plan.
A bought one is short until it is on order and comes in time (rule M2 of DOMAIN 4). What a shortage
costs is the working days that the promise moves by: how much later than needed it can be had, less
the total float of the phase that waits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.kernel.minutes import Minute
from domain.material.known import KnownMaterial
from domain.material.problem import MaterialProblem
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork
from domain.planning.material import NOTHING, ItemPlan, MaterialPlan
from domain.planning.netting import kept_for
from domain.planning.promising import Promises


@dataclass(frozen=True, slots=True)
class HeldUp:
    """A requirement that waits for a shortage; days are working days of its phase's calendar.

    `available` is when all of it can be had, None: never, as things stand. `push_days` is how much
    later than needed that is, `cost_days` what it moves the promise by; None: nobody can tell.
    """

    requirement: str
    phase: str
    need: Minute
    available: Minute | None
    push_min: int | None
    cost_min: int | None
    day_min: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """So much of an item is lacking at most, first at a minute."""

    item: str
    qty: Decimal
    first: Minute
    held_up: tuple[HeldUp, ...] = ()


def short_of(plan: ItemPlan, now: Minute) -> Shortage | None:
    """Return what stock and open orders of one item leave uncovered at the dates they have.

    What is reserved covers whom it is reserved for, and nobody else.
    """
    if plan.item.components and all(order.release >= now for order in plan.planned):
        return None
    moves = [(each.at, each.qty) for each in plan.receipts]
    reserved = kept_for(plan.item.on_hand, plan.demands)
    moves += [(each.at, reserved.get(each.id, NOTHING) - each.qty) for each in plan.demands]
    steps = [(max(since, now), qty) for since, qty in plan.item.safety]
    changes: dict[Minute, Decimal] = {}
    for at, qty in moves:
        changes[at] = changes.get(at, NOTHING) + qty
    kept_from = dict(steps)  # In order: what began before now holds from now on.
    stock = plan.item.on_hand - sum(reserved.values(), NOTHING)
    kept, most, first = NOTHING, NOTHING, None
    for at in sorted({*changes, *kept_from}):
        stock += changes.get(at, NOTHING)
        kept = kept_from.get(at, kept)
        if stock < kept:
            first = at if first is None else first
            most = max(most, kept - stock)
    return None if first is None else Shortage(plan.item.id, most, first)


def shortages(
    network: ProjectNetwork,
    known: KnownMaterial,
    problem: MaterialProblem,
    plan: MaterialPlan,
    promises: Promises,
) -> tuple[Shortage, ...]:
    """Return every shortage with the requirements it holds up, by item."""
    available = _available(problem, promises)
    found = []
    for item_id in sorted(plan):
        short = short_of(plan[item_id], problem.now)
        if short is not None:
            waiting = sorted(set(_waiting_for(plan, item_id)))
            held_up = tuple(_held_up(each, network, known, problem, available) for each in waiting)
            found.append(Shortage(short.item, short.qty, short.first, held_up))
    return tuple(found)


def _available(problem: MaterialProblem, promises: Promises) -> Mapping[str, Minute | None]:
    """Return when all of each demand can be had; None where some of it never can."""
    last: dict[str, Minute | None] = {each.id: each.at for each in problem.demands}
    for delivery in promises.deliveries:
        last[delivery.demand] = max(last[delivery.demand] or delivery.at, delivery.at)
    return {**last, **dict.fromkeys(promises.short)}


def _waiting_for(plan: MaterialPlan, item_id: str) -> Iterator[str]:
    """Yield the requirements that the uncovered demands of an item are for, through its users."""
    of_order = {order.id: item for item in plan.values() for order in item.planned}
    item = plan[item_id]
    covered = {receipt.id: receipt.at for receipt in item.receipts}
    ids = {demand.id: demand for demand in item.demands}
    lacking = list(item.short)
    for peg in item.pegs:
        late = covered.get(peg.supply, 0) > ids[peg.demand].at
        if peg.supply in of_order or late:
            lacking.append(peg.demand)
    for name in lacking:
        order = ids[name].order
        if order is None:
            yield name
        else:
            yield from _served_by(of_order[order], order, of_order)


def _served_by(plan: ItemPlan, order: str, of_order: Mapping[str, ItemPlan]) -> Iterator[str]:
    ids = {demand.id: demand for demand in plan.demands}
    for peg in plan.pegs:
        if peg.supply != order:
            continue
        above = ids[peg.demand].order
        if above is None:
            yield peg.demand
        else:
            yield from _served_by(of_order[above], above, of_order)


def _held_up(
    requirement: str,
    network: ProjectNetwork,
    known: KnownMaterial,
    problem: MaterialProblem,
    available: Mapping[str, Minute | None],
) -> HeldUp:
    need = known.needs[requirement]
    line = network.lines[need.phase]
    calendar = network.calendar_of(line)
    at = next(each.at for each in problem.demands if each.id == requirement)
    when = available[requirement]
    push = None if when is None else max(0, calendar.axis.between(at, when))
    schedule = network.schedule()
    spare = 0 if schedule is None else max(0, schedule.phases[need.phase].total_float_min)
    cost = None if push is None else max(0, push - spare)
    return HeldUp(requirement, need.phase, at, when, push, cost, standard_day_min(calendar))
