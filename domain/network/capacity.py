"""Keep the resources of a project: how much there is of each over time, what it is held for."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute
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
    Facts,
    Outage,
    Steps,
    outages,
    steps_of,
    with_allocation,
    with_capacity,
    with_fact,
)


class ResourceLine:
    """One resource: what it is, how much of it there is, what was reported of it."""

    __slots__ = (
        "allocations", "calendar_id", "capacities", "department", "facts", "id", "name", "overtime",
        "resource_class",
    )  # fmt: skip

    def __init__(self, resource_id: str) -> None:
        self.id = resource_id
        self.name = resource_id
        self.resource_class = "other"
        self.department = ""
        self.calendar_id: str | None = None
        self.capacities: dict[Minute, int] = {}
        """Thousandths by the minute from which on so much is there."""
        self.overtime: dict[date, int] = {}
        """Minutes worked beyond the calendar by date."""
        self.allocations: dict[str, Allocation] = {}
        """By id, released ones too."""
        self.facts: Facts = ()

    @property
    def is_consumed(self) -> bool:
        """Whether it is used up instead of held, so that it has no capacity over time."""
        return self.resource_class == "material"

    @property
    def outages(self) -> tuple[Outage, ...]:
        """When it is out, by the beginning."""
        return outages(self.facts)

    def steps(self) -> Steps:
        """Return how much of it is there over time; none where its capacity was never set.

        While it is out nothing is there, to the end of time where no end is known.
        """
        return steps_of(self.capacities, self.facts)


class ProjectResources:
    """The resources of one project by id."""

    def __init__(self) -> None:
        self._lines: dict[str, ResourceLine] = {}

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take one event of a resource's stream in."""
        line = self._lines.get(recorded.subject_id)
        if line is None:
            line = self._lines[recorded.subject_id] = ResourceLine(recorded.subject_id)
        match recorded.event:
            case ResourceRegistered() as event:
                line.name = event.name
                line.resource_class = event.resource_class
                line.department = event.department_id
            case CapacitySet() as event:
                line.calendar_id = event.calendar_id
                line.capacities = with_capacity(line.capacities, event)
            case OvertimeAuthorised(date=day, minutes=minutes):
                line.overtime[day] = minutes
            case AllocationMade() | AllocationChanged() | AllocationReleased() as step:
                line.allocations = with_allocation(line.allocations, step)
            case OutageReported() | OutageEnded():
                line.facts = with_fact(line.facts, recorded)
            case other:
                raise AssertionError(other)

    def get(self, resource_id: str) -> ResourceLine | None:
        """Return one resource."""
        return self._lines.get(resource_id)

    def lines(self) -> Sequence[ResourceLine]:
        """Return every resource, by id."""
        return [line for _, line in sorted(self._lines.items())]
