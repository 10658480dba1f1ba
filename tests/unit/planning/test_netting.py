"""Work small cases of netting, pegging, messages and promises by hand."""

from decimal import Decimal

import pytest

from domain.kernel.calendar import STANDARD_WEEK, WorkingCalendar
from domain.planning.action_messages import ActionMessage, Tolerance, messages
from domain.planning.material import (
    STOCK,
    Component,
    Demand,
    Item,
    ItemPlan,
    LeadTime,
    Line,
    Lots,
    MaterialError,
    Peg,
    PlannedOrder,
    Receipt,
)
from domain.planning.netting import in_order, plan_material
from domain.planning.promising import Delivery, promise

DAY = 1440
WEEK_CALENDAR = WorkingCalendar("UTC", STANDARD_WEEK)
STRICT = Tolerance(earlier_min=0, later_min=0, release_min=0)


def d(text: str | int) -> Decimal:
    return Decimal(text)


def need(name: str, qty: int, day: int, priority: int = 50, *, reserved: int = 0) -> Demand:
    return Demand(name, "valve", d(qty), day * DAY, priority, d(reserved))


def coming(name: str, qty: int, day: int, *, of: tuple[str, ...] = ()) -> Receipt:
    return Receipt(name, "valve", d(qty), day * DAY, of)


def planned(item: Item, *given: Demand | Receipt, now: int = 0) -> ItemPlan:
    demands = [each for each in given if isinstance(each, Demand)]
    receipts = [each for each in given if isinstance(each, Receipt)]
    return plan_material([item], demands, receipts, now * DAY)[item.id]


def valve(on_hand: int = 0, lead_days: int = 0, lots: Lots = Lots()) -> Item:  # noqa: B008
    return Item("valve", d(on_hand), LeadTime(lead_days * DAY), lots)


def test_what_stock_and_orders_do_not_cover_is_ordered_a_lead_time_before() -> None:
    plan = planned(valve(10, 5), need("a", 8, 4), need("b", 8, 20), coming("PO", 3, 9))
    order = PlannedOrder("valve#1", "valve", d(3), d(3), 15 * DAY, 20 * DAY, 20 * DAY)
    assert plan.planned == (order,)
    assert plan.lines == (
        Line(4 * DAY, d(8), d(0), d(2), d(0), d(0), d(0)),
        Line(9 * DAY, d(0), d(3), d(5), d(0), d(0), d(0)),
        Line(15 * DAY, d(0), d(0), d(5), d(0), d(0), d(3)),
        Line(20 * DAY, d(8), d(0), d(0), d(3), d(3), d(0)),
    )


def test_lots_are_at_least_a_minimum_and_whole_multiples() -> None:
    lots = Lots(minimum=d(50), multiple=d(3))
    assert lots.size(d(20)) == 51
    assert lots.size(d(51)) == 51
    assert lots.size(d("51.5")) == 54
    assert Lots().size(d("0.3")) == d("0.3")
    plan = planned(valve(0, 0, lots), need("a", 20, 4), need("b", 30, 5), need("c", 2, 6))
    assert [(each.qty, each.net, each.receipt) for each in plan.planned] == [
        (d(51), d(20), 4 * DAY),
        (d(51), d(1), 6 * DAY),
    ]


def test_a_safety_stock_is_kept_from_now_on_and_used_where_it_falls() -> None:
    item = Item("valve", safety=((-9 * DAY, d(5)), (10 * DAY, d(2))))
    plan = planned(item, need("a", 4, -2), need("b", 3, 12))
    assert [(each.qty, each.receipt) for each in plan.planned] == [(d(4), -2 * DAY), (d(5), 0)]
    assert plan.lines[-1].available == 2


def test_safety_as_time_lets_receipts_come_earlier() -> None:
    item = Item("valve", lead_time=LeadTime(2 * DAY), safety_min=3 * DAY)
    (order,) = planned(item, need("a", 4, 10)).planned
    assert (order.release, order.receipt, order.needed) == (5 * DAY, 7 * DAY, 10 * DAY)


def test_a_lead_time_is_worked_on_a_calendar_and_may_grow_with_the_quantity() -> None:
    axis = WEEK_CALENDAR.axis
    monday = 4 * DAY + 8 * 60  # 1970-01-05 08:00
    lead = LeadTime(480, d("0.5"), axis)
    assert lead.minutes(d(3)) == 482
    assert lead.release(monday, d(0)) == monday - 3 * DAY
    assert lead.receipt(monday - 3 * DAY, d(0)) == monday - 3 * DAY + 9 * 60


