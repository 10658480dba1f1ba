"""Add up what was spent on a phase: a set of bookings, none of which raises, in any order."""

from bisect import insort
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from domain.estimates.events import (
    ActualCostBooked,
    ActualHoursBooked,
    BudgetBaselined,
    Element,
    EstimateApproved,
    EstimateSubmitted,
    EstimateToCompleteGiven,
)
from domain.kernel.messages import Recorded

FACTS: Final = (ActualHoursBooked, ActualCostBooked, EstimateToCompleteGiven)


@dataclass(frozen=True, slots=True)
class PhaseCost:
    """What is recorded of one phase's cost: what was asked in order, what was spent as a set."""

    elements: tuple[tuple[Element, EstimateSubmitted], ...] = ()
    """The last estimate of each element, in the order in which they were first estimated."""
    approved: EstimateApproved | None = None
    baselined: BudgetBaselined | None = None
    booked: tuple[Recorded[Any], ...] = ()
    """Bookings by (effective time, version)."""

    def after(self, recorded: Recorded[Any]) -> "PhaseCost":
        """Return the cost with one more event; never raises, in whatever order they come."""
        match recorded.event:
            case EstimateSubmitted(element=element) as estimate:
                return replace(
                    self, elements=tuple({**dict(self.elements), element: estimate}.items())
                )
            case EstimateApproved() as approved:
                return replace(self, approved=approved)
            case BudgetBaselined() as baselined:
                return replace(self, baselined=baselined)
            case _:
                placed = list(self.booked)
                insort(placed, recorded, key=_place)
                return replace(self, booked=tuple(placed))

    def to_complete(self, at: datetime) -> EstimateToCompleteGiven | None:
        """Return the last word, by a moment, on what the rest will cost."""
        for known in reversed(self.booked):
            if known.effective_at <= at and isinstance(known.event, EstimateToCompleteGiven):
                return known.event
        return None


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version
