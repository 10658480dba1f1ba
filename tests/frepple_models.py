"""Read the published planning models of frePPLe and the plans it made of them, where they lie.

A model's operations become items: a delivery is an item of its own, made of what it delivers. What
an operation makes is netted under the operation's item, and its plan is told in the rows of the
published files.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from domain.planning.material import Component, Demand, Item, LeadTime, Lots, Receipt
from domain.planning.stepped_value import Bucket, SteppedValue

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  The models know no zones.
MINUTE = timedelta(minutes=1)
BEGINNING = "1971-01-01T00:00:00"
"""How the plans write what was always there."""

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class Order(NamedTuple):
    """What a customer wants, and the item that delivers it: the product, or a delivery of it."""

    name: str
    item: str
    qty: Decimal
    due: int
    priority: int


@dataclass
class Model:
    """A published model in the terms of our planning, and its names."""

    now: int
    items: dict[str, Item] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    buffers: dict[str, str] = field(default_factory=dict)
    """The name of the stock that holds an item; a delivery is in none."""
    operations: dict[str, str] = field(default_factory=dict)
    """The name of the operation that makes an item."""
    fixed: list[tuple[str, str, str, Decimal]] = field(default_factory=list)
    """What the model itself says is carried out: operation, start, end, quantity."""

    def demands(self) -> list[Demand]:
        return [
            Demand(each.name, each.item, each.qty, each.due, each.priority) for each in self.orders
        ]


class Row(NamedTuple):
    """A line of a published plan: its kind, and its columns."""

    kind: str
    columns: tuple[str, ...]


def minute(text: str) -> int:
    """Return a time of a model as minutes since 1970."""
    return (datetime.fromisoformat(text) - EPOCH) // MINUTE


def text_of(at: int) -> str:
    """Return minutes since 1970 as the models write a time."""
    return (EPOCH + at * MINUTE).isoformat()


def runs(shared: Path, case: str) -> list[Mapping[str, object]]:
    """Return how each plan of a case was made."""
    told = json.loads((folder(shared) / "runs.json").read_bytes())
    found: list[Mapping[str, object]] = told[case]
    return found


def folder(shared: Path) -> Path:
    return shared / "data" / "mrp-frepple"


def rows(shared: Path, case: str, name: str) -> list[Row]:
    """Return the lines of a published plan."""
    text = (folder(shared) / case / name).read_text()
    lines = (line.split("\t") for line in text.splitlines() if line.strip())
    return [Row(kind, tuple(columns)) for kind, *columns in lines]


def model(shared: Path, case: str) -> Model:
    """Read a model."""
    root = _root(shared, case)
    found = Model(minute(_told(root, "current")))
    reader = _Reader(root, found)
    reader.read()
    return found


def calendars(shared: Path) -> dict[str, SteppedValue]:
    """Return the calendars of the calendar case, by name."""
    found = {}
    for each in _root(shared, "calendar").iter("calendar"):
        default = Decimal(_told(each, "default"))
        found[each.attrib["name"]] = SteppedValue(default, tuple(_buckets(each)))
    return found


class _Reader:
    """Put the parts of a model together: operations, what flows in and out, stocks and orders."""

    def __init__(self, root: etree._Element, found: Model) -> None:
        self._root = root
        self._model = found
        self._makes: dict[str, str] = {}
        self._made_of: dict[str, dict[str, Decimal]] = {}
        self._yields: dict[str, tuple[Decimal, Decimal]] = {}
        self._operations: dict[str, etree._Element] = {}
        self._after: dict[str, int] = {}

    def read(self) -> None:
        for operation in self._root.iter("operation", "producing"):
            name = operation.attrib["name"]
            if len(operation) or len(operation.attrib) > 1:
                self._operations[name] = operation
        for flow in self._root.iter("flow"):
            self._flow(flow)
        self._stocks()
        self._suppliers()
        for item, name in list(self._model.operations.items()):
            self._make(item, name)
        self._orders()
        self._open_orders()

    def _flow(self, flow: etree._Element) -> None:
        operation = flow.find("operation")
        name = str((_owner(flow) if operation is None else operation).attrib["name"])
        item = _item_of(flow)
        qty = Decimal(_told(flow, "quantity"))
        fixed = Decimal(_told(flow, "quantity_fixed", "0"))
        if qty > 0:
            self._makes[name] = item
            self._yields[name] = (qty, fixed)
        else:
            self._made_of.setdefault(name, {})[item] = -qty

    def _stocks(self) -> None:
        for buffer in self._root.iter("buffer"):
            if len(buffer) == 0:
                continue
            item = _item_of(buffer)
            self._model.buffers[item] = buffer.attrib["name"]
            producing = buffer.find("producing")
            if producing is not None:
                self._model.operations[item] = producing.attrib["name"]
                self._after[item] = minutes(producing.attrib.get("posttime", "P0D"))
            self._model.items[item] = Item(
                item,
                on_hand=Decimal(_told(buffer, "onhand", "0")),
                safety=self._safety(buffer),
                safety_min=self._after.get(item, 0),
                replenished=producing is not None,
            )
        for each in self._root.iter("item"):
            self._model.buffers.setdefault(each.attrib["name"], f"{each.attrib['name']} @ factory")

    def _safety(self, buffer: etree._Element) -> tuple[tuple[int, Decimal], ...]:
        calendar = buffer.find("minimum_calendar")
        if calendar is not None:
            value = SteppedValue(Decimal(0), tuple(_buckets(calendar)))
            begin, end = (EPOCH + at * MINUTE for at in (0, self._model.now + 366 * 1440))
            return tuple(
                ((change.at - EPOCH) // MINUTE, change.value)
                for change in value.forwards(begin, end)
            )
        least = _told(buffer, "minimum", "0")
        return ((self._model.now, Decimal(least)),) if least != "0" else ()

    def _suppliers(self) -> None:
        for supplier in self._root.iter("itemsupplier"):
            item = str(_owner(supplier).attrib["name"])
            stock, vendor = self._model.buffers[item], supplier.find("supplier")
            assert vendor is not None
            name = f"Purchase {stock} from {vendor.attrib['name']}"
            self._model.operations[item] = name
            self._operations[name] = supplier
            self._model.items[item] = replace(self._model.items[item], replenished=True)

    def _make(self, item: str, name: str) -> None:
        operation = self._operations.get(name)
        lead, lots = LeadTime(), Lots()
        if operation is not None:
            fixed = operation.attrib.get("duration") or _told(operation, "duration", "P0D")
            fixed = _told(operation, "leadtime", fixed)
            per_unit = _told(operation, "duration_per", "P0D")
            lead = LeadTime(minutes(fixed), Decimal(minutes(per_unit)))
            lots = Lots(_optional(operation, "size_minimum"), _optional(operation, "size_multiple"))
        parts = tuple(
            Component(part, qty) for part, qty in sorted(self._made_of.get(name, {}).items())
        )
        known = self._model.items.get(item, Item(item))
        self._model.items[item] = replace(
            known, lead_time=lead, lots=lots, components=parts, replenished=True
        )

    def _orders(self) -> None:
        for demand in self._root.iter("demand"):
            item = _item_of(demand)
            operation = demand.find("operation")
            if operation is not None:
                item = operation.attrib["name"]
                self._model.operations[item] = item
                self._make(item, item)
            self._model.items.setdefault(item, Item(item, replenished=False))
            self._model.orders.append(
                Order(
                    demand.attrib["name"],
                    item,
                    Decimal(_told(demand, "quantity")),
                    minute(_told(demand, "due")),
                    int(_told(demand, "priority")),
                )
            )

    def _open_orders(self) -> None:
        for plan in self._root.iter("operationplan"):
            operation = plan.find("operation")
            assert operation is not None
            name = operation.attrib["name"]
            told = [_told(plan, part) for part in ("start", "end", "quantity")]
            self._model.fixed.append((name, told[0], told[1], Decimal(told[2])))
            per_unit, fixed = self._yields[name]
            qty = per_unit * Decimal(told[2]) + fixed
            self._model.receipts.append(
                Receipt(plan.attrib["id"], self._makes[name], qty, minute(told[1]))
            )


def minutes(text: str) -> int:
    """Return a duration such as P4D or PT12H in minutes."""
    found = _DURATION.fullmatch(text)
    assert found is not None, text
    days, hours, mins, _ = (int(part or 0) for part in found.groups())
    return (days * 24 + hours) * 60 + mins


def _root(shared: Path, case: str) -> etree._Element:
    return etree.parse(folder(shared) / case / f"{case}.xml").getroot()


def _told(element: etree._Element, name: str, default: str | None = None) -> str:
    text = element.attrib.get(name) or element.findtext(name) or default
    assert text is not None, f"{element.tag!r} says no {name}"
    return text.strip()


def _owner(element: etree._Element) -> etree._Element:
    """Return what a list that the element is in belongs to."""
    listed = element.getparent()
    owner = None if listed is None else listed.getparent()
    assert owner is not None
    return owner


def _optional(element: etree._Element, name: str) -> Decimal | None:
    text = _told(element, name, "")
    return Decimal(text) if text else None


def _item_of(element: etree._Element) -> str:
    item = element.find("item")
    if item is not None:
        return item.attrib["name"]
    buffer = element.find("buffer")
    assert buffer is not None
    return buffer.attrib["name"].removesuffix(" @ factory")


def _buckets(calendar: etree._Element) -> Iterator[Bucket]:
    for each in calendar.iter("bucket"):
        start, end = each.attrib.get("start"), each.attrib.get("end")
        mask = int(_told(each, "days", "127"))
        # Their days count from Sunday as 1, 2, 4, …; ours are those of ISO 8601.
        days = frozenset(day % 7 or 7 for day in range(7) if mask >> day & 1)
        yield Bucket(
            Decimal(_told(each, "value")),
            None if start is None else datetime.fromisoformat(start),
            None if end is None else datetime.fromisoformat(end),
            int(_told(each, "priority", "0")),
            days,
            _time(each.attrib.get("starttime", "PT0H")),
            None if "endtime" not in each.attrib else _time(each.attrib["endtime"]),
        )


def _time(text: str) -> time:
    hours, mins = divmod(minutes(text), 60)
    return time(hours, mins)
