"""Follow a project's network from event to event, corrections of earlier events included."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from domain.kernel.corrections import EventCorrected, EventVoided, corrected, is_correction
from domain.kernel.messages import Recorded
from domain.network.fold import fold
from domain.network.project_network import ProjectNetwork
from domain.references.shared import unwrapped

Past: TypeAlias = Callable[[], Iterable[Recorded[Any]]]
"""Gives the events that a network was folded from; asked only where one of them is corrected."""


def nothing_before() -> Iterable[Recorded[Any]]:
    """Be the past of a network that nothing has happened to."""
    return ()


class Walk:
    """A network, and the way to have it folded anew where the past is believed otherwise.

    Events may come in another order than the log's: a correction that comes before its target is
    applied when that comes.
    """

    def __init__(self, network: ProjectNetwork, past: Past = nothing_before) -> None:
        self.network = network
        self._past = past
        self._taken: list[Recorded[Any]] = []
        self._targets: set[str] = set()

    def take(self, recorded: Recorded[Any]) -> bool:
        """Take one event in; False if it says nothing, or nothing new, of a network."""
        self._taken.append(recorded)
        event = recorded.event
        if isinstance(event, EventCorrected | EventVoided):
            self._targets.add(event.target)
        elif recorded.event_id not in self._targets:
            return fold(self.network, unwrapped(recorded))
        self.network = network_of(self.network.project_id, [*self._past(), *self._taken])
        return True


def network_of(project_id: str, history: Iterable[Recorded[Any]]) -> ProjectNetwork:
    """Return the network that a history comes to, as it is believed at its end."""
    network = ProjectNetwork(project_id)
    for recorded in corrected(history):
        if not is_correction(recorded):
            fold(network, unwrapped(recorded))
    return network
