"""Learn which rows changed: from the engine in this process where it tells, else from the store."""

from collections import deque
from collections.abc import Collection, Sequence
from threading import Condition
from time import monotonic
from typing import Final, NamedTuple

from consumers.http.services import Services
from projections.contract import Change

LOOK_S: Final = 0.5
"""How often the store is looked at although the engine in this process tells what it writes."""
BATCHES_KEPT_MAX: Final = 256


class Batch(NamedTuple):
    """Rows that changed after a position, up to another one."""

    after: int
    position: int
    changes: Sequence[Change]
    heard: bool
    """Told by the engine, whose write made sure that nobody else had put rows in their place."""


class RowFeed:
    """Changed rows in the order of the log, without a gap; read by one thread at a time.

    What the engine tells costs no question to the database. It counts only where it follows on
    what was read before; else, and where another process writes the rows, the store is asked.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._moved = Condition()
        self._told: deque[Batch] = deque()
        self._last: int | None = None
        """The position that the engine in this process told last."""
        self._kept = False
        self._elsewhere = True
        """Whether rows were seen that the engine in this process did not tell of."""
        services.listen(self._hear)

    def keep(self, *, kept: bool) -> None:
        """Begin or cease to keep what the engine tells."""
        with self._moved:
            self._kept = kept
            self._told.clear()

    def next(self, after: int, timeout_s: float) -> Batch | None:
        """Return what changed after a position; None where nothing did until the time ran out."""
        if self._elsewhere:
            until = monotonic() + timeout_s
            if not self._services.may_move(after, timeout_s):
                return None
            if not self._services.wait_for(after + 1, max(0.0, until - monotonic())):
                return None
            return self._heard(after) or self._read(after)
        with self._moved:
            self._moved.wait_for(lambda: self._told, min(timeout_s, LOOK_S))
        heard = self._heard(after)
        if heard is None and self._services.watermark() > after:
            self._elsewhere = True
            return self._read(after)
        return heard

    def _hear(self, changes: Sequence[Change], position: int) -> None:
        """Take in what the engine wrote; called in its thread, which must not wait."""
        with self._moved:
            if self._kept and self._last is not None:
                if len(self._told) >= BATCHES_KEPT_MAX:
                    self._told.clear()  # Nobody reads: the store has it all.
                self._told.append(Batch(self._last, position, changes, heard=True))
                self._moved.notify()
            self._last = position

    def _heard(self, after: int) -> Batch | None:
        """Return all that was told, where it follows on a position."""
        with self._moved:
            told = [each for each in self._told if each.position > after]
            self._told.clear()
        if not told:
            return None
        self._elsewhere = False
        if told[0].after > after:
            return None  # Something between was not told.
        changes = [change for batch in told for change in batch.changes if change.position > after]
        return Batch(after, told[-1].position, changes, heard=True)

    def _read(self, after: int) -> Batch:
        return Batch(after, *changed(self._services, self._services.rows, after), heard=False)


def changed(
    services: Services,
    projections: Collection[str],
    after: int,
    keys: Collection[str] | None = None,
) -> tuple[int, list[Change]]:
    """Return the watermark and what the store says changed after a position, up to it."""
    position = services.watermark()
    return max(position, after), [
        change
        for projection in sorted(projections)
        for change in services.rows[projection].changed_since(after, keys)
        if change.position <= position
    ]
