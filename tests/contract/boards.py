"""Make rows of a board in few words, and tell what a store holds."""

from typing import Any, Final

from projections.contract import (
    Change,
    Row,
    Rows,
)

WELD: Final[Row] = {"name": "Weld ä\u2028", "days": 3, "parts": ["a", None], "open": True}
PAINT: Final[Row] = {"name": "Paint", "days": 1}


def change(key: str, row_id: str, row: Row | None, position: int) -> Change:
    return Change("board", key, row_id, row, position)


def told(rows: Rows, after: int = 0) -> list[tuple[int, str, str, Any]]:
    return [(each.position, each.key, each.row_id, each.row) for each in rows.changed_since(after)]
