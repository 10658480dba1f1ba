"""Keep rows in memory: for tests, for rebuilds that are only compared, and for what-if."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from threading import RLock

from projections.contract import Change, StaleEngine
from projections.stores.bodies import StoredRow, body_of, digest_of, row_of


class MemoryRows:
    """Rows of one projection version in this process; passes the contract of every store."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = RLock()
        self._rows: dict[tuple[str, str], tuple[str | None, int]] = {}
        self._dues: dict[str, datetime] = {}
        self._position = 0

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
    ) -> None:
        with self._lock:
            if position <= self._position:
                raise StaleEngine(self._name, position, self._position)
            self._put(changes, dues)
            self._position = position

    def replace(
        self, changes: Sequence[Change], position: int, dues: Mapping[str, datetime | None]
    ) -> None:
        with self._lock:
            if position < self._position:
                raise StaleEngine(self._name, position, self._position)
            self._rows.clear()
            self._dues.clear()
            self._put(changes, dues)
            self._position = position

    def amend(
        self, changes: Sequence[Change], position: int, dues: Mapping[str, datetime | None]
    ) -> None:
        with self._lock:
            if position != self._position:
                raise StaleEngine(self._name, position, self._position)
            self._put(changes, dues)

    def _put(self, changes: Sequence[Change], dues: Mapping[str, datetime | None] | None) -> None:
        # All are written out before any is put in: what no JSON can say leaves nothing behind.
        written = [
            ((change.key, change.row_id), None if change.row is None else body_of(change.row),
             change.position)
            for change in changes
        ]  # fmt: skip
        for place, body, position in written:
            self._rows[place] = (body, position)
        for key, due in (dues or {}).items():
            if due is None:
                self._dues.pop(key, None)
            else:
                self._dues[key] = due

    def position(self) -> int:
        with self._lock:
            return self._position

    def get(self, key: str, row_id: str) -> Change | None:
        with self._lock:
            body, position = self._rows.get((key, row_id), (None, 0))
        return None if body is None else Change(self._name, key, row_id, row_of(body), position)

    def of_key(self, key: str) -> Sequence[Change]:
        return [self._change(row) for row in self._present() if row.key == key]

    def changed_since(self, position: int, keys: Iterable[str] | None = None) -> Sequence[Change]:
        wanted = None if keys is None else set(keys)
        with self._lock:
            found = [
                Change(self._name, key, row_id, None if body is None else row_of(body), at)
                for (key, row_id), (body, at) in self._rows.items()
                if at > position and (wanted is None or key in wanted)
            ]
        return sorted(found, key=lambda row: (row.position, row.key.encode(), row.row_id.encode()))

    def keys(self) -> Sequence[str]:
        return sorted({row.key for row in self._present()}, key=str.encode)

    def due_by(self, moment: datetime) -> Sequence[str]:
        with self._lock:
            return sorted((key for key, due in self._dues.items() if due <= moment), key=str.encode)

    def dues(self) -> Mapping[str, datetime | None]:
        """Return the due moment of each key that has one."""
        with self._lock:
            return dict(self._dues)

    def digest(self) -> str:
        return digest_of(self._present())

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()
            self._dues.clear()
            self._position = 0

    def close(self) -> None:
        """Keep everything: there is nothing to release."""

    def _present(self) -> list[StoredRow]:
        with self._lock:
            rows = [
                StoredRow(key, row_id, position, body)
                for (key, row_id), (body, position) in self._rows.items()
                if body is not None
            ]
        return sorted(rows, key=lambda row: (row.key.encode(), row.row_id.encode()))

    def _change(self, row: StoredRow) -> Change:
        return Change(self._name, row.key, row.row_id, row_of(row.body), row.position)
