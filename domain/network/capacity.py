"""Keep the resources of a project: how much there is of each over time, and when one is out."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from domain.kernel.calendar import Minute, minute_of
from domain.kernel.messages import Recorded
from domain.resources.events import CapacitySet, OutageEnded, OutageReported, ResourceRegistered
from domain.resources.facts import Facts, Outage, outages, with_fact

ALWAYS: Final[Minute] = -(1 << 62)
"""The instant from which on a capacity holds that was set without one."""

Steps: TypeAlias = tuple[tuple[Minute, int], ...]
"""(From minute, thousandths) in order of time; the first holds before its minute too."""


class ResourceLine:
    """One resource: what it is, how much of it there is, what was reported of it."""

    __slots__ = (
        "calendar_id", "capacities", "department", "facts", "id", "name", "resource_class",
    )  # fmt: skip

    def __init__(self, resource_id: str) -> None:
        self.id = resource_id
        self.name = resource_id
        self.resource_class = "other"
        self.department = ""
        self.calendar_id: str | None = None
        self.capacities: dict[Minute, int] = {}
        """Thousandths by the minute from which on so much is there."""
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
        if not self.capacities:
            return ()
        out = [
            (minute_of(each.since), None if each.until is None else minute_of(each.until))
            for each in self.outages
        ]
        instants = {*self.capacities, *(at for span in out for at in span if at is not None)}
        steps: list[tuple[Minute, int]] = []
        capacity = 0
        first = self.capacities[min(self.capacities)]
        for at in sorted({ALWAYS, *instants}):
            capacity = self.capacities.get(at, capacity if at > ALWAYS else first)
            is_out = any(since <= at and (until is None or at < until) for since, until in out)
            there = 0 if is_out else capacity
            if not steps or steps[-1][1] != there:
                steps.append((at, there))
        return tuple(steps)


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
            case CapacitySet(valid_from=None, milli_units=milli) as event:
                line.calendar_id = event.calendar_id
                line.capacities = {ALWAYS: milli}
            case CapacitySet(valid_from=begin, milli_units=milli) as event if begin is not None:
                line.calendar_id = event.calendar_id
                line.capacities[minute_of(begin)] = milli
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
