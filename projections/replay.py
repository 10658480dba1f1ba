"""Fold one key from its history: for a restart, for a moment in the past, for a clean rebuild."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any, Final

from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import CLOCK_STREAM
from domain.kernel.messages import Recorded
from domain.log.port import EventReader
from projections.contract import Change, Projection, Row

PAGE: Final = 1_000

Ticks = Callable[[int], Iterable[Recorded[Any]]]
"""The clock's ticks up to a position, in order."""


@dataclass(slots=True)
class KeyState:
    """What a key has come to: its folded state, its rows as last shown, its due moment."""

    state: Any
    shown: dict[str, Change] = field(default_factory=dict)
    due: datetime | None = None


def messages_of(events: Iterable[Recorded[Any]]) -> Iterator[list[Recorded[Any]]]:
    """Group events that lie side by side into the messages that brought them."""
    for _, message in groupby(events, key=identity):
        yield list(message)


def identity(recorded: Recorded[Any]) -> tuple[str, str]:
    """Return the identity of the message that brought an event."""
    return recorded.envelope.source, recorded.envelope.message_id


def fold_message(
    projection: Projection[Any], key: str, known: KeyState, message: Sequence[Recorded[Any]]
) -> list[Change]:
    """Take one message in and return the rows that differ, with its last event's position."""
    for recorded in message:
        known.state = projection.fold(known.state, recorded)
    changes = _differing(projection, key, known.shown, projection.rows(known.state), message[-1])
    for change in changes:
        if change.row is None:
            del known.shown[change.row_id]
        else:
            known.shown[change.row_id] = change
    known.due = projection.due(known.state)
    return changes


def rows_of_event(projection: Projection[Any], key: str, recorded: Recorded[Any]) -> list[Change]:
    """Return the rows of an event, where each makes its own and nothing is remembered."""
    state = projection.fold(projection.initial(key), recorded)
    return [
        Change(projection.name, key, row_id, row, recorded.position)
        for row_id, row in projection.rows(state).items()
    ]


def replay(
    projection: Projection[Any], feed: EventReader, key: str, up_to: int, ticks: Ticks | None = None
) -> KeyState:
    """Fold a project's history up to a position, just as the engine did event by event.

    A tick is taken in only where the key was due, so the result is the one of the live fold.
    """
    known = KeyState(projection.initial(key))
    told = ticks if ticks is not None else lambda position: _ticks(feed, position)
    history = merge(_history(feed, key, up_to), told(up_to), key=lambda recorded: recorded.position)
    for message in messages_of(history):
        event = message[0].event
        if isinstance(event, ClockAdvanced):
            if known.due is not None and known.due <= event.to:
                fold_message(projection, key, known, message)
        elif concerned := [event for event in message if key in projection.keys(event)]:
            if projection.keeps_state:
                fold_message(projection, key, known, concerned)
            else:
                for recorded in concerned:
                    changes = rows_of_event(projection, key, recorded)
                    known.shown |= {change.row_id: change for change in changes}
    return known


def rows_as_of(
    projection: Projection[Any], feed: EventReader, key: str, position: int
) -> Sequence[Change]:
    """Return a key's rows as they stood at a position of the log, by row id."""
    return sorted(
        replay(projection, feed, key, position).shown.values(), key=lambda row: row.row_id
    )


def _history(feed: EventReader, key: str, up_to: int) -> Iterator[Recorded[Any]]:
    after = 0
    while page := feed.read_project(key, after, up_to, PAGE):
        yield from page
        after = page[-1].position


def _ticks(feed: EventReader, up_to: int) -> Iterable[Recorded[Any]]:
    return [tick for tick in feed.read_stream(CLOCK_STREAM) if tick.position <= up_to]


def _differing(
    projection: Projection[Any],
    key: str,
    shown: Mapping[str, Change],
    rows: Mapping[str, Row],
    last: Recorded[Any],
) -> list[Change]:
    changes = []
    for row_id, row in rows.items():
        before = shown.get(row_id)
        # A row that is the same object need not be compared: folds hand unchanged rows on.
        if before is None or (before.row is not row and before.row != row):
            changes.append(Change(projection.name, key, row_id, row, last.position))
    changes.extend(
        Change(projection.name, key, row_id, None, last.position)
        for row_id in shown.keys() - rows.keys()
    )
    return sorted(changes, key=lambda change: change.row_id)
