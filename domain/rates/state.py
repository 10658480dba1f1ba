"""Know of a skill what decisions on its rate need: the rates there are."""

from typing import Any

from domain.kernel.messages import Recorded
from domain.rates.events import RateChanged
from domain.rates.facts import Rates


def evolve(rates: Rates, recorded: Recorded[Any]) -> Rates:
    """Return the rates after one more event."""
    event = recorded.event
    if not isinstance(event, RateChanged):
        raise AssertionError(event)  # noqa: TRY004  The log is corrupt; nobody's input is.
    return rates.after(event)
