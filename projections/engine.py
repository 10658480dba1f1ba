"""Feed projections from the log: fold each event once, write rows and position together.

The unit is the message (`projections.replay`), so the result cannot depend on where a batch
happened to end.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import structlog

from domain.kernel.messages import Recorded
from domain.log.port import EventReader, LogUnavailable
from projections.checkpoints_contract import KeptStates
from projections.clock import Clock
from projections.contract import Change, Projection, Rows, RowsUnavailable, Stopped, Superseded
from projections.folding import Part
from projections.replay import (
    KeyState,
    Poison,
    concerned,
    messages_of,
    replay,
    resume,
    rows_of_event,
    whole_page,
)

PAGE_LIVE: Final = 500
PAGE_REBUILD: Final = 5_000
KEYS_KEPT_MAX: Final = 256
"""States of keys kept in memory; a state that fell out is folded again from its history."""
WAIT_S: Final = 1.0
RETRY_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
TOMBSTONES_KEPT: Final = 1_000_000
"""For so many positions a removed row is remembered, so that a reader can be told."""
PURGE_EVERY: Final = 100_000

log = structlog.get_logger(__name__)

Listener: TypeAlias = Callable[[Sequence[Change], int], None]
"""Told after each commit: the changed rows by position, and the position all rows reflect."""


class Forked(Exception):
    """The rows are ahead of the log: it was put back to an earlier state, they must be rebuilt."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A key that stands still because one of its events cannot be folded."""

    projection: str
    key: str
    position: int
    error: str


