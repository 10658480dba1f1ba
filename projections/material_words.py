"""Say what the material plan's documents say for programs: what is to be done, and how much."""

from collections.abc import Mapping
from typing import Final

ACTIONS: Final[Mapping[str, str]] = {
    "create": "order",
    "release_due": "order now",
    "release_past_due": "order now, late",
    "time_fence_conflict": "inside the fence",
    "expedite": "expedite",
    "de_expedite": "put off",
    "cancel": "cancel",
    "past_due": "past due",
    "quantity_below": "below the least lot",
    "quantity_above": "above the greatest lot",
}
"""What each kind of action message asks for."""


def quantity(qty: str, uom: str | None) -> str:
    """Return a quantity with its unit, where the unit is known."""
    return qty if uom is None else f"{qty} {uom}"
