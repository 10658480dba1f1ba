"""Hold one projection's keys in memory: fold messages, and collect what is to be written."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypeAlias

from domain.kernel.corrections import is_correction
from domain.kernel.messages import Recorded
from projections.clock import Clock
from projections.contract import (
    NO_PROJECT,
    Batch,
    Change,
    Projection,
    Rows,
    Stopped,
    Superseded,
)
from projections.replay import (
    KeyState,
    Poison,
    concerned,
    fold_message,
    is_tick,
    refold,
    rows_of_event,
)
from projections.stores.bodies import body_of, row_of

Restore: TypeAlias = Callable[[Projection[Any], str, int], KeyState]
"""`restore(projection, key, up_to)`: a key's state from its history, without its rows."""


class Part:
    """One projection with its rows, the states of the keys in use, and what is not yet written."""

    def __init__(
        self, projection: Projection[Any], rows: Rows, restore: Restore, keys_kept: int
    ) -> None:
        self.projection = projection
        self.rows = rows
        self.position = 0
        """The position up to which the rows are written."""
        self.stopped: dict[str, Stopped] = {}
        self._restore = restore
        self._keys_kept = keys_kept
        self._states: OrderedDict[str, KeyState] = OrderedDict()
        self._dues: dict[str, datetime] = {}
        self._next_due: datetime | None = None
        self._changes: dict[str, list[Change]] = {}
        self._made: list[Change] = []
        self._new_dues: dict[str, datetime | None] = {}
        self._new_stops: dict[str, Stopped | None] = {}

    @property
    def name(self) -> str:
        return self.projection.name

    def reload(self) -> None:
        """Begin again from what is written: after a failure, nothing in memory counts.

        Where other rows come to count meanwhile, it is done with those.
        """
        self._states.clear()
        self._forget_unwritten()
        while True:
            try:
                self.position = self.rows.position()
                self._dues = dict(self.rows.dues())
                self.stopped = {stop.key: stop for stop in self.rows.stopped()}
            except Superseded:
                continue
            self._next_due = min(self._dues.values(), default=None)
            return

    def take(self, message: Sequence[Recorded[Any]], clock: Clock) -> None:
        """Fold a message into the keys it concerns; what is already written is passed over."""
        if message[-1].position <= self.position:
            return
        if is_tick(message):
            for key in self._due_by(message[0].event.to):
                self._fold(key, message, clock)
        else:
            found = concerned(self.projection, message)
            for key, poison in found.poisoned.items():
                self._stop(key, poison)
            for key, events in found.events.items():
                self._fold(key, events, clock)

    def take_each(self, page: Sequence[Recorded[Any]]) -> None:
        """Take a page in where each event makes its own rows: no message, no state, no tick."""
        projection, made, stopped = self.projection, self._made, self.stopped
        for recorded in page:
            if recorded.position <= self.position:
                continue
            try:
                keys = projection.keys(recorded)
            except Exception as error:  # noqa: BLE001  Whatever a projection raises is its defect.
                poison = Poison(recorded.position, error)
                self._stop(recorded.project_id or NO_PROJECT, poison)
                continue
            for key in keys if len(keys) == 1 else dict.fromkeys(keys):
                if key in stopped:
                    continue
                try:
                    made += rows_of_event(projection, key, recorded)
                except Poison as poison:
                    self._stop(key, poison)

    def write(self, position: int) -> Sequence[Change]:
        """Write what was collected and the position; return the rows that changed."""
        if position <= self.position:
            return ()
        changes = self._made or list(chain.from_iterable(self._changes.values()))
        self.rows.write(changes, position, self._new_dues, self._new_stops)
        self.position = position
        self._forget_unwritten()
        return changes

    def settled(self, key: str, known: KeyState, changes: Sequence[Change]) -> Batch:
        """Return what is to be written of a key that was replayed."""
        still = None if known.poison is None else _stopped(key, known.poison)
        return Batch(changes, {key: known.due}, {key: still})

    def settle(self, key: str, known: KeyState) -> None:
        """Take over a key's state as replayed, now that its rows are written."""
        self._forget_state(key)
        if known.poison is None:
            self.stopped.pop(key, None)
            if self.projection.keeps_state:
                self._states[key] = known
        else:
            self.stopped[key] = _stopped(key, known.poison)
        self._set_due(key, known.due)
        self._forget_unwritten()

    def _fold(self, key: str, events: Sequence[Recorded[Any]], clock: Clock) -> None:
        if key in self.stopped:
            return
        known = self._state(key, events[0].position - 1)
        if known.poison is None:
            try:
                self._changed(key, self._rows_after(key, known, events, clock))
            except Poison as poison:
                known.poison = poison
        if known.poison is None:
            self._set_due(key, known.due)
        else:
            self._stop(key, known.poison)

    def _rows_after(
        self, key: str, known: KeyState, events: Sequence[Recorded[Any]], clock: Clock
    ) -> list[Change]:
        """Return the rows that a message changes; a correction has the key folded anew."""
        if not any(map(is_correction, events)):
            return fold_message(self.projection, key, known, events, clock)
        position = events[-1].position
        fresh = self._restore(self.projection, key, position)
        if fresh.poison is not None:
            raise fresh.poison
        return refold(self.projection, key, known, fresh, position)

    def _state(self, key: str, before: int) -> KeyState:
        known = self._states.get(key)
        if known is not None:
            self._states.move_to_end(key)
            return known
        known = self._states[key] = self._restore(self.projection, key, before)
        if known.begun:
            known.shown = self._shown(key)
            known.read_back = set(known.shown)
        if len(self._states) > self._keys_kept:
            self._states.popitem(last=False)
        return known

    def _shown(self, key: str) -> dict[str, Change]:
        """Return the key's rows as written, and as they became since."""
        shown = {change.row_id: change for change in self.rows.of_key(key)}
        for change in self._changes.get(key, ()):
            if change.row is None:
                shown.pop(change.row_id, None)
            else:
                shown[change.row_id] = change._replace(row=row_of(body_of(change.row)))
        return shown

    def _changed(self, key: str, changes: list[Change]) -> None:
        if changes:
            self._changes.setdefault(key, []).extend(changes)

    def _stop(self, key: str, poison: Poison) -> None:
        """Let a key stand still: its events and its ticks wait."""
        self._forget_state(key)
        self._set_due(key, None)
        if key not in self.stopped:
            self.stopped[key] = self._new_stops[key] = _stopped(key, poison)

    def _forget_state(self, key: str) -> None:
        self._states.pop(key, None)

    def _set_due(self, key: str, due: datetime | None) -> None:
        if due == self._dues.get(key):
            return
        self._new_dues[key] = due
        if due is None:
            del self._dues[key]
        else:
            self._dues[key] = due
            if self._next_due is None or due < self._next_due:
                self._next_due = due

    def _due_by(self, moment: datetime) -> Sequence[str]:
        if self._next_due is None or moment < self._next_due:
            return ()
        due = sorted(key for key, at in self._dues.items() if at <= moment)
        later = (at for at in self._dues.values() if at > moment)
        self._next_due = min(later, default=None)
        return due

    def _forget_unwritten(self) -> None:
        self._changes, self._made, self._new_dues, self._new_stops = {}, [], {}, {}


def _stopped(key: str, poison: Poison) -> Stopped:
    return Stopped(key, poison.position, str(poison))
