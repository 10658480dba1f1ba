"""Keep rows in the SQLite file of the log, or in one of their own."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any, Final

from projections.contract import (
    Batch,
    Change,
    Edition,
    StaleEngine,
    StillShown,
    Stopped,
    Superseded,
)
from projections.stores import WHOLE_LOG, WriteGate
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
from projections.stores.connections_sqlite import SqliteConnections
from projections.stores.read_views_sqlite import keep_views
from projections.stores.sqlite_tables import GENERATIONS, TABLES

DROPPED_AT_ONCE: Final = 2_000


class SqliteRows:
    """Rows of one projection version in a SQLite file; a connection for each that asks."""

    def __init__(
        self,
        path: str,
        name: str,
        version: int,
        gate: WriteGate | None = None,
        generation: int = 0,
    ) -> None:
        self.edition = Edition(version, generation)
        self._name = name
        self._me = (slot_of(name, self.edition), version, WHOLE_LOG)
        self._gate = gate
        self._rows = table_of(name, self.edition)
        self._dues = f"{self._rows}_due"
        self._floor_seen: int | None = None
        self._connections = SqliteConnections(path)
        with self._transaction() as run:
            for statement in TABLES:
                run.execute(statement.format(rows=self._rows, dues=self._dues))
            columns = run.execute("PRAGMA table_info(takt_projection_active)").fetchall()
            if not any(column[1] == "generation" for column in columns):
                run.execute(GENERATIONS)
            run.execute("INSERT OR IGNORE INTO takt_projections VALUES (?, ?, ?, 0, 0)", self._me)
            keep_views(run, name)

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
        stopped: Mapping[str, Stopped | None] | None = None,
    ) -> None:
        put = _Written(Batch(changes, dues or {}, stopped or {}))
        with self._transaction() as run:
            stored = self._stored(run)
            if position <= stored:
                raise StaleEngine(self._name, position, stored)
            self._must_be_undisturbed(run)
            self._put(run, put)
            self._move(run, position)

    def replace(self, batch: Batch, position: int) -> None:
        put = _Written(batch)
        with self._transaction() as run:
            stored = self._stored(run)
            if position < stored:
                raise StaleEngine(self._name, position, stored)
            self._forget(run)
            self._put(run, put)
            self._move(run, position)
            self._raise_floor(run, position)

    def amend(self, batch: Batch, position: int) -> None:
        put = _Written(batch)
        with self._transaction() as run:
            stored = self._stored(run)
            if position != stored:
                raise StaleEngine(self._name, position, stored)
            self._put(run, put)
            self._move(run, position)
            self._raise_floor(run, position)

    def _put(self, run: sqlite3.Connection, put: "_Written") -> None:
        run.executemany(
            f"INSERT INTO {self._rows} VALUES (?, ?, ?, ?) ON CONFLICT (key, row_id)"  # noqa: S608  Names are the program's own.
            " DO UPDATE SET body = excluded.body, position = excluded.position",
            put.rows,
        )
        run.executemany(f"DELETE FROM {self._dues} WHERE key = ?", put.dues_gone)  # noqa: S608
        run.executemany(
            f"INSERT INTO {self._dues} VALUES (?, ?) ON CONFLICT (key)"  # noqa: S608
            " DO UPDATE SET due = excluded.due",
            put.dues,
        )
        run.executemany(
            "DELETE FROM takt_projection_stopped"
            " WHERE name = ? AND version = ? AND shard = ? AND key = ?",
            [(*self._me, key) for key in put.stopped],
        )
        run.executemany(
            "INSERT INTO takt_projection_stopped VALUES (?, ?, ?, ?, ?, ?)",
            [(*self._me, key, *stop) for key, stop in put.stopped.items() if stop is not None],
        )

    def _move(self, run: sqlite3.Connection, position: int) -> None:
        run.execute(
            "INSERT INTO takt_projections VALUES (?, ?, ?, ?, 0)"
            " ON CONFLICT (name, version, shard) DO UPDATE SET position = excluded.position",
            (*self._me, position),
        )

    def _raise_floor(self, run: sqlite3.Connection, position: int) -> None:
        run.execute(
            "UPDATE takt_projections SET floor = max(floor, ?) + 1"
            " WHERE name = ? AND version = ? AND shard = ?",
            (position, *self._me),
        )
        self._saw_floor(run)

    def _saw_floor(self, run: sqlite3.Connection) -> None:
        if self._floor_seen is not None:
            self._floor_seen = self._stored(run, "floor")

    def _must_be_undisturbed(self, run: sqlite3.Connection) -> None:
        if self._floor_seen is not None and self._floor_seen != self._stored(run, "floor"):
            msg = f"the rows of {self._name} were mended"
            raise Superseded(msg)

    def _forget(self, run: sqlite3.Connection) -> None:
        run.execute(f"DELETE FROM {self._rows}")  # noqa: S608
        run.execute(f"DELETE FROM {self._dues}")  # noqa: S608
        run.execute(
            "DELETE FROM takt_projection_stopped WHERE name = ? AND version = ? AND shard = ?",
            self._me,
        )

    def position(self) -> int:
        with self._connections.one() as run:
            return self._stored(run)

    def floor(self) -> int:
        with self._connections.one() as run:
            return self._stored(run, "floor")

    def get(self, key: str, row_id: str) -> Change | None:
        rows = self._fetch(
            f"SELECT key, row_id, body, position FROM {self._rows}"  # noqa: S608
            " WHERE key = ? AND row_id = ? AND body IS NOT NULL",
            (key, row_id),
        )
        return change_of(self._name, *rows[0]) if rows else None

    def of_key(self, key: str) -> Sequence[Change]:
        rows = self._fetch(
            f"SELECT key, row_id, body, position FROM {self._rows}"  # noqa: S608
            " WHERE key = ? AND body IS NOT NULL ORDER BY row_id",
            (key,),
        )
        return [change_of(self._name, *row) for row in rows]

    def changed_since(self, position: int, keys: Iterable[str] | None = None) -> Sequence[Change]:
        wanted = None if keys is None else set(keys)
        rows = self._fetch(
            f"SELECT key, row_id, body, position FROM {self._rows}"  # noqa: S608
            " WHERE position > ? ORDER BY position, key, row_id",
            (position,),
        )
        return [change_of(self._name, *row) for row in rows if wanted is None or row[0] in wanted]

    def keys(self) -> Sequence[str]:
        rows = self._fetch(
            f"SELECT DISTINCT key FROM {self._rows} WHERE body IS NOT NULL ORDER BY key"  # noqa: S608
        )
        return [key for (key,) in rows]

    def due_by(self, moment: datetime) -> Sequence[str]:
        rows = self._fetch(
            f"SELECT key FROM {self._dues} WHERE due <= ? ORDER BY key",  # noqa: S608
            (micros_of(moment),),
        )
        return [key for (key,) in rows]

    def dues(self) -> Mapping[str, datetime]:
        rows = self._fetch(f"SELECT key, due FROM {self._dues} ORDER BY key")  # noqa: S608
        return {key: moment_of(due) for key, due in rows}

    def stopped(self) -> Sequence[Stopped]:
        rows = self._fetch(
            "SELECT key, position, error FROM takt_projection_stopped"
            " WHERE name = ? AND version = ? AND shard = ? ORDER BY key",
            self._me,
        )
        return [Stopped(*row) for row in rows]

    def purge(self, before: int) -> None:
        with self._transaction() as run:
            run.execute(
                f"DELETE FROM {self._rows} WHERE body IS NULL AND position < ?",  # noqa: S608
                (before,),
            )
            self._move(run, self._stored(run))
            run.execute(
                "UPDATE takt_projections SET floor = max(floor, ?)"
                " WHERE name = ? AND version = ? AND shard = ?",
                (before, *self._me),
            )
            self._saw_floor(run)

    def page(self, key: str | None, after: tuple[str, str], limit: int) -> Sequence[Change]:
        of_key, values = ("", ()) if key is None else (" AND key = ?", (key,))
        rows = self._fetch(
            f"SELECT key, row_id, body, position FROM {self._rows}"  # noqa: S608
            f" WHERE (key, row_id) > (?, ?){of_key} AND body IS NOT NULL"
            " ORDER BY key, row_id LIMIT ?",
            (*after, *values, limit),
        )
        return [change_of(self._name, *row) for row in rows]

    def shown(self) -> Edition | None:
        with self._connections.one() as run:
            return self._shown(run)

    def active(self) -> int | None:
        shown = self.shown()
        return None if shown is None else shown.version

    def activate(self) -> None:
        with self._transaction() as run:
            shown = self._shown(run)
            if shown == self.edition:
                return
            if shown is not None:
                old = (slot_of(self._name, shown), shown.version, WHOLE_LOG)
                behind, floor = self._stored(run, of=old), self._stored(run, "floor", of=old)
                position = self._stored(run)
                must_have_caught_up(self._name, self.edition.version, position, behind)
                self._raise_floor(run, max(position, floor))
            run.execute(
                "INSERT INTO takt_projection_active (name, version, generation) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE"
                " SET version = excluded.version, generation = excluded.generation",
                (self._name, *self.edition),
            )

    def editions(self) -> Mapping[Edition, int]:
        rows = self._fetch(
            "SELECT name, version, position FROM takt_projections"
            " WHERE (name = ? OR name GLOB ? || '.[0-9]*') ORDER BY version, name",
            (self._name, self._name),
        )
        return {edition_of(slot, version): position for slot, version, position in rows}

    def watch(self) -> None:
        self._floor_seen = self.floor()

    def discard(self) -> None:
        with self._transaction() as run:
            if self._shown(run) == self.edition:
                msg = f"{self._rows} is what readers of {self._name} use"
                raise StillShown(msg)
            self._move(run, GONE)
            keep_views(run, self._name)
        left = True
        while left:
            with self._transaction() as run:
                found = run.execute(
                    f"DELETE FROM {self._rows} WHERE (key, row_id) IN"  # noqa: S608
                    f" (SELECT key, row_id FROM {self._rows} LIMIT {DROPPED_AT_ONCE})"
                )
                left = found.rowcount > 0
        with self._transaction() as run:
            self._forget(run)
            run.execute(f"DROP TABLE {self._rows}")
            run.execute(f"DROP TABLE {self._dues}")
            run.execute(
                "DELETE FROM takt_projections WHERE name = ? AND version = ? AND shard = ?",
                self._me,
            )

    def _shown(self, run: sqlite3.Connection) -> Edition | None:
        found = run.execute(
            "SELECT version, generation FROM takt_projection_active WHERE name = ?", (self._name,)
        ).fetchone()
        return None if found is None else Edition(*found)

    def digest(self) -> str:
        with self._connections.one() as run:
            rows = run.execute(
                f"SELECT key, row_id, position, body FROM {self._rows}"  # noqa: S608
                " WHERE body IS NOT NULL ORDER BY key, row_id"
            )
            return digest_of(StoredRow(*row) for row in rows)

    def clear(self) -> None:
        with self._transaction() as run:
            stored = self._stored(run)
            self._forget(run)
            self._move(run, 0)
            self._raise_floor(run, stored)

    def close(self) -> None:
        self._connections.close()

    def _stored(
        self,
        run: sqlite3.Connection,
        column: str = "position",
        of: tuple[str, int, int] | None = None,
    ) -> int:
        found = run.execute(
            f"SELECT {column} FROM takt_projections"  # noqa: S608
            " WHERE name = ? AND version = ? AND shard = ?",
            of or self._me,
        ).fetchone()
        return 0 if found is None else int(found[0])

    def _fetch(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._connections.one() as run:
            return run.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        turn = nullcontext() if self._gate is None else self._gate.write()
        with turn, self._connections.transaction() as connection:
            yield connection


class _Written:
    """A batch as SQLite takes it, made before the file is locked."""

    def __init__(self, batch: Batch) -> None:
        self.rows = [
            (each.key, each.row_id, None if each.row is None else body_of(each.row), each.position)
            for each in last_of_each(batch.changes)
        ]
        self.dues = [(key, micros_of(due)) for key, due in batch.dues.items() if due is not None]
        self.dues_gone = [(key,) for key, due in batch.dues.items() if due is None]
        self.stopped = {
            key: None if stop is None else (stop.position, stop.error)
            for key, stop in batch.stopped.items()
        }
