"""Build projections anew from the log beside what is read, and prove live rows by a clean build."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from domain.log.port import EventReader
from projections.contract import Change, Edition, NotCaughtUp, Projection, Rows
from projections.engine import PAGE_REBUILD, Engine
from projections.stores import open_rows
from projections.stores.editions import Editions
from projections.stores.memory import MemoryRows

PAGE_WITH_STATE: Final = 1_000
DIFFERENCES_SHOWN_MAX: Final = 10
LOOKS_MAX: Final = 100
IN_MEMORY_MAX: Final = 20_000
"""Events whose rows are built in memory to be compared; those of more go to a temporary file."""
COMPARED_AT_ONCE: Final = 1_000

Told: TypeAlias = Callable[[int, int], None]
"""Hears after each page how far a build is, and how far it has to go."""


class NeverStill(Exception):
    """The live rows moved each time they were looked at: try again when less is going on."""


class Interrupted(Exception):
    """A build was told to stop; what is built stays, and the next one goes on from there."""

    def __init__(self, projection: str, position: int, of: int) -> None:
        super().__init__(f"{projection} is built up to position {position} of {of}")


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


@dataclass(frozen=True, slots=True)
class Built:
    """What a build put in the place of the rows that were read before."""

    projection: str
    before: Edition
    now: Edition
    position: int
    verdict: Verdict | None
    """How the rows before it compare; None where they stood elsewhere, or were another version."""


def build(
    projection: Projection[Any],
    feed: EventReader,
    editions: Editions,
    told: Told = lambda *_: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Built:
    """Build an edition beside the one that is read, up to the head, and let it take over.

    What an earlier build left is gone on from. Readers see the one or the other, never less than
    before; the one that is read goes on being fed by its engine meanwhile. Raises Interrupted
    between two pages once `cancelled` says so.
    """
    before, candidate = editions.shown(), editions.candidate()
    engine = _builder(projection, feed, candidate)
    while True:
        head = feed.head()
        _bring(engine, head, partial(_tell, told, head), cancelled)
        if cancelled():
            raise Interrupted(projection.name, engine.position(), head)
        verdict = None
        if before.version == candidate.edition.version:
            verdict = _compared(projection, editions.of(before), candidate)
        try:
            candidate.activate()
        except NotCaughtUp:
            continue  # The engine of what is read was faster.
        return Built(projection.name, before, candidate.edition, engine.position(), verdict)


def rebuild(
    projection: Projection[Any],
    feed: EventReader,
    scratch: Rows,
    up_to: int,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Bring rows of any store, from where they are, up to a position in large pages."""
    _bring(_builder(projection, feed, scratch), up_to, told)


def _builder(projection: Projection[Any], feed: EventReader, rows: Rows) -> Engine:
    # A fold that keeps a state takes longer: pages end in time for who wants to interrupt.
    page = PAGE_WITH_STATE if projection.keeps_state else PAGE_REBUILD
    return Engine(feed, [(projection, rows)], page=page)


def _bring(
    engine: Engine,
    up_to: int,
    told: Callable[[int], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    with collector_paused():
        while engine.position() < up_to and not cancelled() and engine.step(up_to):
            told(engine.position())


def rebuilt(
    projection: Projection[Any],
    feed: EventReader,
    up_to: int,
    told: Callable[[int], None] = lambda _: None,
) -> MemoryRows:
    """Fold the log from its beginning up to a position into fresh rows in memory.

    `told` hears the position after each page.
    """
    scratch = MemoryRows(projection.name)
    rebuild(projection, feed, scratch, up_to, told)
    return scratch


def verify(
    projection: Projection[Any], feed: EventReader, rows: Rows, told: Told = lambda *_: None
) -> Verdict:
    """Compare live rows, byte for byte and with their positions, with a clean rebuild.

    An engine may go on meanwhile. Raises NeverStill.
    """
    live, position = _sealed(rows)
    with _scratch(projection, position) as scratch:
        rebuild(projection, feed, scratch, position, partial(_tell, told, position))
        return _verdict(projection, rows, live, scratch, position)


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


@contextmanager
def _scratch(projection: Projection[Any], events: int) -> Iterator[Rows]:
    """Give rows that are only compared: what is many goes to a file, so that memory stays flat."""
    if events <= IN_MEMORY_MAX:
        yield MemoryRows(projection.name)
        return
    with TemporaryDirectory(prefix="takt-verify-") as folder:
        rows = open_rows(str(Path(folder) / "rows.db"), projection.name, projection.version)
        try:
            yield rows
        finally:
            rows.close()


def _tell(told: Told, end: int, position: int) -> None:
    told(position, end)


def _compared(projection: Projection[Any], live: Rows, fresh: Rows) -> Verdict | None:
    """Compare what was read before with what is to be read, where they stand at one position."""
    position = fresh.position()
    if live.position() != position:
        return None
    digest = live.digest()
    if live.position() != position:
        return None
    return _verdict(projection, live, digest, fresh, position)


def _verdict(
    projection: Projection[Any], live: Rows, live_digest: str, fresh: Rows, position: int
) -> Verdict:
    digest = fresh.digest()
    return Verdict(
        projection=projection.name,
        version=projection.version,
        position=position,
        rows=sum(1 for _ in _present(fresh)),
        live=live_digest,
        rebuilt=digest,
        differing=() if live_digest == digest else _differing(live, fresh),
    )


def _sealed(rows: Rows) -> tuple[str, int]:
    """Return the digest together with the position it is true at."""
    for _ in range(LOOKS_MAX):
        position = rows.position()
        digest = rows.digest()
        if rows.position() == position:
            return digest, position
    msg = f"the rows moved {LOOKS_MAX} times while they were summed up"
    raise NeverStill(msg)


def _present(rows: Rows) -> Iterator[Change]:
    """Yield every present row by key and row id, a few at a time."""
    after = ("", "")
    while page := rows.page(None, after, COMPARED_AT_ONCE):
        yield from page
        after = (page[-1].key, page[-1].row_id)


def _differing(live: Rows, fresh: Rows) -> tuple[str, ...]:
    """Return the names of the first rows that are not the same in both."""
    found: list[str] = []
    left, right = _present(live), _present(fresh)
    ours, theirs = next(left, None), next(right, None)
    while (ours or theirs) and len(found) < DIFFERENCES_SHOWN_MAX:
        if ours == theirs:
            ours, theirs = next(left, None), next(right, None)
            continue
        mine, other = _place(ours), _place(theirs)
        first = ours if theirs is None or (ours is not None and mine <= other) else theirs
        assert first is not None
        found.append(f"{first.key}/{first.row_id}")
        place = _place(first)
        if ours is not None and mine == place:
            ours = next(left, None)
        if theirs is not None and other == place:
            theirs = next(right, None)
    return tuple(found)


def _place(change: Change | None) -> tuple[bytes, bytes]:
    return (b"", b"") if change is None else (change.key.encode(), change.row_id.encode())
