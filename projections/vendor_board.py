"""Write the vendor board as a document: every order line, and how each vendor kept his word."""

from datetime import date
from typing import Any, Final

from domain.deliveries.promises import Promise, promises_of
from domain.deliveries.reliability import OnTime, Reliability, reliabilities
from domain.network.project_network import ProjectNetwork
from domain.network.supplies import Supply
from projections.contract import Row
from projections.moments import Moments

DIGITS: Final = 4


def vendors_document(network: ProjectNetwork, position: int, today: date | None) -> dict[str, Any]:
    """Return the lines by need and id, the vendors by name; what is undefined is None, never 0.

    `today` is the day it is in the project's zone, None where no time has passed yet.
    """
    moments = Moments(network.zone)
    supplies = sorted(network.supplies.lines(), key=lambda each: (each.need_by, each.id))
    return {
        "project": network.project_id,
        "name": network.name,
        "position": position,
        "zone": network.zone.key,
        "today": _day(today),
        "lines": [_line(each, today, moments) for each in supplies],
        "vendors": [_vendor(each) for each in reliabilities(supplies, network.zone, today)],
    }


def _line(supply: Supply, today: date | None, moments: Moments) -> Row:
    now, requested = supply.standing, supply.line.requested
    assert requested is not None  # A supply is made of the event that requested it.
    promises = promises_of(supply.line)
    first = promises[0].day if promises else None
    return {
        "commitment": supply.id,
        "vendor": supply.vendor,
        "kind": requested.kind,
        "item": supply.item,
        "order": requested.order_ref,
        "phases": list(supply.for_phases),
        "requirements": list(requested.for_requirements or ()),
        "status": supply.status,
        "revision": now.revision,
        "answer": supply.answer,
        "awaits_answer": now.open and now.awaits_answer,
        "uom": requested.uom,
        "ordered": str(now.ordered_qty),
        "received": str(now.received_qty),
        "passed": str(now.passed_qty),
        "failed": str(now.failed_qty),
        "uninspected": str(now.uninspected_qty),
        "need": supply.need_by.isoformat(),
        "first_promised": _day(first),
        "promised": _day(supply.promised),
        "expected": _day(supply.expected),
        "received_at": moments.of_optional(now.last_receipt_at),
        "promise_after_need_days": _days(supply.need_by, supply.promised),
        "promise_moved_days": _days(first, supply.promised),
        "overdue_need_days": _overdue(supply, supply.need_by, today),
        "overdue_promise_days": _overdue(supply, supply.promised, today),
        "promises": [_promise(each, moments) for each in promises],
        "expedite": _expedite(supply),
        "contradictions": [
            {"code": each.code, "position": each.fact.position} for each in now.contradictions
        ],
    }


def _promise(promise: Promise, moments: Moments) -> Row:
    fact = promise.fact
    return {
        "at": moments.of(fact.effective_at),
        "old": _day(promise.before),
        "new": promise.day.isoformat(),
        "days": promise.days,
        "told_by": promise.told_by,
        "channel": promise.channel,
        "proof": promise.proof_ref,
        "reason": None if fact.envelope.reason is None else fact.envelope.reason.code,
        "position": fact.position,
    }


def _expedite(supply: Supply) -> Row | None:
    now = supply.standing
    if now.expedite_wanted is None and now.expedite_answer is None:
        return None
    answer = now.expedite_answer
    return {
        "wanted": _day(now.expedite_wanted),
        "answer": None if answer is None else answer.answer,
        "date": None if answer is None else _day(answer.date),
    }


def _vendor(known: Reliability) -> Row:
    return {
        "vendor": known.vendor,
        "lines": known.lines,
        "slip_days": {
            "n": len(known.slips),
            "median": known.quantile(50),
            "q80": known.quantile(80),
            "min": known.slips[0] if known.slips else None,
            "max": known.slips[-1] if known.slips else None,
        },
        "on_time": {
            "need": _on_time(known.against_need),
            "promise": _on_time(known.against_promise),
            "first_promise": _on_time(known.against_first_promise),
        },
    }


def _on_time(counted: OnTime) -> Row:
    share = counted.share
    return {
        "kept": counted.kept,
        "due": counted.due,
        "share": None if share is None else round(share, DIGITS),
    }


def _overdue(supply: Supply, day: date | None, today: date | None) -> int | None:
    """Return for how many days an open line should have been here; None where it should not."""
    if not supply.is_open or day is None or today is None or today <= day:
        return None
    return (today - day).days


def _days(first: date | None, last: date | None) -> int | None:
    return None if first is None or last is None else (last - first).days


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
