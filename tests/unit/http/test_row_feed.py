"""What changed, without a gap: as the engine tells it, and from the store where it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from consumers.http.row_feed import BATCHES_KEPT_MAX, Batch, RowFeed
from consumers.http.services import Listener
from projections.contract import Change
from tests.fakes_http import Fakes, fakes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fakes]:
    """Give rows in memory."""
    made = fakes(tmp_path)
    yield made
    made.log.close()


class Told:
    """A feed whose engine is the test."""

    def __init__(self, world: Fakes) -> None:
        self._world = world
        self._listeners: list[Listener] = []
        self.feed = RowFeed(replace(world.services, listen=self._listeners.append))
        self.feed.keep(kept=True)

    def write(self, position: int, *, silently: bool = False) -> None:
        """Write a row at a position, and tell of it unless somebody else did the writing."""
        row = {"n": position}
        for store in (self._world.schedule, self._world.status, self._world.audit):
            store.put(position, "PRJ-7", {f"row-{position}": row} if store.name == "audit" else {})
        if not silently:
            change = Change("audit", "PRJ-7", f"row-{position}", row, position)
            for listener in self._listeners:
                listener([change], position)

    def next(self, after: int) -> Batch:
        found = self.feed.next(after, 5.0)
        assert found is not None
        return found


def positions(changes: Sequence[Change]) -> list[int]:
    return [change.position for change in changes]


def test_what_the_engine_tells_is_not_asked_of_the_store(world: Fakes) -> None:
    told = Told(world)
    told.write(1)
    assert not told.next(0).heard
    told.write(2)
    told.write(3)
    batch = told.next(1)
    assert (batch.heard, batch.after, batch.position) == (True, 1, 3)
    assert positions(batch.changes) == [2, 3]


def test_what_was_read_before_it_is_told_is_not_told_twice(world: Fakes) -> None:
    told = Told(world)
    for position in (1, 2, 3):
        told.write(position)
    assert positions(told.next(2).changes) == [3]


def test_what_another_process_wrote_is_read_from_the_store(world: Fakes) -> None:
    told = Told(world)
    told.write(1)
    told.write(2)
    told.next(1)
    told.write(3, silently=True)
    batch = told.next(2)
    assert (batch.heard, positions(batch.changes)) == (False, [3])


def test_what_is_told_behind_a_gap_is_read_from_the_store(world: Fakes) -> None:
    told = Told(world)
    told.write(1)
    told.feed.keep(kept=False)
    told.write(2)
    told.feed.keep(kept=True)
    told.write(3)
    batch = told.next(1)
    assert (batch.heard, positions(batch.changes)) == (False, [2, 3])
    told.write(4)
    assert told.next(3).heard


def test_what_nobody_takes_is_let_go_and_read_from_the_store(world: Fakes) -> None:
    told = Told(world)
    last = BATCHES_KEPT_MAX + 2
    for position in range(1, last + 1):
        told.write(position)
    assert positions(told.next(0).changes) == list(range(1, last + 1))


def test_nothing_new_is_none_when_the_time_ran_out(world: Fakes) -> None:
    told = Told(world)
    told.write(1)
    told.write(2)
    assert told.feed.next(2, 0.0) is None


def test_while_the_log_stands_still_the_store_is_not_asked(world: Fakes) -> None:
    asked: list[int] = []

    def wait_for(position: int, timeout_s: float) -> bool:
        asked.append(position)
        return world.services.wait_for(position, timeout_s)

    services = replace(
        world.services,
        wait_for=wait_for,
        may_move=world.log.wait,
    )
    assert RowFeed(services).next(0, 0.0) is None
    assert asked == []
