"""Say what the messages of a material plan ask for, as people say it."""

from collections.abc import Mapping
from decimal import Decimal
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


def lateness(push_days: str | None) -> str:
    """Return how long after the need all of it can be had: never, where None."""
    if push_days is None:
        return "never"
    return f"{push_days} days late" if Decimal(push_days) else "in time if ordered now"
