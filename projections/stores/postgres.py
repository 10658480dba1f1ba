"""Keep rows in PostgreSQL, written in one statement a batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import sql
from psycopg.errors import UniqueViolation

from projections.contract import Batch, Change, RowsUnavailable, StaleEngine, Stopped
from projections.stores import WHOLE_LOG
from projections.stores.bodies import (
    StoredRow,
    body_of,
    change_of,
    digest_of,
    last_of_each,
    micros_of,
    moment_of,
    must_have_caught_up,
)
from projections.stores.connections import Connection, Connections

DDL_LOCK: Final = 7_302
COPIED_ROWS_MIN: Final = 200


class PostgresRows:
    """Rows of one projection version in PostgreSQL.

    Text is ordered by its bytes (`COLLATE "C"`), so that every store sums up to the same digest.
    """

    def __init__(self, url: str, name: str, version: int) -> None:
        self._name = name
        self._me = (name, version, WHOLE_LOG)
        table = f"takt_{name}_v{version}"
        self._names = {
            "rows": sql.Identifier(table),
            "dues": sql.Identifier(f"{table}_due"),
            "by_position": sql.Identifier(f"{table}_position"),
            "gone": sql.Identifier(f"{table}_gone"),
        }
        self._copies = True
        self._connections = Connections(url)
        with self._transaction() as run:
            run.execute("SELECT pg_advisory_xact_lock(%s)", (DDL_LOCK,))
            for statement in _TABLES:
                run.execute(self._of(statement))

    def _of(self, statement: LiteralString) -> sql.Composed:
        return sql.SQL(statement).format(**self._names)

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
        stopped: Mapping[str, Stopped | None] | None = None,
    ) -> None:
        put = _Written(Batch(changes, dues or {}, stopped or {}))
        with self._transaction() as run:
            stored = self._locked_position(run)
            if position <= stored:
                raise StaleEngine(self._name, position, stored)
            self._put(run, put)
            self._move(run, position)

    def replace(self, batch: Batch, position: int) -> None:
        put = _Written(batch)
        with self._transaction() as run:
            stored = self._locked_position(run)
            if position < stored:
                raise StaleEngine(self._name, position, stored)
            self._forget(run)
            self._put(run, put)
            self._move(run, position)
            self._raise_floor(run, position)

    def amend(self, batch: Batch, position: int) -> None:
        put = _Written(batch)
        with self._transaction() as run:
            stored = self._locked_position(run)
            if position != stored:
                raise StaleEngine(self._name, position, stored)
            self._put(run, put)
            self._move(run, position)
            self._raise_floor(run, position)

    def _put(self, run: Connection, put: "_Written") -> None:
        if put.keys and not self._copied(run, put):
            run.execute(self._of(_UPSERT), (put.keys, put.row_ids, put.bodies, put.positions))
        if put.dues_gone:
            run.execute(self._of("DELETE FROM {dues} WHERE key = ANY(%s)"), (put.dues_gone,))
        if put.dues:
            run.execute(self._of(_UPSERT_DUES), (list(put.dues), list(put.dues.values())))
        for key, stop in put.stopped.items():
            run.execute(
                "DELETE FROM takt_projection_stopped"
                " WHERE name = %s AND version = %s AND shard = %s AND key = %s",
                (*self._me, key),
            )
            if stop is not None:
                run.execute(
                    "INSERT INTO takt_projection_stopped VALUES (%s, %s, %s, %s, %s, %s)",
                    (*self._me, key, stop.position, stop.error),
                )

    def _copied(self, run: Connection, put: "_Written") -> bool:
        """Copy many rows in at once, at half the cost; False where one of them is there already.

        Rows that each event makes anew never are. Of others it is not tried a second time.
        """
        if not self._copies or len(put.keys) < COPIED_ROWS_MIN:
            return False
        try:
            with run.transaction(), run.cursor() as cursor, cursor.copy(self._of(_COPY)) as into:
                into.set_types(("text", "text", "text", "int8"))
                for row in zip(put.keys, put.row_ids, put.bodies, put.positions, strict=True):
                    into.write_row(row)
        except UniqueViolation:
            self._copies = False
        return self._copies

    def _move(self, run: Connection, position: int) -> None:
        run.execute(
            "UPDATE takt_projections SET position = %s"
            " WHERE name = %s AND version = %s AND shard = %s",
            (position, *self._me),
        )

    def _raise_floor(self, run: Connection, position: int) -> None:
        run.execute(
            "UPDATE takt_projections SET floor = greatest(floor, %s) + 1"
            " WHERE name = %s AND version = %s AND shard = %s",
            (position, *self._me),
        )

    def _forget(self, run: Connection) -> None:
        run.execute(self._of("DELETE FROM {rows}"))
        run.execute(self._of("DELETE FROM {dues}"))
        run.execute(
            "DELETE FROM takt_projection_stopped WHERE name = %s AND version = %s AND shard = %s",
            self._me,
        )

    def position(self) -> int:
        return self._stored("SELECT position FROM takt_projections WHERE ")

    def floor(self) -> int:
        return self._stored("SELECT floor FROM takt_projections WHERE ")

    def get(self, key: str, row_id: str) -> Change | None:
        rows = self._fetch(
            "SELECT key, row_id, body, position FROM {rows}"
            " WHERE key = %s AND row_id = %s AND body IS NOT NULL",
            (key, row_id),
        )
        return change_of(self._name, *rows[0]) if rows else None

    def of_key(self, key: str) -> Sequence[Change]:
        rows = self._fetch(
            "SELECT key, row_id, body, position FROM {rows}"
            " WHERE key = %s AND body IS NOT NULL ORDER BY row_id",
            (key,),
        )
        return [change_of(self._name, *row) for row in rows]

    def changed_since(self, position: int, keys: Iterable[str] | None = None) -> Sequence[Change]:
        wanted = None if keys is None else list(keys)
        rows = self._fetch(
            "SELECT key, row_id, body, position FROM {rows} WHERE position > %s"
            " AND (%s::text[] IS NULL OR key = ANY(%s::text[])) ORDER BY position, key, row_id",
            (position, wanted, wanted),
        )
        return [change_of(self._name, *row) for row in rows]

    def keys(self) -> Sequence[str]:
        rows = self._fetch("SELECT DISTINCT key FROM {rows} WHERE body IS NOT NULL ORDER BY key")
        return [key for (key,) in rows]

    def due_by(self, moment: datetime) -> Sequence[str]:
        rows = self._fetch(
            "SELECT key FROM {dues} WHERE due <= %s ORDER BY key", (micros_of(moment),)
        )
        return [key for (key,) in rows]

    def dues(self) -> Mapping[str, datetime]:
        return {key: moment_of(due) for key, due in self._fetch("SELECT key, due FROM {dues}")}

    def stopped(self) -> Sequence[Stopped]:
        rows = self._fetch(
            "SELECT key, position, error FROM takt_projection_stopped"
            ' WHERE name = %s AND version = %s AND shard = %s ORDER BY key COLLATE "C"',
            self._me,
        )
        return [Stopped(*row) for row in rows]

    def purge(self, before: int) -> None:
        with self._transaction() as run:
            self._locked_position(run)
            run.execute(
                self._of("DELETE FROM {rows} WHERE body IS NULL AND position < %s"), (before,)
            )
            run.execute(
                "UPDATE takt_projections SET floor = greatest(floor, %s)"
                " WHERE name = %s AND version = %s AND shard = %s",
                (before, *self._me),
            )

    def active(self) -> int | None:
        rows = self._fetch(
            "SELECT version FROM takt_projection_active WHERE name = %s", (self._name,)
        )
        return int(rows[0][0]) if rows else None

    def activate(self) -> None:
        name, version, _ = self._me
        with self._transaction() as run:
            # All positions of the projection stay where they are until the pointer has moved.
            positions = dict(
                run.execute(
                    "SELECT version, position FROM takt_projections"
                    " WHERE name = %s ORDER BY version FOR UPDATE",
                    (name,),
                ).fetchall()
            )
            read = run.execute(
                "SELECT version FROM takt_projection_active WHERE name = %s FOR UPDATE", (name,)
            ).fetchone()
            behind = positions.get(read[0], 0) if read is not None else 0
            must_have_caught_up(name, version, positions.get(version, 0), behind)
            run.execute(
                "INSERT INTO takt_projection_active VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                (name, version),
            )

    def digest(self) -> str:
        with self._transaction() as run, run.cursor(name="digest") as rows:
            rows.execute(
                self._of(
                    "SELECT key, row_id, position, body FROM {rows}"
                    " WHERE body IS NOT NULL ORDER BY key, row_id"
                )
            )
            return digest_of(StoredRow(*row) for row in rows)

    def clear(self) -> None:
        with self._transaction() as run:
            stored = self._locked_position(run)
            self._forget(run)
            self._move(run, 0)
            self._raise_floor(run, stored)

    def close(self) -> None:
        self._connections.close_idle()

    def _locked_position(self, run: Connection) -> int:
        """Return the stored position, locked until the end: two engines take turns."""
        run.execute(
            "INSERT INTO takt_projections VALUES (%s, %s, %s, 0, 0) ON CONFLICT DO NOTHING",
            self._me,
        )
        found = run.execute(
            "SELECT position FROM takt_projections"
            " WHERE name = %s AND version = %s AND shard = %s FOR UPDATE",
            self._me,
        ).fetchone()
        assert found is not None
        return int(found[0])

    def _stored(self, statement: LiteralString) -> int:
        rows = self._fetch(statement + "name = %s AND version = %s AND shard = %s", self._me)
        return int(rows[0][0]) if rows else 0

    def _fetch(
        self, statement: LiteralString, values: tuple[object, ...] = ()
    ) -> list[tuple[Any, ...]]:
        try:
            with self._connections.one() as run:
                return run.execute(self._of(statement), values).fetchall()
        except RowsUnavailable:
            # The server was restarted, or the connection cut: a read may simply be asked again.
            self._connections.close_idle()
            with self._connections.one() as run:
                return run.execute(self._of(statement), values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._connections.one() as connection, connection.transaction():
                yield connection
        except RowsUnavailable:
            self._connections.close_idle()  # Or each of them would fail the next attempt.
            raise


class _Written:
    """A batch as columns, made before anything is locked."""

    def __init__(self, batch: Batch) -> None:
        changes = last_of_each(batch.changes)
        self.keys = [change.key for change in changes]
        self.row_ids = [change.row_id for change in changes]
        self.bodies = [None if each.row is None else body_of(each.row) for each in changes]
        self.positions = [change.position for change in changes]
        self.dues = {key: micros_of(due) for key, due in batch.dues.items() if due is not None}
        self.dues_gone = [key for key, due in batch.dues.items() if due is None]
        self.stopped = batch.stopped


_TABLES: Final[tuple[LiteralString, ...]] = (
    """CREATE TABLE IF NOT EXISTS takt_projections (
        name text NOT NULL, version bigint NOT NULL, shard bigint NOT NULL,
        position bigint NOT NULL, floor bigint NOT NULL, PRIMARY KEY (name, version, shard))""",
    """CREATE TABLE IF NOT EXISTS takt_projection_stopped (
        name text NOT NULL, version bigint NOT NULL, shard bigint NOT NULL, key text NOT NULL,
        position bigint NOT NULL, error text NOT NULL, PRIMARY KEY (name, version, shard, key))""",
    """CREATE TABLE IF NOT EXISTS takt_projection_active (
        name text NOT NULL PRIMARY KEY, version bigint NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS {rows} (
        key text COLLATE "C" NOT NULL, row_id text COLLATE "C" NOT NULL, body text,
        position bigint NOT NULL, PRIMARY KEY (key, row_id))""",
    "CREATE INDEX IF NOT EXISTS {by_position} ON {rows} (position)",
    "CREATE INDEX IF NOT EXISTS {gone} ON {rows} (position) WHERE body IS NULL",
    """CREATE TABLE IF NOT EXISTS {dues} (
        key text COLLATE "C" NOT NULL PRIMARY KEY, due bigint NOT NULL)""",
)
_COPY: Final = "COPY {rows} FROM STDIN (FORMAT BINARY)"
_UPSERT: Final = (
    "INSERT INTO {rows} SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::int8[])"
    " ON CONFLICT (key, row_id) DO UPDATE SET body = excluded.body, position = excluded.position"
)
_UPSERT_DUES: Final = (
    "INSERT INTO {dues} SELECT * FROM unnest(%b::text[], %b::int8[])"
    " ON CONFLICT (key) DO UPDATE SET due = excluded.due"
)
