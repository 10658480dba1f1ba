"""Compare a chain with the network before: what each phase on it adds to the move of the date."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from domain.attribution.chain import Chain, Hop, Subject, date_of
from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute
from domain.network.project_network import ProjectNetwork
from domain.plans.events import DependencyAdded, DependencyChanged, DependencyRemoved
from domain.projects.events import DataDateAdvanced

_LINK_EVENTS = (DependencyAdded, DependencyChanged, DependencyRemoved)


class HopMove(NamedTuple):
    """One phase of the chain, by how much its date moved, and how much of that is its own.

    `before` is None for a phase that had no date. `own` is its move less that of the next hop; the
    root's own move is all of it, so the own moves of a chain add up to the move of its first date.
    """

    hop: Hop
    before: Minute | None
    moved: int
    own: int
    events: tuple[Recorded[Any], ...]
    """The events of the window that are about the phase, its link, or what holds it."""


def hop_moves(
    chain: Chain, before: ProjectNetwork, after: ProjectNetwork, events: Sequence[Recorded[Any]]
) -> Sequence[HopMove]:
    """Return the chain as of `after` with the values of `before`, and the events between them."""
    dates = [date_of(before, Subject(hop.phase_id, hop.edge)) for hop in chain.hops]
    moved: list[int] = []
    for hop, date in zip(chain.hops, dates, strict=True):
        # What was not there before takes the move of what waits for it: it adds nothing itself.
        moved.append((moved[-1] if moved else 0) if date is None else hop.date - date)
    further = [*moved[1:], 0] if moved else []
    about = _About(after, events)
    return [
        HopMove(hop, date, move, move - rest, about.hop(hop))
        for hop, date, move, rest in zip(chain.hops, dates, moved, further, strict=True)
    ]


class _About:
    """The events of a window by what they are about: looked through once for all hops."""

    def __init__(self, network: ProjectNetwork, events: Sequence[Recorded[Any]]) -> None:
        self._events = events
        self._of_link: defaultdict[str, list[int]] = defaultdict(list)
        self._of_phase: defaultdict[str, list[int]] = defaultdict(list)
        self._of_data_date: list[int] = []
        stream = f"phase-{network.project_id}/"
        for place, recorded in enumerate(events):
            event = recorded.event
            if isinstance(event, _LINK_EVENTS):
                self._of_link[event.link_id].append(place)
            elif isinstance(event, DataDateAdvanced):
                self._of_data_date.append(place)
            elif type(event) in COMMITMENT_EVENTS:
                supply = network.supplies.get(recorded.subject_id)
                for phase_id in () if supply is None else dict.fromkeys(supply.for_phases):
                    self._of_phase[phase_id].append(place)
            elif recorded.stream.startswith(stream):
                self._of_phase[recorded.subject_id].append(place)
            elif hasattr(event, "phase_id"):
                self._of_phase[event.phase_id].append(place)

    def hop(self, hop: Hop) -> tuple[Recorded[Any], ...]:
        """Return those about a hop's phase, its link, or the data date that holds it, in order."""
        places = list(self._of_phase.get(hop.phase_id, ()))
        if hop.link is not None:
            places += self._of_link.get(hop.link.id, ())
        if hop.driver.kind == "data_date":
            places += self._of_data_date
        return tuple(self._events[place] for place in sorted(places))