class Engine:
    """Read the log once for all projections; one engine at a time per set of rows."""

    def __init__(
        self,
        feed: EventReader,
        projections: Sequence[tuple[Projection[Any], Rows]],
        *,
        page: int = PAGE_LIVE,
        keys_kept: int = KEYS_KEPT_MAX,
        clock: Clock | None = None,
        checkpoints: KeptStates | None = None,
    ) -> None:
        """Begin where the rows are; engines of one process may share one clock of the log."""
        self._feed = feed
        self._page = page
        self._keys_kept = keys_kept
        self._parts = [
            Part(projection, rows, self._restored, keys_kept) for projection, rows in projections
        ]
        self._moved = threading.Condition()
        self._turn = threading.Lock()
        self._listeners: list[Listener] = []
        self._untold: list[Change] = []
        self._sound = False
        self._reload()
        self._clock = clock or Clock(feed)
        self._checkpoints = checkpoints
        self._purged_at = self.position()
        self.failure: str | None = None
        """Why the last step of `run` failed and is tried again; None where it did not."""

    def listen(self, listener: Listener) -> None:
        """Have the listener called after each commit, in the engine's thread."""
        self._listeners.append(listener)

    def adopt(self, projection: Projection[Any], rows: Rows) -> None:
        """Feed one more projection from now on; the others wait while it catches up."""
        with self._turn:
            part = Part(projection, rows, self._restored, self._keys_kept)
            part.reload()
            self._parts = [*self._parts, part]

    def close(self) -> None:
        """Close the rows that are fed here."""
        for part in self._parts:
            part.rows.close()

    def feeds(self, name: str) -> bool:
        """Tell whether a projection is among those fed here."""
        return any(part.name == name for part in self._parts)

    def position(self) -> int:
        """Return the position up to which all rows are true."""
        return min((part.position for part in self._parts), default=0)

    def quarantined(self) -> Sequence[Quarantined]:
        """Return the keys that stand still."""
        return [
            Quarantined(part.name, stop.key, stop.position, stop.error)
            for part in self._parts
            for stop in list(part.stopped.values())
        ]

    def catch_up(self, up_to: int | None = None) -> bool:
        """Fold all there is (up to a position, the end of a message); True if anything was."""
        moved = False
        while self.step(up_to):
            moved = True
        return moved

    def step(self, up_to: int | None = None) -> bool:
        """Fold and commit one page; False where there was nothing to do.

        Raises StaleEngine where another engine wrote the same rows, Forked where the log was put
        back, RowsUnavailable or LogUnavailable where one of them is away. Nothing that is not
        written counts then: the next step begins from what is.
        """
        with self._turn:
            if not self._sound:
                self._reload()
            page = self._read(self.position(), up_to) if self._parts else ()
            if not page:
                self._must_not_be_ahead()
                return False
            self._sound = False
            before = {part.name: len(part.stopped) for part in self._parts}
            self._clock.reach(self.position())
            self._clock.see(page)
            try:
                self._fold(page)
                self._commit(page[-1].position)
            except Superseded as superseded:
                self._begin_again(superseded)
                return True
            self._sound = True
            self._report_stopped(before)
            return True

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop; what is away is waited for, with growing patience.

        Raises StaleEngine, Forked, and whatever is a defect: then a supervisor decides.
        """
        failures = 0
        while not stop.is_set():
            try:
                if self.step():
                    pass
                elif self._parts:
                    self._feed.wait(self.position(), WAIT_S)
                else:  # What is to be fed here is still being built elsewhere.
                    stop.wait(WAIT_S)
            except (LogUnavailable, RowsUnavailable) as away:
                pause = RETRY_S[min(failures, len(RETRY_S) - 1)]
                self.failure = str(away)
                log.warning("engine.store_away", error=str(away), retry_s=pause)
                failures += 1
                stop.wait(pause)
            else:
                failures, self.failure = 0, None

    def wait_for(self, position: int, timeout_s: float) -> bool:
        """Wait until all rows reflect the position; False when the time ran out."""
        with self._moved:
            return self._moved.wait_for(lambda: self.position() >= position, timeout_s)

    def release(self, projection: str, key: str) -> bool:
        """Fold a key that stood still again; False where it still does, or never did.

        The rows come to be as a clean rebuild would have them, with the positions of the events
        that made them: readers who are beyond those begin again (`Rows.floor`).
        """
        with self._turn:
            part = next((part for part in self._parts if part.name == projection), None)
            if part is None:
                msg = f"there is no projection {projection!r} here"
                raise LookupError(msg)
            stood_still = False
            while stopped := self._stopped(part, key):
                stood_still = True
                try:
                    return self._released(part, key, stopped)
                except Superseded as superseded:  # What counts now may lack this key's stop.
                    self._begin_again(superseded)
            return stood_still

    def _stopped(self, part: Part, key: str) -> Stopped | None:
        if not self._sound:
            self._reload()
        return part.stopped.get(key)

    def _released(self, part: Part, key: str, stopped: Stopped) -> bool:
        if part.projection.keeps_state:
            known = replay(part.projection, self._feed, key, part.position, self._clock)
        else:
            known = self._each_since(part, key, stopped.position)
        changes = _mended(part, key, known)
        part.rows.amend(part.settled(key, known, changes), part.position)
        part.settle(key, known)
        self._tell(changes)
        return known.poison is None

    def _begin_again(self, superseded: Superseded) -> None:
        self._sound = False
        log.info("engine.begins_again", because=str(superseded))

    def _restored(self, projection: Projection[Any], key: str, up_to: int) -> KeyState:
        return resume(projection, self._feed, key, up_to, self._clock, self._checkpoints)

    def _each_since(self, part: Part, key: str, position: int) -> KeyState:
        """Fold the events that waited since a position, where nothing is remembered."""
        known = KeyState(None)
        after = position - 1
        while after < part.position and (page := self._feed.read(after, self._page)):
            for recorded in page:
                if recorded.position > part.position:
                    return known
                found = concerned(part.projection, (recorded,))
                try:
                    if key in found.poisoned:
                        raise found.poisoned[key]
                    if key in found.events:
                        changes = rows_of_event(part.projection, key, recorded)
                        known.shown |= {change.row_id: change for change in changes}
                except Poison as poison:
                    known.poison = poison
                    return known
            after = page[-1].position
        return known

    def _read(self, after: int, up_to: int | None) -> Sequence[Recorded[Any]]:
        """Return a page that ends with the end of a message."""
        page = whole_page(self._feed, after, self._page)
        if up_to is not None and page and page[-1].position > up_to:
            return [recorded for recorded in page if recorded.position <= up_to]
        return page

    def _fold(self, page: Sequence[Recorded[Any]]) -> None:
        with_state = [part for part in self._parts if part.projection.keeps_state]
        for part in self._parts:
            if not part.projection.keeps_state:
                part.take_each(page)
        for message in messages_of(page) if with_state else ():
            for part in with_state:
                part.take(message, self._clock)

    def _commit(self, position: int) -> None:
        for part in self._parts:
            changes = part.write(position)
            if self._listeners:
                self._untold.extend(changes)
        with self._moved:
            self._moved.notify_all()
        self._purge(position)
        self._tell(())

    def _tell(self, changes: Sequence[Change]) -> None:
        if not self._listeners:
            return
        told = sorted([*self._untold, *changes], key=lambda change: change.position)
        self._untold = []
        for listener in self._listeners:
            try:
                listener(told, self.position())
            except Exception:
                log.exception("engine.listener_failed")

    def _purge(self, position: int) -> None:
        if position - self._purged_at >= PURGE_EVERY:
            self._purged_at = position
            if position > TOMBSTONES_KEPT:
                for part in self._parts:
                    part.rows.purge(position - TOMBSTONES_KEPT)

    def _reload(self) -> None:
        for part in self._parts:
            part.reload()
        self._sound = True

    def _must_not_be_ahead(self) -> None:
        head = self._feed.head()
        for part in self._parts:
            if part.position > head:
                msg = f"{part.name} is at position {part.position}, the log ends at {head}"
                raise Forked(msg)

    def _report_stopped(self, before: dict[str, int]) -> None:
        for part in self._parts:
            for stop in list(part.stopped.values())[before[part.name] :]:
                log.error(
                    "engine.key_quarantined",
                    projection=part.name,
                    key=stop.key,
                    position=stop.position,
                    error=stop.error,
                )


def _mended(part: Part, key: str, known: KeyState) -> list[Change]:
    """Return the rows that a released key lacks, or has otherwise."""
    before = {change.row_id: change for change in part.rows.of_key(key)}
    changes = [change for row_id, change in known.shown.items() if before.get(row_id) != change]
    if part.projection.keeps_state:
        changes += [
            Change(part.name, key, row_id, None, part.position)
            for row_id in before.keys() - known.shown.keys()
        ]
    return sorted(changes, key=lambda change: (change.position, change.row_id))
