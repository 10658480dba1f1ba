"""Know of a project's publications what decisions need: what each audience was given last."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.kernel.messages import Recorded
from domain.publications.events import SchedulePublished, StatusReportIssued


@dataclass(frozen=True, slots=True)
class Publications:
    """The last schedule and the last status report, by audience."""

    schedules: Mapping[str, SchedulePublished] = field(default_factory=dict)
    reports: Mapping[str, StatusReportIssued] = field(default_factory=dict)


def evolve(known: Publications, recorded: Recorded[Any]) -> Publications:
    """Return the publications after one more."""
    match recorded.event:
        case SchedulePublished() as published:
            return replace(known, schedules={**known.schedules, published.audience: published})
        case StatusReportIssued() as issued:
            return replace(known, reports={**known.reports, issued.audience: issued})
        case other:
            raise AssertionError(other)
