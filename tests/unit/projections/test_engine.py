"""The engine: rows after each message, outages waited out, reads of one's own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Event, Thread
from typing import Any, Final

import pytest

from domain.kernel.messages import Recorded
from domain.log.port import LogUnavailable
from projections.contract import Change, RowsUnavailable, StaleEngine, Stopped
from projections.engine import Engine, Forked
from projections.stores.memory import MemoryRows
from tests.fakes import ListFeed
from tests.unit.projections.tallies import (
    FIRST,
    SECOND,
    Counted,
    Struck,
    TallyProjection,
    minute,
)
from tests.unit.projections.worlds import World

DEADLINE_S: Final = 20.0


@pytest.fixture
def world() -> World:
    return World()


# Rows and positions


def test_a_row_has_the_position_of_the_event_that_changed_it(world: World) -> None:
    world.count(FIRST, "bolts", 3)
    world.count(FIRST, "nuts", 1)
    world.count(SECOND, "bolts", 9)
    world.count(FIRST, "bolts", 2)
    assert world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (5, False, 4), "nuts": (1, False, 2)}
    assert world.shown(SECOND) == {"bolts": (9, False, 3)}
    assert (world.sums.position(), world.engine.position()) == (4, 4)
    assert not world.engine.catch_up()


def test_the_events_of_one_message_change_rows_together(world: World) -> None:
    last = world.feed.record(
        f"tally-{FIRST}",
        Counted(name="bolts", amount=1),
        Counted(name="nuts", amount=1),
        Struck(name="nuts"),
        project_id=FIRST,
    )
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, False, last)}
    assert [change.row_id for change in world.sums.changed_since(0)] == ["bolts"]


@pytest.mark.parametrize("page", [1, 2, 3, 4, 500])
def test_a_page_never_ends_inside_a_message(page: int) -> None:
    world = World(page)
    world.count(FIRST, "bolts", 1)
    events = [Counted(name=f"part {number}", amount=1) for number in range(5)]
    last = world.feed.record(f"tally-{FIRST}", *events, project_id=FIRST)
    ends: list[int] = []
    world.engine.listen(lambda _, position: ends.append(position))
    world.count(FIRST, "bolts", 1)
    world.engine.catch_up()
    assert {1, last, last + 1} >= set(ends)
    assert world.shown(FIRST)["part 0"] == (1, False, last)


def test_a_removed_row_leaves_a_tombstone_at_its_position(world: World) -> None:
    world.count(FIRST, "bolts", 1)
    struck = world.feed.record(f"tally-{FIRST}", Struck(name="bolts"), project_id=FIRST)
    world.engine.catch_up()
    assert list(world.sums.changed_since(0)) == [Change("tally", FIRST, "bolts", None, struck)]


def test_events_that_concern_nobody_move_the_position_too(world: World) -> None:
    position = world.feed.record("stray-1", Counted(name="bolts", amount=1))
    world.engine.catch_up()
    assert (world.sums.position(), list(world.sums.keys())) == (position, [])


def test_where_nothing_is_remembered_each_event_makes_its_own_row(world: World) -> None:
    world.count(FIRST, "bolts", 1)
    world.feed.tick(minute(5))
    world.engine.catch_up()
    told = [(each.key, each.row_id[-2:], each.position) for each in world.trail.changed_since(0)]
    assert told == [(FIRST, "01", 1), ("/", "02", 2)]


def test_a_projection_that_is_behind_is_brought_up_without_touching_the_others(
    world: World,
) -> None:
    world.count(FIRST, "bolts", 1)
    world.engine.catch_up()
    world.sums.clear()
    world.restarted()
    assert world.engine.position() == 0
    before = world.trail.digest()
    world.engine.catch_up()
    assert (world.shown(FIRST), world.trail.digest()) == ({"bolts": (1, False, 1)}, before)


# Time


def test_a_tick_goes_only_to_the_keys_that_are_due(world: World) -> None:
    world.count(FIRST, "bolts", 1, again_by=minute(30))
    world.count(SECOND, "bolts", 1, again_by=minute(90))
    early, late = world.feed.tick(minute(29)), world.feed.tick(minute(30))
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, True, late)}
    assert world.shown(SECOND) == {"bolts": (1, False, 2)}
    assert early not in world.tally.folded
    assert world.tally.folded.count(late) == 1
    assert list(world.sums.due_by(minute(999))) == [SECOND]


def test_what_was_due_before_the_event_came_is_shown_with_the_event(world: World) -> None:
    world.feed.tick(minute(60))
    counted = world.count(FIRST, "bolts", 1, again_by=minute(30))
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, True, counted)}
    world.feed.tick(minute(60))
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, True, counted)}


def test_a_tick_that_goes_back_is_nobodys(world: World) -> None:
    world.feed.tick(minute(60))
    world.feed.tick(minute(10))
    counted = world.count(FIRST, "bolts", 1, again_by=minute(30))
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, True, counted)}
    world.sums.clear()
    world.restarted().catch_up()
    assert world.shown(FIRST) == {"bolts": (1, True, counted)}


def test_due_moments_outlive_a_restart(world: World) -> None:
    world.count(FIRST, "bolts", 1, again_by=minute(30))
    world.engine.catch_up()
    world.restarted()
    tick = world.feed.tick(minute(31))
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, True, tick)}


def test_a_moment_that_time_alone_does_not_end_is_not_asked_for_again(world: World) -> None:
    class Stubborn(TallyProjection):
        name = "stubborn"

        def due(self, state: object) -> datetime | None:
            del state
            return minute(1)

    rows = MemoryRows("stubborn")
    engine = Engine(world.feed, [(Stubborn(), rows)])
    world.count(FIRST, "bolts", 1)
    engine.catch_up()
    assert list(rows.due_by(minute(1))) == [FIRST]
    world.feed.tick(minute(1))
    engine.catch_up()
    assert list(rows.due_by(minute(999))) == []


# States of keys


def test_a_key_that_fell_out_of_memory_is_folded_again_from_its_history() -> None:
    world = World(page=1, keys_kept=1)
    world.count(FIRST, "bolts", 1, again_by=minute(30))
    world.count(SECOND, "bolts", 1)
    tick = world.feed.tick(minute(31))
    world.count(SECOND, "bolts", 1)
    last = world.count(FIRST, "nuts", 1)
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, True, tick), "nuts": (1, False, last)}
    assert world.tally.folded.count(1) > 1


def test_rows_that_are_not_yet_written_are_known_to_a_key_that_comes_back() -> None:
    world = World(keys_kept=1)
    world.count(FIRST, "bolts", 1)
    world.count(FIRST, "pins", 1)
    world.feed.record(f"tally-{FIRST}", Struck(name="pins"), project_id=FIRST)
    world.count(SECOND, "bolts", 1)
    last = world.count(FIRST, "nuts", 1)
    assert world.engine.step()
    assert world.shown(FIRST) == {"bolts": (1, False, 1), "nuts": (1, False, last)}
    gone = [change for change in world.sums.changed_since(0) if change.row is None]
    assert [(change.row_id, change.position) for change in gone] == [("pins", 3)]


def test_a_key_that_comes_back_had_the_ticks_it_was_due_at_and_no_later_ones() -> None:
    world = World(page=1, keys_kept=1)
    world.count(FIRST, "bolts", 1, again_by=minute(30))
    for to in (31, 45):
        world.feed.tick(minute(to))
        world.count(SECOND, "bolts", 1)
    for name in ("nuts", "pins"):
        world.count(FIRST, name, 1)
        world.count(SECOND, "bolts", 1)
    world.engine.catch_up()
    bolts = world.sums.get(FIRST, "bolts")
    assert bolts is not None
    assert bolts.row is not None
    assert (bolts.row["missed"], bolts.position) == (["2026-03-02T08:31:00Z"], 2)


def test_a_restart_folds_only_the_keys_that_move(world: World) -> None:
    world.count(FIRST, "bolts", 1)
    world.count(SECOND, "bolts", 1)
    world.engine.catch_up()
    world.restarted()
    last = world.count(FIRST, "bolts", 1)
    world.engine.catch_up()
    assert world.tally.folded == [1, last]
    assert world.shown(FIRST) == {"bolts": (2, False, last)}


# Outages, fences, forks


class ShakyRows(MemoryRows):
    """Rows whose store is away for some writes, before or after they took place."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.fails_before = 0
        self.fails_after = 0

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
        stopped: Mapping[str, Stopped | None] | None = None,
    ) -> None:
        if self.fails_before:
            self.fails_before -= 1
            raise RowsUnavailable("away")
        super().write(changes, position, dues, stopped)
        if self.fails_after:
            self.fails_after -= 1
            raise RowsUnavailable("the answer was lost")