def test_parts_are_needed_when_the_order_of_what_they_make_is_released() -> None:
    pump = Item(
        "pump",
        d(1),
        LeadTime(4 * DAY),
        components=(Component("seal", d(2), DAY), Component("body", d(1))),
    )
    wanted = Demand("a", "pump", d(6), 10 * DAY, 7)
    plan = plan_material([pump, Item("seal", d(3))], [wanted], [], 0)
    assert list(plan) == ["pump", "body", "seal"]
    (seal,) = plan["seal"].demands
    assert (seal.qty, seal.at, seal.priority, seal.order) == (d(10), 7 * DAY, 7, "pump#1")
    assert [each.qty for each in plan["seal"].planned] == [7]
    assert [(each.qty, each.at) for each in plan["body"].demands] == [(d(5), 6 * DAY)]


def test_items_that_are_made_of_each_other_cannot_be_planned() -> None:
    one = Item("one", components=(Component("other", d(1)),))
    other = Item("other", components=(Component("one", d(1)),))
    with pytest.raises(MaterialError, match="one, other: made of themselves") as found:
        plan_material([one, other, Item("third")], [], [], 0)
    assert found.value.ids == ("one", "other")
    assert in_order({"third": Item("third")}) == ["third"]


def test_first_in_serves_first_out_by_need_within_priority() -> None:
    plan = planned(
        valve(5), coming("PO", 5, 8),
        need("later", 4, 9), need("sooner", 4, 3), need("urgent", 2, 20, 1),
    )  # fmt: skip
    assert plan.pegs == (
        Peg("urgent", STOCK, d(2), None),
        Peg("sooner", STOCK, d(3), None),
        Peg("sooner", "PO", d(1), 8 * DAY),
        Peg("later", "PO", d(4), 8 * DAY),
    )
    assert plan.short == {}


def test_what_is_reserved_stays_whoever_else_comes() -> None:
    mine = need("mine", 4, 20, 90, reserved=4)
    alone = planned(valve(6), mine)
    crowded = planned(valve(6), mine, need("theirs", 6, 1, 1), coming("PO", 9, 30))
    assert alone.pegs == (Peg("mine", STOCK, d(4), None),)
    assert alone.planned == crowded.planned == ()
    (more,) = planned(valve(6), mine, need("theirs", 6, 1, 1)).planned
    assert (more.net, more.receipt) == (d(4), DAY)
    assert [each for each in crowded.pegs if each.demand == "mine"] == list(alone.pegs)
    assert [each for each in crowded.pegs if each.demand == "theirs"] == [
        Peg("theirs", STOCK, d(2), None),
        Peg("theirs", "PO", d(4), 30 * DAY),
    ]


def test_no_more_is_kept_than_lies_there() -> None:
    plan = planned(valve(3), need("a", 4, 9, 2, reserved=4), need("b", 4, 5, 1, reserved=2))
    assert plan.pegs[:2] == (Peg("b", STOCK, d(2), None), Peg("b", "valve#1", d(2), 5 * DAY))
    assert plan.pegs[2] == Peg("a", STOCK, d(1), None)


def test_an_order_for_a_requirement_serves_it_first() -> None:
    plan = planned(
        valve(), coming("PO", 5, 4, of=("second",)), coming("PO-2", 5, 9),
        need("first", 4, 5), need("second", 4, 10),
    )  # fmt: skip
    assert plan.pegs == (
        Peg("first", "PO", d(1), 4 * DAY),
        Peg("first", "PO-2", d(3), 9 * DAY),
        Peg("second", "PO", d(4), 4 * DAY),
    )


def test_what_cannot_be_ordered_is_short() -> None:
    used_up = Item("valve", d(3), replenished=False)
    plan = planned(used_up, need("a", 5, 2))
    assert (plan.planned, plan.short) == ((), {"a": d(2)})
    assert plan.lines[-1].available == -2


def kinds(plan: ItemPlan, now: int = 0, tolerance: Tolerance = STRICT) -> list[tuple[str, str]]:
    return [(each.kind, each.order) for each in messages(plan, now * DAY, tolerance)]


