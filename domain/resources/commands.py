"""What may be asked of a resource."""

from typing import Literal

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import Instant, Milli, Name


class ResourceCommand(Command):
    """A request on one resource of a project."""

    project_id: Id
    resource_id: Id

    def stream(self) -> str:
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


COMMANDS: tuple[type[Command], ...] = (RegisterResource, SetCapacity)
