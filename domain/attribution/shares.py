"""Share a move out among few causes so that the order of events does not matter.

The share of a cause is its Shapley value: the mean of what it adds to the move over all orders in
which the causes could have come (L. S. Shapley, A value for n-person games, 1953). The shares are
exact fractions of a minute and add up to the move.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import Any, Final, TypeAlias, TypeVar

from domain.attribution.chain import Subject, date_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute
from domain.network.walk import Walk

CAUSES_MAX: Final = 8
EVENTS_MAX: Final = 2_000
"""Each event is folded once for each subset of the causes: 256 times for eight of them."""

Fresh: TypeAlias = Callable[[], Walk]
"""Gives a walk that stands right before the window, a new one each time."""

Name = TypeVar("Name", bound=Hashable)


class WindowTooLarge(ValueError):
    """There are too many causes or events to try every order; a shorter window has fewer."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a cause is charged with, and what it would have done or spared by itself.

    `alone` is the move if nothing else had happened; `spared` is by how much less the date would
    have moved without it. A cause that delays alone and spares nothing is concurrent with another.
    """

    minutes: Fraction
    alone: int
    spared: int

    @property
    def is_concurrent(self) -> bool:
        """Whether it would have delayed by itself, but something else did so as well."""
        return self.alone > 0 and self.spared < self.alone


def shares(
    fresh: Fresh,
    events: Sequence[Recorded[Any]],
    causes: Mapping[Name, frozenset[int]],
    subject: Subject,
) -> Mapping[Name, Share]:
    """Return the share of each cause; the shares add up to the move.

    `causes` holds the positions of the events of each; every event of the window belongs to one.
    Where some events without others leave no date, the date before the window stands. Raises
    WindowTooLarge.
    """
    names = list(causes)
    if len(names) > CAUSES_MAX or len(events) > EVENTS_MAX:
        msg = (
            f"{len(names)} causes and {len(events)} events: every order can be tried for at most "
            f"{CAUSES_MAX} causes and {EVENTS_MAX} events; ask for a shorter window"
        )
        raise WindowTooLarge(msg)
    moves = _moves(fresh, events, [causes[name] for name in names], subject)
    whole = len(moves) - 1
    weights = _weights(len(names))
    found = {}
    for number, name in enumerate(names):
        bit = 1 << number
        share = sum(
            (weights[subset.bit_count()] * (moves[subset | bit] - moves[subset])
             for subset in range(len(moves)) if not subset & bit),
            Fraction(),
        )  # fmt: skip
        found[name] = Share(share, moves[bit], moves[whole] - moves[whole & ~bit])
    return found


def _moves(
    fresh: Fresh,
    events: Sequence[Recorded[Any]],
    causes: Sequence[frozenset[int]],
    subject: Subject,
) -> Sequence[int]:
    """Return by how much the date moves with each subset of the causes, by the subset's bits."""
    before = date_of(fresh().network, subject)
    dates: list[Minute | None] = []
    for subset in range(1 << len(causes)):
        walk = fresh()
        chosen = [each for number, each in enumerate(causes) if subset >> number & 1]
        for recorded in events:
            if any(recorded.position in positions for positions in chosen):
                walk.take(recorded)
        dates.append(date_of(walk.network, subject))
    # A date that appears in the window moved nothing: it is measured from its first value.
    first = next((date for date in (before, *dates) if date is not None), 0)
    return [0 if date is None else date - first for date in dates]


def _weights(count: int) -> Sequence[Fraction]:
    """Return, by the size of a subset without the cause, the share of orders that begin with it."""
    return [
        Fraction(factorial(size) * factorial(count - size - 1), factorial(count))
        for size in range(count)
    ]
