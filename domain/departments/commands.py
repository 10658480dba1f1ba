"""What may be asked of a department; projects share it, so no request names one."""

from typing import Self

from pydantic import model_validator

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import Command
from domain.kernel.values import CalendarDate, Name


class DepartmentCommand(Command):
    """A request on one department of the plant."""

    department_id: Id

    def stream(self) -> str:
        return stream_of("department", self.department_id)


class RegisterDepartment(DepartmentCommand):
    """Make a department known."""

    command_name = "department.register.v1"

    name: Name


class AppointSupervisor(DepartmentCommand):
    """Let a party lead the department from a day on; it ends who led before.

    Where another is appointed from that day or a later one already, `succeeds` must name him.
    """

    command_name = "department.appoint_supervisor.v1"

    party: Name
    first_day: CalendarDate
    succeeds: Name | None = None


class AppointSupervisorDelegate(DepartmentCommand):
    """Let a party act for the supervisor from a first to a last day, both included.

    Asked again with the same party and first day, it moves the last day.
    """

    command_name = "department.appoint_supervisor_delegate.v1"

    party: Name
    first_day: CalendarDate
    last_day: CalendarDate

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.last_day < self.first_day:
            msg = "last_day lies before first_day: a delegation ends after it began"
            raise ValueError(msg)
        return self


COMMANDS: tuple[type[Command], ...] = (
    RegisterDepartment,
    AppointSupervisor,
    AppointSupervisorDelegate,
)
