"""What may be asked of one requirement."""

from typing import Annotated, ClassVar

from pydantic import Field

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import Name, Quantity, UnitCode, WorkingMinutes
from domain.requirements.events import ORDINARY, Rank

Needed = Annotated[Quantity, Field(gt=0)]


class RequirementCommand(Command):
    """A request on one requirement; the project whose phase needs it is named with each."""

    project_id: Id
    requirement_id: Id

    def stream(self) -> str:
        return stream_of("requirement", self.requirement_id)


class IdentifyRequirement(RequirementCommand):
    """Say what a phase needs, and how many working minutes before its start."""

    command_name = "requirement.identify.v1"

    phase: Id
    item: Id
    qty: Needed
    uom: UnitCode
    qty_per: Needed | None = None
    offset_min: WorkingMinutes = 0
    bom_line: Name | None = None
    priority: Rank = ORDINARY


class ChangeRequirement(RequirementCommand):
    """Need another quantity, at another time before the start, or with another priority."""

    command_name = "requirement.change.v1"
    needs_reason: ClassVar[bool] = True

    qty: Needed | None = None
    offset_min: WorkingMinutes | None = None
    priority: Rank | None = None


class CancelRequirement(RequirementCommand):
    """Need it no more; what is reserved for it is given back before."""

    command_name = "requirement.cancel.v1"
    needs_reason: ClassVar[bool] = True


COMMANDS: tuple[type[Command], ...] = (IdentifyRequirement, ChangeRequirement, CancelRequirement)
