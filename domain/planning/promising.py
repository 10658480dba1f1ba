"""Say when what is needed can be had: nothing ordered before now, no stock below zero.

Where netting plans every order on time, however far in the past it would have had to be released,
this keeps to what can still be done: demands are served by priority and then by date, each out of
what those before it left, by new orders released from now on where there is a way to order, late
where it must be and short where nothing is left. What a demand is given never depends on those that
come after it. Safety stock may be used: it is kept for this.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from domain.kernel.minutes import Minute
from domain.planning.material import NOTHING, Demand, Item, Receipt
from domain.planning.netting import all_items, in_order

_SETTLED_MAX: Final = 50
"""So often an order is moved later for its parts; each time a part is found that comes later."""


class Delivery(NamedTuple):
    """So much of a demand can be had at a minute: then, or when it is needed."""

    demand: str
    qty: Decimal
    at: Minute


class Order(NamedTuple):
    """An order that can still be carried out: released now or later, its parts there in time."""

    item: str
    qty: Decimal
    release: Minute
    receipt: Minute


class Movement(NamedTuple):
    """What changes a stock; receipts come before what is taken at the same minute."""

    at: Minute
    is_taken: bool
    qty: Decimal
    """Below zero where it is taken."""


@dataclass(frozen=True, slots=True)
class Promises:
    """What can be had and when, by what orders, what moves each stock, and what cannot be had."""

    deliveries: tuple[Delivery, ...]
    orders: tuple[Order, ...]
    movements: dict[str, tuple[Movement, ...]]
    short: dict[str, Decimal]


def promise(
    items: Iterable[Item],
    demands: Iterable[Demand],
    receipts: Iterable[Receipt],
    now: Minute,
) -> Promises:
    """Return when each demand can be had; raises MaterialError where items are made of each other.

    An open order that should have come before `now` comes now.
    """
    wanted, coming = tuple(demands), tuple(receipts)
    known = all_items(items, wanted, coming)
    in_order(known)
    stocks = _Stocks(known, coming, now)
    served = sorted(wanted, key=lambda each: (each.priority, each.at, each.id))
    left = {each.id: each.qty for each in served}
    deliveries = []
    for demand in served:  # What is reserved is nobody else's, whoever comes first.
        kept = min(demand.reserved, stocks.free(demand.item, demand.at))
        if kept > 0:
            stocks.take(demand.item, kept, demand.at)
            deliveries.append(Delivery(demand.id, kept, demand.at))
            left[demand.id] -= kept
    short = {}
    for demand in served:
        for qty, at in stocks.serve(demand.item, left[demand.id], demand.at):
            deliveries.append(Delivery(demand.id, qty, at))
            left[demand.id] -= qty
        if left[demand.id] > 0:
            short[demand.id] = left[demand.id]
    return Promises(tuple(deliveries), tuple(stocks.orders), stocks.movements(), short)


class _Stocks:
    """What is in each stock over time, with a journal to take back what was only tried."""

    def __init__(self, items: dict[str, Item], receipts: tuple[Receipt, ...], now: Minute) -> None:
        self._items = items
        self._now = now
        self._moves: dict[str, list[Movement]] = {item_id: [] for item_id in items}
        self._journal: list[tuple[str, Movement] | Order] = []
        self.orders: list[Order] = []
        for receipt in receipts:
            self._put(receipt.item, Movement(max(receipt.at, now), False, receipt.qty))

    def movements(self) -> dict[str, tuple[Movement, ...]]:
        return {item_id: tuple(moves) for item_id, moves in self._moves.items()}

    def free(self, item_id: str, at: Minute) -> Decimal:
        """Return what can be taken from a minute on without any later stock falling below zero."""
        moves = self._moves[item_id]
        first = bisect_right(moves, (at, True, _MOST))
        stock = max(NOTHING, self._items[item_id].on_hand)
        stock += sum((move.qty for move in moves[:first]), NOTHING)
        least = stock
        for move in moves[first:]:
            stock += move.qty
            least = min(least, stock)
        return max(NOTHING, least)

    def take(self, item_id: str, qty: Decimal, at: Minute) -> None:
        self._put(item_id, Movement(at, True, -qty))

    def serve(self, item_id: str, qty: Decimal, at: Minute) -> Iterator[tuple[Decimal, Minute]]:
        """Take a quantity from a minute on, in as many parts as it takes; yield each part."""
        at_once = min(qty, self.free(item_id, at))
        if at_once > 0:
            self.take(item_id, at_once, at)
            yield at_once, at
            qty -= at_once
        if qty > 0 and self._items[item_id].replenished:
            when = self._have(item_id, qty, at)
            if when is not None:
                yield qty, when
                return
        for later in self._receipts_after(item_id, at):
            part = min(qty, self.free(item_id, later))
            if part > 0:
                self.take(item_id, part, later)
                yield part, later
                qty -= part

    def _have(self, item_id: str, qty: Decimal, at: Minute) -> Minute | None:
        """Take a quantity at once, as early as can be; return when, None: never."""
        if self.free(item_id, at) >= qty:
            self.take(item_id, qty, at)
            return at
        waiting = (each for each in self._receipts_after(item_id, at))
        on_order = next((each for each in waiting if self.free(item_id, each) >= qty), None)
        begun = len(self._journal)
        made = self._make(item_id, qty, at)
        if made is not None and (on_order is None or made < on_order):
            return made
        self._take_back(begun)
        if on_order is not None:
            self.take(item_id, qty, on_order)
        return on_order

    def _make(self, item_id: str, qty: Decimal, at: Minute) -> Minute | None:
        """Order what is lacking and take the quantity; return when it is there, None: never."""
        item = self._items[item_id]
        if not item.replenished:
            return None
        lot = item.lots.size(qty - self.free(item_id, at))
        release = max(self._now, item.lead_time.release(at, lot))
        for _ in range(_SETTLED_MAX):
            begun = len(self._journal)
            start = self._with_parts(item, lot, release)
            if start is None:
                self._take_back(begun)
                return None
            if start == release:
                receipt = item.lead_time.receipt(release, lot)
                self._order(Order(item_id, lot, release, receipt))
                when = max(at, receipt)
                self.take(item_id, qty, when)
                return when
            self._take_back(begun)
            release = start
        return None

    def _with_parts(self, item: Item, lot: Decimal, release: Minute) -> Minute | None:
        """Take the parts of an order; return the release at which the last of them is there."""
        start = release
        for part in item.components:
            wanted = item.lead_time.after_release(release, part.offset_min)
            there = self._have(part.item, lot * part.qty_per, wanted)
            if there is None:
                return None
            start = max(start, release + there - wanted)
        return start

    def _receipts_after(self, item_id: str, at: Minute) -> list[Minute]:
        moves = self._moves[item_id]
        return sorted({move.at for move in moves if not move.is_taken and move.at > at})

    def _put(self, item_id: str, movement: Movement) -> None:
        insort(self._moves[item_id], movement)
        self._journal.append((item_id, movement))

    def _order(self, order: Order) -> None:
        self.orders.append(order)
        self._journal.append(order)
        self._put(order.item, Movement(order.receipt, False, order.qty))

    def _take_back(self, begun: int) -> None:
        while len(self._journal) > begun:
            last = self._journal.pop()
            if isinstance(last, Order):
                self.orders.pop()
            else:
                item_id, movement = last
                self._moves[item_id].remove(movement)


_MOST: Final = Decimal("Infinity")
