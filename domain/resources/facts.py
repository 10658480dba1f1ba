"""Add up what is known of a resource over time: capacity, outages, what it is held for."""

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, minute_of
from domain.resources.events import (
    AllocationChanged,
    AllocationMade,
    AllocationReleased,
    CapacitySet,
    OutageEnded,
    OutageReported,
)

ALWAYS: Final[Minute] = -(1 << 62)
"""The instant from which on a capacity holds that was set without one."""

Steps: TypeAlias = tuple[tuple[Minute, int], ...]
"""(From minute, thousandths) in order of time; the first holds before its minute too."""

Capacities: TypeAlias = Mapping[Minute, int]
"""Thousandths by the minute from which on so much was said to be there."""

Facts: TypeAlias = tuple[Recorded[Any], ...]
"""Facts of one resource by (effective time, version)."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which the resource is not there; `until` is None while no end is known."""

    since: datetime
    until: datetime | None
    kind: Literal["breakdown", "maintenance", "absence"]
    ref: str | None = None


def with_fact(facts: Facts, fact: Recorded[Any]) -> Facts:
    """Return the facts with one more in its place by (effective time, version)."""
    placed = list(facts)
    insort(placed, fact, key=lambda known: (known.effective_at, known.version))
    return tuple(placed)


def outages(facts: Facts) -> tuple[Outage, ...]:
    """Return the outages by their beginning; an end closes those that had begun and still went on.

    A report with the beginning and kind of an earlier one replaces it: its end is known better now.
    """
    known: dict[tuple[datetime, str], Outage] = {}
    for fact in facts:
        match fact.event:
            case OutageReported(since=since, until=until, kind=kind, ref=ref):
                known[since, kind] = Outage(since, until, kind, ref)
            case OutageEnded(at=at):
                for key, outage in known.items():
                    if outage.since <= at and (outage.until is None or at < outage.until):
                        known[key] = replace(outage, until=at)
            case other:
                raise AssertionError(other)  # Only facts are kept among the facts.
    return tuple(sorted(known.values(), key=lambda outage: (outage.since, outage.kind)))


def with_capacity(capacities: Capacities, event: CapacitySet) -> dict[Minute, int]:
    """Return the capacities with one more; one without a date replaces them all."""
    if event.valid_from is None:
        return {ALWAYS: event.milli_units}
    return {**capacities, minute_of(event.valid_from): event.milli_units}


def steps_of(capacities: Capacities, facts: Facts) -> Steps:
    """Return how much is there over time; none where a capacity was never set.

    While the resource is out nothing is there, to the end of time where no end is known. Before the
    first date there is as much as from it on.
    """
    if not capacities:
        return ()
    out = [
        (minute_of(each.since), None if each.until is None else minute_of(each.until))
        for each in outages(facts)
    ]
    instants = {*capacities, *(at for span in out for at in span if at is not None)}
    steps: list[tuple[Minute, int]] = []
    capacity = 0
    first = capacities[min(capacities)]
    for at in sorted({ALWAYS, *instants}):
        capacity = capacities.get(at, capacity if at > ALWAYS else first)
        is_out = any(since <= at and (until is None or at < until) for since, until in out)
        there = 0 if is_out else capacity
        if not steps or steps[-1][1] != there:
            steps.append((at, there))
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Allocation:
    """A share of the resource that is or was held for a phase."""

    id: str
    phase_id: str
    since: datetime
    until: datetime
    milli_units: int
    overbooking_accepted_by: str | None = None
    released: bool = False


Allocations: TypeAlias = Mapping[str, Allocation]
"""By id, in the order in which they were made; released ones stay, so their ids stay taken."""

AllocationStep: TypeAlias = AllocationMade | AllocationChanged | AllocationReleased


def with_allocation(allocations: Allocations, event: AllocationStep) -> dict[str, Allocation]:
    """Return the allocations after a step of one of them, which was made before."""
    known = dict(allocations)
    match event:
        case AllocationMade():
            known[event.allocation_id] = Allocation(
                event.allocation_id,
                event.phase_id,
                event.since,
                event.until,
                event.milli_units,
                event.overbooking_accepted_by,
            )
        case AllocationChanged():
            known[event.allocation_id] = replace(
                known[event.allocation_id],
                since=event.since,
                until=event.until,
                milli_units=event.milli_units,
                overbooking_accepted_by=event.overbooking_accepted_by,
            )
        case AllocationReleased():
            known[event.allocation_id] = replace(known[event.allocation_id], released=True)
    return known
