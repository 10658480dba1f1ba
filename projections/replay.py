"""Fold one key from its history: for a restart, for a moment in the past, for a clean rebuild.

The unit is the message: the events that one message brought into the log lie side by side, of one
commit. Rows are computed after the last of them that concerns the key, and carry its position.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from domain.kernel.clock import ClockAdvanced
from domain.kernel.corrections import corrected, is_correction
from domain.kernel.messages import Recorded
from domain.log.port import EventReader
from domain.references.shared import unwrapped
from projections.checkpoints_contract import KeptStates
from projections.clock import Clock
from projections.contract import NO_PROJECT, Change, Edited, Projection, Row
from projections.stores.bodies import body_of, row_of

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
    read_back: set[str] = field(default_factory=set)
    """The ids of the rows in `shown` that come from a store and not from the projection."""
    rows: Mapping[str, Row] | None = None
    """The rows as the projection last gave them."""
    due: datetime | None = None
    ticked: int = 0
    """The position of the last tick that was folded."""
    begun: bool = False
    """Whether any event was folded."""
    poison: Poison | None = None
    """What it stands still at; the state is void then, the rows are those before it."""


def messages_of(events: Iterable[Recorded[Any]]) -> Iterator[list[Recorded[Any]]]:
    """Group events that lie side by side into the messages that brought them."""
    for _, message in groupby(events, key=identity):
        yield list(message)


def identity(recorded: Recorded[Any]) -> tuple[str, str]:
    """Return the identity of the message that brought an event."""
    about = recorded.about
    return about["source"], about["message_id"]


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
            told = unwrapped(recorded) if projection.keeps_state else recorded
            keys = dict.fromkeys(_keys(projection, told))
        except Exception as error:  # noqa: BLE001  Whatever a projection raises is its defect.
            poison = Poison(recorded.position, error)
            poisoned.setdefault(recorded.project_id or NO_PROJECT, poison)
            continue
        for key in keys:
            events.setdefault(key, []).append(told)
    return Concerned(events, poisoned)


def _keys(projection: Projection[Any], recorded: Recorded[Any]) -> Sequence[str]:
    """Return whom an event concerns: a correction whoever its target may have concerned."""
    if projection.keeps_state and is_correction(recorded):
        return () if recorded.project_id is None else (recorded.project_id,)
    return projection.keys(recorded)


def fold_message(
    projection: Projection[Any],
    key: str,
    known: KeyState,
    message: Sequence[Recorded[Any]],
    clock: Clock,
) -> list[Change]:
    """Take one message in and return the rows that differ, with its last event's position.

    Raises Poison; the state is void then.
    """
    position = message[-1].position
    _advance(projection, known, message, clock)
    due = _due(projection, known, clock, position)
    try:
        rows = projection.rows(known.state)
    except Exception as error:
        raise Poison(position, error) from error
    known.due = due
    return _differing(projection.name, key, known, rows, position)


def refold(
    projection: Projection[Any], key: str, known: KeyState, fresh: KeyState, position: int
) -> list[Change]:
    """Take over what a key is believed to be after a correction; return the rows that differ.

    ``fresh`` is the key folded anew up to the correction, at whose position rows change. Raises
    Poison; the state is void then.
    """
    known.state, known.due, known.ticked = fresh.state, fresh.due, fresh.ticked
    known.begun |= fresh.begun
    try:
        rows = projection.rows(known.state) if fresh.begun else {}
    except Exception as error:
        raise Poison(position, error) from error
    return _differing(projection.name, key, known, rows, position)


def rows_of_event(projection: Projection[Any], key: str, recorded: Recorded[Any]) -> list[Change]:
    """Return the rows of an event, where each makes its own and nothing is remembered.

    Raises Poison.
    """
    name, position = projection.name, recorded.position
    try:
        rows = projection.rows(projection.fold(projection.initial(key), recorded))
    except Exception as error:
        raise Poison(position, error) from error
    return [Change(name, key, row_id, row, position) for row_id, row in rows.items()]


def replay(
    projection: Projection[Any], feed: EventReader, key: str, up_to: int, clock: Clock
) -> KeyState:
    """Fold a key's history up to a position, with its rows and their positions.

    Just as the engine did message by message: a tick is taken in only where the key was due, and
    where that stopped at a poison event, so does this.
    """
    known, done = _initial(projection, key), 0
    clock.reach(up_to)
    try:
        for first, events in _messages_of_key(projection, history(feed, key, up_to), key):
            _fold_ticks(projection, key, known, clock, (done, first))
            done = events[-1].position
            if projection.keeps_state and any(map(is_correction, events)):
                fresh = resume(projection, feed, key, done, clock)
                if fresh.poison is not None:
                    raise fresh.poison
                refold(projection, key, known, fresh, done)
            elif projection.keeps_state:
                fold_message(projection, key, known, events, clock)
            else:
                for recorded in events:
                    changes = rows_of_event(projection, key, recorded)
                    known.shown |= {change.row_id: change for change in changes}
        _fold_ticks(projection, key, known, clock, (done, up_to + 1))
    except Poison as poison:
        known.poison, known.due = poison, None
    return known


def resume(
    projection: Projection[Any],
    feed: EventReader,
    key: str,
    up_to: int,
    clock: Clock,
    checkpoints: KeptStates | None = None,
) -> KeyState:
    """Fold a key's history up to a position for its state alone, from its last checkpoint on.

    The state is that of `replay`, without the rows after each message, which cost far more: when a
    key is due is asked only where there was a tick it could be due at. Where one of its events was
    corrected since the checkpoint, the whole history is folded as it is believed at the end.
    """
    kept = None if checkpoints is None else checkpoints.newest(projection, key, up_to)
    if kept is None:
        known, done = _initial(projection, key), 0
    else:
        known, done = KeyState(kept.state, ticked=kept.ticked, begun=kept.begun), kept.position
    clock.reach(up_to)
    try:
        _follow(
            projection,
            key,
            known,
            _uncorrected(history(feed, key, up_to, done)),
            clock,
            (done, up_to),
        )
    except _Corrected:
        known = _initial(projection, key)
        try:
            events = corrected(history(feed, key, up_to))
            _follow(projection, key, known, events, clock, (0, up_to))
        except Poison as poison:
            known.poison, known.due = poison, None
    except Poison as poison:
        known.poison, known.due = poison, None
    return known


class _Corrected(Exception):
    """A history goes on with a correction of what may have been folded before."""


def _uncorrected(events: Iterable[Recorded[Any]]) -> Iterator[Recorded[Any]]:
    """Yield events up to the first correction; raises _Corrected there."""
    for recorded in events:
        if is_correction(recorded):
            raise _Corrected
        yield recorded


def _follow(
    projection: Projection[Any],
    key: str,
    known: KeyState,
    events: Iterable[Recorded[Any]],
    clock: Clock,
    between: tuple[int, int],
) -> None:
    """Fold a key's events and the ticks that come due among them, up to a position."""
    done, up_to = between
    for first, message in _messages_of_key(projection, events, key):
        _pass_ticks(projection, known, clock, (done, first))
        _advance(projection, known, message, clock)
        done = message[-1].position
    _pass_ticks(projection, known, clock, (done, up_to + 1))
    if known.begun:
        known.due = _due(projection, known, clock, up_to)


