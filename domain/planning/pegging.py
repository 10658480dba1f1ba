"""Peg what is needed to what serves it: what is kept for it first, then first in, first out.

Demands are served by priority, then by the minute at which they are needed; each takes the
supplies that are left in the order in which they come. So a further demand that comes after
another in that order changes nothing of what the other was given, and what is reserved for a
demand stays with it whatever comes.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from domain.kernel.minutes import Minute
from domain.planning.material import NOTHING, STOCK, Demand, Peg, PlannedOrder, Receipt


class _Supplies:
    """What is left of each supply, in the order in which they come; what lies there is first."""

    def __init__(self, on_hand: Decimal) -> None:
        self._order: list[tuple[str, Minute | None]] = [(STOCK, None)]
        self._left = {STOCK: max(NOTHING, on_hand)}
        self._first = 0

    def add(self, supply: str, qty: Decimal, at: Minute) -> None:
        self._order.append((supply, at))
        self._left[supply] = qty

    def take(self, demand: str, qty: Decimal, *, of: str) -> tuple[Peg, ...]:
        """Take what there is of one supply, up to a quantity."""
        taken = min(qty, self._left.get(of, NOTHING))
        if taken <= 0:
            return ()
        self._left[of] -= taken
        at = next(at for supply, at in self._order if supply == of)
        return (Peg(demand, of, taken, at),)

    def take_first(self, demand: str, qty: Decimal) -> list[Peg]:
        """Take a quantity of what comes first and is left."""
        pegs = []
        while qty > 0 and self._first < len(self._order):
            supply, at = self._order[self._first]
            taken = min(qty, self._left[supply])
            if taken > 0:
                pegs.append(Peg(demand, supply, taken, at))
                self._left[supply] -= taken
                qty -= taken
            if self._left[supply] <= 0:
                self._first += 1
        return pegs


def peg(
    demands: Sequence[Demand],
    kept: Mapping[str, Decimal],
    on_hand: Decimal,
    receipts: Sequence[Receipt],
    planned: Sequence[PlannedOrder],
) -> tuple[tuple[Peg, ...], Mapping[str, Decimal]]:
    """Return the pegs of one item by demand, and what of each demand nothing serves.

    `kept` is what of the stock is kept for a demand, by its id.
    """
    supplies = _Supplies(on_hand)
    coming = [(each.at, 0, each.id, each.qty) for each in receipts]
    coming += [(each.receipt, 1, each.id, each.qty) for each in planned]
    for at, _, supply, qty in sorted(coming):
        supplies.add(supply, qty, at)
    served = sorted(demands, key=lambda each: (each.priority, each.at, each.id))
    found: dict[str, list[Peg]] = {each.id: [] for each in served}
    for demand in served:
        if demand.id in kept:
            found[demand.id] += supplies.take(demand.id, kept[demand.id], of=STOCK)
    _take_what_is_ordered_for_them(served, receipts, supplies, found)
    short = {}
    for demand in served:
        found[demand.id] += supplies.take_first(demand.id, _left(demand, found))
        left = _left(demand, found)
        if left > 0:
            short[demand.id] = left
    return tuple(each for pegs in found.values() for each in pegs), short


def _take_what_is_ordered_for_them(
    demands: Sequence[Demand],
    receipts: Sequence[Receipt],
    supplies: _Supplies,
    found: dict[str, list[Peg]],
) -> None:
    for receipt in receipts:
        for demand in demands:
            if demand.id in receipt.for_demands:
                left = _left(demand, found)
                found[demand.id] += supplies.take(demand.id, left, of=receipt.id)


def _left(demand: Demand, found: Mapping[str, list[Peg]]) -> Decimal:
    return demand.qty - sum((each.qty for each in found[demand.id]), NOTHING)
