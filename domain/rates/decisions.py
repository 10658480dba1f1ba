"""Decide on a skill's rate: any may be said for any day; saying it again changes nothing."""

from typing import Final

from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.messages import Asked
from domain.rates.commands import COMMANDS, ChangeRate
from domain.rates.events import EVENTS, RateChanged
from domain.rates.facts import Rates
from domain.rates.state import evolve


def decide(command: ChangeRate, rates: Rates, asked: Asked, others: None) -> Events:
    """Return the events of a request on a rate, `()` for a repeat."""
    del asked, others
    require_reason(command)
    if dict(rates.by_day).get(command.valid_from) == command.rate:
        return ()
    return (RateChanged(valid_from=command.valid_from, rate=command.rate),)


DECIDER: Final[Decider[Rates, None]] = Decider(
    category="rate",
    commands=COMMANDS,
    events=EVENTS,
    initial=Rates,
    evolve=evolve,
    decide=decide,
)
