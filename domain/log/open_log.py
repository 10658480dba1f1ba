"""Open the log: put mapper, recorder, appender and feed together for a database's address."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from eventsourcing.persistence import OperationalError
from psycopg.conninfo import conninfo_to_dict

from domain.kernel.registry import Registry
from domain.log.appender import Appender
from domain.log.application import LogApplication
from domain.log.gate import WriteGate
from domain.log.port import (
    DeadLetter,
    LogMisconfigured,
    LogUnavailable,
    Outcome,
    Submission,
    Tracked,
)
from domain.log.stored_log import StoredLog

_PLAIN_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)

CONNECT_TIMEOUT_S: Final = "5"
"""Seconds, as text: it goes to the library as a setting."""


def open_log(
    url_or_path: str | Path,
    *,
    registry: Registry,
    create_tables: bool = True,
    schema: str = "public",
) -> "DatabaseLog":
    """Open the log in a SQLite file, or at `postgresql://…` in a schema that exists.

    A log in memory is not offered: it could neither be in WAL mode nor outlive its process. Raises
    LogMisconfigured where the database cannot keep what the log promises, LogUnavailable where it
    does not answer.
    """
    address = str(url_or_path)
    if address.startswith(("postgresql://", "postgres://")):
        env = _postgres(address, schema)
    elif ":memory:" in address or "mode=memory" in address:
        msg = "a log in memory cannot be in WAL mode; give it a file"
        raise LogMisconfigured(msg)
    else:
        env = {
            "PERSISTENCE_MODULE": "domain.log.sqlite:SqliteLogFactory",
            "SQLITE_DBNAME": address,
        }
    env["ORIGINATOR_ID_TYPE"] = "text"
    env["CREATE_TABLE"] = "yes" if create_tables else "no"
    try:
        return DatabaseLog(LogApplication(registry, env))
    except OperationalError as away:
        msg = f"the log's database does not answer: {away}"
        raise LogUnavailable(msg) from away


def _postgres(url: str, schema: str) -> dict[str, str]:
    """Return the library's settings; an empty one is libpq's default."""
    if _PLAIN_NAME.fullmatch(schema) is None:
        msg = f"schema {schema!r}: the library does not quote it, so a-z, 0-9 and _ only"
        raise LogMisconfigured(msg)
    parts = conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "domain.log.postgres:PostgresLogFactory",
        "POSTGRES_CONNINFO": url,
        "POSTGRES_DBNAME": str(parts.get("dbname") or ""),
        "POSTGRES_HOST": str(parts.get("host") or ""),
        "POSTGRES_PORT": str(parts.get("port") or "5432"),
        "POSTGRES_USER": str(parts.get("user") or ""),
        "POSTGRES_PASSWORD": str(parts.get("password") or ""),
        "POSTGRES_SCHEMA": schema,
        # The library's own pool serves the cold path only.
        "POSTGRES_POOL_SIZE": "0",
        "POSTGRES_MAX_OVERFLOW": "4",
        "POSTGRES_CONNECT_TIMEOUT": CONNECT_TIMEOUT_S,
    }


class DatabaseLog(StoredLog):
    """The log over a database; safe to use from many threads."""

    def __init__(self, application: LogApplication) -> None:
        super().__init__(application.store, application.event_mapper)
        self.application = application
        self.gate: WriteGate | None = getattr(application.store, "gate", None)
        """Where SQLite's other writers of this process queue up; None on PostgreSQL."""
        self._appender = Appender(
            self._store.commit,
            self._feed.signal,
            # SQLite commits on our own core, where nothing overlaps and each commit costs.
            overlapping=self.gate is None,
        )

    def append(
        self, items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        """Commit the items and the source positions in one transaction, each item judged alone.

        Raises Unreadable for an event that could not be read back, Fenced for a source position
        that is not above the stored one, LogUnavailable when the database is away.
        """
        appended = self._appender.append(self._call(items, tracked))
        return [judged.outcome() for judged in appended]

    @property
    def healthy(self) -> bool:
        """Whether appends can still be taken in; if not, only a restart helps."""
        return self._appender.died is None

    def close(self) -> None:
        self._appender.close()
        self._store.close()
        self.application.close()
