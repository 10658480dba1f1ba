"""Lend connections to a SQLite file: as many as ask, each to one thread at a time."""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from projections.contract import RowsUnavailable

BUSY_TIMEOUT_MS: Final = 10_000
IDLE_MAX: Final = 8
CHECKPOINT_PAGES: Final = 4_000

_AWAY: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


class SqliteConnections:
    """Connections to one file; whoever closes the last one takes the file's journal along."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; raises RowsUnavailable where the file is locked, full or away."""
        connection = self._kept() or _connect(self._path)
        try:
            yield connection
        except sqlite3.OperationalError as error:
            _raise_if_away(error)
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
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that begins at once as a writer: a read that turns into one may fail.

        Raises RowsUnavailable.
        """
        with self.one() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close all that are not lent now, and those when they come back."""
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


def _connect(path: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            path,
            isolation_level=None,
            timeout=BUSY_TIMEOUT_MS / 1_000,
            check_same_thread=False,  # Lent to one thread at a time.
        )
        connection.execute("PRAGMA journal_mode = WAL")
        # What a power cut takes from the rows is folded again; the log itself syncs every commit.
        connection.execute("PRAGMA synchronous = NORMAL")
        # A page of a rebuild is more than SQLite would carry over into the file at once by itself.
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    except sqlite3.OperationalError as error:
        _raise_if_away(error)
        raise
    return connection


def _raise_if_away(error: sqlite3.OperationalError) -> None:
    """Raise RowsUnavailable where the file is locked, full or away, and not the statement wrong."""
    if error.sqlite_errorcode & 0xFF in _AWAY:
        msg = f"the rows cannot be reached: {error}"
        raise RowsUnavailable(msg) from error