def rows_as_of(
    projection: Projection[Any],
    feed: EventReader,
    key: str,
    position: int,
    clock: Clock | None = None,
    checkpoints: KeptStates | None = None,
) -> Sequence[Change]:
    """Return a key's rows as they stood at a position of the log, by row id.

    Where a state is kept, which event had last changed a row is not asked: its position is the one
    it stood at. A clock that is kept spares reading the ticks again, and checkpoints most events.
    """
    clock = clock or Clock(feed)
    if projection.keeps_state:
        known = resume(projection, feed, key, position, clock, checkpoints)
        if known.poison is None:
            rows = projection.rows(known.state) if known.begun else {}
            return [
                Change(projection.name, key, row_id, row, position)
                for row_id, row in sorted(rows.items(), key=lambda row: row[0].encode())
            ]
    shown = replay(projection, feed, key, position, clock).shown.values()
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


def _initial(projection: Projection[Any], key: str) -> KeyState:
    try:
        return KeyState(projection.initial(key))
    except Exception as error:  # noqa: BLE001  As any event of the key, its beginning may be poison.
        return KeyState(None, poison=Poison(0, error))


def _messages_of_key(
    projection: Projection[Any], events: Iterable[Recorded[Any]], key: str
) -> Iterator[tuple[int, Sequence[Recorded[Any]]]]:
    """Yield the events that concern a key by message, and where each message begins.

    Raises Poison where it cannot be told whom an event concerns.
    """
    for message in messages_of(events):
        found = concerned(projection, message)
        if key in found.poisoned:
            raise found.poisoned[key]
        if key in found.events:
            yield message[0].position, found.events[key]