def test_an_open_order_is_to_come_when_it_is_needed() -> None:
    plan = planned(
        valve(), need("a", 5, 3), need("b", 5, 9),
        coming("late", 5, 6), coming("soon", 5, 7), coming("over", 1, 8),
    )  # fmt: skip
    assert messages(plan, 0, STRICT) == (
        ActionMessage("expedite", "valve", "late", d(5), 6 * DAY, 3 * DAY),
        ActionMessage("de_expedite", "valve", "soon", d(5), 7 * DAY, 9 * DAY),
        ActionMessage("cancel", "valve", "over", d(1), 8 * DAY),
    )
    assert plan.planned == ()


def test_small_moves_are_left_alone() -> None:
    plan = planned(valve(), need("a", 5, 3), coming("PO", 5, 4))
    assert kinds(plan) == [("expedite", "PO")]
    assert kinds(plan, tolerance=Tolerance(earlier_min=DAY)) == []
    early = planned(valve(), need("a", 5, 9), coming("PO", 5, 4))
    assert kinds(early) == [("de_expedite", "PO")]
    assert kinds(early, tolerance=Tolerance(later_min=5 * DAY)) == []


def test_an_order_that_should_have_come_is_past_due() -> None:
    plan = planned(valve(), need("a", 5, 3), coming("PO", 5, 4), now=5)
    assert kinds(plan, 5) == [("past_due", "PO")]


def test_orders_are_created_or_released_and_may_be_late_or_inside_the_fence() -> None:
    item = Item("valve", lead_time=LeadTime(4 * DAY), fence_min=7 * DAY, lots=Lots(maximum=d(6)))
    plan = planned(item, need("a", 5, 3), need("b", 5, 5), need("c", 8, 30))
    told = [(each.kind, each.order, each.at // DAY) for each in messages(plan, 0, Tolerance())]
    assert told == [
        ("release_past_due", "valve#1", -1),
        ("time_fence_conflict", "valve#1", 3),
        ("release_due", "valve#2", 1),
        ("time_fence_conflict", "valve#2", 5),
        ("create", "valve#3", 26),
        ("quantity_above", "valve#3", 30),
    ]


def test_an_open_order_below_the_least_lot_is_told() -> None:
    plan = planned(valve(0, 0, Lots(minimum=d(10))), need("a", 5, 4), coming("PO", 5, 4))
    (told,) = messages(plan, 0, STRICT)
    assert (told.kind, told.qty, told.limit) == ("quantity_below", d(5), d(10))


def test_what_can_still_be_done_comes_late_and_the_urgent_come_first() -> None:
    found = promise(
        [valve(4, 6)], [need("a", 4, 2, 2), need("b", 4, 3, 1), need("c", 4, 20)], [], 0
    )
    assert found.deliveries == (
        Delivery("b", d(4), 3 * DAY),
        Delivery("a", d(4), 6 * DAY),
        Delivery("c", d(4), 20 * DAY),
    )
    assert [(each.release, each.receipt) for each in found.orders] == [
        (0, 6 * DAY),
        (14 * DAY, 20 * DAY),
    ]


def test_an_order_waits_for_its_parts() -> None:
    pump = Item("pump", lead_time=LeadTime(2 * DAY), components=(Component("seal", d(2)),))
    seal = Item("seal", d(1), LeadTime(5 * DAY))
    wanted = Demand("a", "pump", d(3), 4 * DAY)
    found = promise([pump, seal], [wanted], [], 0)
    assert found.deliveries == (Delivery("a", d(3), 7 * DAY),)
    assert [(each.item, each.qty, each.release) for each in found.orders] == [
        ("seal", d(5), 0),
        ("pump", d(3), 5 * DAY),
    ]
    without = promise([pump, Item("seal", d(1), replenished=False)], [wanted], [], 0)
    assert (without.deliveries, without.short) == ((), {"a": d(3)})


def test_an_open_order_that_comes_sooner_than_a_new_one_is_waited_for() -> None:
    found = promise([valve(0, 9)], [need("a", 4, 2)], [coming("PO", 5, 6)], 0)
    assert found.deliveries == (Delivery("a", d(4), 6 * DAY),)
    assert found.orders == ()


def test_what_is_reserved_is_promised_to_nobody_else() -> None:
    used_up = Item("valve", d(4), replenished=False)
    found = promise([used_up], [need("a", 4, 2, 1), need("b", 3, 9, 99, reserved=3)], [], 0)
    assert found.deliveries == (Delivery("b", d(3), 9 * DAY), Delivery("a", d(1), 2 * DAY))
    assert found.short == {"a": d(3)}
