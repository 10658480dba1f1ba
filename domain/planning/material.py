"""The values of material planning: what is needed, what comes, how it is ordered, and the plan.

Instants are UTC minutes (`domain.kernel.minutes.Minute`), quantities decimals in the item's unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final, NamedTuple

from domain.kernel.minutes import Minute
from domain.kernel.work_axis import WorkAxis

NOTHING: Final = Decimal(0)
ONE: Final = Decimal(1)
ORDINARY: Final = 50
LAST: Final = 100
"""The priority of what nobody asked for: stock."""

STOCK: Final = "stock"
"""What lies there, named as a supply; no receipt has this id."""


class MaterialError(ValueError):
    """Items that cannot be planned: they are made of each other."""

    def __init__(self, message: str, ids: tuple[str, ...]) -> None:
        super().__init__(message)
        self.ids = ids


@dataclass(frozen=True, slots=True)
class LeadTime:
    """From release to receipt: a fixed time, and so much more for each unit.

    The minutes are worked on `axis`, or pass on the clock where there is none.
    """

    fixed_min: int = 0
    per_unit_min: Decimal = NOTHING
    axis: WorkAxis | None = None

    def minutes(self, qty: Decimal) -> int:
        """Return how long a quantity takes, in whole minutes rounded up."""
        return self.fixed_min + int((self.per_unit_min * qty).to_integral_value(ROUND_CEILING))

    def release(self, receipt: Minute, qty: Decimal) -> Minute:
        """Return when a quantity is ordered that is to come at a minute."""
        minutes = self.minutes(qty)
        return receipt - minutes if self.axis is None else self.axis.subtract(receipt, minutes)

    def after_release(self, release: Minute, minutes: int) -> Minute:
        """Return the minute so long after the release of an order."""
        return release + minutes if self.axis is None else self.axis.add(release, minutes)

    def receipt(self, release: Minute, qty: Decimal) -> Minute:
        """Return when a quantity comes that is ordered at a minute."""
        return self.after_release(release, self.minutes(qty))


@dataclass(frozen=True, slots=True)
class Lots:
    """How much is ordered at once: at least, in multiples of, at most; None: as needed."""

    minimum: Decimal | None = None
    multiple: Decimal | None = None
    maximum: Decimal | None = None

    def size(self, net: Decimal) -> Decimal:
        """Return the least quantity that covers a net requirement; it may exceed the maximum."""
        qty = net if self.minimum is None else max(net, self.minimum)
        if self.multiple is not None and self.multiple > 0:
            whole, rest = divmod(qty, self.multiple)
            qty = (whole + 1 if rest else whole) * self.multiple
        return qty


class Component(NamedTuple):
    """What one unit is made of, and so long after the order's release it is needed."""

    item: str
    qty_per: Decimal
    offset_min: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """How one item is planned.

    `safety` is the safety stock in steps (from when, how much), in order; nothing is kept before
    the current date. `safety_min` is safety as time: receipts are planned that much earlier, on
    the clock. An item that is not `replenished` is used up and never ordered.
    """

    id: str
    on_hand: Decimal = NOTHING
    lead_time: LeadTime = LeadTime()
    lots: Lots = Lots()
    safety: tuple[tuple[Minute, Decimal], ...] = ()
    safety_min: int = 0
    components: tuple[Component, ...] = ()
    replenished: bool = True
    fence_min: int = 0


@dataclass(frozen=True, slots=True)
class Demand:
    """So much is needed at a minute: by a requirement, or by an order of what it is a part of.

    `reserved` of it lies there and is kept for it. `order` names the planned order that needs it.
    """

    id: str
    item: str
    qty: Decimal
    at: Minute
    priority: int = ORDINARY
    reserved: Decimal = NOTHING
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """So much is on order and comes at a minute, perhaps for certain demands."""

    id: str
    item: str
    qty: Decimal
    at: Minute
    for_demands: tuple[str, ...] = ()


class PlannedOrder(NamedTuple):
    """What has to be ordered: for a net requirement, in lots, released a lead time before."""

    id: str
    item: str
    qty: Decimal
    net: Decimal
    release: Minute
    receipt: Minute
    needed: Minute
    """When what it is for is needed; the receipt is the safety time before."""


class Peg(NamedTuple):
    """So much of a supply serves a demand; the supply is stock, a receipt or a planned order."""

    demand: str
    supply: str
    qty: Decimal
    at: Minute | None
    """When it comes; None: it lies there."""


class Line(NamedTuple):
    """The record of one item at a minute at which something changes."""

    at: Minute
    gross: Decimal
    scheduled: Decimal
    available: Decimal
    """On hand and all receipts up to then, planned ones too, less all that is needed up to then."""
    net: Decimal
    planned_receipt: Decimal
    planned_release: Decimal


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """What came of one item.

    `needed` says when each receipt is needed; None: never. `short` are the demands, or parts of
    them, that nothing covers.
    """

    item: Item
    demands: tuple[Demand, ...]
    receipts: tuple[Receipt, ...]
    planned: tuple[PlannedOrder, ...]
    needed: Mapping[str, Minute | None]
    pegs: tuple[Peg, ...]
    lines: tuple[Line, ...]
    short: Mapping[str, Decimal]


MaterialPlan = Mapping[str, ItemPlan]
"""By item, in the order in which they are planned: what is made before what it is made of."""
