"""What may be asked of a resource."""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import COORDINATOR, DEPARTMENT_HEAD, Command
from domain.kernel.values import CalendarDate, Instant, Milli, Name
from domain.resources.events import AllocatedMilli, OvertimeMinutes


class ResourceCommand(Command):
    """A request on one resource of a project; without a project, on one that projects share."""

    project_id: Id | None = None
    resource_id: Id

    def stream(self) -> str:
        if self.project_id is None:
            return stream_of("resource", self.resource_id)
        return stream_of("resource", self.project_id, self.resource_id)


class RegisterResource(ResourceCommand):
    """Make a resource known."""

    command_name = "resource.register.v1"

    name: Name
    resource_class: Literal["labour", "equipment", "material", "other"] = "other"
    department_id: Name


class SetCapacity(ResourceCommand):
    """Say how much of the resource there is."""

    command_name = "resource.set_capacity.v1"

    milli_units: Milli
    calendar_id: Id | None = None
    valid_from: Instant | None = None


class AuthoriseOvertime(ResourceCommand):
    """Let the resource work so much longer on a date; 0 takes it back."""

    command_name = "resource.authorise_overtime.v1"

    date: CalendarDate
    minutes: OvertimeMinutes


class AllocationCommand(ResourceCommand):
    """A request on one allocation of the resource: a project holds its own ones alone."""

    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, DEPARTMENT_HEAD})

    allocation_id: Id

    @model_validator(mode="after")
    def _is_of_a_project(self) -> Self:
        if self.project_id is None:
            msg = "name the project: what projects share is not held for one of them"
            raise ValueError(msg)
        return self


class HeldFor(AllocationCommand):
    """A request that says how much is held, and when.

    It stays inside what there is, unless `overbooking_accepted_by` names who leads the resource's
    department, or acts for it, and accepts more.
    """

    since: Instant
    until: Instant
    milli_units: AllocatedMilli
    overbooking_accepted_by: Name | None = None

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.until <= self.since:
            msg = "until does not lie after since: an allocation lasts for a time"
            raise ValueError(msg)
        return self


class MakeAllocation(HeldFor):
    """Hold so much of the resource for a phase from an instant to another."""

    command_name = "resource.make_allocation.v1"

    phase_id: Id


class ChangeAllocation(HeldFor):
    """Hold another share, or at another time."""

    command_name = "resource.change_allocation.v1"
    needs_reason: ClassVar[bool] = True


class ReleaseAllocation(AllocationCommand):
    """Hold the resource no longer."""

    command_name = "resource.release_allocation.v1"


COMMANDS: tuple[type[Command], ...] = (
    RegisterResource,
    SetCapacity,
    AuthoriseOvertime,
    MakeAllocation,
    ChangeAllocation,
    ReleaseAllocation,
)
