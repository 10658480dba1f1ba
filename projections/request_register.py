"""Write a project's special requests as a document: how far each is, and what it would take."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from domain.kernel.messages import Recorded
from domain.kernel.values import Money
from domain.network.project_network import ProjectNetwork
from domain.special_requests.events import ImpactAssessed
from domain.special_requests.facts import OVER, Dossier, Stage, Standing
from projections.contract import Row
from projections.moments import Moments
from projections.registers import counts


class Cost(NamedTuple):
    """By how much applying a request moved the finish: minutes of the clock, and working days."""

    moved_min: int
    days: Decimal


class Findings(NamedTuple):
    """What only the networks of other moments tell, by request."""

    moved: Mapping[str, tuple[str, ...]]
    """The phases that moved since the assessment; only of requests on which is still decided."""
    costs: Mapping[str, Cost]


def requests_document(
    network: ProjectNetwork,
    dossiers: Mapping[str, Dossier],
    found: Findings,
    position: int,
    today: date | None,
) -> dict[str, Any]:
    """Return each request by id, and what all that were applied cost together.

    `today` is the day it is in the project's zone, None where no time has passed yet.
    """
    rows = [
        _request(request_id, dossier.standing(), found, network, today)
        for request_id, dossier in dossiers.items()
    ]
    return {
        "project": network.project_id,
        "name": network.name,
        "position": position,
        "zone": network.zone.key,
        "today": _day(today),
        "stages": counts(rows, Stage),
        "cost": _cost(_together(found.costs.values())),
        "requests": rows,
    }


def _together(costs: Iterable[Cost]) -> Cost:
    known = list(costs)
    return Cost(
        sum(cost.moved_min for cost in known), sum((cost.days for cost in known), Decimal(0))
    )


def _request(
    request_id: str,
    now: Standing,
    found: Findings,
    network: ProjectNetwork,
    today: date | None,
) -> Row:
    moments = Moments(network.zone)
    said = None if now.identified is None else now.identified.event
    impact = now.impact
    cost = found.costs.get(request_id)
    return {
        "request": request_id,
        "stage": now.stage.value,
        "kind": now.kind,
        "from": None if said is None else said.from_party,
        "found_in": None if said is None else said.found_in,
        "verbatim": None if said is None else said.verbatim,
        "identified_by": None if said is None else said.identified_by,
        "identified_at": _at(now.identified, moments),
        "age_days": _age(now, network, today),
        "impact": None if impact is None else _impact(impact, found.moved.get(request_id)),
        "quoted": None if now.quoted is None else _money(now.quoted.event.money),
        "approved": now.is_approved,
        "approved_by": None if now.approval is None else now.approval.event.by,
        "approved_at": _at(now.approval, moments),
        "rejected_at": _at(now.rejected, moments),
        "withdrawn_at": _at(now.withdrawn, moments),
        "applied_at": _at(now.applied, moments),
        "events": [] if now.applied is None else list(now.applied.event.events),
        "cost": None if cost is None else _cost(cost),
        "verified": None if now.verified is None else now.verified.evidence,
        "notices": list(now.notices),
    }


def _cost(cost: Cost) -> Row:
    return {"moved_min": cost.moved_min, "days": str(cost.days)}


def _impact(impact: ImpactAssessed, moved: tuple[str, ...] | None) -> Row:
    """Return an impact; whether it is stale is None once nothing is to be decided any more."""
    return {
        "branch": impact.branch,
        "days": str(impact.days),
        "effort_min": impact.effort_min,
        "money": _money(impact.money),
        "materials": [each.model_dump(mode="json") for each in impact.materials],
        "phases": list(impact.phases),
        "assessed_at_position": impact.assessed_at_position,
        "stale": None if moved is None else bool(moved),
        "moved": list(moved or ()),
    }


def _age(now: Standing, network: ProjectNetwork, today: date | None) -> int | None:
    """Return for how many days it has been open, or was; None where no time is known."""
    if now.identified is None:
        return None
    begin = now.identified.effective_at.astimezone(network.zone).date()
    ends = [now.applied, now.withdrawn, now.rejected] if now.stage in OVER else []
    over = [each.effective_at for each in ends if each is not None]
    end = min(over).astimezone(network.zone).date() if over else today
    return None if end is None else max(0, (end - begin).days)


def _money(money: Money | None) -> Row | None:
    return None if money is None else {"minor": money.minor, "currency": money.currency}


def _at(known: Recorded[Any] | None, moments: Moments) -> str | None:
    return None if known is None else moments.of(known.effective_at)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
