"""Keep checkpoints in a SQLite file of their own, which may be deleted at any time."""

import json
import sqlite3
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from projections.checkpoints_contract import Checkpoint
from projections.stores.sqlite import connect, raise_if_away, transaction

IDLE_MAX: Final = 4

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
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False
        with self._transaction() as run:
            for statement in _TABLES:
                run.execute(statement)

    def put(self, fold: str, key: str, checkpoint: Checkpoint) -> None:
        with self._transaction() as run:
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
        with self._transaction() as run:
            run.execute(
                "DELETE FROM takt_checkpoints WHERE fold = ? AND key = ? AND position = ?",
                (fold, key, position),
            )

    def keep_only(self, folds: Sequence[str]) -> None:
        with self._transaction() as run:
            run.execute(
                "DELETE FROM takt_checkpoints WHERE fold NOT IN (SELECT value FROM json_each(?))",
                (json.dumps(list(folds)),),
            )

    def clear(self) -> None:
        with self._transaction() as run:
            run.execute("DELETE FROM takt_checkpoints")
            run.execute("DELETE FROM takt_checkpoints_followed")

    def followed(self, by: str) -> tuple[int, Mapping[str, int]]:
        found = self._first(
            "SELECT position, counts FROM takt_checkpoints_followed WHERE who = ?", (by,)
        )
        return (0, {}) if found is None else (int(found[0]), json.loads(found[1]))

    def follow(self, by: str, position: int, counts: Mapping[str, int]) -> None:
        with self._transaction() as run:
            run.execute(
                "INSERT OR REPLACE INTO takt_checkpoints_followed VALUES (1, ?, ?, ?)",
                (by, position, json.dumps(dict(counts), separators=(",", ":"))),
            )

    def size(self) -> int:
        found = self._first("SELECT coalesce(sum(length(body)), 0) FROM takt_checkpoints", ())
        return 0 if found is None else int(found[0])

    def close(self) -> None:
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        while (connection := self._kept()) is not None:
            connection.close()

    def _kept(self) -> sqlite3.Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _first(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with self._connection() as run:
            found: tuple[Any, ...] | None = run.execute(statement, values).fetchone()
            return found

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to one thread at a time."""
        connection = self._kept() or connect(self._path)
        try:
            yield connection
        except sqlite3.OperationalError as error:
            raise_if_away(error)
            raise
        finally:
            if len(self._idle) < IDLE_MAX:
                self._idle.append(connection)
            else:
                connection.close()
            if self._closed:
                # It was lent while all was closed: who has it last puts it away.
                self._close_idle()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection, transaction(connection):
            yield connection
