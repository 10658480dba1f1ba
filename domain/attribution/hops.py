"""Compare a chain with the network before: what each phase on it adds to the move of the date."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from domain.attribution.chain import Chain, Hop, Subject, date_of
from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.kernel.calendar import Minute
from domain.kernel.messages import Recorded
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
    return [
        HopMove(hop, date, move, move - rest, tuple(_concerning(hop, after, events)))
        for hop, date, move, rest in zip(chain.hops, dates, moved, further, strict=True)
    ]


def _concerning(
    hop: Hop, network: ProjectNetwork, events: Sequence[Recorded[Any]]
) -> Iterator[Recorded[Any]]:
    for recorded in events:
        event = recorded.event
        if isinstance(event, _LINK_EVENTS):
            if hop.link is not None and event.link_id == hop.link.id:
                yield recorded
        elif isinstance(event, DataDateAdvanced):
            if hop.driver.kind == "data_date":
                yield recorded
        elif type(event) in COMMITMENT_EVENTS:
            supply = network.supplies.get(recorded.subject_id)
            if supply is not None and hop.phase_id in supply.for_phases:
                yield recorded
        elif (
            getattr(event, "phase_id", None) == hop.phase_id
            or recorded.stream == f"phase-{network.project_id}/{hop.phase_id}"
        ):
            yield recorded
