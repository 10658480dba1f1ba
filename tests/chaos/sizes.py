"""Say how much chaos there is: small on every run, large before a release."""

import os
from typing import Final

KILLS: Final = int(os.environ.get("TAKT_CHAOS_KILLS", "100"))
"""Processes killed in all the tests of this tier together, about."""


def kills(of_a_hundred: int) -> int:
    """Return how many kills a test makes that makes so many of a hundred; one at least."""
    return max(1, KILLS * of_a_hundred // 100)
