"""Know of a resource what its decisions need: its capacity, its outages, what it is held for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from domain.kernel.messages import Recorded
from domain.resources.events import (
    AllocationChanged,
    AllocationMade,
    AllocationReleased,
    CapacitySet,
    OutageEnded,
    OutageReported,
    OvertimeAuthorised,
    ResourceRegistered,
)
from domain.resources.facts import (
    Allocation,
    Allocations,
    Capacities,
    Facts,
    Steps,
    steps_of,
    with_allocation,
    with_capacity,
    with_fact,
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as far as decisions care."""

    registered: ResourceRegistered | None = None
    capacity: CapacitySet | None = None
    """The last that was said of it; `capacities` holds what was said for other dates too."""
    capacities: Capacities = field(default_factory=dict)
    overtime: Mapping[date, int] = field(default_factory=dict)
    """Minutes by date."""
    allocations: Allocations = field(default_factory=dict)
    facts: Facts = ()

    @property
    def exists(self) -> bool:
        return self.registered is not None

    @property
    def steps(self) -> Steps:
        """How much of it is there over time, outages taken off; none where nobody said."""
        return steps_of(self.capacities, self.facts)

    def held(self, allocation_id: str) -> Allocation | None:
        """Return an allocation that was not released."""
        known = self.allocations.get(allocation_id)
        return None if known is None or known.released else known


def evolve(resource: Resource, recorded: Recorded[Any]) -> Resource:
    """Return the resource after an event; no fact raises, a request nobody decided does."""
    match recorded.event:
        case OutageReported() | OutageEnded():
            return replace(resource, facts=with_fact(resource.facts, recorded))
        case ResourceRegistered() as registered if not resource.exists:
            return replace(resource, registered=registered)
        case CapacitySet() as capacity if resource.exists:
            known = with_capacity(resource.capacities, capacity)
            return replace(resource, capacity=capacity, capacities=known)
        case OvertimeAuthorised(date=day, minutes=minutes) if resource.exists:
            return replace(resource, overtime={**resource.overtime, day: minutes})
        case AllocationMade() as made if (
            resource.exists and made.allocation_id not in resource.allocations
        ):
            return replace(resource, allocations=with_allocation(resource.allocations, made))
        case AllocationChanged() | AllocationReleased() as step if (
            resource.held(step.allocation_id) is not None
        ):
            return replace(resource, allocations=with_allocation(resource.allocations, step))
        case event:
            # `decide` never lets this request through; a log that contains it is corrupt.
            msg = f"{type(event).__name__} cannot follow {resource}"
            raise AssertionError(msg)
