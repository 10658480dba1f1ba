"""Say which shared subjects a project begins to use by what it says: it uses what it names."""

from collections.abc import Iterator
from typing import Any

from domain.estimates.events import ActualHoursBooked, EstimateSubmitted
from domain.items.events import BomRevised
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.plans.events import PhaseDetailsRevised, PhasePlanned, ResourceRequirementSet
from domain.projects.events import ProjectOpened
from domain.requirements.events import RequirementIdentified
from domain.resources.events import CapacitySet


def named_by(recorded: Recorded[Any]) -> Iterator[str]:
    """Yield the streams of shared subjects that an event names, whether or not there are such.

    The project, a phase or a resource names a calendar, a phase's requirement a resource and a
    skill, an estimate and hours that are booked a skill, a requirement or a bill of materials an
    item. An id that is the project's own as well means its own.
    """
    match recorded.event:
        case (
            ProjectOpened(calendar_id=str(named))
            | PhasePlanned(calendar_id=str(named))
            | PhaseDetailsRevised(calendar_id=str(named))
            | CapacitySet(calendar_id=str(named))
        ):
            yield stream_of("calendar", named)
        case ResourceRequirementSet(resource_id=named, skill=skill):
            yield stream_of("resource", named)
            if skill is not None:
                yield stream_of("rate", skill)
        case EstimateSubmitted(effort=effort):
            for each in effort:
                yield stream_of("rate", each.skill)
        case ActualHoursBooked(skill=str(skill)):
            yield stream_of("rate", skill)
        case RequirementIdentified(item=item):
            yield stream_of("item", item)
        case BomRevised(lines=lines):
            for line in lines:
                yield stream_of("item", line.item)
        case _:
            pass
