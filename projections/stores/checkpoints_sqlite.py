"""Keep checkpoints in a SQLite file of their own, which may be deleted at any time."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from projections.checkpoints_contract import Checkpoint
from projections.stores.connections_sqlite import SqliteConnections

_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS takt_checkpoints (
        fold TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (fold, key, position))""",
    """CREATE TABLE IF NOT EXISTS takt_checkpoints_followed (
        one INTEGER PRIMARY KEY CHECK (one = 1), who TEXT NOT NULL,
        position INTEGER NOT NULL, counts TEXT NOT NULL)""",
)
_NEWEST: Final = (
    "FROM takt_checkpoints WHERE fold = ? AND key = ? AND position <= ?"
    " ORDER BY position DESC LIMIT 1"
)


class SqliteCheckpoints:
    """Checkpoints in one SQLite file; a connection for each that asks."""

    def __init__(self, path: str) -> None:
        self._connections = SqliteConnections(path)
        with self._connections.transaction() as run:
            for statement in _TABLES:
                run.execute(statement)

    def put(self, fold: str, key: str, checkpoint: Checkpoint) -> None:
        with self._connections.transaction() as run:
            run.execute(
                "INSERT OR REPLACE INTO takt_checkpoints VALUES (?, ?, ?, ?)",
                (fold, key, *checkpoint),
            )

    def newest(self, fold: str, key: str, up_to: int) -> Checkpoint | None:
        found = self._first(f"SELECT position, body {_NEWEST}", (fold, key, up_to))
        return None if found is None else Checkpoint(*found)

    def position_of(self, fold: str, key: str, up_to: int) -> int:
        found = self._first(f"SELECT position {_NEWEST}", (fold, key, up_to))
        return 0 if found is None else int(found[0])

    def drop(self, fold: str, key: str, position: int) -> None:
        with self._connections.transaction() as run:
            run.execute(
                "DELETE FROM takt_checkpoints WHERE fold = ? AND key = ? AND position = ?",
                (fold, key, position),
            )

    def keep_only(self, folds: Sequence[str]) -> None:
        with self._connections.transaction() as run:
            run.execute(
                "DELETE FROM takt_checkpoints WHERE fold NOT IN (SELECT value FROM json_each(?))",
                (json.dumps(list(folds)),),
            )

    def clear(self) -> None:
        with self._connections.transaction() as run:
            run.execute("DELETE FROM takt_checkpoints")
            run.execute("DELETE FROM takt_checkpoints_followed")

    def followed(self, by: str) -> tuple[int, Mapping[str, int]]:
        found = self._first(
            "SELECT position, counts FROM takt_checkpoints_followed WHERE who = ?", (by,)
        )
        return (0, {}) if found is None else (int(found[0]), json.loads(found[1]))

    def follow(self, by: str, position: int, counts: Mapping[str, int]) -> None:
        with self._connections.transaction() as run:
            run.execute(
                "INSERT OR REPLACE INTO takt_checkpoints_followed VALUES (1, ?, ?, ?)",
                (by, position, json.dumps(dict(counts), separators=(",", ":"))),
            )

    def size(self) -> int:
        found = self._first("SELECT coalesce(sum(length(body)), 0) FROM takt_checkpoints", ())
        return 0 if found is None else int(found[0])

    def close(self) -> None:
        self._connections.close()

    def _first(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with self._connections.one() as run:
            found: tuple[Any, ...] | None = run.execute(statement, values).fetchone()
            return found
