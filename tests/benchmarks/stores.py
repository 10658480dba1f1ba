"""Give each benchmark fresh databases: SQLite on disk, PostgreSQL where there is one."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog
from tests.benchmarks.peers import PlainApplication, plain_application
from tests.services.postgres import PostgresServer


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder on the disk of this checkout, gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="takt-bench-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


class Stores:
    """One database kind: where fresh logs and fresh peers are made."""

    def __init__(self, name: str, place: Path, server: PostgresServer | None) -> None:
        self.name = name
        self._place = place
        self._server = server
        self._made = 0

    def address(self) -> str:
        """Return the address of a fresh database."""
        self._made += 1
        if self._server is None:
            return str(self._place / f"bench-{self._made}.db")
        return self._server.url(self._server.create_database())

    def log(self, address: str | None = None) -> EventLog:
        return open_log(address or self.address(), registry=catalogue())

    def plain(self) -> PlainApplication:
        """Return the library's own application on a fresh database."""
        return plain_application(self.environment())

    def environment(self) -> dict[str, str]:
        """Return the library's settings for a fresh database."""
        address = self.address()
        if self._server is None:
            return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": address}
        parts = urlsplit(address)
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path.strip("/"),
            "POSTGRES_HOST": parts.hostname or "127.0.0.1",
            "POSTGRES_PORT": str(parts.port),
            "POSTGRES_USER": parts.username or "",
            "POSTGRES_PASSWORD": parts.password or "-",
            "POSTGRES_POOL_SIZE": "32",
        }