@pytest.mark.parametrize("shaky", ["sums", "trail"])
@pytest.mark.parametrize("fails", ["fails_before", "fails_after"])
def test_a_write_that_fails_is_made_good_by_the_next_step(
    world: World, shaky: str, fails: str
) -> None:
    rows = ShakyRows("tally" if shaky == "sums" else "each")
    setattr(world, shaky, rows)
    world.restarted()
    told: list[tuple[str, int]] = []
    world.engine.listen(
        lambda changes, _: told.extend((change.projection, change.position) for change in changes)
    )
    world.count(FIRST, "bolts", 1)
    world.engine.catch_up()
    world.count(FIRST, "bolts", 2)
    setattr(rows, fails, 1)
    with pytest.raises(RowsUnavailable):
        world.engine.step()
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (3, False, 2)}
    assert [change.position for change in world.trail.of_key(FIRST)] == [1, 2]
    if fails == "fails_before":
        assert sorted(told) == [("each", 1), ("each", 2), ("tally", 1), ("tally", 2)]


def test_a_log_that_is_away_while_a_key_is_restored_stops_no_key(world: World) -> None:
    class AwayFeed(ListFeed):
        away = False

        def read_project(
            self, project_id: str, after: int, up_to: int, limit: int
        ) -> Sequence[Recorded[Any]]:
            if self.away:
                raise LogUnavailable("away")
            return super().read_project(project_id, after, up_to, limit)

    world.feed = feed = AwayFeed()
    world.restarted()
    world.count(FIRST, "bolts", 1)
    feed.away = True
    with pytest.raises(LogUnavailable):
        world.engine.step()
    assert world.engine.quarantined() == []
    feed.away = False
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, False, 1)}


