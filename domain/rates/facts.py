"""Add up what an hour of a skill costs on each day: by the day a rate holds from, the last said."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.kernel.messages import Recorded
from domain.kernel.values import Money
from domain.rates.events import RateChanged


@dataclass(frozen=True, slots=True)
class Rates:
    """One skill's rates for an hour, by the day each holds from."""

    by_day: tuple[tuple[date, Money], ...] = ()

    def after(self, event: RateChanged) -> "Rates":
        """Return the rates with one more word."""
        return Rates(tuple(sorted({**dict(self.by_day), event.valid_from: event.rate}.items())))

    def on(self, day: date) -> Money | None:
        """Return what an hour costs on a day; None before the first rate."""
        place = bisect_right(self.by_day, day, key=lambda each: each[0])
        return self.by_day[place - 1][1] if place else None


def rates_of(history: Iterable[Recorded[Any]]) -> Rates:
    """Return a skill's rates by the history of its stream."""
    rates = Rates()
    for recorded in history:
        rates = rates.after(recorded.event)
    return rates
