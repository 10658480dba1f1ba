"""Charge the move of a date to the events that moved it; what is charged adds up to the move.

For each event in the order of the log the charge is the date after it less the date before it, so
the sum telescopes: it equals the move exactly (DOMAIN 7.4, the contemporaneous order). The unit is
the minute of the clock. While there is no date (no schedule can be computed, the phase is not
planned) the last one stands, and the event that makes one computable again is charged with all that
changed meanwhile; a date that appears for the first time moves nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from domain.attribution.causes import Cause, cause_of
from domain.attribution.chain import Chain, Subject, chain_of, date_of
from domain.kernel.messages import MessageClass, Recorded
from domain.kernel.minutes import Minute
from domain.network.project_network import ProjectNetwork
from domain.network.walk import Walk


class Move(NamedTuple):
    """What one event did to a date."""

    recorded: Recorded[Any]
    cause: Cause
    before: Minute
    after: Minute

    @property
    def minutes(self) -> int:
        """By how many minutes of the clock the date moved; later is positive."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Attribution:
    """A date at two positions, and the events between them that moved it.

    `first` is None where there is no date in the whole window. The moves add up to `last - first`.
    """

    first: Minute | None
    last: Minute | None
    moves: tuple[Move, ...]
    lacking: bool
    """Whether there is no date at the end of the window: `last` is the one before."""

    @property
    def minutes(self) -> int:
        """The whole move."""
        return 0 if self.first is None or self.last is None else self.last - self.first


class Told(NamedTuple):
    """A date as it was from an event on."""

    recorded: Recorded[Any]
    date: Minute | None


def dates_of(walk: Walk, events: Iterable[Recorded[Any]], subject: Subject) -> Iterator[Told]:
    """Yield each date that events give to the subject: the slip chart. The walk goes with them."""
    date = date_of(walk.network, subject)
    for recorded in events:
        if walk.take(recorded):
            after = date_of(walk.network, subject)
            if after != date:
                date = after
                yield Told(recorded, date)


def attribute(walk: Walk, events: Iterable[Recorded[Any]], subject: Subject) -> Attribution:
    """Charge the move of a date to events in the order in which they are given.

    The walk stands right before the first of them and goes to the last. A correction is charged
    with what it changes of the past.
    """
    first = last = date_of(walk.network, subject)
    moves = []
    for recorded, date in dates_of(walk, events, subject):
        if date is None:
            continue
        if last is None:
            first = last = date
        elif date != last:
            network = walk.network
            cause = cause_of(recorded, network, _chain(recorded, network, subject))
            moves.append(Move(recorded, cause, last, date))
            last = date
    lacking = last is not None and date_of(walk.network, subject) is None
    return Attribution(first, last, tuple(moves), lacking)


def _chain(recorded: Recorded[Any], network: ProjectNetwork, subject: Subject) -> Chain:
    """Return the chain right after an event, which only passing time is charged by."""
    return chain_of(network, subject) if recorded.event.message_class == "clock" else Chain()


def half_step(walk: Walk, events: Sequence[Recorded[Any]], subject: Subject) -> Attribution:
    """Charge the move with progress and time applied first, then the outside, then revisions.

    Within a class the order is that of the log. Every event can be applied in this order: what is
    reported of a phase is kept whether it is planned or not, and a link waits for both its ends.
    Each kind of event changes its own part of a network, so the end is the same as in the log's
    order, and so is the sum.
    """
    first = walk.network.position + 1
    ordered = sorted(events, key=lambda recorded: STEPS[recorded.event.message_class])
    placed = (
        Recorded(each.event, each.envelope, each.stream, each.version, place)
        for place, each in enumerate(ordered, first)
    )
    found = attribute(walk, placed, subject)
    real = {(each.stream, each.version): each for each in events}
    moves = tuple(
        move._replace(recorded=real[move.recorded.stream, move.recorded.version])
        for move in found.moves
    )
    return Attribution(found.first, found.last, moves, found.lacking)


STEPS: Final[Mapping[MessageClass, int]] = {
    "progress": 0,
    "clock": 0,
    "external": 1,
    "correction": 1,
    "communication": 2,
    "revision": 2,
}
"""The half-step's order of classes (DOMAIN 7.4)."""