def test_of_two_engines_on_the_same_rows_the_slower_one_steps_back(world: World) -> None:
    other = Engine(world.feed, [(TallyProjection(), world.sums)])
    world.count(FIRST, "bolts", 1)
    other_page_is_late = ListFeed(world.feed.events)
    slow = Engine(other_page_is_late, [(TallyProjection(), world.sums)])
    assert other.step()
    with pytest.raises(StaleEngine):
        slow.step()
    slow.catch_up()
    world.count(FIRST, "bolts", 2)
    assert other.step()
    assert world.shown(FIRST) == {"bolts": (3, False, 2)}


def test_rows_ahead_of_the_log_are_a_fork_and_not_silence(world: World) -> None:
    world.count(FIRST, "bolts", 1)
    world.count(FIRST, "bolts", 1)
    world.engine.catch_up()
    world.feed = world.feed.up_to(1)
    with pytest.raises(Forked, match="tally is at position 2, the log ends at 1"):
        world.restarted().step()


# Running, waiting, telling


def running(engine: Engine, stop: Event) -> Thread:
    thread = Thread(target=engine.run, args=(stop,))
    thread.start()
    return thread


def test_who_waits_for_a_position_reads_what_was_written(world: World) -> None:
    stop = Event()
    thread = running(world.engine, stop)
    try:
        for number in range(1, 21):
            position = world.count(FIRST, "bolts", 1)
            assert world.engine.wait_for(position, DEADLINE_S)
            assert world.shown(FIRST) == {"bolts": (number, False, position)}
        assert not world.engine.wait_for(world.feed.head() + 1, 0.01)
    finally:
        stop.set()
        world.count(FIRST, "bolts", 1)  # It wakes the engine, which then sees that it is to stop.
        thread.join(DEADLINE_S)
    assert not thread.is_alive()


def test_a_running_engine_waits_until_the_store_is_back(world: World) -> None:
    rows = ShakyRows("tally")
    world.sums = rows
    rows.fails_before = 2
    stop = Event()
    thread = running(world.restarted(), stop)
    try:
        position = world.count(FIRST, "bolts", 1)
        assert world.engine.wait_for(position, DEADLINE_S)
        assert world.shown(FIRST) == {"bolts": (1, False, position)}
    finally:
        stop.set()
        world.count(FIRST, "bolts", 1)
        thread.join(DEADLINE_S)
    assert world.engine.failure is None


def test_listeners_are_told_after_the_commit_what_changed_at_each_position(world: World) -> None:
    told: list[tuple[int, list[tuple[int, str]]]] = []

    def listen(changes: Sequence[Change], position: int) -> None:
        assert world.sums.position() == position
        told.append((position, [(change.position, change.projection) for change in changes]))

    world.engine.listen(listen)
    world.count(FIRST, "bolts", 1)
    world.count(FIRST, "bolts", 1)
    world.engine.catch_up()
    assert told == [(2, [(1, "tally"), (1, "each"), (2, "tally"), (2, "each")])]


def test_a_listener_that_fails_stops_neither_the_engine_nor_the_others(world: World) -> None:
    def fail(changes: Sequence[Change], position: int) -> None:
        raise RuntimeError(f"{len(changes)} at {position}")

    told: list[int] = []
    world.engine.listen(fail)
    world.engine.listen(lambda _, position: told.append(position))
    world.count(FIRST, "bolts", 1)
    world.engine.catch_up()
    assert told == [1]
