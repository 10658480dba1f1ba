"""Know of a department what its decisions need: its name, and who leads it when."""

from dataclasses import dataclass, field, replace
from typing import Any

from domain.departments.events import (
    DepartmentRegistered,
    SupervisorAppointed,
    SupervisorDelegateAppointed,
)
from domain.departments.terms import Leadership
from domain.kernel.messages import Recorded


@dataclass(frozen=True, slots=True)
class Department:
    """One department as far as decisions care."""

    name: str | None = None
    leadership: Leadership = field(default_factory=Leadership)

    @property
    def exists(self) -> bool:
        return self.name is not None


def evolve(department: Department, recorded: Recorded[Any]) -> Department:
    """Return the department after an event; a request nobody decided raises."""
    match recorded.event:
        case DepartmentRegistered(name=name) if not department.exists:
            return replace(department, name=name)
        case SupervisorAppointed() as appointed if department.exists and _has_room(
            appointed, department.leadership
        ):
            return replace(department, leadership=department.leadership.after(appointed))
        case SupervisorDelegateAppointed() as appointed if department.exists:
            return replace(department, leadership=department.leadership.after(appointed))
        case event:
            # `decide` never lets this request through; a log that contains it is corrupt.
            msg = f"{type(event).__name__} cannot follow {department}"
            raise AssertionError(msg)


def _has_room(appointed: SupervisorAppointed, leadership: Leadership) -> bool:
    """Return whether the term is the last one, or says whom it succeeds."""
    terms = leadership.terms
    return not terms or terms[-1].first_day < appointed.first_day or appointed.succeeds is not None
