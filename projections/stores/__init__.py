"""Keep the rows of projections, with the position they reflect, in one transaction."""

from contextlib import AbstractContextManager
from typing import Final, Protocol

from projections.contract import VersionedRows

WHOLE_LOG: Final = 0
"""The shard of an engine that reads the whole log."""


class WriteGate(Protocol):
    """The turn to write on a database with one writer; on SQLite the log's appends go first."""

    def write(self) -> AbstractContextManager[None]:
        """Hold the turn while rows are written."""


def open_rows(
    store: str, name: str, version: int, gate: WriteGate | None = None, generation: int = 0
) -> VersionedRows:
    """Open one edition of a projection's rows in a PostgreSQL URL or a SQLite file's path."""
    if store.startswith(("postgresql://", "postgres://")):
        from projections.stores.postgres import PostgresRows  # noqa: PLC0415  One driver a process.

        return PostgresRows(store, name, version, generation)
    from projections.stores.sqlite import SqliteRows  # noqa: PLC0415

    return SqliteRows(store, name, version, gate, generation)
