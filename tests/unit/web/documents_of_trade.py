"""Documents of what vendors owe and of what is short, small enough to check by hand."""

from typing import Any

from tests.unit.web.documents import HEAD


def line(commitment_id: str, **changed: object) -> dict[str, Any]:
    """Return an order line that was promised once, for the day on which it is needed."""
    return {
        "commitment": commitment_id,
        "vendor": "Fluxtec",
        "kind": "goods",
        "item": "flow meter",
        "order": "PO-4",
        "phases": ["weld"],
        "requirements": [],
        "status": "acknowledged",
        "revision": 1,
        "answer": "accepted",
        "awaits_answer": False,
        "uom": "H87",
        "ordered": "24",
        "received": "0",
        "passed": "0",
        "failed": "0",
        "uninspected": "0",
        "need": "2026-03-12",
        "first_promised": "2026-03-12",
        "promised": "2026-03-12",
        "expected": None,
        "received_at": None,
        "promise_after_need_days": 0,
        "promise_moved_days": 0,
        "overdue_need_days": None,
        "overdue_promise_days": None,
        "promises": [promise("2026-03-01", None, "2026-03-12", None)],
        "expedite": None,
        "contradictions": [],
        **changed,
    }


def promise(at: str, old: str | None, new: str, days: int | None, **by: str) -> dict[str, Any]:
    """Return a promise, or a move of one."""
    return {
        "at": f"{at}T09:00:00+01:00",
        "old": old,
        "new": new,
        "days": days,
        "told_by": by.get("told_by"),
        "channel": by.get("channel"),
        "proof": by.get("proof"),
        "reason": by.get("reason"),
        "position": 7,
    }


MOVED = line(
    "PO-4.1",
    promised="2026-03-16",
    expected="2026-03-18",
    promise_after_need_days=4,
    promise_moved_days=4,
    overdue_promise_days=2,
    overdue_need_days=6,
    promises=[
        promise("2026-03-01", None, "2026-03-12", None, told_by="Eva"),
        promise(
            "2026-03-05", "2026-03-12", "2026-03-16", 4,
            told_by="Eva", channel="mail", proof="M-9", reason="vendor_delay",
        ),
    ],
    expedite={"wanted": "2026-03-10", "answer": "declined", "date": "2026-03-16"},
    contradictions=[{"code": "received_twice", "position": 9}],
)  # fmt: skip
ASKED = line(
    "PO-5.1",
    vendor="Hanse",
    item="transport",
    order=None,
    phases=[],
    status="sent",
    answer=None,
    awaits_answer=True,
    uom="C62",
    ordered="1",
    need="2026-03-20",
    first_promised=None,
    promised=None,
    promise_after_need_days=None,
    promise_moved_days=None,
    promises=[],
    expedite={"wanted": None, "answer": None, "date": None},
)


def kept(kept: int, due: int) -> dict[str, Any]:
    """Return how many of those that were due came in time."""
    return {"kept": kept, "due": due, "share": round(kept / due, 4) if due else None}


VENDORS = {
    **HEAD,
    "today": "2026-03-18",
    "lines": [line("PO-3.1", received="24", status="received"), MOVED, ASKED],
    "vendors": [
        {
            "vendor": "Fluxtec",
            "lines": 2,
            "slip_days": {"n": 3, "median": 0, "q80": 6, "min": -1, "max": 6},
            "on_time": {"need": kept(1, 3), "promise": kept(2, 2), "first_promise": kept(0, 1)},
        },
        {
            "vendor": "Hanse",
            "lines": 1,
            "slip_days": {"n": 0, "median": None, "q80": None, "min": None, "max": None},
            "on_time": {"need": kept(0, 0), "promise": kept(0, 0), "first_promise": kept(0, 0)},
        },
    ],
}


