"""Hold calendars and material planning to the published plans of frePPLe.

Where orders are planned on time whatever it takes (`plantype` 2), every operation and every change
of a stock must be met in quantity and date. Where nothing is planned against a constraint
(`plantype` 1), theirs is one good plan among several: ours is held to be feasible.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from domain.planning.material import MaterialPlan
from domain.planning.netting import plan_material
from domain.planning.promising import Promises, promise
from tests.frepple_models import (
    BEGINNING,
    Model,
    Row,
    calendars,
    folder,
    model,
    rows,
    runs,
    text_of,
)

CASES = ("constraints_leadtime_1", "constraints_material_1", "safety_stock")
ON_TIME = [
    ("constraints_leadtime_1", 2),
    ("constraints_leadtime_1", 3),
    ("constraints_material_1", 2),
    ("constraints_material_1", 3),
    ("safety_stock", 2),
]


def number(text: str | Decimal) -> str:
    return f"{Decimal(text).normalize():f}"


def operations(plan: MaterialPlan, case: Model) -> Counter[tuple[str, ...]]:
    """Return our planned orders as rows, and what the model says is carried out anyway."""
    ours = Counter(
        (case.operations[each.item], text_of(each.release), text_of(each.receipt), number(each.qty))
        for item in plan.values()
        for each in item.planned
    )
    return ours + Counter((name, start, end, number(qty)) for name, start, end, qty in case.fixed)


def movements(plan: MaterialPlan, case: Model) -> Counter[tuple[str, ...]]:
    """Return every change of a stock, receipts before what is taken, and the stock after it."""
    told: Counter[tuple[str, ...]] = Counter()
    for item_id, item in plan.items():
        stock = case.buffers.get(item_id)
        if stock is None:
            continue
        after = item.item.on_hand
        if after:
            told[stock, BEGINNING, number(after), number(after)] += 1
        moves = [(each.at, 0, each.qty) for each in item.receipts]
        moves += [(each.receipt, 0, each.qty) for each in item.planned]
        moves += [(each.at, 1, -each.qty) for each in item.demands]
        for at, _, qty in sorted(moves):
            after += qty
            told[stock, text_of(at), number(qty), number(after)] += 1
    return told


def of_kind(published: list[Row], kind: str) -> Counter[tuple[str, ...]]:
    found = Counter(
        (*row.columns[:-2], *map(number, row.columns[-2:]))
        if kind == "BUFFER"
        else (*row.columns[:3], number(row.columns[3]))
        for row in published
        if row.kind == kind
    )
    assert found
    return found


def planned(case: Model) -> MaterialPlan:
    return plan_material(case.items.values(), case.demands(), case.receipts, case.now)


@pytest.mark.parametrize(("case", "run"), ON_TIME)
def test_orders_on_time_ask_for_the_published_operations_and_stocks(
    shared: Path, case: str, run: int, tell_figures: Callable[[str], None]
) -> None:
    read = model(shared, case)
    published = rows(shared, case, f"{case}.{run}.expect")
    plan = planned(read)
    ours, theirs = operations(plan, read), of_kind(published, "OPERATION")
    assert ours == theirs
    stocks, published_stocks = movements(plan, read), of_kind(published, "BUFFER")
    assert stocks == published_stocks
    tell_figures(f"{theirs.total()} OPERATION and {published_stocks.total()} BUFFER rows met")


CONSTRAINED = [(case, 1) for case in CASES]


def never_below_zero(case: Model, found: Promises) -> bool:
    """Add every stock up anew, movement by movement, from what the orders and deliveries say."""
    moves: dict[str, list[tuple[int, int, Decimal]]] = {}
    for receipt in case.receipts:
        moves.setdefault(receipt.item, []).append((receipt.at, 0, receipt.qty))
    for order in found.orders:
        moves.setdefault(order.item, []).append((order.receipt, 0, order.qty))
        for part in case.items[order.item].components:
            taken = -order.qty * part.qty_per
            moves.setdefault(part.item, []).append((order.release, 1, taken))
    wanted = {each.name: each.item for each in case.orders}
    for delivery in found.deliveries:
        moves.setdefault(wanted[delivery.demand], []).append((delivery.at, 1, -delivery.qty))
    for item_id, changes in moves.items():
        stock = case.items[item_id].on_hand if item_id in case.items else Decimal(0)
        for _, _, qty in sorted(changes):
            stock += qty
            if stock < 0:
                return False
    return True


def delivered(found: Promises, order: str) -> Decimal:
    return sum((each.qty for each in found.deliveries if each.demand == order), Decimal(0))


@pytest.mark.parametrize(("case", "run"), CONSTRAINED)
def test_a_plan_that_keeps_to_what_can_be_done_is_feasible_and_serves_the_urgent_first(
    shared: Path, case: str, run: int, tell_figures: Callable[[str], None]
) -> None:
    read = model(shared, case)
    found = promise(read.items.values(), read.demands(), read.receipts, read.now)
    assert never_below_zero(read, found)
    assert all(order.release >= read.now for order in found.orders)
    lead_times = {item_id: item.lead_time for item_id, item in read.items.items()}
    assert all(
        order.receipt == lead_times[order.item].receipt(order.release, order.qty)
        for order in found.orders
    )
    published: Counter[str] = Counter()
    for row in rows(shared, case, f"{case}.{run}.expect"):
        if row.kind == "DEMAND" and row.columns[1][:4].isdigit():
            published[row.columns[0]] += int(row.columns[2])
    late = 0
    for order in read.orders:
        # No quantity is delivered twice, and as much can be had as in the published plan.
        assert delivered(found, order.name) + found.short.get(order.name, 0) == order.qty
        assert delivered(found, order.name) == published[order.name]
        # Whoever is less urgent changes nothing of what the more urgent are given.
        urgent = [each for each in read.demands() if each.priority <= order.priority]
        alone = promise(read.items.values(), urgent, read.receipts, read.now)
        named = {each.id for each in urgent}
        assert [each for each in found.deliveries if each.demand in named] == list(alone.deliveries)
        late += any(each.at > order.due for each in found.deliveries if each.demand == order.name)
    tell_figures(f"{len(read.orders)} orders, {late} late, {len(found.short)} short")


def test_planted_faults_are_found(shared: Path) -> None:
    """A check that never objects proves nothing."""
    read = model(shared, "constraints_material_1")
    found = promise(read.items.values(), read.demands(), read.receipts, read.now)
    assert never_below_zero(read, found)
    first = found.deliveries[0]
    twice = replace(found, deliveries=(*found.deliveries, first))
    early = replace(found, deliveries=(first._replace(at=read.now - 1), *found.deliveries[1:]))
    assert not never_below_zero(read, twice)
    assert not never_below_zero(read, early)


def test_every_run_is_looked_at(shared: Path) -> None:
    constrained = [
        (case, int(str(run["expect"]).split(".")[1]))
        for case in CASES
        for run in runs(shared, case)
        if run["plantype"] == 1
    ]
    assert constrained == CONSTRAINED


def test_every_run_on_time_is_looked_at(shared: Path) -> None:
    on_time = [
        (case, int(str(run["expect"]).split(".")[1]))
        for case in CASES
        for run in runs(shared, case)
        if run["plantype"] == 2
    ]
    assert on_time == ON_TIME


def listing(shared: Path, *, backwards: bool) -> dict[str, list[str]]:
    """Return the published changes of each calendar, as they are written."""
    text = (folder(shared) / "calendar" / "calendar.1.expect").read_text()
    forward, _, backward = text.partition("BACKWARD ITERATION\n")
    found: dict[str, list[str]] = {}
    changes: list[str] = []
    for line in (backward if backwards else forward).splitlines():
        if line.startswith("    "):
            changes.append(line.strip())
        elif line.startswith("  "):
            changes = found.setdefault(line.strip().removesuffix(" :"), [])
    return found


BEGIN, END = datetime(1971, 1, 1), datetime(2030, 12, 31)  # noqa: DTZ001  As published.
BACK_FROM = datetime(2012, 12, 31)  # noqa: DTZ001


@pytest.mark.parametrize("backwards", [False, True])
def test_every_published_change_of_every_calendar_comes_out(
    shared: Path,
    backwards: bool,  # noqa: FBT001
    tell_figures: Callable[[str], None],
) -> None:
    published = listing(shared, backwards=backwards)
    known = calendars(shared)
    assert list(known) == list(published)
    assert len(known) == 6
    for name, value in known.items():
        changes = value.backwards(BACK_FROM, BEGIN) if backwards else value.forwards(BEGIN, END)
        assert [f"{each.at} - {each.value:.1f}" for each in changes] == published[name], name
    tell_figures(f"{sum(map(len, published.values()))} changes of value met")
