"""What can become true of an item (stream `item-<project>/<id>`).

An item needs no registration: whatever is first said of it makes it known.
"""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.ids import Id
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import (
    CalendarDate,
    Instant,
    Name,
    Quantity,
    SignedQuantity,
    UnitCode,
    WorkingMinutes,
)

LEAD_TIME_MAX: Final = 10 * 366 * 1440
FENCE_DAYS_MAX: Final = 3_660
Moved = Annotated[Quantity, Field(gt=0)]


class ItemEvent(DomainEvent):
    """Something said of an item."""

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class StockCounted(ItemEvent):
    """So much of the item lay at a location when it was counted."""

    type_name = "item.stock_counted.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    location: Name
    qty: Quantity
    at: Instant


class BomLine(BaseModel):
    """What one unit of the item is made of; the offset is after the order's release."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    item: Id
    qty_per: Moved
    uom: UnitCode
    offset_min: WorkingMinutes = 0


class BomRevised(ItemEvent):
    """The item is made of these lines now; without any it is bought."""

    type_name = "item.bom_revised.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    revision: Name
    lines: tuple[BomLine, ...] = ()


class LeadTimeRevised(ItemEvent):
    """From order to receipt it takes so long: working minutes, or days of the week."""

    type_name = "item.lead_time_revised.v1"
    message_class: ClassVar[MessageClass] = "external"
    mark: ClassVar[Mark] = "fact"

    value: Annotated[int, Field(ge=0, le=LEAD_TIME_MAX)]
    unit: Literal["working_min", "days"]
    vendor: Name | None = None


class IssuedToPhase(ItemEvent):
    """So much left the stock for a phase, on account of one of its requirements."""

    type_name = "item.issued_to_phase.v1"
    message_class: ClassVar[MessageClass] = "progress"
    mark: ClassVar[Mark] = "fact"

    requirement: Id
    qty: Moved
    location: Name | None = None


class ReturnedFromPhase(ItemEvent):
    """So much of what was issued came back into the stock."""

    type_name = "item.returned_from_phase.v1"
    message_class: ClassVar[MessageClass] = "progress"
    mark: ClassVar[Mark] = "fact"

    requirement: Id
    qty: Moved
    location: Name | None = None


class StockAdjusted(ItemEvent):
    """The stock differs by so much from what the movements say: scrapped, found, lost."""

    type_name = "item.stock_adjusted.v1"
    message_class: ClassVar[MessageClass] = "correction"
    mark: ClassVar[Mark] = "both"

    delta: SignedQuantity
    location: Name | None = None


class Reserved(ItemEvent):
    """So much of the stock is kept for a requirement; nothing else is pegged to it."""

    type_name = "item.reserved.v1"
    message_class: ClassVar[MessageClass] = "revision"

    requirement: Id
    qty: Quantity


class Unreserved(ItemEvent):
    """So much of what was kept for a requirement is free again."""

    type_name = "item.unreserved.v1"
    message_class: ClassVar[MessageClass] = "revision"

    requirement: Id
    qty: Quantity


class SubstituteApproved(ItemEvent):
    """Another item may stand in for this one, so many of it for one, perhaps until a day."""

    type_name = "item.substitute_approved.v1"
    message_class: ClassVar[MessageClass] = "revision"

    item: Id
    ratio: Quantity
    by: Name
    for_requirement: Id | None = None
    until: CalendarDate | None = None


class SafetyStep(BaseModel):
    """From the beginning of a day on this safety stock is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    since: CalendarDate
    qty: Quantity


class PlanningRulesSet(ItemEvent):
    """The item is planned by these rules: its safety stock and time, its lots, its fence."""

    type_name = "item.planning_rules_set.v1"
    message_class: ClassVar[MessageClass] = "revision"

    safety_stock: Quantity
    safety_steps: tuple[SafetyStep, ...] = ()
    safety_time_min: WorkingMinutes = 0
    lot_minimum: Quantity | None = None
    lot_multiple: Quantity | None = None
    lot_maximum: Quantity | None = None
    fence_days: Annotated[int, Field(ge=0, le=FENCE_DAYS_MAX)] = 0


EVENTS: tuple[type[DomainEvent], ...] = (
    StockCounted,
    BomRevised,
    LeadTimeRevised,
    IssuedToPhase,
    ReturnedFromPhase,
    StockAdjusted,
    Reserved,
    Unreserved,
    SubstituteApproved,
    PlanningRulesSet,
)
