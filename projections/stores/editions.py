"""Show readers one edition of a projection's rows, and lead the engine to the one it writes.

Which edition that is stands in one row of the database, the pointer. It moves in one transaction,
forward only, and never to rows that are behind (`VersionedRows.activate`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Final, TypeAlias, TypeVar

from projections.contract import (
    Batch,
    Change,
    Edition,
    StaleEngine,
    Stopped,
    Superseded,
    VersionedRows,
)

LOOKS_MAX: Final = 50

Open: TypeAlias = Callable[[Edition], VersionedRows]
"""Opens one edition of the projection in question."""

T = TypeVar("T")


class Editions:
    """The editions of one projection's rows, opened when first asked for and then kept."""

    def __init__(self, open_edition: Open, version: int) -> None:
        self.version = version
        """The version of the code that runs here."""
        self._open = open_edition
        self._opened: dict[Edition, VersionedRows] = {}
        self._opening = Lock()
        self._any = self.of(Edition(version))
        if self._any.shown() is None:
            self._any.activate()

    def of(self, edition: Edition) -> VersionedRows:
        """Return the rows of an edition."""
        rows = self._opened.get(edition)
        if rows is None:
            with self._opening:
                rows = self._opened.get(edition)
                if rows is None:
                    rows = self._opened[edition] = self._open(edition)
        return rows

    def shown(self) -> Edition:
        """Return the edition that readers use now."""
        shown = self._any.shown()
        assert shown is not None  # The first to open them set the pointer, and it only moves on.
        return shown

    def written(self) -> Edition:
        """Return the edition that this code's engine keeps up: that of its version.

        Raises StaleEngine where a newer version is shown: this code has nothing to write any more.
        """
        shown = self.shown()
        if shown.version > self.version:
            msg = f"version {shown.version} is shown, this code's is {self.version}"
            raise StaleEngine(msg, self.version, shown.version)
        return shown if shown.version == self.version else Edition(self.version)

    def is_behind(self) -> bool:
        """Tell whether readers still use an older version than this code's."""
        return self.shown().version < self.version

    def candidate(self) -> VersionedRows:
        """Return what a rebuild builds: what an interrupted one left, or else a new generation."""
        shown, found = self.shown(), self._any.editions()
        if shown.version < self.version:
            return self.of(Edition(self.version))
        begun = [
            each
            for each, position in found.items()
            if each.version == self.version and each.generation > shown.generation and position >= 0
        ]
        if begun:
            return self.of(max(begun))
        last = max((each.generation for each in found if each.version == self.version), default=0)
        return self.of(Edition(self.version, max(last, shown.generation) + 1))

    def discard(self, edition: Edition) -> None:
        """Drop an edition that is not shown."""
        rows = self.of(edition)
        rows.discard()
        self._opened.pop(edition).close()

    def discard_old(self) -> Sequence[Edition]:
        """Drop every edition older than the one shown, and what is left of interrupted drops."""
        shown = self.shown()
        old = [
            edition
            for edition, position in self._any.editions().items()
            if edition != shown and (edition < shown or position < 0)
        ]
        for edition in old:
            self.discard(edition)
        return old

    def close(self) -> None:
        for rows in list(self._opened.values()):
            rows.close()


class _EditionRows(ABC):
    """Rows of whichever edition counts at the moment; who it is for says how one gets at it."""

    def __init__(self, editions: Editions) -> None:
        self.editions = editions

    @abstractmethod
    def _read(self, question: Callable[[VersionedRows], T]) -> T:
        """Return the answer of the edition that counts."""

    @abstractmethod
    def _write(self, work: Callable[[VersionedRows], None]) -> None:
        """Have the edition that counts changed."""

    def position(self) -> int:
        return self._read(lambda rows: rows.position())

    def floor(self) -> int:
        return self._read(lambda rows: rows.floor())

    def get(self, key: str, row_id: str) -> Change | None:
        return self._read(lambda rows: rows.get(key, row_id))

    def of_key(self, key: str) -> Sequence[Change]:
        return self._read(lambda rows: rows.of_key(key))

    def changed_since(self, position: int, keys: Iterable[str] | None = None) -> Sequence[Change]:
        wanted = None if keys is None else list(keys)
        return self._read(lambda rows: rows.changed_since(position, wanted))

    def page(self, key: str | None, after: tuple[str, str], limit: int) -> Sequence[Change]:
        return self._read(lambda rows: rows.page(key, after, limit))

    def keys(self) -> Sequence[str]:
        return self._read(lambda rows: rows.keys())

    def due_by(self, moment: datetime) -> Sequence[str]:
        return self._read(lambda rows: rows.due_by(moment))

    def dues(self) -> Mapping[str, datetime]:
        return self._read(lambda rows: rows.dues())

    def stopped(self) -> Sequence[Stopped]:
        return self._read(lambda rows: rows.stopped())

    def digest(self) -> str:
        return self._read(lambda rows: rows.digest())

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
        stopped: Mapping[str, Stopped | None] | None = None,
    ) -> None:
        self._write(lambda rows: rows.write(changes, position, dues, stopped))

    def replace(self, batch: Batch, position: int) -> None:
        self._write(lambda rows: rows.replace(batch, position))

    def amend(self, batch: Batch, position: int) -> None:
        self._write(lambda rows: rows.amend(batch, position))

    def purge(self, before: int) -> None:
        self._write(lambda rows: rows.purge(before))

    def clear(self) -> None:
        self._write(lambda rows: rows.clear())

    def close(self) -> None:
        self.editions.close()


class ShownRows(_EditionRows):
    """Rows as readers see them: of the edition that is shown, whichever that is at the moment.

    An answer counts only if its edition was still shown after it had been read: so no reader sees
    rows that are being dropped, a mixture, or older rows than another reader saw before.
    """

    def __init__(self, editions: Editions) -> None:
        super().__init__(editions)
        self._shown = editions.shown()

    def _read(self, question: Callable[[VersionedRows], T]) -> T:
        for _ in range(LOOKS_MAX):
            asked = self._shown
            try:
                answer = question(self.editions.of(asked))
            except Exception:
                if not self._moved_on(asked):
                    raise
            else:
                if not self._moved_on(asked):
                    return answer
        msg = f"other rows were shown each of the {LOOKS_MAX} times they were read"
        raise Superseded(msg)

    def _moved_on(self, asked: Edition) -> bool:
        self._shown = self.editions.shown()
        return self._shown != asked

    def _write(self, work: Callable[[VersionedRows], None]) -> None:
        work(self.editions.of(self.editions.shown()))


class WrittenRows(_EditionRows):
    """Rows as the engine of this code keeps them up, wherever a rebuild has taken over meanwhile.

    Asking for the position is beginning again: from then on the engine writes to the edition that
    counts now. Where another one counts later, or somebody mended rows, its next write raises
    Superseded, and nothing is written.
    """

    def __init__(self, editions: Editions) -> None:
        super().__init__(editions)
        self._rows = self._counting()

    def position(self) -> int:
        self._rows = self._counting()
        return self._rows.position()

    def _counting(self) -> VersionedRows:
        rows = self.editions.of(self.editions.written())
        rows.watch()
        return rows

    def _read(self, question: Callable[[VersionedRows], T]) -> T:
        self._must_count()
        try:
            return question(self._rows)
        except Exception:
            self._must_count()  # They may have been dropped: then that is what went wrong.
            raise

    def _write(self, work: Callable[[VersionedRows], None]) -> None:
        self._read(work)

    def _must_count(self) -> None:
        if self.editions.written() != self._rows.edition:
            msg = f"{self._rows.edition} does not count any more"
            raise Superseded(msg)
