"""Keep rows in PostgreSQL, written in one statement a batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import sql
from psycopg.errors import LockNotAvailable, UniqueViolation

from projections.contract import (
    Batch,
    Change,
    Edition,
    RowsUnavailable,
    StaleEngine,
    StillShown,
    Stopped,
    Superseded,
)
from projections.stores import WHOLE_LOG
from projections.stores.bodies import (
    GONE,
    StoredRow,
    body_of,
    change_of,
    digest_of,
    edition_of,
    last_of_each,
    micros_of,
    moment_of,
    must_have_caught_up,
    slot_of,
    table_of,
)
from projections.stores.connections import Connection, Connections
from projections.stores.read_views_postgres import keep_views

DDL_LOCK: Final = 7_302
COPIED_ROWS_MIN: Final = 200
DROPS_TRIED_MAX: Final = 200


class PostgresRows:
    """Rows of one projection version in PostgreSQL.

    Text is ordered by its bytes (`COLLATE "C"`), so that every store sums up to the same digest.
    """

    _copies = True
    _floor_seen: int | None = None

    def __init__(self, url: str, name: str, version: int, generation: int = 0) -> None:
        self.edition = Edition(version, generation)
        self._name = name
        self._me = (slot_of(name, self.edition), version, WHOLE_LOG)
        table = table_of(name, self.edition)
        self._names = {
            "rows": sql.Identifier(table),
            "dues": sql.Identifier(f"{table}_due"),
            "by_position": sql.Identifier(f"{table}_position"),
            "gone": sql.Identifier(f"{table}_gone"),
        }
        self._connections = Connections(url)
        with self._transaction() as run:
            run.execute("SELECT pg_advisory_xact_lock(%s)", (DDL_LOCK,))
            for statement in _TABLES:
                run.execute(self._of(statement))
            run.execute(
                "INSERT INTO takt_projections VALUES (%s, %s, %s, 0, 0) ON CONFLICT DO NOTHING",
                self._me,
            )
            keep_views(run, name)

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
            self._must_be_undisturbed(run)
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
        self._saw_floor(run)

    def _saw_floor(self, run: Connection) -> None:
        if self._floor_seen is not None:
            self._floor_seen = self._stored_floor(run)

    def _stored_floor(self, run: Connection) -> int:
        found = run.execute(
            "SELECT floor FROM takt_projections WHERE name = %s AND version = %s AND shard = %s",
            self._me,
        ).fetchone()
        return 0 if found is None else int(found[0])

    def _must_be_undisturbed(self, run: Connection) -> None:
        if self._floor_seen is not None and self._floor_seen != self._stored_floor(run):
            msg = f"the rows of {self._name} were mended"
            raise Superseded(msg)

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
            self._saw_floor(run)

    def page(self, key: str | None, after: tuple[str, str], limit: int) -> Sequence[Change]:
        rows = self._fetch(
            "SELECT key, row_id, body, position FROM {rows} WHERE (key, row_id) > (%s, %s)"
            " AND (%s::text IS NULL OR key = %s) AND body IS NOT NULL"
            " ORDER BY key, row_id LIMIT %s",
            (*after, key, key, limit),
        )
        return [change_of(self._name, *row) for row in rows]

    def shown(self) -> Edition | None:
        rows = self._fetch(_SHOWN, (self._name,))
        return Edition(*rows[0]) if rows else None

    def active(self) -> int | None:
        shown = self.shown()
        return None if shown is None else shown.version

    def activate(self) -> None:
        with self._transaction() as run:
            # All positions of the projection stay where they are until the pointer has moved.
            stored = {
                edition_of(slot, version): (position, floor)
                for slot, version, position, floor in run.execute(
                    "SELECT name, version, position, floor FROM takt_projections"
                    " WHERE (name = %s OR name LIKE %s || '.%%') AND shard = %s"
                    " ORDER BY version, name FOR UPDATE",
                    (self._name, self._name, WHOLE_LOG),
                )
            }
            found = run.execute(_SHOWN + " FOR UPDATE", (self._name,)).fetchone()
            shown = None if found is None else Edition(*found)
            if shown == self.edition:
                return
            if shown is not None:
                behind, floor = stored.get(shown, (0, 0))
                position, _ = stored.get(self.edition, (0, 0))
                must_have_caught_up(self._name, self.edition.version, position, behind)
                self._raise_floor(run, max(position, floor))
            run.execute(
                "INSERT INTO takt_projection_active (name, version, generation)"
                " VALUES (%s, %s, %s) ON CONFLICT (name) DO UPDATE"
                " SET version = excluded.version, generation = excluded.generation",
                (self._name, *self.edition),
            )

    def editions(self) -> Mapping[Edition, int]:
        rows = self._fetch(
            "SELECT name, version, min(position) FROM takt_projections"
            " WHERE name = %s OR name LIKE %s || '.%%'"
            " GROUP BY name, version ORDER BY version, name",
            (self._name, self._name),
        )
        return {edition_of(slot, version): position for slot, version, position in rows}

    def watch(self) -> None:
        self._floor_seen = self.floor()

    def discard(self) -> None:
        with self._transaction() as run:
            self._locked_position(run)
            found = run.execute(_SHOWN, (self._name,)).fetchone()
            if found is not None and Edition(*found) == self.edition:
                msg = f"{self.edition} is what readers of {self._name} use"
                raise StillShown(msg)
            self._move(run, GONE)
        # Who reads from the table ends soon; who comes meanwhile must not queue up behind us.
        for _ in range(DROPS_TRIED_MAX):
            try:
                with self._transaction() as run:
                    run.execute("SET LOCAL lock_timeout = '50ms'")
                    run.execute("SELECT pg_advisory_xact_lock(%s)", (DDL_LOCK,))
                    keep_views(run, self._name)
                    run.execute(self._of("DROP TABLE IF EXISTS {rows}, {dues}"))
                    for table in ("takt_projection_stopped", "takt_projections"):
                        run.execute(
                            sql.SQL("DELETE FROM {} WHERE name = %s AND version = %s").format(
                                sql.Identifier(table)
                            ),
                            self._me[:2],
                        )
            except RowsUnavailable as held:
                if not isinstance(held.__cause__, LockNotAvailable):
                    raise
            else:
                return
        msg = f"somebody reads from the dropped rows of {self._name} without an end"
        raise RowsUnavailable(msg)

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
        self._connections.close()

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
        name text NOT NULL PRIMARY KEY, version bigint NOT NULL,
        generation bigint NOT NULL DEFAULT 0)""",
    """ALTER TABLE takt_projection_active
        ADD COLUMN IF NOT EXISTS generation bigint NOT NULL DEFAULT 0""",
    """CREATE TABLE IF NOT EXISTS {rows} (
        key text COLLATE "C" NOT NULL, row_id text COLLATE "C" NOT NULL, body text,
        position bigint NOT NULL, PRIMARY KEY (key, row_id))""",
    "CREATE INDEX IF NOT EXISTS {by_position} ON {rows} (position)",
    "CREATE INDEX IF NOT EXISTS {gone} ON {rows} (position) WHERE body IS NULL",
    """CREATE TABLE IF NOT EXISTS {dues} (
        key text COLLATE "C" NOT NULL PRIMARY KEY, due bigint NOT NULL)""",
)
_SHOWN: Final = "SELECT version, generation FROM takt_projection_active WHERE name = %s"
_COPY: Final = "COPY {rows} FROM STDIN (FORMAT BINARY)"
_UPSERT: Final = (
    "INSERT INTO {rows} SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::int8[])"
    " ON CONFLICT (key, row_id) DO UPDATE SET body = excluded.body, position = excluded.position"
)
_UPSERT_DUES: Final = (
    "INSERT INTO {dues} SELECT * FROM unnest(%b::text[], %b::int8[])"
    " ON CONFLICT (key) DO UPDATE SET due = excluded.due"
)
