"""Write a project's contracts as a document: versions, reviews, findings, what each obliges to."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final, get_args

from domain.contracts.events import Aspect, ClauseRecorded
from domain.contracts.facts import Finding, Paper, Review, Standing
from domain.contracts.obligations import due_of, rate_of
from domain.kernel.minutes import instant_of
from domain.network.project_network import ProjectNetwork
from projections.contract import Row
from projections.moments import Moments

ASPECTS: Final[tuple[str, ...]] = get_args(Aspect)


def contracts_document(
    network: ProjectNetwork, papers: Mapping[str, Paper], position: int, today: date | None
) -> dict[str, Any]:
    """Return each contract by id; a date that does not follow from anything known is None.

    `today` is the day it is in the project's zone, None where no time has passed yet.
    """
    return {
        "project": network.project_id,
        "name": network.name,
        "position": position,
        "zone": network.zone.key,
        "today": _day(today),
        "contracts": [
            _contract(contract_id, paper.standing(), network, today)
            for contract_id, paper in papers.items()
        ],
    }


def _contract(contract_id: str, now: Standing, network: ProjectNetwork, today: date | None) -> Row:
    moments = Moments(network.zone)
    last = now.signatures[-1] if now.signatures else None
    signed_on = None if last is None else last.effective_at.astimezone(network.zone).date()
    obligations = [
        _obligation(clause, now, signed_on, network, today)
        for _, clause in sorted(now.clauses.items())
    ]
    late = max((each["late_days"] or 0 for each in obligations), default=0)
    return {
        "contract": contract_id,
        "party": now.party,
        "kind": now.kind,
        "version": now.version,
        "versions": [
            {
                "version": paper.event.version,
                "at": moments.of(paper.effective_at),
                "changed_clauses": list(getattr(paper.event, "changed_clauses", ())),
                "position": paper.position,
            }
            for paper in now.papers
        ],
        "signed_version": None if last is None else last.event.version,
        "signed_at": None if last is None else moments.of(last.effective_at),
        "signed_by": None if last is None else last.event.by,
        "review": {"state": now.review_state.value, **_review(now.review, moments, today)},
        "findings": [_finding(each) for each in now.findings.values()],
        "open_findings": len(now.open_findings),
        "abilities": {aspect: _confirmed_by(now, aspect) for aspect in ASPECTS},
        "obligations": obligations,
        "exposure": _exposure(now, late),
        "commitments_made": list(_commitments_made(now.review)),
        "contradictions": [
            {"code": each.code, "position": each.fact.position} for each in now.contradictions
        ],
    }


def _review(review: Review | None, moments: Moments, today: date | None) -> Row:
    if review is None:
        return {
            "version": None, "reviewers": [], "due": None, "overdue_days": None,
            "outcome": None, "completed_at": None,
        }  # fmt: skip
    completed, due = review.completed_of, review.assigned.due
    overdue = completed is None and today is not None and today > due
    return {
        "version": review.version,
        "reviewers": list(review.assigned.reviewers),
        "due": due.isoformat(),
        "overdue_days": (today - due).days if overdue and today is not None else None,
        "outcome": None if completed is None else completed.event.outcome,
        "completed_at": None if completed is None else moments.of(completed.effective_at),
    }


def _finding(finding: Finding) -> Row:
    raised, settled = finding.raised, finding.settled
    return {
        "finding": raised.finding_id,
        "clause": raised.clause,
        "text": raised.text,
        "severity": raised.severity,
        "settled": None if settled is None else settled.how,
        "settled_text": None if settled is None else settled.text,
    }


def _confirmed_by(now: Standing, aspect: str) -> str | None:
    """Return who last answered for the present version in one respect."""
    said = [
        each.by for each in now.abilities if (each.aspect, each.version) == (aspect, now.version)
    ]
    return said[-1] if said else None


def _obligation(
    clause: ClauseRecorded,
    now: Standing,
    signed_on: date | None,
    network: ProjectNetwork,
    today: date | None,
) -> Row:
    moments = Moments(network.zone)
    met, breached = now.met.get(clause.ref), now.breached.get(clause.ref)
    met_on = None if met is None else met.astimezone(network.zone).date()
    due = due_of(clause, signed_on, met_on)
    waits = due is not None and (met is None or clause.kind == "reporting")
    forecast = _finish_day(network) if _is_our_delivery(clause, now) and waits else None
    review = None if now.review is None else now.review.completed
    return {
        "clause": clause.ref,
        "kind": clause.kind,
        "value": clause.value,
        "unit": clause.unit,
        "text": clause.text,
        "reviewed": review is not None
        and clause.ref in review.clauses
        and clause.ref not in now.touched_clauses,
        "due": _day(due),
        "met_at": moments.of_optional(met),
        "breached_at": moments.of_optional(breached),
        "overdue_days": (today - due).days
        if waits and due is not None and today is not None and today > due
        else None,
        "forecast": _day(forecast),
        "late_days": None if forecast is None or due is None else (forecast - due).days,
    }


def _is_our_delivery(clause: ClauseRecorded, now: Standing) -> bool:
    """Tell whether the clause is about when our project must be done."""
    return now.kind == "customer" and clause.kind == "delivery_date"


def _finish_day(network: ProjectNetwork) -> date | None:
    """Return the day on which the project ends as scheduled; midnight is of the day before it."""
    schedule = network.schedule()
    if schedule is None:
        return None
    finish = instant_of(schedule.finish) - timedelta(microseconds=1)
    return finish.astimezone(network.zone).date()


def _exposure(now: Standing, late_days: int) -> list[Row]:
    """Return what the agreed damages come to for the latest of our deliveries."""
    rates = [(ref, rate_of(clause)) for ref, clause in sorted(now.clauses.items())]
    return [
        {"clause": ref, "minor": rate.exposure_minor(late_days), "currency": rate.currency}
        for ref, rate in rates
        if rate is not None
    ]


def _commitments_made(review: Review | None) -> tuple[str, ...]:
    if review is None or review.invalidated is None:
        return ()
    return review.invalidated.commitments


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
