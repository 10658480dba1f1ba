"""Keep rows in memory: for tests, for rebuilds that are only compared, and for what-if."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from threading import RLock

from projections.contract import Batch, Change, StaleEngine, Stopped
from projections.stores.bodies import StoredRow, body_of, digest_of, row_of


class MemoryRows:
    """Rows of one projection version in this process; passes the contract of every store."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = RLock()
        self._rows: dict[str, dict[str, tuple[str | None, int]]] = {}
        self._dues: dict[str, datetime] = {}
        self._stopped: dict[str, Stopped] = {}
        self._position = 0
        self._floor = 0

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
        stopped: Mapping[str, Stopped | None] | None = None,
    ) -> None:
        with self._lock:
            if position <= self._position:
                raise StaleEngine(self._name, position, self._position)
            self._put(Batch(changes, dues or {}, stopped or {}))
            self._position = position

    def replace(self, batch: Batch, position: int) -> None:
        with self._lock:
            if position < self._position:
                raise StaleEngine(self._name, position, self._position)
            self._forget()
            self._put(batch)
            self._position = position
            self._floor = max(self._floor, position) + 1

    def amend(self, batch: Batch, position: int) -> None:
        with self._lock:
            if position != self._position:
                raise StaleEngine(self._name, position, self._position)
            self._put(batch)
            self._floor = max(self._floor, position) + 1

    def _put(self, batch: Batch) -> None:
        # All are written out before any is put in: what no JSON can say leaves nothing behind.
        bodies = [None if each.row is None else body_of(each.row) for each in batch.changes]
        for change, body in zip(batch.changes, bodies, strict=True):
            self._rows.setdefault(change.key, {})[change.row_id] = (body, change.position)
        for key, due in batch.dues.items():
            if due is None:
                self._dues.pop(key, None)
            else:
                self._dues[key] = due
        for key, stop in batch.stopped.items():
            if stop is None:
                self._stopped.pop(key, None)
            else:
                self._stopped[key] = stop

    def position(self) -> int:
        with self._lock:
            return self._position

    def get(self, key: str, row_id: str) -> Change | None:
        with self._lock:
            body, position = self._rows.get(key, {}).get(row_id, (None, 0))
        return None if body is None else Change(self._name, key, row_id, row_of(body), position)

    def of_key(self, key: str) -> Sequence[Change]:
        with self._lock:
            rows = sorted(self._rows.get(key, {}).items(), key=lambda row: row[0].encode())
        return [
            Change(self._name, key, row_id, row_of(body), position)
            for row_id, (body, position) in rows
            if body is not None
        ]

    def changed_since(self, position: int, keys: Iterable[str] | None = None) -> Sequence[Change]:
        wanted = None if keys is None else set(keys)
        with self._lock:
            found = [
                Change(self._name, key, row_id, None if body is None else row_of(body), at)
                for key, rows in self._rows.items()
                if wanted is None or key in wanted
                for row_id, (body, at) in rows.items()
                if at > position
            ]
        return sorted(found, key=lambda row: (row.position, row.key.encode(), row.row_id.encode()))

    def keys(self) -> Sequence[str]:
        with self._lock:
            present = [
                key
                for key, rows in self._rows.items()
                if any(body is not None for body, _ in rows.values())
            ]
        return sorted(present, key=str.encode)

    def due_by(self, moment: datetime) -> Sequence[str]:
        with self._lock:
            return sorted((key for key, due in self._dues.items() if due <= moment), key=str.encode)

    def dues(self) -> Mapping[str, datetime]:
        with self._lock:
            return dict(self._dues)

    def stopped(self) -> Sequence[Stopped]:
        with self._lock:
            return sorted(self._stopped.values(), key=lambda stop: stop.key.encode())

    def floor(self) -> int:
        with self._lock:
            return self._floor

    def purge(self, before: int) -> None:
        with self._lock:
            for key, rows in self._rows.items():
                self._rows[key] = {
                    row_id: (body, position)
                    for row_id, (body, position) in rows.items()
                    if body is not None or position >= before
                }
            self._floor = max(self._floor, before)

    def digest(self) -> str:
        return digest_of(self._present())

    def clear(self) -> None:
        with self._lock:
            self._forget()
            self._floor = max(self._floor, self._position) + 1
            self._position = 0

    def page(self, key: str | None, after: tuple[str, str], limit: int) -> Sequence[Change]:
        begin = (after[0].encode(), after[1].encode())
        found = [
            row
            for row in self._present()
            if (row.key.encode(), row.row_id.encode()) > begin and (key is None or row.key == key)
        ]
        return [
            Change(self._name, row.key, row.row_id, row_of(row.body), row.position)
            for row in found[:limit]
        ]

    def close(self) -> None:
        """Hold on to nothing: there is nothing to release."""

    def _forget(self) -> None:
        self._rows.clear()
        self._dues.clear()
        self._stopped.clear()

    def _present(self) -> list[StoredRow]:
        with self._lock:
            rows = [
                StoredRow(key, row_id, position, body)
                for key, of_key in self._rows.items()
                for row_id, (body, position) in of_key.items()
                if body is not None
            ]
        return sorted(rows, key=lambda row: (row.key.encode(), row.row_id.encode()))
