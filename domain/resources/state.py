"""Know of a resource what its decisions need: that it exists, and what was said of its capacity."""

from dataclasses import dataclass, replace
from typing import Any

from domain.kernel.messages import Recorded
from domain.resources.events import CapacitySet, OutageEnded, OutageReported, ResourceRegistered
from domain.resources.facts import Facts, with_fact


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as far as decisions care."""

    registered: ResourceRegistered | None = None
    capacity: CapacitySet | None = None
    facts: Facts = ()

    @property
    def exists(self) -> bool:
        return self.registered is not None


def evolve(resource: Resource, recorded: Recorded[Any]) -> Resource:
    """Return the resource after an event; no fact raises, a request nobody decided does."""
    match recorded.event:
        case OutageReported() | OutageEnded():
            return replace(resource, facts=with_fact(resource.facts, recorded))
        case ResourceRegistered() as registered if not resource.exists:
            return replace(resource, registered=registered)
        case CapacitySet() as capacity if resource.exists:
            return replace(resource, capacity=capacity)
        case event:
            # `decide` never lets this request through; a log that contains it is corrupt.
            msg = f"{type(event).__name__} cannot follow {resource}"
            raise AssertionError(msg)
