"""Know of a requirement what its decisions need: its project, what it asks for, if it ended."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from domain.kernel.messages import Recorded
from domain.requirements.events import (
    ORDINARY,
    RequirementCancelled,
    RequirementChanged,
    RequirementIdentified,
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement as it stands; quantities in its unit, the offset in working minutes."""

    identified: RequirementIdentified | None = None
    project_id: str | None = None
    qty: Decimal = Decimal(0)
    offset_min: int = 0
    priority: int = ORDINARY
    cancelled: bool = False

    @property
    def exists(self) -> bool:
        return self.identified is not None

    @property
    def open(self) -> bool:
        """Whether the phase still needs it."""
        return self.exists and not self.cancelled

    @property
    def item(self) -> str | None:
        """The item that is needed."""
        return None if self.identified is None else self.identified.item


def evolve(requirement: Requirement, recorded: Recorded[Any]) -> Requirement:
    """Return the requirement after an event; what no decision makes here is a corrupt log."""
    match recorded.event:
        case RequirementIdentified() as identified if not requirement.exists:
            return Requirement(
                identified,
                recorded.project_id,
                identified.qty,
                identified.offset_min,
                identified.priority,
            )
        case RequirementChanged() as changed if requirement.open:
            return replace(
                requirement,
                qty=requirement.qty if changed.qty is None else changed.qty,
                offset_min=(
                    requirement.offset_min if changed.offset_min is None else changed.offset_min
                ),
                priority=requirement.priority if changed.priority is None else changed.priority,
            )
        case RequirementCancelled() if requirement.open:
            return replace(requirement, cancelled=True)
        case event:
            # `decide` never lets this event through; a log that contains it is corrupt.
            msg = f"{type(event).__name__} cannot follow {requirement}"
            raise AssertionError(msg)
