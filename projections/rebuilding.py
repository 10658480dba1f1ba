"""Rebuild projections from the log, and prove that live rows equal a clean rebuild."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from domain.log.port import EventReader
from projections.contract import Change, Projection, Rows
from projections.engine import PAGE_REBUILD, Engine
from projections.stores.memory import MemoryRows

DIFFERENCES_SHOWN_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """How live rows compare with a clean rebuild of the same position."""

    projection: str
    version: int
    position: int
    rows: int
    live: str
    rebuilt: str
    differing: tuple[str, ...]
    """The first rows that differ, as `<key>/<row id>`."""

    @property
    def equal(self) -> bool:
        return self.live == self.rebuilt


def rebuilt(
    projection: Projection[Any],
    feed: EventReader,
    up_to: int,
    told: Callable[[int], None] = lambda _: None,
) -> MemoryRows:
    """Fold the log from its beginning up to a position into fresh rows.

    `told` hears the position after each page.
    """
    scratch = MemoryRows(projection.name)
    engine = Engine(feed, [(projection, scratch)], page=PAGE_REBUILD)
    engine.listen(lambda _, position: told(position))
    with collector_paused():
        engine.catch_up(up_to)
    return scratch


def verify(projection: Projection[Any], feed: EventReader, rows: Rows) -> Verdict:
    """Compare live rows, byte for byte and with their positions, with a clean rebuild."""
    position = rows.position()
    scratch = rebuilt(projection, feed, position)
    live, fresh = rows.digest(), scratch.digest()
    return Verdict(
        projection=projection.name,
        version=projection.version,
        position=position,
        rows=len(scratch.changed_since(0)),
        live=live,
        rebuilt=fresh,
        differing=() if live == fresh else _differing(rows, scratch),
    )


def take_over(projection: Projection[Any], feed: EventReader, rows: Rows) -> Verdict:
    """Build the rows anew beside the live ones, then put them in their place in one transaction.

    No engine may run on the rows meanwhile: the caller holds the lease.
    """
    position = rows.position()
    scratch = rebuilt(projection, feed, position)
    before = rows.digest()
    rows.replace(scratch.changed_since(0), position, scratch.dues())
    return Verdict(
        projection=projection.name,
        version=projection.version,
        position=position,
        rows=len(scratch.changed_since(0)),
        live=rows.digest(),
        rebuilt=scratch.digest(),
        differing=() if before == scratch.digest() else ("replaced",),
    )


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cyclic collector: pages of live models would trigger it again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _differing(live: Rows, fresh: Rows) -> tuple[str, ...]:
    def told(changes: Sequence[Change]) -> dict[str, tuple[object, int]]:
        return {
            f"{change.key}/{change.row_id}": (change.row, change.position)
            for change in changes
            if change.row is not None
        }

    ours, theirs = told(live.changed_since(0)), told(fresh.changed_since(0))
    names = sorted(ours.keys() | theirs.keys())
    return tuple(name for name in names if ours.get(name) != theirs.get(name))[
        :DIFFERENCES_SHOWN_MAX
    ]
