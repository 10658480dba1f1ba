"""What may be asked of an item; counts, issues and lead times come in as facts."""

from typing import Annotated, ClassVar

from pydantic import Field

from domain.items.events import FENCE_DAYS_MAX, SafetyStep
from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import CalendarDate, Name, Quantity, SignedQuantity, WorkingMinutes

Some = Annotated[Quantity, Field(gt=0)]


class ItemCommand(Command):
    """A request on one item of a project."""

    project_id: Id
    item_id: Id

    def stream(self) -> str:
        return stream_of("item", self.project_id, self.item_id)


class Reserve(ItemCommand):
    """Keep so much more of the stock for a requirement, out of what nobody has reserved."""

    command_name = "item.reserve.v1"

    requirement: Id
    qty: Some


class Unreserve(ItemCommand):
    """Give so much of what is reserved for a requirement free again."""

    command_name = "item.unreserve.v1"

    requirement: Id
    qty: Some


class ApproveSubstitute(ItemCommand):
    """Let another item stand in for this one, for one requirement or for all."""

    command_name = "item.approve_substitute.v1"

    item: Id
    ratio: Some = Field(description="So many of the substitute for one of this item.")
    for_requirement: Id | None = None
    until: CalendarDate | None = None


class AdjustStock(ItemCommand):
    """Say by how much the stock at a location differs from what the movements say."""

    command_name = "item.adjust_stock.v1"
    needs_reason: ClassVar[bool] = True

    delta: SignedQuantity
    location: Name | None = None


class SetPlanningRules(ItemCommand):
    """Plan the item by this safety stock and time, these lots and this fence."""

    command_name = "item.set_planning_rules.v1"

    safety_stock: Quantity
    safety_steps: tuple[SafetyStep, ...] = ()
    safety_time_min: WorkingMinutes = 0
    lot_minimum: Some | None = None
    lot_multiple: Some | None = None
    lot_maximum: Some | None = None
    fence_days: Annotated[int, Field(ge=0, le=FENCE_DAYS_MAX)] = 0


COMMANDS: tuple[type[Command], ...] = (
    Reserve,
    Unreserve,
    ApproveSubstitute,
    AdjustStock,
    SetPlanningRules,
)
