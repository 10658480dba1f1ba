"""Tell of a project with one crew that its phases ask for."""

from domain.plans.events import ResourceRequirementSet
from domain.resources.events import AllocationMade, CapacitySet, ResourceRegistered
from tests.unit.projections.histories import PROJECT, History, at

CREW = f"resource-{PROJECT}/crew"


def a_crew(milli: int | None = 1_000) -> History:
    """Tell of a project on a standard week from Monday 2 March 2026 on, and of its crew."""
    history = History().opened().calendar("plant")
    registered = ResourceRegistered(name="Crew", resource_class="labour", department_id="shop")
    history.record(CREW, registered)
    if milli is not None:
        history.record(CREW, CapacitySet(milli_units=milli))
    return history


def need(
    history: History,
    phase_id: str,
    milli: int = 1_000,
    skill: str | None = None,
    effort_min: int | None = None,
) -> History:
    """Let a phase ask for the crew."""
    return history.plan(
        ResourceRequirementSet(
            phase_id=phase_id, resource_id="crew", milli=milli, skill=skill, effort_min=effort_min
        )
    )


def allocated(
    history: History,
    allocation_id: str,
    phase_id: str,
    since: str,
    until: str,
    milli: int = 1_000,
    accepted_by: str | None = None,
) -> History:
    """Hold the crew for a phase."""
    event = AllocationMade(
        allocation_id=allocation_id,
        phase_id=phase_id,
        since=at(since),
        until=at(until),
        milli_units=milli,
        overbooking_accepted_by=accepted_by,
    )
    return history.record(CREW, event)
