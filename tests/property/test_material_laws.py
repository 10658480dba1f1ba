"""Laws of material planning: nothing is made of nothing, nothing is lost, no order changes it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.planning.material import (
    STOCK,
    Component,
    Demand,
    Item,
    LeadTime,
    Lots,
    MaterialPlan,
    Peg,
    Receipt,
)
from domain.planning.netting import plan_material
from domain.planning.promising import promise

ITEMS = ("pump", "body", "seal", "ring")
"""Each may be made of those after it."""

NOTHING = Decimal(0)
quantities = st.integers(1, 20).map(Decimal)
minutes = st.integers(-20, 60)


@st.composite
def an_item(draw: st.DrawFn, place: int) -> Item:
    later = ITEMS[place + 1 :]
    parts = draw(st.lists(st.sampled_from(later), unique=True, max_size=2)) if later else []
    steps = draw(st.lists(st.tuples(minutes, quantities), max_size=2))
    some = st.none() | quantities
    return Item(
        ITEMS[place],
        draw(st.integers(0, 30).map(Decimal)),
        LeadTime(draw(st.integers(0, 9)), draw(st.sampled_from([NOTHING, Decimal("0.5")]))),
        Lots(draw(some), draw(some)),
        tuple(sorted(steps)),
        draw(st.integers(0, 5)),
        tuple(Component(part, draw(quantities), draw(st.integers(0, 3))) for part in sorted(parts)),
        draw(st.booleans()),
    )


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Item], list[Demand], list[Receipt]]:
    items = [draw(an_item(place)) for place in range(len(ITEMS))]
    left = {item.id: item.on_hand for item in items}
    demands = []
    for number in range(draw(st.integers(0, 6))):
        item_id, qty = draw(st.sampled_from(ITEMS)), draw(quantities)
        most = int(min(qty, left[item_id]))
        kept = Decimal(draw(st.integers(0, most)))
        left[item_id] -= kept
        demands.append(
            Demand(f"R{number}", item_id, qty, draw(minutes), draw(st.integers(1, 3)), kept)
        )
    names = [demand.id for demand in demands]
    receipts = [
        Receipt(
            f"PO{number}",
            draw(st.sampled_from(ITEMS)),
            draw(quantities),
            draw(minutes),
            tuple(draw(st.lists(st.sampled_from(names), unique=True, max_size=2)) if names else ()),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return items, demands, receipts


def total(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)


def pegs_of(plan: MaterialPlan, demand: str) -> list[Peg]:
    return [each for item in plan.values() for each in item.pegs if each.demand == demand]


@given(problems())
def test_netting_makes_nothing_of_nothing_and_loses_nothing(
    problem: tuple[list[Item], list[Demand], list[Receipt]],
) -> None:
    items, demands, receipts = problem
    plan = plan_material(items, demands, receipts, 0)
    asked = {name: [each for each in demands if each.item == name] for name in plan}
    for item in plan.values():
        name = item.item.id
        of_orders = [
            order.qty * part.qty_per
            for other in plan.values()
            for order in other.planned
            for part in other.item.components
            if part.item == name
        ]
        needed = total([each.qty for each in asked[name]]) + total(of_orders)
        assert total([each.qty for each in item.demands]) == needed
        there = item.item.on_hand + total([each.qty for each in item.receipts])
        there += total([each.qty for each in item.planned])
        at_the_end = item.lines[-1].available if item.lines else item.item.on_hand
        assert at_the_end == there - needed
        if item.item.replenished:
            assert item.short == {}
            assert at_the_end >= 0


@given(problems())
def test_no_supply_serves_more_than_it_has_and_no_demand_is_served_twice(
    problem: tuple[list[Item], list[Demand], list[Receipt]],
) -> None:
    plan = plan_material(*problem, 0)
    for item in plan.values():
        supplies: Mapping[str, Decimal] = {
            STOCK: item.item.on_hand,
            **{each.id: each.qty for each in item.receipts},
            **{each.id: each.qty for each in item.planned},
        }
        for supply, qty in supplies.items():
            assert total([each.qty for each in item.pegs if each.supply == supply]) <= qty
        for demand in item.demands:
            served = total([each.qty for each in item.pegs if each.demand == demand.id])
            assert served + item.short.get(demand.id, NOTHING) == demand.qty


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_told_changes_no_plan(
    problem: tuple[list[Item], list[Demand], list[Receipt]], dice: Random
) -> None:
    first = plan_material(*problem, 0)
    shuffled = [list(part) for part in problem]
    for part in shuffled:
        dice.shuffle(part)
    items, demands, receipts = shuffled
    again = plan_material(items, demands, receipts, 0)  # type: ignore[arg-type]
    assert again == first
    assert list(again) == list(first)
    assert promise(items, demands, receipts, 0) == promise(*problem, 0)  # type: ignore[arg-type]


@given(problems(), quantities)
def test_a_second_order_that_comes_after_takes_nothing_from_the_first(
    problem: tuple[list[Item], list[Demand], list[Receipt]], qty: Decimal
) -> None:
    """It is no more urgent, and needed no earlier: nothing the first was given is touched."""
    items, demands, receipts = problem
    before = plan_material(items, demands, receipts, 0)
    for name in ITEMS:
        second = Demand("second", name, qty, 1_000, 100)
        after = plan_material(items, [*demands, second], receipts, 0)
        for demand in demands:
            assert pegs_of(after, demand.id) == pegs_of(before, demand.id)


@given(problems(), quantities, minutes, st.integers(1, 100))
def test_no_second_order_takes_what_is_reserved(
    problem: tuple[list[Item], list[Demand], list[Receipt]],
    qty: Decimal,
    at: int,
    priority: int,
) -> None:
    items, demands, receipts = problem
    for name in ITEMS:
        second = Demand("second", name, qty, at, priority)
        plan = plan_material(items, [*demands, second], receipts, 0)
        for demand in demands:
            stock = total([e.qty for e in pegs_of(plan, demand.id) if e.supply == STOCK])
            assert stock >= demand.reserved


@given(problems())
def test_what_is_promised_can_be_done(
    problem: tuple[list[Item], list[Demand], list[Receipt]],
) -> None:
    items, demands, receipts = problem
    found = promise(items, demands, receipts, 0)
    known = {item.id: item for item in items}
    for demand in demands:
        mine = [each for each in found.deliveries if each.demand == demand.id]
        had = total([each.qty for each in mine])
        assert had + found.short.get(demand.id, NOTHING) == demand.qty
        assert all(each.at >= demand.at for each in mine)
    for order in found.orders:
        assert order.release >= 0
        assert order.receipt == known[order.item].lead_time.receipt(order.release, order.qty)
    for name, moves in found.movements.items():
        stock = known[name].on_hand
        for move in moves:
            stock += move.qty
            assert stock >= 0
