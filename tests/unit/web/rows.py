"""Rows as the projections write them, small enough to count by hand."""

from datetime import UTC, datetime
from typing import Any

from projections.contract import Row
from projections.web.shown import Shown
from projections.web.view import ProjectView, project_view

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
EVIL = "<b>\"weld\" & 'cut'</b><script>alert(1)</script>"


def phase(phase_id: str, **changed: object) -> dict[str, Any]:
    """Return a row of the schedule."""
    return {
        "id": phase_id,
        "wbs": "1",
        "name": phase_id.capitalize(),
        "kind": "task",
        "department": "Fabrication",
        "duration_min": 2400,
        "remaining_min": 2400,
        "physical_bp": None,
        "stage": "planned",
        "start": "2026-03-09T08:00:00+01:00",
        "finish": "2026-03-13T16:00:00+01:00",
        "late_finish": "2026-03-13T16:00:00+01:00",
        "total_float_min": 0,
        "critical": False,
        "summary": False,
        "driver": {"kind": "project_start", "ref": None},
        "deadline": None,
        "links": [],
        **changed,
    }


def schedule(*phases: dict[str, Any], **header: object) -> dict[str, Row]:
    """Return the rows of a schedule."""
    return {
        "/project": {
            "project": "PRJ-7",
            "name": "Bottling line",
            "standing": "open",
            "zone": "Europe/Berlin",
            "data_date": "2026-03-10T08:00:00+01:00",
            "start": "2026-03-09T08:00:00+01:00",
            "finish": "2026-03-13T16:00:00+01:00",
            "promise": "2026-03-12",
            "problem": None,
            **header,
        },
        **{each["id"]: each for each in phases},
    }


def status(**header: object) -> dict[str, Row]:
    """Return the rows of a status."""
    return {
        "/project": {
            "name": "Bottling line",
            "zone": "Europe/Berlin",
            "promise": "2026-03-12",
            "slip_working_days": "1.00",
            "late": True,
            "percent_bp": 2_500,
            "late_start_phases": [],
            "late_finish_phases": [],
            "conflicts": [],
            "unconfirmed": [],
            "late_deliveries": [],
            "latest": [],
            **header,
        },
        "department/Fabrication": {
            "department": "Fabrication",
            "phase_count": 4,
            "running": 1,
            "interrupted": 1,
            "finished": 1,
            "percent_bp": 2_500,
            "late_starts": 1,
            "late_finishes": 0,
            "forecast_finish": "2026-03-13T16:00:00+01:00",
        },
    }


def conflict(conflict_id: str, **changed: object) -> dict[str, Any]:
    """Return an open conflict as the status tells it."""
    return {
        "id": conflict_id,
        "kind": "schedule",
        "summary": "the promise is missed",
        "severity": "high",
        "impact_days": "1.50",
        "owner": None,
        "due": None,
        "acknowledged": False,
        "opened_at": "2026-03-09T09:00:00+00:00",
        **changed,
    }


def delivery(commitment_id: str, **changed: object) -> dict[str, Any]:
    """Return a delivery as the status tells it."""
    return {
        "commitment": commitment_id,
        "vendor": "Fluxtec",
        "item": "flow meters",
        "need": "2026-03-12",
        "promised": None,
        "expected": "2026-03-16",
        "status": "requested",
        "answer": None,
        "phases": ["weld"],
        **changed,
    }


def view(
    schedule_rows: dict[str, Row] | None = None,
    status_rows: dict[str, Row] | None = None,
    as_of: str | None = None,
) -> ProjectView:
    """Return the view of rows at a fixed moment."""
    return project_view(
        "PRJ-7",
        schedule(phase("weld")) if schedule_rows is None else schedule_rows,
        status() if status_rows is None else status_rows,
        position=42,
        now=NOW,
        shown=Shown(as_of),
    )
