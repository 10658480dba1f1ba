"""Write what was published of a project as a document, and the dates of one phase over time."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute
from domain.network.project_network import ProjectNetwork
from domain.publications.events import SchedulePublished, StatusReportIssued
from projections.contract import Row
from projections.moments import Moments

Publication: TypeAlias = Recorded[SchedulePublished] | Recorded[StatusReportIssued]


class Verdict(NamedTuple):
    """Whether a publication still has its digest; None where that was not or cannot be told."""

    verifies: bool | None = None
    because: str | None = None


class Strip(NamedTuple):
    """A phase, and its start and finish in each published schedule; None where it was in none."""

    phase_id: str
    dates: Mapping[int, tuple[Minute, Minute] | None]
    """By the position of the publication."""


def published_document(
    network: ProjectNetwork,
    publications: Sequence[Publication],
    verdicts: Mapping[int, Verdict],
    strip: Strip | None,
    position: int,
) -> dict[str, Any]:
    """Return each publication in the order of the log; `verdicts` are by their positions."""
    moments = Moments(network.zone)
    return {
        "project": network.project_id,
        "name": network.name,
        "position": position,
        "zone": network.zone.key,
        "published": [
            _publication(each, verdicts.get(each.position, Verdict()), moments)
            for each in publications
        ],
        "phase": None if strip is None else _phase(network, publications, strip, moments),
    }


def _publication(recorded: Publication, verdict: Verdict, moments: Moments) -> Row:
    event = recorded.event
    is_schedule = isinstance(event, SchedulePublished)
    return {
        "what": "schedule" if is_schedule else "status report",
        "position": recorded.position,
        "at_position": event.at_position,
        "published_at": moments.of(recorded.recorded_at),
        "by": recorded.envelope.actor,
        "audience": event.audience,
        "engine_version": event.engine_version,
        "policy": dict(event.policy) if isinstance(event, SchedulePublished) else None,
        "previous": None if isinstance(event, SchedulePublished) else event.previous,
        "digest": event.digest,
        "verifies": verdict.verifies,
        "because": verdict.because,
    }


def _phase(
    network: ProjectNetwork, publications: Sequence[Publication], strip: Strip, moments: Moments
) -> Row:
    rows = []
    for each in publications:
        if each.position not in strip.dates:
            continue
        dates = strip.dates[each.position]
        rows.append(
            {
                "position": each.position,
                "at_position": each.event.at_position,
                "published_at": moments.of(each.recorded_at),
                "audience": each.event.audience,
                "start": None if dates is None else moments.at(dates[0]),
                "finish": None if dates is None else moments.at(dates[1]),
            }
        )
    return {"id": strip.phase_id, "name": network.name_of(strip.phase_id), "dates": rows}
