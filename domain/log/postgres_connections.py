"""Connect to PostgreSQL the way the log needs it, and listen for other processes' commits."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Any, Final, NamedTuple, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from domain.log.port import LogMisconfigured, LogUnavailable
from domain.log.postgres_arrays import register
from domain.log.postgres_schema import CHANNEL

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

IDLE_READERS: Final = 8
LOCK_TIMEOUT_MS: Final = 5_000
LISTEN_S: Final = 1.0
LONGEST_PAUSE_S: Final = 1.0
# What the server or the network must not keep us waiting for without an end.
_SESSION: Final = {
    "connect_timeout": "5",
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "application_name": "takt",
}
_SETTINGS: Final = (
    # With a snapshot from before the wait for the lock, the checks under it would see the past.
    "SET default_transaction_isolation = 'read committed'",
    "SET statement_timeout = '60s'",
    "SET idle_in_transaction_session_timeout = '10s'",
)


class Address(NamedTuple):
    """Where the log lies: a libpq connection string, and the schema in that database."""

    conninfo: str
    schema: str


def connect(address: Address) -> Connection:
    """Open a connection in autocommit mode; raises LogMisconfigured if commits do not last."""
    connection = psycopg.connect(
        make_conninfo(address.conninfo, **_missing(address)), autocommit=True
    )
    try:
        connection.execute(
            SQL("{}; SET lock_timeout = {}; SET search_path = {}").format(
                SQL("; ").join(map(SQL, _SETTINGS)), LOCK_TIMEOUT_MS, Identifier(address.schema)
            )
        )
        _must_be_durable(connection)
        register(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _missing(address: Address) -> dict[str, str]:
    """Return what the address leaves open of a session's parameters."""
    given = conninfo_to_dict(address.conninfo)
    return {name: value for name, value in _SESSION.items() if name not in given}


def _must_be_durable(connection: Connection) -> None:
    (durability,) = connection.execute("SHOW synchronous_commit").fetchone() or ("",)
    if durability == "off":
        msg = "synchronous_commit is off: a commit that was acknowledged could be lost"
        raise LogMisconfigured(msg)


class _Cut(Exception):
    """The connection was lost while it was used."""


class Connections:
    """Connections for readers: one per read at a time, a few kept."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: deque[Connection] = deque()
        self._ended = False

    def read(self, use: Callable[[Connection], Any]) -> Any:  # noqa: ANN401
        """Return what `use` returns; tried once more where the connection had been cut."""
        try:
            with suppress(_Cut), self._one() as connection:
                return use(connection)
            self.close()  # The others of before a restart are dead as well.
            with self._one() as connection:
                return use(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError, _Cut) as error:
            msg = f"the log cannot be read: {error}"
            raise LogUnavailable(msg) from error

    @contextmanager
    def _one(self) -> Iterator[Connection]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = connect(self._address)
        try:
            yield connection
        except psycopg.Error as error:
            if connection.closed:
                raise _Cut(str(error)) from error
            raise
        finally:
            if connection.closed or len(self._idle) >= IDLE_READERS:
                connection.close()
            else:
                self._idle.append(connection)
            if self._ended:
                # It was in use while all was closed: who has it last puts it away.
                self.close()

    def close(self) -> None:
        """Close what is idle; what is in use closes itself or stays for the next reader."""
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    def end(self) -> None:
        """Close what is idle now, and what is in use when it comes back."""
        self._ended = True
        self.close()


class Listener:
    """A thread that hears NOTIFY, and comes back after a restart of the server.

    Being heard is a hint: readers look for themselves at least once a second.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._stop = Event()
        self._starting = Lock()
        self._thread: Thread | None = None

    def start(self, heard: Callable[[], None]) -> None:
        """Begin to listen, once; `heard` is called from the thread."""
        with self._starting:
            if self._thread is None and not self._stop.is_set():
                self._thread = Thread(
                    target=self._run, args=(heard,), name="takt-log-listener", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        with self._starting:
            if self._thread is not None:
                self._thread.join()

    def _run(self, heard: Callable[[], None]) -> None:
        pause = 0.05
        while not self._stop.is_set():
            try:
                with connect(self._address) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    pause = 0.05
                    heard()  # Something may have been committed while nobody listened.
                    while not self._stop.is_set():
                        for _ in connection.notifies(timeout=LISTEN_S, stop_after=1):
                            heard()
            except (psycopg.Error, LogMisconfigured):
                self._stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