def _advance(
    projection: Projection[Any], known: KeyState, message: Sequence[Recorded[Any]], clock: Clock
) -> None:
    """Fold a message into the state; before it, the time that has come since the key's last.

    The key was not due in that time, so this shows nothing; but what the message says may be late
    already. Raises Poison.
    """
    reached = message[0]
    now = reached if is_tick(message) else clock.last(reached.position)
    try:
        if now is not None and now.position > known.ticked:
            known.ticked = now.position
            if now is not reached:
                known.state = projection.fold(known.state, now)
        for reached in message:
            known.state = projection.fold(known.state, reached)
    except Exception as error:
        raise Poison(reached.position, error) from error
    known.begun = True


def _due(
    projection: Projection[Any], known: KeyState, clock: Clock, position: int
) -> datetime | None:
    """Return the key's due moment; one that time has passed changes nothing without an event.

    Raises Poison.
    """
    try:
        due = projection.due(known.state)
    except Exception as error:
        raise Poison(position, error) from error
    now = None if due is None else clock.last(position)
    return None if now is not None and due is not None and due <= now.event.to else due


def _fold_ticks(
    projection: Projection[Any],
    key: str,
    known: KeyState,
    clock: Clock,
    between: tuple[int, int],
) -> None:
    """Give the key the ticks between two positions that it was due at, and show its rows."""
    after, before = between
    while known.due is not None:
        tick = clock.first(known.due, after, before)
        if tick is None:
            return
        fold_message(projection, key, known, [tick], clock)
        after = tick.position


def _pass_ticks(
    projection: Projection[Any], known: KeyState, clock: Clock, between: tuple[int, int]
) -> None:
    """Give the key the ticks between two positions that it was due at, for its state alone."""
    after, before = between
    while known.begun:
        last = clock.last(before - 1)
        if last is None or last.position <= after:
            return
        due = _due(projection, known, clock, after)
        tick = None if due is None else clock.first(due, after, before)
        if tick is None:
            return
        _advance(projection, known, [tick], clock)
        after = tick.position


def _differing(
    name: str, key: str, known: KeyState, rows: Mapping[str, Row], position: int
) -> list[Change]:
    """Return the rows that are not as shown, removed ones included, and show them from now on."""
    shown = known.shown
    changes: list[Change] = []
    others: Iterable[str] = rows
    if isinstance(rows, Edited) and rows.before is not None and rows.before is known.rows:
        others = rows.changed
    known.rows = rows
    for row_id in others:
        row, before = rows[row_id], shown.get(row_id)
        if before is not None and before.row is row:
            continue  # Folds hand on the same object.
        # What was read back has become plain JSON, where a tuple is a list.
        plain = row_of(body_of(row)) if row_id in known.read_back else row
        if before is not None and before.row == plain:
            shown[row_id] = Change(name, key, row_id, row, before.position)
        else:
            shown[row_id] = change = Change(name, key, row_id, row, position)
            changes.append(change)
    # All that is there is shown by now, so what is shown beyond that is gone.
    for row_id in shown.keys() - rows.keys() if len(shown) > len(rows) else ():
        del shown[row_id]
        changes.append(Change(name, key, row_id, None, position))
    known.read_back.clear()
    return sorted(changes, key=lambda change: change.row_id)


def is_tick(message: Sequence[Recorded[Any]]) -> bool:
    """Tell whether a message is the clock's."""
    return isinstance(message[0].event, ClockAdvanced)