def demand(demand_id: str, **changed: object) -> dict[str, Any]:
    """Return a need of a phase that the stock covers."""
    return {
        "id": demand_id,
        "for": "requirement",
        "phase": "weld",
        "order": None,
        "qty": "10",
        "need_at": "2026-03-12T08:00:00+01:00",
        "priority": 0,
        "reserved": "0",
        "available_at": "2026-03-09T08:00:00+01:00",
        "short": "0",
        "pegs": [{"supply": "stock", "qty": "10", "at": None, "in_time": True}],
        **changed,
    }


def message(kind: str, order: str, at: str, **changed: object) -> dict[str, Any]:
    """Return what is to be done about an order."""
    return {
        "kind": kind,
        "order": order,
        "qty": "10",
        "at": f"2026-03-{at}T08:00:00+01:00",
        "to": None,
        "limit": None,
        **changed,
    }


def item(item_id: str, **changed: object) -> dict[str, Any]:
    """Return the plan of an item that nobody needs."""
    return {
        "item": item_id,
        "uom": "KGM",
        "units_differ": False,
        "on_hand": "10",
        "counted_at": None,
        "received_since": "0",
        "reserved": "0",
        "safety_stock": [],
        "parts": [],
        "record": [],
        "demands": [],
        "supplies": [],
        "messages": [],
        "substitutes": [],
        **changed,
    }


def shortage(item_id: str, **changed: object) -> dict[str, Any]:
    """Return a shortage whose cause lies further back than was looked."""
    return {
        "item": item_id,
        "qty": "5",
        "first_at": "2026-03-12T08:00:00+01:00",
        "cost_days": None,
        "cause": None,
        "looked_back_to": 12,
        "held_up": [],
        **changed,
    }


LATE = shortage(
    "steel",
    cost_days="1.50",
    cause={
        "kind": "promise_moved",
        "event": "commitment-PRJ-7/PO-4:3",
        "type": "commitment.promise_date_moved.v1",
        "position": 31,
        "text": "Fluxtec comes later",
        "reason": "vendor_delay",
        "by": "anna",
    },
    held_up=[
        {
            "requirement": "R-1",
            "phase": "weld",
            "name": "Weld frame",
            "need_at": "2026-03-12T08:00:00+01:00",
            "available_at": "2026-03-16T08:00:00+01:00",
            "push_days": "2.00",
            "cost_days": "1.50",
        },
        {
            "requirement": "R-2",
            "phase": "cut",
            "name": "Cut sheets",
            "need_at": "2026-03-13T08:00:00+01:00",
            "available_at": None,
            "push_days": None,
            "cost_days": None,
        },
    ],
)
STEEL = item(
    "steel",
    demands=[
        demand("R-0"),
        demand(
            "R-1",
            need_at="2026-03-11T08:00:00+01:00",
            available_at="2026-03-16T08:00:00+01:00",
            pegs=[
                {
                    "supply": "PO-4",
                    "qty": "10",
                    "at": "2026-03-16T08:00:00+01:00",
                    "in_time": False,
                }
            ],
        ),
    ],
    messages=[
        message("expedite", "PO-4", "16", to="2026-03-11T08:00:00+01:00"),
        message("quantity_below", "PO-9", "10", limit="50"),
    ],
)
PAINT = item(
    "paint",
    uom=None,
    demands=[
        demand(
            "order-1/paint", phase=None, order="PLO-1", qty="5", available_at=None, short="5",
            need_at="2026-03-13T08:00:00+01:00", pegs=[],
        )
    ],
)  # fmt: skip
_OF_MATERIAL = {"project": "PRJ-7", "name": "Bottling line", "position": 42}
MATERIAL = {
    **_OF_MATERIAL,
    "as_of": "2026-03-09T08:00:00+01:00",
    "problem": None,
    "items": [PAINT, STEEL],
    "shortages": [shortage("paint"), LATE],
}
NO_MATERIAL = {
    **_OF_MATERIAL, "as_of": None, "problem": "there is a loop", "items": [], "shortages": [],
}  # fmt: skip
