"""Documents as questions answer them, of one small project, small enough to check by hand."""

from typing import Any

HEAD = {"project": "PRJ-7", "name": "Bottling line", "position": 42, "zone": "Europe/Berlin"}


def conflict(conflict_id: str, **changed: object) -> dict[str, Any]:
    """Return a conflict that nobody has seen yet."""
    return {
        "conflict": conflict_id,
        "column": "unacknowledged",
        "rule": "promise_unlikely",
        "rule_version": 1,
        "raised_by": None,
        "kind": "schedule",
        "subjects": ["phase-PRJ-7/weld"],
        "summary": f"{conflict_id} is late",
        "severity": "high",
        "impact_days": "4.00",
        "probability_bp": 5_000,
        "act_by": None,
        "owner": None,
        "due": None,
        "acknowledged_by": [],
        "since": "2026-03-09T09:00:00+01:00",
        "age_days": 2,
        "reopened": 0,
        "position": 40,
        "first_position": 30,
        "evidence": [31],
        "remedies": [],
        "options": [],
        "mode": None,
        "decision": None,
        "by_events": [],
        "dismissed_until": None,
        "because": None,
        "root": {"position": 31, "type": "phase.progress_recorded.v1", "stream": "phase-PRJ-7/cut"},
        "parent": None,
        "children": [],
        "expected_loss": "2.00",
        "expected_cost_minor": 240_000,
        **changed,
    }


def conflicts(*rows: dict[str, Any]) -> dict[str, Any]:
    """Return the board of some conflicts."""
    states = (
        "overdue", "unacknowledged", "acknowledged", "assigned", "with_options", "dismissed",
        "resolved", "cleared",
    )  # fmt: skip
    return {
        **HEAD,
        "now": "2026-03-11T10:00:00+01:00",
        "weight": "1.00",
        "currency": "EUR",
        "since": 0,
        "totals": {"opened": len(rows)},
        "alerts": sum(row["root"] is not None and row["parent"] is None for row in rows),
        "columns": {state: sum(row["column"] == state for row in rows) for state in states},
        "conflicts": list(rows),
    }


CONFLICTS = conflicts(
    conflict(
        "weld",
        column="overdue",
        owner="bert",
        due="2026-03-10T12:00:00+01:00",
        act_by="2026-03-16",
        acknowledged_by=["anna", "bert"],
        reopened=2,
        options=[
            {"option": "A", "effect": "a second shift", "branch": "night"},
            {"option": "B", "effect": "ask for a later day", "branch": None},
        ],
        children=["paint"],
    ),
    conflict(
        "paint",
        parent="weld",
        severity="low",
        impact_days=None,
        expected_loss="0.00",
        expected_cost_minor=None,
        remedies=["re-sequence"],
    ),
    conflict(
        "crane",
        column="cleared",
        rule=None,
        raised_by="anna",
        root=None,
        severity="medium",
        because="it is there",
        age_days=None,
    ),
)


def cell(start: str, finish: str, load_h: int, there_h: int, **changed: object) -> dict[str, Any]:
    """Return a week of one resource, of which there is one."""
    ratio = load_h * 10_000 // there_h if there_h else None
    return {
        "from": f"{start}T00:00:00+01:00",
        "to": f"{finish}T00:00:00+01:00",
        "load_milli_min": load_h * 60_000,
        "capacity_milli_min": there_h * 60_000,
        "ratio_bp": ratio,
        "level": "ok",
        "overload_min": 0,
        "phases": [],
        **changed,
    }


def resource(resource_id: str, *cells: dict[str, Any], **changed: object) -> dict[str, Any]:
    """Return a resource with its cells."""
    return {
        "id": resource_id,
        "name": resource_id.title(),
        "class": "machine",
        "department": "shop",
        "has_capacity": True,
        "overload_min": 0,
        "peak_milli": 0,
        "overloads": [],
        "outages": [],
        "cells": list(cells),
        **changed,
    }


PRESS = resource(
    "press",
    cell("2026-03-02", "2026-03-09", 56, 40, level="red", overload_min=960, phases=["cut", "weld"]),
    cell("2026-03-09", "2026-03-16", 0, 40),
    overload_min=960,
    peak_milli=2_000,
    overloads=[
        {
            "from": "2026-03-02T08:00:00+01:00",
            "to": "2026-03-03T17:00:00+01:00",
            "overload_min": 960,
            "peak_milli": 2_000,
            "excess_milli": 1_000,
            "phases": [{"id": "cut", "name": "Cut sheets"}, {"id": "weld", "name": "Weld frame"}],
        }
    ],
    outages=[
        {"kind": "breakdown", "from": "2026-03-04T08:00:00+01:00", "to": None, "ref": "OUT-1"}
    ],
)
LOAD = {
    **HEAD,
    "problem": None,
    "bucket": "week",
    "from": "2026-03-02T08:00:00+01:00",
    "to": "2026-03-13T16:00:00+01:00",
    "cells_to": "2026-03-16T00:00:00+01:00",
    "resources": [
        resource("bay", cell("2026-03-09", "2026-03-16", 36, 40, level="amber", phases=["cut"])),
        resource(
            "crew",
            cell("2026-03-02", "2026-03-09", 8, 0, level="none", overload_min=None, phases=["cut"]),
            has_capacity=False,
            department=None,
        ),
        resource("oven", cell("2026-03-02", "2026-03-09", 8, 0, level="red", phases=["cut"])),
        PRESS,
    ],
    "manpower": {
        "until": "2026-03-20T00:00:00+01:00",
        "skills": [
            {
                "skill": "fit",
                "needed_min": 600,
                "free_min": None,
                "gap_min": None,
                "fte_milli": None,
                "resources": ["crew"],
                "phases": [{"id": "cut", "name": "Cut sheets"}],
            },
            {
                "skill": "paint",
                "needed_min": 600,
                "free_min": 900,
                "gap_min": 0,
                "fte_milli": 0,
                "resources": ["painters"],
                "phases": [],
            },
            {
                "skill": "weld",
                "needed_min": 2_400,
                "free_min": 1_230,
                "gap_min": 1_170,
                "fte_milli": 1_500,
                "resources": ["press", "bay"],
                "phases": [
                    {"id": "cut", "name": "Cut sheets"},
                    {"id": "weld", "name": "Weld frame"},
                ],
            },
        ],
    },
}
