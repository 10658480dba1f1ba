"""Keep checkpoints in PostgreSQL, as they were compressed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, LiteralString

from psycopg.types.json import Json

from projections.checkpoints_contract import Checkpoint
from projections.stores.connections import Connection, Connections

DDL_LOCK: Final = 7_303

# EXTERNAL: what is compressed already would be compressed again, at five times the cost.
_TABLES: Final[tuple[LiteralString, ...]] = (
    """CREATE TABLE IF NOT EXISTS takt_checkpoints (
        fold text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, position bigint NOT NULL,
        body bytea NOT NULL, PRIMARY KEY (fold, key, position))""",
    "ALTER TABLE takt_checkpoints ALTER COLUMN body SET STORAGE EXTERNAL",
    """CREATE TABLE IF NOT EXISTS takt_checkpoints_followed (
        one integer PRIMARY KEY CHECK (one = 1), who text NOT NULL,
        position bigint NOT NULL, counts jsonb NOT NULL)""",
)
_NEWEST: Final = (
    "FROM takt_checkpoints WHERE fold = %s AND key = %s AND position <= %s"
    " ORDER BY position DESC LIMIT 1"
)


class PostgresCheckpoints:
    """Checkpoints in one table of a database."""

    def __init__(self, url: str) -> None:
        self._connections = Connections(url)
        with self._transaction() as run:
            run.execute("SELECT pg_advisory_xact_lock(%s)", (DDL_LOCK,))
            if run.execute("SELECT to_regclass('takt_checkpoints_followed')").fetchone() == (None,):
                for statement in _TABLES:
                    run.execute(statement)

    def put(self, fold: str, key: str, checkpoint: Checkpoint) -> None:
        with self._transaction() as run:
            run.execute(
                "INSERT INTO takt_checkpoints VALUES (%s, %s, %s, %b)"
                " ON CONFLICT (fold, key, position) DO UPDATE SET body = excluded.body",
                (fold, key, *checkpoint),
            )

    def newest(self, fold: str, key: str, up_to: int) -> Checkpoint | None:
        with self._connections.one() as run, run.cursor(binary=True) as cursor:
            cursor.execute(f"SELECT position, body {_NEWEST}", (fold, key, up_to))
            found = cursor.fetchone()
        return None if found is None else Checkpoint(found[0], bytes(found[1]))

    def position_of(self, fold: str, key: str, up_to: int) -> int:
        found = self._first(f"SELECT position {_NEWEST}", (fold, key, up_to))
        return 0 if found is None else int(found[0])

    def drop(self, fold: str, key: str, position: int) -> None:
        with self._transaction() as run:
            run.execute(
                "DELETE FROM takt_checkpoints WHERE fold = %s AND key = %s AND position = %s",
                (fold, key, position),
            )

    def keep_only(self, folds: Sequence[str]) -> None:
        with self._transaction() as run:
            run.execute("DELETE FROM takt_checkpoints WHERE fold <> ALL(%s)", (list(folds),))

    def clear(self) -> None:
        with self._transaction() as run:
            run.execute("DELETE FROM takt_checkpoints")
            run.execute("DELETE FROM takt_checkpoints_followed")

    def followed(self, by: str) -> tuple[int, Mapping[str, int]]:
        found = self._first(
            "SELECT position, counts FROM takt_checkpoints_followed WHERE who = %s", (by,)
        )
        return (0, {}) if found is None else (int(found[0]), found[1])

    def follow(self, by: str, position: int, counts: Mapping[str, int]) -> None:
        with self._transaction() as run:
            run.execute(
                "INSERT INTO takt_checkpoints_followed VALUES (1, %s, %s, %s) ON CONFLICT (one)"
                " DO UPDATE SET who = excluded.who, position = excluded.position,"
                " counts = excluded.counts",
                (by, position, Json(dict(counts))),
            )

    def size(self) -> int:
        found = self._first("SELECT coalesce(sum(octet_length(body)), 0) FROM takt_checkpoints", ())
        return 0 if found is None else int(found[0])

    def close(self) -> None:
        self._connections.close()

    def _first(self, statement: LiteralString, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with self._connections.one() as run:
            found: tuple[Any, ...] | None = run.execute(statement, values).fetchone()
            return found

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._connections.one() as run, run.transaction():
            yield run
