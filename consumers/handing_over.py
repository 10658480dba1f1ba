"""Answer what is open for a role or a party in a project: the pack of a hand-over."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from consumers.canonical_json import digest_of_document
from consumers.contracts import contracts
from consumers.day_sheets import leaderships
from consumers.inquiries import inquiries
from consumers.meetings import meetings
from consumers.notices import notices
from consumers.one_moment import OneMoment
from consumers.question import Asked, Parameter, Question
from consumers.reporting import PERIODS_MAX, reports
from consumers.special_requests import requests
from consumers.vendors import vendors
from consumers.views import Views
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from domain.projects.events import HandoverIssued
from projections.contract import Row
from projections.day_sheet import departments_of
from projections.moments import Moments
from projections.open_points import Known, Whose, open_points
from projections.openings import Openings

ASKED: Final = {
    "meetings": meetings,
    "inquiries": inquiries,
    "reports": reports,
    "requests": requests,
    "contracts": contracts,
    "vendors": vendors,
    "notices": notices,
}
"""The questions whose answers say what is open."""


def handover(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return the open points of a role, of a party, of both, or all of them; and their digest.

    Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    one = OneMoment(views, project_id, position)
    network = one.network(project_id, position)
    now = one.now(network, position)
    openings = Openings()
    for recorded in one.events:
        openings.fold(recorded)
    here = {"as_of": str(position)}
    documents = {
        name: answer(one, project_id, {**here, **_MORE.get(name, {})})
        for name, answer in ASKED.items()
    }
    role, party = asked.get("role"), asked.get("party")
    whose = Whose(role, party, *_of_party(one, network, openings, position, party))
    points = open_points(Known(network, documents, openings, now), whose)
    pack = {
        "project": project_id,
        "position": position,
        "role": role,
        "party": party,
        "points": points,
    }
    moments = Moments(network.zone)
    return {
        **pack,
        "name": network.name,
        "zone": network.zone.key,
        "now": moments.of_optional(now),
        "kinds": dict(sorted(Counter(point["kind"] for point in points).items())),
        "digest": digest_of_document(pack),
        "handovers": _handovers(openings.handovers, moments),
    }


def _of_party(
    views: Views, network: ProjectNetwork, openings: Openings, position: int, party: str | None
) -> tuple[frozenset[str], bool]:
    """Return the departments a party may decide for on the day, and whether it coordinates."""
    day = views.today(network, position)
    if party is None:
        return frozenset(), False
    known = leaderships(views, departments_of(network), position)
    leads = frozenset(
        department
        for department, leadership in known.items()
        if day is not None and party in {each.party for each in leadership.acting(day)}
    )
    return leads, openings.coordinator == party


def _handovers(steps: Sequence[Recorded[Any]], moments: Moments) -> list[Row]:
    """Return the last hand-over of each role from party to party, and when it was accepted."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for recorded in steps:
        event = recorded.event
        key = (event.role, event.from_party, event.to_party)
        at = moments.of(recorded.effective_at)
        if isinstance(recorded.event, HandoverIssued):
            said = event.model_dump(mode="json")
            rows[key] = {
                **said,
                "issued_at": at,
                "accepted_at": None,
                "position": recorded.position,
            }
        elif key in rows:
            rows[key]["accepted_at"] = at
    return list(rows.values())


_MORE: Final[Mapping[str, Asked]] = {
    "reports": {"periods": str(PERIODS_MAX)},
    "notices": {"details": "true"},
}
"""What a question is told beside the position."""

HANDOVER: Final = Question(
    "handover",
    "Show everything open for a role or a party: what, whose, since when, due when; its digest.",
    handover,
    (
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
        Parameter("role", "Only what falls to this role, e.g. coordinator or department_head."),
        Parameter("party", "Only what is this party's, or its department's, or its role's."),
    ),
    of_branches=False,
)
