"""Put the rows of a project together as the documents that clients read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from consumers.http.services import HEADER_ROW, SCHEDULE
from projections.contract import Change, Row


def rows_of(changes: Iterable[Change]) -> dict[str, Row]:
    """Return the present rows by row id."""
    return {change.row_id: change.row for change in changes if change.row is not None}


def project_document(projection: str, rows: Mapping[str, Row], position: int) -> dict[str, Any]:
    """Return one project's rows as one document; `rows` are not empty."""
    others = [{"id": row_id, **row} for row_id, row in rows.items() if row_id != HEADER_ROW]
    list_name = "phases" if projection == SCHEDULE else "rows"
    return {**rows.get(HEADER_ROW, {}), "position": position, list_name: others}


def by_position(changes: Sequence[Change]) -> list[Change]:
    """Return changes in the order of the log, rows of one position by their id."""
    return sorted(changes, key=lambda change: (change.position, change.row_id))
