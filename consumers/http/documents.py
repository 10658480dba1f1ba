"""Put the rows of a project together as the documents that clients read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from consumers.http.services import SCHEDULE, STATUS
from projections import schedule, status
from projections.contract import Change, Row

Document: TypeAlias = dict[str, Any]

DOCUMENT_OF: Final[Mapping[str, Callable[[Mapping[str, Row], int], Document]]] = {
    SCHEDULE: schedule.document,
    STATUS: status.document,
}
"""The document of each projection that is read project by project; rows are not empty."""


def rows_of(changes: Iterable[Change]) -> dict[str, Row]:
    """Return the present rows by row id."""
    return {change.row_id: change.row for change in changes if change.row is not None}


def by_position(changes: Sequence[Change]) -> list[Change]:
    """Return changes in the order of the log, rows of one position by their id."""
    return sorted(changes, key=lambda change: (change.position, change.row_id))
