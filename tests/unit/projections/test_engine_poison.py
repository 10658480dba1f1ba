"""The engine: an event that cannot be folded stops its key, and no other."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.kernel.messages import Recorded
from projections.contract import Change, Stopped
from projections.engine import Engine, Quarantined
from projections.stores.memory import MemoryRows
from tests.unit.projections.tallies import (
    FIRST,
    SECOND,
    Counted,
    EachProjection,
    Spoilt,
    Struck,
    TallyProjection,
    minute,
)
from tests.unit.projections.worlds import World


@pytest.fixture
def world() -> World:
    return World()


def spoil(world: World, project: str = FIRST) -> int:
    return world.feed.record(f"tally-{project}", Spoilt(), project_id=project)


def test_a_poison_event_stops_its_key_and_no_other(world: World) -> None:
    world.count(FIRST, "bolts", 1)
    poison = spoil(world)
    world.count(FIRST, "bolts", 1)
    after = world.count(SECOND, "bolts", 1)
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, False, 1)}
    assert world.shown(SECOND) == {"bolts": (1, False, after)}
    assert world.engine.position() == after
    assert world.engine.quarantined() == [Quarantined("tally", FIRST, poison, "ValueError: spoilt")]
    assert [change.key for change in world.trail.changed_since(0)] == [FIRST] * 3 + [SECOND]


def test_a_message_with_poison_in_it_changes_no_row_of_the_key(world: World) -> None:
    world.feed.record(f"tally-{FIRST}", Counted(name="bolts", amount=1), Spoilt(), project_id=FIRST)
    world.engine.catch_up()
    assert world.shown(FIRST) == {}
    assert [stopped.position for stopped in world.engine.quarantined()] == [2]


def test_a_stopped_key_stays_stopped_over_a_restart_and_is_due_no_more(world: World) -> None:
    world.count(FIRST, "bolts", 1, again_by=minute(30))
    poison = spoil(world)
    world.engine.catch_up()
    world.restarted()
    assert world.engine.quarantined() == [Quarantined("tally", FIRST, poison, "ValueError: spoilt")]
    assert list(world.sums.due_by(minute(999))) == []
    world.count(FIRST, "bolts", 1)
    world.feed.tick(minute(31))
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (1, False, 1)}


def test_a_released_key_has_the_rows_of_a_clean_rebuild(world: World) -> None:
    world.count(FIRST, "bolts", 1, again_by=minute(30))
    spoil(world)
    counted = world.count(FIRST, "bolts", 2, again_by=minute(30))
    tick = world.feed.tick(minute(31))
    world.count(SECOND, "bolts", 1)
    world.engine.catch_up()
    world.tally.is_poison = False
    told: list[Change] = []
    world.engine.listen(lambda changes, _: told.extend(changes))
    assert world.engine.release("tally", FIRST)
    assert world.shown(FIRST) == {"bolts": (3, True, tick)}
    assert [(change.row_id, change.position) for change in told] == [("bolts", tick)]
    assert (world.engine.quarantined(), list(world.sums.stopped())) == ([], [])
    assert world.sums.floor() == world.engine.position() + 1
    last = world.count(FIRST, "bolts", 1)
    world.engine.catch_up()
    assert world.shown(FIRST) == {"bolts": (4, False, last)}
    assert counted < tick < last


def test_a_key_that_is_still_poisoned_stands_still_where_it_cannot_go_on(world: World) -> None:
    poison = spoil(world)
    world.engine.catch_up()
    assert not world.engine.release("tally", FIRST)
    assert list(world.sums.stopped()) == [Stopped(FIRST, poison, "ValueError: spoilt")]
    assert not world.engine.release("tally", SECOND)
    with pytest.raises(LookupError, match="nothing"):
        world.engine.release("nothing", FIRST)


class Choosy(EachProjection):
    """One row per event, but there are events it cannot take in."""

    name = "choosy"

    def __init__(self, poison: frozenset[int]) -> None:
        self.poison = poison

    def fold(self, state: dict[str, Any], recorded: Recorded[Any]) -> dict[str, Any]:
        if recorded.position in self.poison:
            raise KeyError(recorded.position)
        return super().fold(state, recorded)


def test_where_nothing_is_remembered_the_waiting_events_are_made_up_for_at_the_release(
    world: World,
) -> None:
    rows = MemoryRows("choosy")
    choosy = Choosy(frozenset({2, 5}))
    engine = Engine(world.feed, [(choosy, rows)], page=2)
    for _ in range(3):
        world.count(FIRST, "bolts", 1)
        world.count(SECOND, "bolts", 1)
    engine.catch_up()

    def positions(key: str) -> list[int]:
        return [change.position for change in rows.of_key(key)]

    assert (positions(FIRST), positions(SECOND)) == ([1, 3], [])
    restarted = Engine(world.feed, [(choosy, rows)], page=2)
    choosy.poison = frozenset({5, 6})
    assert not restarted.release("choosy", SECOND)
    assert [stop.position for stop in rows.stopped()] == [5, 6]
    assert positions(SECOND) == [2, 4]
    choosy.poison = frozenset()
    assert restarted.release("choosy", SECOND)
    assert restarted.release("choosy", FIRST)
    assert (positions(FIRST), positions(SECOND)) == ([1, 3, 5], [2, 4, 6])


def test_an_event_whose_keys_cannot_be_told_stops_its_project(world: World) -> None:
    class Keyless(TallyProjection):
        name = "keyless"

        def keys(self, recorded: Recorded[Any]) -> Sequence[str]:
            return {"tally.counted.v1": super().keys(recorded)}[recorded.event.type_name]

    rows = MemoryRows("keyless")
    engine = Engine(world.feed, [(Keyless(), rows)])
    world.count(FIRST, "bolts", 1)
    struck = world.feed.record(f"tally-{FIRST}", Struck(name="bolts"), project_id=FIRST)
    world.count(SECOND, "bolts", 1)
    engine.catch_up()
    assert engine.quarantined() == [
        Quarantined("keyless", FIRST, struck, "KeyError: 'tally.struck.v1'")
    ]
    assert list(rows.keys()) == [FIRST, SECOND]
