"""Open the log: put mapper, recorder, appender and feed together for a database's address."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from eventsourcing.persistence import OperationalError
from psycopg.conninfo import conninfo_to_dict

from domain.kernel.messages import Recorded
from domain.kernel.registry import Registry
from domain.log.appender import Appender
from domain.log.application import LogApplication
from domain.log.feed import Feed
from domain.log.gate import WriteGate
from domain.log.judgement import Call, Prepared
from domain.log.kept import parked_fact
from domain.log.mapper import micros_of
from domain.log.port import (
    DeadLetter,
    EventLog,
    KeptLetter,
    Lag,
    LogMisconfigured,
    LogUnavailable,
    MessageKey,
    Outcome,
    ParkedFact,
    Submission,
    Tracked,
)
from domain.log.store import Store

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


class DatabaseLog(EventLog):
    """The log over a database; safe to use from many threads."""

    def __init__(self, application: LogApplication) -> None:
        self.application = application
        self._mapper = application.event_mapper
        self._store: Store = application.store
        self._feed = Feed(self._store, self._mapper)
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
        call = Call(
            [item if isinstance(item, DeadLetter) else self._prepared(item) for item in items],
            tracked,
        )
        return [judged.outcome() for judged in self._appender.append(call)]

    @property
    def healthy(self) -> bool:
        """Whether appends can still be taken in; if not, only a restart helps."""
        return self._appender.died is None

    def _prepared(self, submission: Submission) -> Prepared:
        return Prepared(submission, tuple(map(self._mapper.encode, submission.events)))

    def answers(self, keys: Iterable[MessageKey]) -> Mapping[MessageKey, tuple[bytes, Outcome]]:
        return {
            key: (answer.digest, answer.outcome(repeated=True))
            for key, answer in self._store.answers(keys).items()
        }

    def tracked(self, prefix: str) -> Mapping[str, int]:
        return self._store.offsets(prefix)

    def dead_letters(self, after: int = 0, limit: int = 100) -> Sequence[KeptLetter]:
        return self._store.letters(after, limit)

    def parked(self, limit: int = 1000) -> Sequence[ParkedFact]:
        return [parked_fact(waiting) for waiting in self._store.waiting(limit)]

    def expire_lanes(self, parked_before: datetime, now: datetime) -> int:
        return self._store.expire(micros_of(parked_before), micros_of(now))

    def mark_redriven(self, letter_id: int, at: datetime) -> bool:
        return self._store.mark_redriven(letter_id, micros_of(at))

    def head(self) -> int:
        return self._feed.head()

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        return self._feed.read(after, limit)

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        return self._feed.read_stream(stream, after_version)

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        return self._feed.read_project(project_id, after, up_to, limit)

    def position_at(self, recorded_at: datetime) -> int:
        return self._feed.position_at(recorded_at)

    def lag(self, after: int, now: datetime) -> Lag:
        return self._feed.lag(after, now)

    def wait(self, after: int, timeout_s: float) -> bool:
        return self._feed.wait(after, timeout_s)

    def close(self) -> None:
        self._appender.close()
        self._store.close()
        self.application.close()
