"""Keep rows in the SQLite file of the log, or in one of their own."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Final

from projections.contract import Change, StaleEngine
from projections.stores import WriteGate
from projections.stores.bodies import StoredRow, body_of, digest_of, micros_of, row_of

BUSY_TIMEOUT_MS: Final = 10_000


class SqliteRows:
    """Rows of one projection version in a SQLite file; a connection for each thread that asks."""

    def __init__(self, path: str, name: str, version: int, gate: WriteGate | None = None) -> None:
        self._path = path
        self._name = name
        self._version = version
        self._gate = gate
        self._rows = f"takt_{name}_v{version}"
        self._dues = f"{self._rows}_due"
        self._local = threading.local()
        self._opened_lock = threading.Lock()
        self._opened: list[sqlite3.Connection] = []
        with self._transaction() as run:
            run.execute(
                "CREATE TABLE IF NOT EXISTS takt_projections (name TEXT NOT NULL,"
                " version INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (name, version))"
                " WITHOUT ROWID"
            )
            run.execute(
                f"CREATE TABLE IF NOT EXISTS {self._rows} (key TEXT NOT NULL, row_id TEXT NOT NULL,"
                " body TEXT, position INTEGER NOT NULL, PRIMARY KEY (key, row_id)) WITHOUT ROWID"
            )
            run.execute(
                f"CREATE INDEX IF NOT EXISTS {self._rows}_position ON {self._rows} (position)"
            )
            run.execute(
                f"CREATE TABLE IF NOT EXISTS {self._dues} (key TEXT NOT NULL PRIMARY KEY,"
                " due INTEGER NOT NULL) WITHOUT ROWID"
            )

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
    ) -> None:
        with self._transaction() as run:
            stored = self._stored_position(run)
            if position <= stored:
                raise StaleEngine(self._name, position, stored)
            self._put(run, changes, dues or {}, position)

    def replace(
        self, changes: Sequence[Change], position: int, dues: Mapping[str, datetime | None]
    ) -> None:
        with self._transaction() as run:
            stored = self._stored_position(run)
            if position < stored:
                raise StaleEngine(self._name, position, stored)
            run.execute(f"DELETE FROM {self._rows}")  # noqa: S608  Names are the program's own.
            run.execute(f"DELETE FROM {self._dues}")  # noqa: S608
            self._put(run, changes, dues, position)

    def amend(
        self, changes: Sequence[Change], position: int, dues: Mapping[str, datetime | None]
    ) -> None:
        with self._transaction() as run:
            stored = self._stored_position(run)
            if position != stored:
                raise StaleEngine(self._name, position, stored)
            self._put(run, changes, dues, position)

    def _put(
        self,
        run: sqlite3.Connection,
        changes: Sequence[Change],
        dues: Mapping[str, datetime | None],
        position: int,
    ) -> None:
        run.executemany(
            f"INSERT INTO {self._rows} VALUES (?, ?, ?, ?) ON CONFLICT (key, row_id)"  # noqa: S608
            " DO UPDATE SET body = excluded.body, position = excluded.position",
            [
                (change.key, change.row_id, None if change.row is None else body_of(change.row),
                 change.position)
                for change in changes
            ],
        )  # fmt: skip
        run.executemany(
            f"DELETE FROM {self._dues} WHERE key = ?",  # noqa: S608
            [(key,) for key, due in dues.items() if due is None],
        )
        run.executemany(
            f"INSERT INTO {self._dues} VALUES (?, ?) ON CONFLICT (key)"  # noqa: S608
            " DO UPDATE SET due = excluded.due",
            [(key, micros_of(due)) for key, due in dues.items() if due is not None],
        )
        run.execute(
            "INSERT INTO takt_projections VALUES (?, ?, ?) ON CONFLICT (name, version)"
            " DO UPDATE SET position = excluded.position",
            (self._name, self._version, position),
        )

    def position(self) -> int:
        return self._stored_position(self._connection())

    def get(self, key: str, row_id: str) -> Change | None:
        found = self._connection().execute(
            f"SELECT body, position FROM {self._rows}"  # noqa: S608
            " WHERE key = ? AND row_id = ? AND body IS NOT NULL",
            (key, row_id),
        ).fetchone()  # fmt: skip
        return None if found is None else self._change(key, row_id, found[0], found[1])

    def of_key(self, key: str) -> Sequence[Change]:
        rows = self._connection().execute(
            f"SELECT row_id, body, position FROM {self._rows}"  # noqa: S608
            " WHERE key = ? AND body IS NOT NULL ORDER BY row_id",
            (key,),
        )  # fmt: skip
        return [self._change(key, row_id, body, position) for row_id, body, position in rows]

    def changed_since(self, position: int, keys: Iterable[str] | None = None) -> Sequence[Change]:
        wanted = None if keys is None else set(keys)
        rows = self._connection().execute(
            f"SELECT key, row_id, body, position FROM {self._rows}"  # noqa: S608
            " WHERE position > ? ORDER BY position, key, row_id",
            (position,),
        )  # fmt: skip
        return [
            self._change(key, row_id, body, at)
            for key, row_id, body, at in rows
            if wanted is None or key in wanted
        ]

    def keys(self) -> Sequence[str]:
        rows = self._connection().execute(
            f"SELECT DISTINCT key FROM {self._rows} WHERE body IS NOT NULL ORDER BY key"  # noqa: S608
        )
        return [key for (key,) in rows]

    def due_by(self, moment: datetime) -> Sequence[str]:
        rows = self._connection().execute(
            f"SELECT key FROM {self._dues} WHERE due <= ? ORDER BY key",  # noqa: S608
            (micros_of(moment),),
        )
        return [key for (key,) in rows]

    def digest(self) -> str:
        rows = self._connection().execute(
            f"SELECT key, row_id, position, body FROM {self._rows}"  # noqa: S608
            " WHERE body IS NOT NULL ORDER BY key, row_id"
        )
        return digest_of(StoredRow(*row) for row in rows)

    def clear(self) -> None:
        with self._transaction() as run:
            run.execute(f"DELETE FROM {self._rows}")  # noqa: S608
            run.execute(f"DELETE FROM {self._dues}")  # noqa: S608
            run.execute(
                "DELETE FROM takt_projections WHERE name = ? AND version = ?",
                (self._name, self._version),
            )

    def _stored_position(self, run: sqlite3.Connection) -> int:
        found = run.execute(
            "SELECT position FROM takt_projections WHERE name = ? AND version = ?",
            (self._name, self._version),
        ).fetchone()
        return 0 if found is None else int(found[0])

    def _change(self, key: str, row_id: str, body: str | None, position: int) -> Change:
        row = None if body is None else row_of(body)
        return Change(self._name, key, row_id, row, position)

    def close(self) -> None:
        with self._opened_lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._local = threading.local()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path,
                isolation_level=None,
                timeout=BUSY_TIMEOUT_MS / 1_000,
                check_same_thread=False,  # Closed by whoever closes the store.
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            self._local.connection = connection
            with self._opened_lock:
                self._opened.append(connection)
        return connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Begin at once as a writer: a read that turns into a write may fail half-way."""
        turn = nullcontext() if self._gate is None else self._gate.write()
        connection = self._connection()
        with turn:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
