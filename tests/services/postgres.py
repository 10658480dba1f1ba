"""Run one real PostgreSQL server, crash it, and give each test a database of its own."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from tests.services.availability import absent
from tests.services.network import must_be_loopback
from tests.services.ports import LOOPBACK, free_ports, listens
from tests.services.processes import DiedEarly, OwnProcess
from tests.services.waiting import wait_until

READY_DEADLINE_S: Final = 60.0
INITDB_DEADLINE_S: Final = 120.0
STARTS_MAX: Final = 3
OWNER: Final = "takt"
MAINTENANCE: Final = "postgres"
# Spelt out, because a packager's defaults are not ours; durability is what the log is about.
SERVER: Final = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "150",
    "timezone": "UTC",
    "log_min_messages": "warning",
}

Mode = Literal["smart", "fast", "immediate"]
SIGNALS: Final[dict[Mode, signal.Signals]] = {
    "smart": signal.SIGTERM,
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}


class PostgresServer:
    """A server for one test run: its own directory and port, gone afterwards.

    Use it as a context manager. With `address` given it stands for a server that somebody else
    runs: it must listen on loopback, its user must be allowed to create databases, and tests that
    would crash it are skipped.
    """

    def __init__(self, programs: Path | None = None, *, address: str | None = None) -> None:
        if address is not None:
            must_be_loopback(urlsplit(address).hostname or "")
        self._address = address or ""
        self.foreign = address is not None
        self._programs = programs or Path()
        self._account = unprivileged()
        self._folder = Path()
        self._process: OwnProcess | None = None
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        if self.foreign:
            self._wait_until_ready()
            return self
        for attempt in range(1, STARTS_MAX + 1):
            try:
                self._prepare()
                self.start()
            except DiedEarly:
                # Another test run may have taken the port between its choice and its use.
                self._discard()
                if attempt == STARTS_MAX:
                    raise
            except BaseException:
                self._discard()
                raise
            else:
                break
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.foreign:
            self.stop("immediate")
            self._discard()

    @property
    def running(self) -> bool:
        return self.foreign or (self._process is not None and self._process.alive())

    def url(self, database: str = MAINTENANCE) -> str:
        """Return the address of one database, `postgresql://user@host:port/database`."""
        return urlunsplit(urlsplit(self._address)._replace(path=f"/{database}"))

    def create_database(self) -> str:
        """Create an empty database and return its name, new in this server."""
        name = f"takt_{os.getpid()}_{next(self._numbers)}"
        self._administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, and cut off whoever is still connected to it."""
        self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def start(self) -> None:
        """Start on the directory and port it always had; return once it answers a query.

        Raises:
            DiedEarly: The server ended before it answered; the message has the end of its log.
            Overdue: It did not answer in time.

        """
        if self.running:
            return
        settings = [f"--{name}={value}" for name, value in SERVER.items()]
        port = urlsplit(self._address).port
        self._process = OwnProcess(
            [self._programs / "postgres", "-D", self._data, f"--port={port}", *settings],
            output=self._folder / "server.log",
            account=self._account,
        )
        self._wait_until_ready()

    def stop(self, mode: Mode = "fast") -> None:
        """Stop: `smart` waits for clients, `fast` sends them away, `immediate` is a crash."""
        if self._process is not None:
            self._process.send(SIGNALS[mode])

    def restart(self, mode: Mode = "fast") -> None:
        """Stop and start on the same data; after `immediate` the server recovers from its log."""
        self._must_be_own()
        self.stop(mode)
        self.start()

    def crash(self) -> None:
        """End every process of the server at once, without a checkpoint; `start` recovers."""
        self._must_be_own()
        self.stop("immediate")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _must_be_own(self) -> None:
        if self.foreign:
            pytest.skip("the server of TAKT_POSTGRES_URL is not ours to stop")

    def _prepare(self) -> None:
        # As root the directory must be reachable by another user: a private TMPDIR often is not.
        where = None if self._account is None else "/tmp"  # noqa: S108
        self._folder = Path(tempfile.mkdtemp(prefix="takt-postgres-", dir=where))
        if self._account is not None:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        (port,) = free_ports(1)
        self._address = f"postgresql://{OWNER}@{LOOPBACK}:{port}/{MAINTENANCE}"
        command = [str(self._programs / "initdb"), "--pgdata", str(self._data)]
        command += ["--username", OWNER, "--auth", "trust"]
        command += ["--encoding", "UTF8", "--locale", "C", "--no-sync"]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            timeout=INITDB_DEADLINE_S,
            user=None if self._account is None else self._account.pw_uid,
            group=None if self._account is None else self._account.pw_gid,
            extra_groups=None if self._account is None else [],
        )
        if done.returncode:
            msg = f"initdb failed\n{done.stdout}{done.stderr}"
            raise RuntimeError(msg)

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    def _wait_until_ready(self) -> None:
        wait_until(self._answers, "an answer of PostgreSQL", deadline_s=READY_DEADLINE_S)

    def _answers(self) -> bool:
        if self._process is not None:
            self._process.must_live()
        if not listens(urlsplit(self._address).port or 5432):
            return False
        try:
            with psycopg.connect(self.url()) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _discard(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)


def unprivileged() -> pwd.struct_passwd | None:
    """Return whom to run the server as: nobody else, or a user without rights where we are root."""
    if os.geteuid() != 0:
        return None
    known = {account.pw_name: account for account in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def programs() -> Path | None:
    """Return the folder with `initdb` and `postgres`: from the path, else Debian's newest."""
    on_path = shutil.which("initdb")
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0,
        reverse=True,
    )
    candidates = [*([] if on_path is None else [Path(on_path).resolve().parent]), *debian]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def postgres_of_this_run() -> PostgresServer:
    """Return the server that this environment offers, not started; else end the test."""
    if address := os.environ.get("TAKT_POSTGRES_URL"):
        return PostgresServer(address=address)
    folder = programs()
    if folder is None:
        absent("postgres", "no initdb found; `make services` installs it (Debian: postgresql)")
    return PostgresServer(folder)
