"""Know of a phase's estimate what its decisions need: what is estimated, approved and budgeted."""

from dataclasses import dataclass
from typing import Any, Final

from domain.estimates.events import BudgetBaselined, EstimateApproved, EstimateSubmitted
from domain.estimates.facts import FACTS, PhaseCost
from domain.kernel.messages import Recorded

NOTHING_RECORDED: Final = PhaseCost()


@dataclass(frozen=True, slots=True)
class Estimate:
    """One phase's estimate as far as decisions care."""

    cost: PhaseCost = NOTHING_RECORDED


def evolve(estimate: Estimate, recorded: Recorded[Any]) -> Estimate:
    """Return the estimate after an event; no fact raises, a request nobody decided does."""
    match recorded.event:
        case EstimateSubmitted():
            possible = True
        case EstimateApproved():
            possible = bool(estimate.cost.elements)
        case BudgetBaselined():
            possible = estimate.cost.approved is not None
        case event:
            possible = isinstance(event, FACTS)
    if not possible:
        # `decide` never lets this request through; a log that contains it is corrupt.
        msg = f"{type(recorded.event).__name__} cannot follow {estimate}"
        raise AssertionError(msg)
    return Estimate(estimate.cost.after(recorded))
