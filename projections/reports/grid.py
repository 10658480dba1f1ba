"""Lay a schedule out as a grid: a row per phase, each with its ids and the position it stood at.

So a row that was edited can come back as a difference to that position. The columns are named as
the fields of the schedule's document are.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from projections.contract import Row
from projections.reports.section import Cell, cell

GridCell: TypeAlias = Cell | datetime
"""What stands in a grid: as in a report's table, or a moment in the project's zone."""

_OF_PHASE: Final = (
    "id", "wbs", "name", "kind", "department", "parent", "calendar", "duration_min",
    "start", "finish", "critical", "total_float_min", "free_float_min", "stage",
    "actual_start", "actual_finish", "remaining_min", "physical_bp", "deadline",
    "baseline_start", "baseline_finish",
)  # fmt: skip
_MOMENTS: Final = frozenset({
    "start", "finish", "actual_start", "actual_finish", "deadline", "baseline_start",
    "baseline_finish",
})  # fmt: skip
_BEFORE: Final = ("project", "branch", "position", "true_at", "zone")
_BEHIND: Final = ("constraint", "constraint_at", "predecessors")


class Grid(NamedTuple):
    """The columns, and a row for each phase."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[GridCell]]
    sheet: str = "Schedule"
    """What the sheet of a workbook is called."""


def grid_of(schedule: Mapping[str, Any]) -> Grid:
    """Return a schedule's document as a grid."""
    zone = ZoneInfo(schedule["zone"])
    branch = schedule.get("branch")
    named = (
        schedule["project"],
        None if branch is None else branch["id"],
        schedule["position"],
        schedule.get("true_at"),
        schedule["zone"],
    )
    return Grid(
        f"Schedule: {schedule['name']}",
        (*_BEFORE, *_OF_PHASE, *_BEHIND),
        [(*named, *_cells(phase, zone)) for phase in schedule["phases"]],
    )


def _cells(phase: Row, zone: ZoneInfo) -> Iterator[GridCell]:
    for name in _OF_PHASE:
        yield _moment(phase[name], zone) if name in _MOMENTS else cell(phase[name])
    constraint = phase["constraint"]
    yield None if constraint is None else constraint["kind"]
    yield None if constraint is None else _moment(constraint["at"], zone)
    yield "; ".join(_link(link) for link in phase["links"]) or None


def _moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(zone)


def _link(link: Row) -> str:
    """Return a link as planners write it: the predecessor, the type, and the lag with its unit."""
    lag = link["lag"]
    told = "" if lag is None else f" {lag['value']:+} {lag['unit']}"
    return f"{link['pred']} {link['type']}{told}"
