"""Lend connections to PostgreSQL: a few, each to one thread at a time."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.conninfo import make_conninfo

from projections.contract import RowsUnavailable

Connection: TypeAlias = psycopg.Connection[Any]

AT_ONCE_MAX: Final = 6
# What the server or the network must not keep us waiting for without an end.
_SESSION: Final = {
    "connect_timeout": "5",
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "application_name": "takt-rows",
}
_SETTINGS: Final = (
    "SET default_transaction_isolation = 'read committed'",
    "SET lock_timeout = '5s'",
    "SET statement_timeout = '120s'",
    "SET idle_in_transaction_session_timeout = '10s'",
)


def connect(url: str) -> Connection:
    """Open a connection in autocommit mode; raises RowsUnavailable."""
    try:
        connection = psycopg.connect(make_conninfo(url, **_SESSION), autocommit=True)
        for setting in _SETTINGS:
            connection.execute(setting)
    except psycopg.OperationalError as error:
        msg = f"the rows cannot be reached: {error}"
        raise RowsUnavailable(msg) from error
    return connection


class Connections:
    """Connections to one database; who asks while all are lent waits for one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free = BoundedSemaphore(AT_ONCE_MAX)
        self._idle: deque[Connection] = deque()
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """Lend a connection; raises RowsUnavailable where it breaks, and throws it away."""
        with self._free:
            connection = self._kept() or connect(self._url)
            try:
                yield connection
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                connection.close()
                msg = f"the rows cannot be reached: {error}"
                raise RowsUnavailable(msg) from error
            finally:
                if not connection.closed:
                    self._idle.append(connection)
                if self._closed:
                    # It was lent while all was closed: who has it last puts it away.
                    self.close_idle()

    def close(self) -> None:
        """Close all that are not lent now, and those when they come back."""
        self._closed = True
        self.close_idle()

    def close_idle(self) -> None:
        """Close those not lent; after a restart of the server all of them are dead."""
        while (connection := self._kept()) is not None:
            connection.close()

    def _kept(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None
