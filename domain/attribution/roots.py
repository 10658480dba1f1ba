"""Say in which event the chains behind dates end, each stretch of a chain walked once."""

from typing import Final

from domain.attribution.chain import Edge, Hop, Subject, hops_of
from domain.network.project_network import ProjectNetwork

_HOW_LONG: Final = ("duration", "remaining", "actual_start", "actual_finish")
"""What somebody says of a phase that decides when it ends."""


class Roots:
    """The roots of many dates of one network; chains that join share what was walked."""

    def __init__(self, network: ProjectNetwork) -> None:
        self._network = network
        self._known: dict[tuple[str | None, Edge], int | None] = {}

    def of(self, subject: Subject) -> int | None:
        """Return the position of the event that a date's chain ends in; None without a schedule.

        That is the promise of what the last phase of the chain waits for, or the constraint that
        holds it; else the last word on how long it takes: its plan, or a report.
        """
        asked = subject.phase_id, subject.edge
        if asked in self._known:
            return self._known[asked]
        walked: list[tuple[str | None, Edge]] = [asked]
        root: int | None = None
        for hop in hops_of(self._network, subject):
            place = hop.phase_id, hop.edge
            if place in self._known:
                root = self._known[place]
                break
            walked.append(place)
            if hop.link is None:
                root = self._event_of(hop)
        self._known.update(dict.fromkeys(walked, root))
        return root

    def _event_of(self, hop: Hop) -> int | None:
        if hop.driver.kind == "commitment":
            supply = self._network.supplies.get(hop.driver.ref)
            return None if supply is None else supply.promise_position
        if hop.driver.kind == "constraint" and hop.typed is not None:
            return hop.typed.position
        typed = self._network.lines[hop.phase_id].typed
        said = (typed.get(name) for name in _HOW_LONG)
        return max((each.position for each in said if each is not None), default=None)
