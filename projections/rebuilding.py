"""Rebuild projections from the log, and prove that live rows equal a clean rebuild."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from domain.log.port import EventReader
from projections.contract import Batch, Projection, Rows, StaleEngine
from projections.engine import PAGE_REBUILD, Engine
from projections.stores.memory import MemoryRows

DIFFERENCES_SHOWN_MAX: Final = 10
LOOKS_MAX: Final = 100


class NeverStill(Exception):
    """The live rows moved each time they were looked at: try again when less is going on."""


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
    """The first rows that differ, as `<key>/<row id>`; a live row may have moved on meanwhile."""

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
    rebuild(projection, feed, scratch, up_to, told)
    return scratch


def rebuild(
    projection: Projection[Any],
    feed: EventReader,
    scratch: Rows,
    up_to: int,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Bring rows of any store, from where they are, up to a position in large pages."""
    engine = Engine(feed, [(projection, scratch)], page=PAGE_REBUILD)
    with collector_paused():
        while scratch.position() < up_to and engine.step(up_to):
            told(engine.position())


def verify(projection: Projection[Any], feed: EventReader, rows: Rows) -> Verdict:
    """Compare live rows, byte for byte and with their positions, with a clean rebuild.

    An engine may go on meanwhile. Raises NeverStill.
    """
    live, position = _sealed(rows)
    scratch = rebuilt(projection, feed, position)
    fresh = scratch.digest()
    return Verdict(
        projection=projection.name,
        version=projection.version,
        position=position,
        rows=_count(scratch),
        live=live,
        rebuilt=fresh,
        differing=() if live == fresh else _differing(rows, scratch),
    )


def take_over(projection: Projection[Any], feed: EventReader, rows: Rows) -> Verdict:
    """Build the rows anew beside the live ones, then put them in their place in one transaction.

    What the log went on to say meanwhile is folded in before. The verdict compares the rows that
    were there with the new ones.
    """
    scratch = MemoryRows(projection.name)
    while True:
        position = rows.position()
        rebuild(projection, feed, scratch, position)
        before, differing = rows.digest(), _differing(rows, scratch)
        batch = Batch(
            scratch.changed_since(0),
            scratch.dues(),
            {stopped.key: stopped for stopped in scratch.stopped()},
        )
        try:
            rows.replace(batch, position)
        except StaleEngine:
            continue  # An engine was faster.
        return Verdict(
            projection=projection.name,
            version=projection.version,
            position=position,
            rows=_count(scratch),
            live=before,
            rebuilt=rows.digest(),
            differing=differing,
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


def _sealed(rows: Rows) -> tuple[str, int]:
    """Return the digest together with the position it is true at."""
    for _ in range(LOOKS_MAX):
        position = rows.position()
        digest = rows.digest()
        if rows.position() == position:
            return digest, position
    msg = f"the rows moved {LOOKS_MAX} times while they were summed up"
    raise NeverStill(msg)


def _count(rows: Rows) -> int:
    return sum(change.row is not None for change in rows.changed_since(0))


def _differing(live: Rows, fresh: Rows) -> tuple[str, ...]:
    def told(rows: Rows) -> dict[str, tuple[object, int]]:
        return {
            f"{change.key}/{change.row_id}": (change.row, change.position)
            for change in rows.changed_since(0)
            if change.row is not None
        }

    ours, theirs = told(live), told(fresh)
    names = sorted(ours.keys() | theirs.keys())
    return tuple(name for name in names if ours.get(name) != theirs.get(name))[
        :DIFFERENCES_SHOWN_MAX
    ]
