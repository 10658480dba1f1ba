"""Hold what was observed as a distribution that can be drawn from, few observations made more sure.

A distribution here is the observations themselves: each value has the share of its weight, and a
draw returns one of them. It is asked by normal score, so that draws can hang together: correlated
scores give correlated values whatever the distributions are (a Gaussian copula).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from statistics import NormalDist
from typing import Final, NamedTuple

SURE_AT: Final = 5
"""Own observations weigh as much as all others once there are so many (DOMAIN 7.7, n₀)."""

score_of: Final = NormalDist().inv_cdf
"""The normal score of a probability: Wichura, Algorithm AS 241 (Applied Statistics 37, 1988)."""


class Observation(NamedTuple):
    """A value that was observed, and how much it counts."""

    value: float
    weight: float = 1.0


class Distribution:
    """A weighted empirical distribution; `values` rise, `scores` are where one gives way to next.

    The value at score z is the least one whose cumulated share is at least Φ(z).
    """

    __slots__ = ("scores", "values")

    def __init__(self, observations: Iterable[Observation]) -> None:
        shares: dict[float, float] = {}
        for value, weight in sorted(observations):
            shares[value] = shares.get(value, 0.0) + weight
        if not shares:
            msg = "a distribution of nothing has no values"
            raise ValueError(msg)
        self.values: Sequence[float] = tuple(shares)
        *below, total = accumulate(shares.values())
        # A share that rounding lifts to the whole has no score, and no value beyond it.
        self.scores: Sequence[float] = tuple(
            score_of(up_to / total) for up_to in below if up_to < total
        )

    def at(self, score: float) -> float:
        """Return the value at a normal score."""
        return self.values[bisect_left(self.scores, score)]

    @property
    def median(self) -> float:
        """The value that half of the weight does not exceed."""
        return self.at(0.0)


def shrunk(
    own: Sequence[Observation], every: Sequence[Observation], sure_at: float = SURE_AT
) -> Distribution:
    """Return (n·F_own + n₀·F_every) / (n + n₀), n the weight of the own observations (DOMAIN M6).

    Raises ValueError where nothing at all was observed.
    """
    total = sum(each.weight for each in every)
    scale = sure_at / total if total else 0.0
    return Distribution([*own, *(Observation(each.value, each.weight * scale) for each in every)])
