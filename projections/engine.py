"""Feed projections from the log: fold each event once, write rows and position together.

The unit is the message: all events that one message brought into the log (they lie side by side,
of one commit). Rows are computed after the last of them, and carry its position, so the result
cannot depend on where a batch happened to end.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

import structlog

from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import CLOCK_STREAM
from domain.kernel.messages import Recorded
from domain.log.port import EventReader, LogUnavailable
from projections.contract import Change, Projection, Rows
from projections.replay import (
    KeyState,
    fold_message,
    identity,
    messages_of,
    replay,
    rows_of_event,
)

PAGE_LIVE: Final = 500
PAGE_REBUILD: Final = 5_000
KEYS_KEPT_MAX: Final = 1_000
WAIT_S: Final = 1.0
RETRY_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

log = structlog.get_logger(__name__)

Listener = Callable[[Sequence[Change], int], None]
"""Told after each commit: the changed rows by position, and the position all rows reflect."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A key that stands still because one of its events cannot be folded."""

    projection: str
    key: str
    position: int
    error: str


@dataclass(slots=True)
class Part:
    """One projection with its rows, and the states of the keys in use."""

    projection: Projection[Any]
    rows: Rows
    position: int = 0
    states: OrderedDict[str, KeyState] = field(default_factory=OrderedDict)
    stopped: dict[str, Quarantined] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    dues: dict[str, datetime | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.projection.name


class Engine:
    """Read the log once for all projections; one engine at a time per set of rows."""

    def __init__(
        self,
        feed: EventReader,
        projections: Sequence[tuple[Projection[Any], Rows]],
        *,
        page: int = PAGE_LIVE,
    ) -> None:
        self._feed = feed
        self._page = page
        self._parts = [Part(projection, rows, rows.position()) for projection, rows in projections]
        self._ticks: list[Recorded[Any]] = []
        self._changed = threading.Condition()
        self._turn = threading.Lock()
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Have the listener called after each commit, in the engine's thread."""
        self._listeners.append(listener)

    def position(self) -> int:
        """Return the position up to which all rows are true."""
        return min((part.position for part in self._parts), default=0)

    def quarantined(self) -> Sequence[Quarantined]:
        """Return the keys that stand still."""
        return [stopped for part in self._parts for stopped in part.stopped.values()]

    def catch_up(self, up_to: int | None = None) -> bool:
        """Fold all there is (up to a position, the end of a message); True if anything was."""
        moved = False
        while self.step(up_to):
            moved = True
        return moved

    def step(self, up_to: int | None = None) -> bool:
        """Fold and commit one page; False where there was nothing to do.

        Raises StaleEngine where another engine wrote the same rows, and the store's own error
        where it is away: nothing of the page counts then, and the next step begins afresh.
        """
        with self._turn:
            page = self._read(self.position(), up_to)
            if not page:
                return False
            try:
                for message in messages_of(page):
                    for part in self._parts:
                        if message[-1].position > part.position:
                            self._fold(part, message)
                self._commit(page[-1].position)
            except BaseException:
                for part in self._parts:
                    part.position = part.rows.position()
                    part.states.clear()
                    part.changes, part.dues = [], {}
                raise
            return True

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop; what is away is waited for, with growing patience."""
        failures = 0
        while not stop.is_set():
            try:
                if not self.step():
                    self._feed.wait(self.position(), WAIT_S)
                failures = 0
            except (LogUnavailable, ConnectionError, TimeoutError) as away:
                pause = RETRY_S[min(failures, len(RETRY_S) - 1)]
                log.warning("engine.store_away", error=str(away), retry_s=pause)
                failures += 1
                stop.wait(pause)

    def wait_for(self, position: int, timeout_s: float) -> bool:
        """Wait until all rows reflect the position; False when the time ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: self.position() >= position, timeout_s)

    def release(self, projection: str, key: str) -> bool:
        """Fold a key that stood still again from its beginning; False where none stood still.

        The rows that differ are written as a clean rebuild would have them. What still cannot be
        folded stands still again.
        """
        with self._turn:
            part = next(part for part in self._parts if part.name == projection)
            if part.stopped.pop(key, None) is None:
                return False
            part.states.pop(key, None)
            try:
                fresh = replay(part.projection, self._feed, key, part.position, self._ticks_up_to)
            except Exception as error:  # noqa: BLE001  It still cannot be folded.
                self._stop(part, key, part.position, error)
                return False
            before = {change.row_id: change for change in part.rows.of_key(key)}
            changes = [
                change for row_id, change in fresh.shown.items() if before.get(row_id) != change
            ]
            changes += [
                Change(part.name, key, row_id, None, part.position)
                for row_id in before.keys() - fresh.shown.keys()
            ]
            part.rows.amend(changes, part.position, {key: fresh.due})
            part.states[key] = fresh
            return True

    def _read(self, after: int, up_to: int | None) -> list[Recorded[Any]]:
        """Return a page that ends with the end of a message."""
        page = list(self._feed.read(after, self._page))
        while page and len(page) >= self._page:
            more = self._feed.read(page[-1].position, self._page)
            last = identity(page[-1])
            same = list(takewhile(lambda event, last=last: identity(event) == last, more))  # type: ignore[misc]
            page.extend(same)
            if len(same) < len(more) or not more:
                break
        return page if up_to is None else [event for event in page if event.position <= up_to]

    def _fold(self, part: Part, message: Sequence[Recorded[Any]]) -> None:
        if isinstance(message[0].event, ClockAdvanced):
            self._remember_tick(message[0])
        if not part.projection.keeps_state:
            self._fold_stateless(part, message)
            return
        for key in self._keys(part, message):
            if key in part.stopped:
                continue
            try:
                known = self._state(part, key, message[0].position - 1)
                concerned = self._concerned(part, key, message)
                part.changes.extend(fold_message(part.projection, key, known, concerned))
                part.dues[key] = known.due
            except Exception as error:  # noqa: BLE001  One poison event stops only its key.
                self._stop(part, key, message[0].position, error)

    def _concerned(
        self, part: Part, key: str, message: Sequence[Recorded[Any]]
    ) -> Sequence[Recorded[Any]]:
        if isinstance(message[0].event, ClockAdvanced):
            return message
        return [event for event in message if key in part.projection.keys(event)]

    def _fold_stateless(self, part: Part, message: Sequence[Recorded[Any]]) -> None:
        for recorded in message:
            for key in part.projection.keys(recorded):
                if key in part.stopped:
                    continue
                try:
                    part.changes.extend(rows_of_event(part.projection, key, recorded))
                except Exception as error:  # noqa: BLE001  As above.
                    self._stop(part, key, recorded.position, error)

    def _keys(self, part: Part, message: Sequence[Recorded[Any]]) -> Sequence[str]:
        """Return whom the message concerns; a tick concerns the keys that are due, nobody else."""
        event = message[0].event
        if isinstance(event, ClockAdvanced):
            due = set(part.rows.due_by(event.to)) - set(part.dues)
            due |= {key for key, at in part.dues.items() if at is not None and at <= event.to}
            return sorted(due)
        found: dict[str, None] = {}
        for recorded in message:
            try:
                found.update(dict.fromkeys(part.projection.keys(recorded)))
            except Exception as error:  # noqa: BLE001  As in _fold.
                self._stop(part, recorded.project_id or "-", recorded.position, error)
        return list(found)

    def _state(self, part: Part, key: str, before: int) -> KeyState:
        known = part.states.get(key)
        if known is None:
            known = replay(part.projection, self._feed, key, before, self._ticks_up_to)
            part.states[key] = known
            while len(part.states) > KEYS_KEPT_MAX:
                part.states.popitem(last=False)
        else:
            part.states.move_to_end(key)
        return known

    def _stop(self, part: Part, key: str, position: int, error: Exception) -> None:
        part.states.pop(key, None)
        part.stopped[key] = Quarantined(
            part.name, key, position, f"{type(error).__name__}: {error}"
        )
        log.error(
            "engine.key_quarantined", projection=part.name, key=key, position=position,
            error=str(error),
        )  # fmt: skip

    def _commit(self, position: int) -> None:
        told: list[Change] = []
        for part in self._parts:
            if position <= part.position:
                continue
            part.rows.write(part.changes, position, part.dues)
            told.extend(part.changes)
            part.changes, part.dues = [], {}
            with self._changed:
                part.position = position
                self._changed.notify_all()
        told.sort(key=lambda change: change.position)
        for listener in self._listeners:
            listener(told, self.position())

    def _remember_tick(self, tick: Recorded[Any]) -> None:
        if self._ticks and tick.position > self._ticks[-1].position:
            self._ticks.append(tick)

    def _ticks_up_to(self, position: int) -> Iterator[Recorded[Any]]:
        """Return the ticks up to a position, read once and then remembered."""
        if not self._ticks or self._ticks[-1].position < position:
            after = self._ticks[-1].version if self._ticks else 0
            self._ticks.extend(self._feed.read_stream(CLOCK_STREAM, after))
        return (tick for tick in self._ticks if tick.position <= position)
