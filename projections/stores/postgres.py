"""Keep rows in PostgreSQL, written in one statement a batch."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from projections.contract import Change, StaleEngine
from projections.stores.bodies import StoredRow, body_of, digest_of, micros_of, row_of

CONNECT_TIMEOUT_S: Final = 10
DDL_LOCK: Final = 7_302


class PostgresRows:
    """Rows of one projection version in PostgreSQL; a connection for each thread that asks.

    Text is ordered by its bytes (`COLLATE "C"`), so that every store sums up to the same digest.
    """

    def __init__(self, url: str, name: str, version: int) -> None:
        self._url = url
        self._name = name
        self._version = version
        self._rows = sql.Identifier(f"takt_{name}_v{version}")
        self._index = sql.Identifier(f"takt_{name}_v{version}_position")
        self._dues = sql.Identifier(f"takt_{name}_v{version}_due")
        self._local = threading.local()
        self._opened_lock = threading.Lock()
        self._opened: list[psycopg.Connection[Any]] = []
        with self._transaction() as run:
            run.execute("SELECT pg_advisory_xact_lock(%s)", (DDL_LOCK,))
            for statement in _TABLES:
                run.execute(self._of(statement))

    def _of(self, statement: LiteralString) -> sql.Composed:
        return sql.SQL(statement).format(rows=self._rows, index=self._index, dues=self._dues)

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
    ) -> None:
        with self._transaction() as run:
            stored = self._lock_position(run)
            if position <= stored:
                raise StaleEngine(self._name, position, stored)
            self._put(run, changes, dues or {}, position)

    def replace(
        self, changes: Sequence[Change], position: int, dues: Mapping[str, datetime | None]
    ) -> None:
        with self._transaction() as run:
            stored = self._lock_position(run)
            if position < stored:
                raise StaleEngine(self._name, position, stored)
            run.execute(self._of("DELETE FROM {rows}"))
            run.execute(self._of("DELETE FROM {dues}"))
            self._put(run, changes, dues, position)

    def amend(
        self, changes: Sequence[Change], position: int, dues: Mapping[str, datetime | None]
    ) -> None:
        with self._transaction() as run:
            stored = self._lock_position(run)
            if position != stored:
                raise StaleEngine(self._name, position, stored)
            self._put(run, changes, dues, position)

    def _put(
        self,
        run: psycopg.Connection[Any],
        changes: Sequence[Change],
        dues: Mapping[str, datetime | None],
        position: int,
    ) -> None:
        last = {(change.key, change.row_id): change for change in changes}
        if last:
            run.execute(
                self._of(_UPSERT),
                (
                    [change.key for change in last.values()],
                    [change.row_id for change in last.values()],
                    [None if row.row is None else body_of(row.row) for row in last.values()],
                    [change.position for change in last.values()],
                ),
            )
        gone = [key for key, due in dues.items() if due is None]
        if gone:
            run.execute(self._of("DELETE FROM {dues} WHERE key = ANY(%s)"), (gone,))
        moved = {key: micros_of(due) for key, due in dues.items() if due is not None}
        if moved:
            run.execute(self._of(_UPSERT_DUES), (list(moved), list(moved.values())))
        run.execute(
            "UPDATE takt_projections SET position = %s WHERE name = %s AND version = %s",
            (position, self._name, self._version),
        )

    def position(self) -> int:
        found = self._fetch(
            "SELECT position FROM takt_projections WHERE name = %s AND version = %s",
            (self._name, self._version),
        )
        return int(found[0][0]) if found else 0

    def get(self, key: str, row_id: str) -> Change | None:
        found = self._fetch(
            "SELECT body, position FROM {rows} WHERE key = %s AND row_id = %s AND body IS NOT NULL",
            (key, row_id),
        )
        return self._change(key, row_id, *found[0]) if found else None

    def of_key(self, key: str) -> Sequence[Change]:
        rows = self._fetch(
            "SELECT row_id, body, position FROM {rows}"
            " WHERE key = %s AND body IS NOT NULL ORDER BY row_id",
            (key,),
        )
        return [self._change(key, row_id, body, position) for row_id, body, position in rows]

    def changed_since(self, position: int, keys: Iterable[str] | None = None) -> Sequence[Change]:
        wanted = None if keys is None else list(keys)
        rows = self._fetch(
            "SELECT key, row_id, body, position FROM {rows} WHERE position > %s"
            " AND (%s::text[] IS NULL OR key = ANY(%s::text[])) ORDER BY position, key, row_id",
            (position, wanted, wanted),
        )
        return [self._change(key, row_id, body, at) for key, row_id, body, at in rows]

    def keys(self) -> Sequence[str]:
        rows = self._fetch("SELECT DISTINCT key FROM {rows} WHERE body IS NOT NULL ORDER BY key")
        return [key for (key,) in rows]

    def due_by(self, moment: datetime) -> Sequence[str]:
        rows = self._fetch(
            "SELECT key FROM {dues} WHERE due <= %s ORDER BY key", (micros_of(moment),)
        )
        return [key for (key,) in rows]

    def digest(self) -> str:
        return digest_of(
            StoredRow(*row)
            for row in self._fetch(
                "SELECT key, row_id, position, body FROM {rows}"
                " WHERE body IS NOT NULL ORDER BY key, row_id"
            )
        )

    def clear(self) -> None:
        with self._transaction() as run:
            self._lock_position(run)
            run.execute(self._of("DELETE FROM {rows}"))
            run.execute(self._of("DELETE FROM {dues}"))
            run.execute(
                "UPDATE takt_projections SET position = 0 WHERE name = %s AND version = %s",
                (self._name, self._version),
            )

    def _lock_position(self, run: psycopg.Connection[Any]) -> int:
        """Return the stored position, locked until the end: two engines take turns."""
        run.execute(
            "INSERT INTO takt_projections VALUES (%s, %s, 0) ON CONFLICT DO NOTHING",
            (self._name, self._version),
        )
        found = run.execute(
            "SELECT position FROM takt_projections WHERE name = %s AND version = %s FOR UPDATE",
            (self._name, self._version),
        ).fetchone()
        assert found is not None
        return int(found[0])

    def _change(self, key: str, row_id: str, body: str | None, position: int) -> Change:
        row = None if body is None else row_of(body)
        return Change(self._name, key, row_id, row, position)

    def _fetch(
        self, statement: LiteralString, values: tuple[object, ...] = ()
    ) -> list[tuple[Any, ...]]:
        try:
            return self._connection().execute(self._of(statement), values).fetchall()
        except psycopg.OperationalError:
            # The server was restarted, or the connection cut: a read may simply be asked again.
            self._local.connection = None
            return self._connection().execute(self._of(statement), values).fetchall()

    def close(self) -> None:
        with self._opened_lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._local = threading.local()

    def _connection(self) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = psycopg.connect(
                self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
            )
            self._local.connection = connection
            with self._opened_lock:
                self._opened.append(connection)
        return connection

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self._connection()
        try:
            with connection.transaction():
                yield connection
        except psycopg.OperationalError:
            self._local.connection = None
            raise


_TABLES: Final[tuple[LiteralString, ...]] = (
    """CREATE TABLE IF NOT EXISTS takt_projections (
        name text NOT NULL, version bigint NOT NULL, position bigint NOT NULL,
        PRIMARY KEY (name, version))""",
    """CREATE TABLE IF NOT EXISTS {rows} (
        key text COLLATE "C" NOT NULL, row_id text COLLATE "C" NOT NULL, body text,
        position bigint NOT NULL, PRIMARY KEY (key, row_id))""",
    "CREATE INDEX IF NOT EXISTS {index} ON {rows} (position)",
    """CREATE TABLE IF NOT EXISTS {dues} (
        key text COLLATE "C" NOT NULL PRIMARY KEY, due bigint NOT NULL)""",
)
_UPSERT: Final = (
    "INSERT INTO {rows} SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int8[])"
    " ON CONFLICT (key, row_id) DO UPDATE SET body = excluded.body, position = excluded.position"
)
_UPSERT_DUES: Final = (
    "INSERT INTO {dues} SELECT * FROM unnest(%s::text[], %s::int8[])"
    " ON CONFLICT (key) DO UPDATE SET due = excluded.due"
)
