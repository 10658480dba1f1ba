"""Keep checkpoints where the log is, or in memory."""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from threading import Lock

from projections.checkpoints_contract import Checkpoint, CheckpointStore

FILE_ENDING = ".checkpoints"
"""Beside an embedded log: a cache in a file of its own takes no turn to write from the log's."""


def open_checkpoints(store: str) -> CheckpointStore:
    """Open the checkpoints of a log in a PostgreSQL URL, or beside its SQLite file."""
    if store.startswith(("postgresql://", "postgres://")):
        from projections.stores.checkpoints_postgres import (  # noqa: PLC0415  One driver a process.
            PostgresCheckpoints,
        )

        return PostgresCheckpoints(store)
    from projections.stores.checkpoints_sqlite import SqliteCheckpoints  # noqa: PLC0415

    return SqliteCheckpoints(store + FILE_ENDING)


class MemoryCheckpoints:
    """Checkpoints in this process alone, for tests and for short runs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._positions: dict[tuple[str, str], list[int]] = {}
        self._bodies: dict[tuple[str, str, int], bytes] = {}
        self._followed: tuple[str, int, dict[str, int]] = ("", 0, {})

    def put(self, fold: str, key: str, checkpoint: Checkpoint) -> None:
        with self._lock:
            at = (fold, key, checkpoint.position)
            if at not in self._bodies:
                insort(self._positions.setdefault((fold, key), []), checkpoint.position)
            self._bodies[at] = checkpoint.body

    def newest(self, fold: str, key: str, up_to: int) -> Checkpoint | None:
        with self._lock:
            position = self._before(fold, key, up_to)
            return Checkpoint(position, self._bodies[fold, key, position]) if position else None

    def position_of(self, fold: str, key: str, up_to: int) -> int:
        with self._lock:
            return self._before(fold, key, up_to)

    def drop(self, fold: str, key: str, position: int) -> None:
        with self._lock:
            if self._bodies.pop((fold, key, position), None) is not None:
                self._positions[fold, key].remove(position)

    def keep_only(self, folds: Sequence[str]) -> None:
        with self._lock:
            for fold, key in [each for each in self._positions if each[0] not in folds]:
                for position in self._positions.pop((fold, key)):
                    del self._bodies[fold, key, position]

    def clear(self) -> None:
        with self._lock:
            self._positions.clear()
            self._bodies.clear()
            self._followed = ("", 0, {})

    def followed(self, by: str) -> tuple[int, Mapping[str, int]]:
        with self._lock:
            who, position, counts = self._followed
            return (position, counts) if who == by else (0, {})

    def follow(self, by: str, position: int, counts: Mapping[str, int]) -> None:
        with self._lock:
            self._followed = (by, position, dict(counts))

    def size(self) -> int:
        with self._lock:
            return sum(map(len, self._bodies.values()))

    def close(self) -> None:
        """There is nothing to release."""

    def _before(self, fold: str, key: str, up_to: int) -> int:
        positions = self._positions.get((fold, key), [])
        index = bisect_right(positions, up_to)
        return positions[index - 1] if index else 0
