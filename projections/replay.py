"""Fold one key from its history: for a restart, for a moment in the past, for a clean rebuild.

The unit is the message: the events that one message brought into the log lie side by side, of one
commit. Rows are computed after the last of them that concerns the key, and carry its position.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import CLOCK_STREAM
from domain.kernel.messages import Recorded
from domain.log.port import EventReader
from projections.contract import NO_PROJECT, Change, Projection, Row

PAGE: Final = 1_000


class Poison(Exception):
    """A projection cannot take an event in; `position` is the event's."""

    def __init__(self, position: int, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.position = position


@dataclass(slots=True)
class KeyState:
    """What a key has come to: its folded state, its rows as last shown, its due moment."""

    state: Any
    shown: dict[str, Change] = field(default_factory=dict)
    due: datetime | None = None
    poison: Poison | None = None
    """What it stands still at; the state is void then, the rows are those before it."""


class Clock:
    """The ticks of the log: the ones up to where it is set come from the log, once, when asked for.

    Time never goes back: a tick to before the last one is nobody's.
    """

    def __init__(self, feed: EventReader, after: int) -> None:
        self._feed = feed
        self._unread = after > 0
        self._ticks: list[Recorded[Any]] = []
        self._positions: list[int] = []
        self._moments: list[datetime] = []

    def take(self, tick: Recorded[Any]) -> None:
        """Remember the next tick that was read."""
        self._read()
        is_next = not self._positions or tick.position > self._positions[-1]
        if is_next and (not self._moments or tick.event.to >= self._moments[-1]):
            self._ticks.append(tick)
            self._positions.append(tick.position)
            self._moments.append(tick.event.to)

    def last(self, position: int) -> Recorded[Any] | None:
        """Return the last tick at or before a position."""
        self._read()
        index = bisect_right(self._positions, position)
        return self._ticks[index - 1] if index else None

    def first(self, due: datetime, after: int, before: int) -> Recorded[Any] | None:
        """Return the first tick between two positions that reaches a moment."""
        self._read()
        index = max(bisect_left(self._moments, due), bisect_right(self._positions, after))
        if index < len(self._ticks) and self._positions[index] < before:
            return self._ticks[index]
        return None

    def _read(self) -> None:
        if self._unread:
            ticks = self._feed.read_stream(CLOCK_STREAM)
            self._unread = False
            for tick in ticks:
                self.take(tick)


def messages_of(events: Iterable[Recorded[Any]]) -> Iterator[list[Recorded[Any]]]:
    """Group events that lie side by side into the messages that brought them."""
    for _, message in groupby(events, key=identity):
        yield list(message)


def identity(recorded: Recorded[Any]) -> tuple[str, str]:
    """Return the identity of the message that brought an event."""
    return recorded.envelope.source, recorded.envelope.message_id


def whole_page(feed: EventReader, after: int, size: int) -> Sequence[Recorded[Any]]:
    """Return about `size` events above a position; the page never ends inside a message."""
    while True:
        page = feed.read(after, size)
        if len(page) < size:
            return page  # The end of the log: what was committed there is whole.
        last = identity(page[-1])
        whole = next((end for end in range(len(page), 0, -1) if identity(page[end - 1]) != last), 0)
        if whole:
            return page[:whole]
        size *= 2


class Concerned(NamedTuple):
    """Whom a message concerns: its events by key, and the keys it poisons."""

    events: Mapping[str, Sequence[Recorded[Any]]]
    poisoned: Mapping[str, Poison]


def concerned(projection: Projection[Any], message: Iterable[Recorded[Any]]) -> Concerned:
    """Return each key with its events; where none can be told, the project is poisoned."""
    events: dict[str, list[Recorded[Any]]] = {}
    poisoned: dict[str, Poison] = {}
    for recorded in message:
        try:
            keys = dict.fromkeys(projection.keys(recorded))
        except Exception as error:  # noqa: BLE001  Whatever a projection raises is its defect.
            poison = Poison(recorded.position, error)
            poisoned.setdefault(recorded.project_id or NO_PROJECT, poison)
            continue
        for key in keys:
            events.setdefault(key, []).append(recorded)
    return Concerned(events, poisoned)


def fold_message(
    projection: Projection[Any],
    key: str,
    known: KeyState,
    message: Sequence[Recorded[Any]],
    clock: Clock,
) -> list[Change]:
    """Take one message in and return the rows that differ, with its last event's position.

    A key that is due at once, because time passed that moment before the event came, gets the last
    tick along with it: it is as if it had had every tick. Raises Poison; the state is void then.
    """
    reached = message[0]
    try:
        for reached in message:
            known.state = projection.fold(known.state, reached)
        due = projection.due(known.state)
    except Exception as error:
        raise Poison(reached.position, error) from error
    now = None if due is None else clock.last(reached.position)
    try:
        if due is not None and now is not None and due <= now.event.to:
            if now is not reached:
                known.state = projection.fold(known.state, now)
                due = projection.due(known.state)
            if due is not None and due <= now.event.to:
                due = None  # Time has come and changed nothing: only an event can.
        rows = projection.rows(known.state)
    except Exception as error:
        raise Poison(reached.position, error) from error
    changes = _differing(projection.name, key, known.shown, rows, reached.position)
    for change in changes:
        if change.row is None:
            del known.shown[change.row_id]
        else:
            known.shown[change.row_id] = change
    known.due = due
    return changes


def rows_of_event(projection: Projection[Any], key: str, recorded: Recorded[Any]) -> list[Change]:
    """Return the rows of an event, where each makes its own and nothing is remembered.

    Raises Poison.
    """
    try:
        rows = projection.rows(projection.fold(projection.initial(key), recorded))
    except Exception as error:
        raise Poison(recorded.position, error) from error
    return [
        Change(projection.name, key, row_id, row, recorded.position) for row_id, row in rows.items()
    ]


def replay(
    projection: Projection[Any], feed: EventReader, key: str, up_to: int, clock: Clock | None = None
) -> KeyState:
    """Fold a key's history up to a position, just as the engine did event by event.

    A tick is taken in only where the key was due, so the result is the one of the live fold; where
    that stopped at a poison event, so does this.
    """
    clock = clock or Clock(feed, up_to)
    try:
        known = KeyState(projection.initial(key))
    except Exception as error:  # noqa: BLE001  As any event of the key, its beginning may be poison.
        return KeyState(None, poison=Poison(0, error))
    done = 0
    try:
        for message in messages_of(history(feed, key, up_to)):
            _fold_ticks(projection, key, known, clock, (done, message[0].position))
            done = message[-1].position
            found = concerned(projection, message)
            if key in found.poisoned:
                raise found.poisoned[key]
            events = found.events.get(key, ())
            if not projection.keeps_state:
                for recorded in events:
                    changes = rows_of_event(projection, key, recorded)
                    known.shown |= {change.row_id: change for change in changes}
            elif events:
                fold_message(projection, key, known, events, clock)
        _fold_ticks(projection, key, known, clock, (done, up_to + 1))
    except Poison as poison:
        known.poison, known.due = poison, None
    return known


def rows_as_of(
    projection: Projection[Any], feed: EventReader, key: str, position: int
) -> Sequence[Change]:
    """Return a key's rows as they stood at a position of the log, by row id."""
    shown = replay(projection, feed, key, position).shown.values()
    return sorted(shown, key=lambda row: row.row_id.encode())


def history(feed: EventReader, key: str, up_to: int, after: int = 0) -> Iterator[Recorded[Any]]:
    """Yield the events that name a project, or those that name none, up to a position."""
    if key != NO_PROJECT:
        while page := feed.read_project(key, after, up_to, PAGE):
            yield from page
            after = page[-1].position
        return
    while page := feed.read(after, PAGE):
        for recorded in page:
            if recorded.position > up_to:
                return
            if recorded.project_id is None:
                yield recorded
        after = page[-1].position


def _fold_ticks(
    projection: Projection[Any],
    key: str,
    known: KeyState,
    clock: Clock,
    between: tuple[int, int],
) -> None:
    """Give the key the ticks between two positions that it was due at."""
    after, before = between
    while known.due is not None:
        tick = clock.first(known.due, after, before)
        if tick is None:
            return
        fold_message(projection, key, known, [tick], clock)
        after = tick.position


def _differing(
    name: str, key: str, shown: Mapping[str, Change], rows: Mapping[str, Row], position: int
) -> list[Change]:
    changes = []
    for row_id, row in rows.items():
        before = shown.get(row_id)
        # A row that is the same object need not be compared: folds hand unchanged rows on.
        if before is None or (before.row is not row and before.row != row):
            changes.append(Change(name, key, row_id, row, position))
    if len(rows) != len(shown) or changes:
        changes.extend(
            Change(name, key, row_id, None, position) for row_id in shown.keys() - rows.keys()
        )
    return sorted(changes, key=lambda change: change.row_id)


def is_tick(message: Sequence[Recorded[Any]]) -> bool:
    """Tell whether a message is the clock's."""
    return isinstance(message[0].event, ClockAdvanced)
