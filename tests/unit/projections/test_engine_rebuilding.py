"""Rebuilding: live rows are proved against the log, and replaced by what it says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from projections.audit_trail import AuditProjection
from projections.contract import (
    Batch,
    Change,
    Edition,
    Projection,
    Row,
    RowsUnavailable,
    StaleEngine,
    StillShown,
)
from projections.engine import Engine
from projections.rebuilding import Interrupted, NeverStill, build, rebuild, rebuilt, verify
from projections.schedule import ScheduleProjection
from projections.status import StatusProjection
from projections.stores import open_rows
from projections.stores.editions import Editions, ShownRows, WrittenRows
from projections.stores.memory import MemoryRows
from tests.fakes import ListFeed
from tests.unit.projections.histories import PROJECT, History
from tests.unit.projections.tallies import FIRST, SECOND, Counted, Spoilt, Struck, TallyProjection

TALLY = TallyProjection()
BOLTS: Final[Row] = {"amount": 1, "overdue": False, "missed": []}


@pytest.fixture
def feed() -> ListFeed:
    made = ListFeed()
    for project, name in [(FIRST, "bolts"), (SECOND, "bolts"), (FIRST, "nuts")]:
        made.record(f"tally-{project}", Counted(name=name, amount=1), project_id=project)
    made.record(f"tally-{FIRST}", Struck(name="nuts"), project_id=FIRST)
    return made


def live(feed: ListFeed) -> MemoryRows:
    rows = MemoryRows("tally")
    Engine(feed, [(TALLY, rows)]).catch_up()
    return rows


def edit(rows: MemoryRows, key: str, row_id: str, row: Row | None, position: int) -> None:
    rows.amend(Batch([Change("tally", key, row_id, row, position)]), rows.position())


def test_live_rows_equal_a_clean_rebuild(feed: ListFeed) -> None:
    rows = live(feed)
    verdict = verify(TALLY, feed, rows)
    assert verdict.equal
    assert (verdict.position, verdict.rows, verdict.differing) == (4, 2, ())
    assert verdict.live == verdict.rebuilt == rows.digest()


@pytest.mark.parametrize(
    ("row", "position"),
    [
        ({**BOLTS, "amount": 2}, 1),
        (BOLTS, 2),
        (None, 1),
    ],
    ids=["another body", "another position", "removed"],
)
def test_a_row_that_was_edited_is_named(feed: ListFeed, row: Row | None, position: int) -> None:
    rows = live(feed)
    edit(rows, FIRST, "bolts", row, position)
    verdict = verify(TALLY, feed, rows)
    assert not verdict.equal
    assert verdict.differing == (f"{FIRST}/bolts",)


def test_a_row_that_nothing_made_is_named(feed: ListFeed) -> None:
    rows = live(feed)
    edit(rows, SECOND, "ghosts", {"amount": 1}, 2)
    assert verify(TALLY, feed, rows).differing == (f"{SECOND}/ghosts",)


def test_rows_are_verified_at_the_position_they_are_at_and_not_at_the_head(
    feed: ListFeed,
) -> None:
    rows = live(feed)
    feed.record(f"tally-{FIRST}", Counted(name="bolts", amount=1), project_id=FIRST)
    verdict = verify(TALLY, feed, rows)
    assert (verdict.equal, verdict.position) == (True, 4)


def test_rows_that_move_whenever_they_are_looked_at_are_not_judged(feed: ListFeed) -> None:
    class Restless(MemoryRows):
        def digest(self) -> str:
            self.write([], self.position() + 1)
            return super().digest()

    with pytest.raises(NeverStill):
        verify(TALLY, feed, Restless("tally"))


def shelf(folder: Path) -> Editions:
    path = str(folder / "rows.db")
    return Editions(lambda each: open_rows(path, "tally", each.version, None, each.generation), 1)


def test_a_rebuild_that_takes_over_puts_right_what_was_edited(
    feed: ListFeed, tmp_path: Path
) -> None:
    editions = shelf(tmp_path)
    rows = ShownRows(editions)
    Engine(feed, [(TALLY, WrittenRows(editions))]).catch_up()
    rows.amend(Batch([Change("tally", FIRST, "bolts", {"amount": 7}, 1)]), 4)
    built = build(TALLY, feed, editions)
    assert (built.before, built.now, built.position) == (Edition(1, 0), Edition(1, 1), 4)
    assert built.verdict is not None
    assert (built.verdict.equal, built.verdict.differing) == (False, (f"{FIRST}/bolts",))
    assert verify(TALLY, feed, rows).equal
    again = build(TALLY, feed, editions)
    assert again.verdict is not None
    assert (again.now, again.verdict.equal) == (Edition(1, 2), True)
    assert rows.get(FIRST, "nuts") is None
    assert rows.position() == 4
    rows.close()


def test_a_reader_from_before_a_rebuild_begins_again(feed: ListFeed, tmp_path: Path) -> None:
    editions = shelf(tmp_path)
    rows = ShownRows(editions)
    Engine(feed, [(TALLY, WrittenRows(editions))]).catch_up()
    floors = [rows.floor()]
    for _ in range(2):
        build(TALLY, feed, editions)
        floors.append(rows.floor())
    assert floors == [0, 5, 6]
    rows.close()


def test_what_an_engine_wrote_while_the_rebuild_ran_is_in_it_too(
    feed: ListFeed, tmp_path: Path
) -> None:
    editions = shelf(tmp_path)
    rows, engine = ShownRows(editions), Engine(feed, [(TALLY, WrittenRows(editions))])
    engine.catch_up()
    grown: list[int] = []

    def overtake(position: int, _: int) -> None:
        if not grown:
            grown.append(position)
            feed.record(f"tally-{FIRST}", Counted(name="bolts", amount=5), project_id=FIRST)
            engine.catch_up()

    built = build(TALLY, feed, editions, overtake)
    assert (built.position, built.verdict is not None and built.verdict.equal) == (5, True)
    feed.record(f"tally-{FIRST}", Counted(name="bolts", amount=1), project_id=FIRST)
    assert engine.catch_up()
    assert rows.get(FIRST, "bolts") == Change("tally", FIRST, "bolts", {**BOLTS, "amount": 7}, 6)
    assert verify(TALLY, feed, rows).equal
    rows.close()


def test_a_rebuild_that_was_interrupted_goes_on_where_it_stopped(
    feed: ListFeed, tmp_path: Path
) -> None:
    editions = shelf(tmp_path)
    Engine(feed, [(TALLY, WrittenRows(editions))]).catch_up(2)
    rebuild(TALLY, feed, editions.candidate(), 3)
    with pytest.raises(Interrupted, match="tally is built up to position 3 of 4"):
        build(TALLY, feed, editions, cancelled=lambda: True)
    assert (editions.shown(), editions.candidate().position()) == (Edition(1, 0), 3)
    heard: list[tuple[int, int]] = []
    built = build(TALLY, feed, shelf(tmp_path), lambda *at: heard.append(at))
    assert (built.now, heard) == (Edition(1, 1), [(4, 4)])
    assert editions.discard_old() == [Edition(1, 0)]
    assert list(editions.of(editions.shown()).editions()) == [Edition(1, 1)]
    editions.close()


@pytest.mark.parametrize("looks", [1, 2], ids=["when it opens them", "when it looks again"])
def test_rows_that_are_taken_over_while_an_engine_begins_are_begun_with_again(
    feed: ListFeed, tmp_path: Path, looks: int
) -> None:
    editions = shelf(tmp_path)
    Engine(feed, [(TALLY, WrittenRows(editions))]).catch_up()

    class TakenOver(WrittenRows):
        seen = 0

        def position(self) -> int:
            position = super().position()
            self.seen += 1
            if self.seen == looks:
                build(TALLY, feed, shelf(tmp_path))
            return position

    engine = Engine(feed, [(TALLY, TakenOver(editions))])
    feed.record(f"tally-{FIRST}", Counted(name="bolts", amount=1), project_id=FIRST)
    build(TALLY, feed, shelf(tmp_path))
    assert engine.catch_up()
    rows = ShownRows(editions)
    assert (rows.position(), editions.shown()) == (5, Edition(1, 2))
    assert verify(TALLY, feed, rows).equal
    rows.close()


@pytest.mark.parametrize("still_poison", [True, False], ids=["stopped there too", "sound there"])
def test_a_key_that_is_released_while_a_rebuild_takes_over_is_released_in_what_counts_then(
    feed: ListFeed, tmp_path: Path, *, still_poison: bool
) -> None:
    editions, tally = shelf(tmp_path), TallyProjection()
    feed.record(f"tally-{FIRST}", Spoilt(), project_id=FIRST)

    class TakenOver(WrittenRows):
        def amend(self, batch: Batch, position: int) -> None:
            if editions.shown() == Edition(1, 0):
                tally.is_poison = still_poison
                build(tally, feed, shelf(tmp_path))
                tally.is_poison = False
            super().amend(batch, position)

    engine = Engine(feed, [(tally, TakenOver(editions))])
    engine.catch_up()
    assert [stop.key for stop in engine.quarantined()] == [FIRST]
    tally.is_poison = False
    assert engine.release("tally", FIRST)
    rows = ShownRows(editions)
    assert (editions.shown(), rows.stopped(), engine.quarantined()) == (Edition(1, 1), [], [])
    assert verify(tally, feed, rows).equal
    rows.close()


def test_a_newer_version_is_built_beside_the_old_one_which_is_read_until_then(
    feed: ListFeed, tmp_path: Path
) -> None:
    path = str(tmp_path / "rows.db")

    def opened(version: int) -> Editions:
        return Editions(
            lambda each: open_rows(path, "tally", each.version, None, each.generation), version
        )

    old, new = opened(1), opened(2)
    rows, engine = ShownRows(new), Engine(feed, [(TALLY, WrittenRows(old))])
    engine.catch_up(3)
    assert new.is_behind()
    seen: list[int] = []
    build(TALLY, feed, new, lambda *_: seen.append(rows.position()))
    assert (seen, rows.position(), new.shown()) == ([3], 4, Edition(2, 0))
    feed.record(f"tally-{FIRST}", Counted(name="bolts", amount=1), project_id=FIRST)
    with pytest.raises(StaleEngine, match="version 2 is shown"):
        engine.step()
    with pytest.raises(StillShown):
        new.discard(Edition(2, 0))
    assert new.discard_old() == [Edition(1, 0)]
    assert rows.position() == 4
    rows.close()
    old.close()


def test_a_rebuild_stops_at_the_position_asked_for_and_goes_on_from_there(
    feed: ListFeed,
) -> None:
    scratch, heard = MemoryRows("tally"), list[int]()
    rebuild(TALLY, feed, scratch, 3, heard.append)
    assert (scratch.position(), heard) == (3, [3])
    rebuild(TALLY, feed, scratch, 4, heard.append)
    assert (scratch.digest(), heard) == (rebuilt(TALLY, feed, 4).digest(), [3, 4])


# The projections that Takt ships, over the history of a project


@pytest.fixture
def told() -> ListFeed:
    history = History().calendar("plant").opened().promise("2026-03-06")
    history.phase("cut", 2).phase("weld", 3).phase("paint", 1).link("cut", "weld")
    history.link("weld", "paint").ordered("L-1", "2026-03-04", "weld")
    history.tick("2026-03-02 09:00").started("cut", "2026-03-02 10:00")
    history.tick("2026-03-05 09:00").progressed("cut", 60, "2026-03-05 10:00")
    history.data_date("2026-03-05 12:00").finished("cut", "2026-03-05 11:00")
    history.tick("2026-03-12 09:00").tick("2026-03-12 09:00")
    return ListFeed(history.events)


@pytest.fixture(params=[ScheduleProjection, StatusProjection, AuditProjection])
def shipped(request: pytest.FixtureRequest) -> Projection[Any]:
    made: Projection[Any] = request.param()
    return made


def test_one_event_at_a_time_with_a_restart_after_each_gives_the_same_bytes(
    told: ListFeed, shipped: Projection[Any], tmp_path: Path
) -> None:
    rows = open_rows(str(tmp_path / "rows.db"), shipped.name, shipped.version)
    for recorded in told.events:
        Engine(told, [(shipped, rows)], page=1, keys_kept=1).catch_up(recorded.position)
        assert rows.position() == recorded.position
    whole = rebuilt(shipped, told, told.head())
    assert rows.digest() == whole.digest()
    assert dict(rows.dues()) == dict(whole.dues())
    assert rows.of_key(PROJECT) != []
    rows.close()


@pytest.mark.parametrize(
    "shipped", [ScheduleProjection(), StatusProjection()], ids=["schedule", "status"]
)
def test_an_extra_tick_changes_nothing_in_what_is_shipped(
    told: ListFeed, shipped: Projection[Any]
) -> None:
    before = rebuilt(shipped, told, told.head()).digest()
    told.tick(told.events[-1].event.to)
    assert rebuilt(shipped, told, told.head()).digest() == before


# Stores that cannot be reached


def test_a_file_that_cannot_be_opened_is_told_apart_from_a_defect(tmp_path: Path) -> None:
    with pytest.raises(RowsUnavailable):
        open_rows(str(tmp_path / "nowhere" / "rows.db"), "tally", 1)


def test_a_file_that_is_not_a_database_is_no_outage(tmp_path: Path) -> None:
    file = tmp_path / "rows.db"
    file.write_text("not a database, and long enough to be taken for the header of one")
    with pytest.raises(Exception, match="not a database") as refused:
        open_rows(str(file), "tally", 1)
    assert not isinstance(refused.value, RowsUnavailable)


def rows_told(changes: Sequence[Change]) -> list[str]:
    return [change.row_id for change in changes]


@pytest.mark.integration
def test_rows_are_read_and_written_again_after_their_connections_were_cut(pg_url: str) -> None:
    import psycopg  # noqa: PLC0415  Only here.

    rows = open_rows(pg_url, "tally", 1)
    rows.write([Change("tally", FIRST, "bolts", {"amount": 1}, 1)], 1)

    def cut() -> None:
        with psycopg.connect(pg_url, autocommit=True) as administrator:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'takt-rows'"
            )

    cut()
    assert rows_told(rows.of_key(FIRST)) == ["bolts"]
    cut()
    with pytest.raises(RowsUnavailable):
        rows.write([Change("tally", FIRST, "nuts", {"amount": 1}, 2)], 2)
    rows.write([Change("tally", FIRST, "nuts", {"amount": 1}, 2)], 2)
    assert rows_told(rows.of_key(FIRST)) == ["bolts", "nuts"]
    rows.close()
