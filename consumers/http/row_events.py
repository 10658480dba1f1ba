"""Write changed rows as messages: one for each position, made once for all who ask for the same."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from domain.kernel.messages import Principal
from projections.contract import Change

SNAPSHOT_PART_ROWS: Final = 500
SNAPSHOT: Final = "snapshot"
CHANGE: Final = "change"
POSITION: Final = "position"
RESET: Final = "reset"

_text: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


@dataclass(frozen=True, slots=True)
class Interest:
    """Which rows a subscriber asked for, and may see."""

    projections: frozenset[str]
    project_id: str | None
    seen: frozenset[str] | None
    """The projects the principal may see; None: all."""

    @classmethod
    def of(
        cls, principal: Principal, projections: frozenset[str], project_id: str | None
    ) -> "Interest":
        return cls(projections, project_id, principal.projects)

    def covers(self, change: Change) -> bool:
        """Tell whether a change is one of those asked for; a row's key is its project."""
        return (
            change.projection in self.projections
            and (self.project_id is None or change.key == self.project_id)
            and (self.seen is None or change.key in self.seen)
        )


@dataclass(frozen=True, slots=True)
class Told:
    """One message to a subscriber; `position` is what it resumes after, None: as before."""

    kind: str
    position: int | None
    data: bytes
    """A JSON object."""

    def as_event(self) -> bytes:
        """Return it as a server-sent event."""
        identity = b"" if self.position is None else b"id: %d\n" % self.position
        return b"event: %b\n%bdata: %b\n\n" % (self.kind.encode(), identity, self.data)

    def as_item(self) -> bytes:
        """Return it as an item of a list: the same data, with the kind beside it."""
        return b'{"event":"%b",%b' % (self.kind.encode(), self.data[1:])


class Message:
    """All rows that changed at one position: they travel together or not at all."""

    __slots__ = ("_told", "changes", "position")

    def __init__(self, position: int, changes: Sequence[Change]) -> None:
        self.position = position
        self.changes = tuple(changes)
        self._told: dict[Interest, Told | None] = {}

    def told(self, interest: Interest) -> Told | None:
        """Return what an interest is told of it, None where nothing concerns it; made once each."""
        try:
            return self._told[interest]
        except KeyError:
            rows = [row_of(change) for change in self.changes if interest.covers(change)]
            told = _told(CHANGE, self.position, rows=rows) if rows else None
            self._told[interest] = told
            return told

    def bytes_kept(self) -> int:
        """Return the size of what was made of it so far."""
        return sum(len(told.data) for told in self._told.values() if told is not None)


def row_of(change: Change) -> dict[str, Any]:
    """Return a change as it is sent; a removed row has the row null."""
    return {
        "projection": change.projection,
        "key": change.key,
        "row_id": change.row_id,
        "position": change.position,
        "row": change.row,
    }


def messages_of(changes: Iterable[Change]) -> Iterator[Message]:
    """Group changes into one message per position, in the order of the log."""
    ordered = sorted(
        changes, key=lambda each: (each.position, each.projection, each.key, each.row_id)
    )
    for position, group in groupby(ordered, key=lambda each: each.position):
        yield Message(position, list(group))


def snapshot_of(position: int, changes: Sequence[Change]) -> Iterator[Told]:
    """Yield a snapshot in parts; only the last has a position, so a cut one is sent again whole."""
    for start in range(0, max(len(changes), 1), SNAPSHOT_PART_ROWS):
        last = start + SNAPSHOT_PART_ROWS >= len(changes)
        rows = [row_of(change) for change in changes[start : start + SNAPSHOT_PART_ROWS]]
        data = _data(position=position, first=start == 0, last=last, rows=rows)
        yield Told(SNAPSHOT, position if last else None, data)


def reset_at(position: int) -> Told:
    """Return the word that what was told before is void."""
    return Told(RESET, None, _data(position=position))


def still_at(position: int) -> Told:
    """Return the word that nothing concerning the subscriber changed up to a position."""
    return _told(POSITION, position)


def _told(kind: str, position: int, **more: object) -> Told:
    return Told(kind, position, _data(position=position, **more))


def _data(**content: object) -> bytes:
    return _text.encode(content).encode()
