"""What can become true of a department (stream `department-<id>`); it belongs to no project."""

from typing import ClassVar, Self

from pydantic import model_validator

from domain.kernel.messages import DomainEvent, MessageClass
from domain.kernel.values import CalendarDate, Name


class DepartmentEvent(DomainEvent):
    """A change in who a department is and who answers for it."""

    message_class: ClassVar[MessageClass] = "revision"


class DepartmentRegistered(DepartmentEvent):
    """The plant has this department."""

    type_name = "department.registered.v1"

    name: Name


class SupervisorAppointed(DepartmentEvent):
    """From this day on the party leads the department, until another one does.

    `succeeds` names whose appointment from that day or a later one is set aside.
    """

    type_name = "department.supervisor_appointed.v1"

    party: Name
    first_day: CalendarDate
    succeeds: Name | None = None


class SupervisorDelegateAppointed(DepartmentEvent):
    """On these days, both of them included, the party may act for whoever leads the department."""

    type_name = "department.supervisor_delegate_appointed.v1"

    party: Name
    first_day: CalendarDate
    last_day: CalendarDate

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.last_day < self.first_day:
            msg = "last_day lies before first_day: a delegation ends after it began"
            raise ValueError(msg)
        return self


EVENTS: tuple[type[DomainEvent], ...] = (
    DepartmentRegistered,
    SupervisorAppointed,
    SupervisorDelegateAppointed,
)
