"""What every store of rows promises; a new backend is one line."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from projections.contract import (
    Batch,
    Rows,
    StaleEngine,
    Stopped,
)
from projections.stores import open_rows
from projections.stores.memory import MemoryRows
from tests.contract.boards import PAINT, WELD, change, told
from tests.unit.projections.tallies import minute

Opened: TypeAlias = Callable[[str, int], Rows]


def _memory(request: pytest.FixtureRequest, folder: Path) -> Opened:
    del request, folder
    stores: dict[tuple[str, int], Rows] = {}
    return lambda name, version: stores.setdefault((name, version), MemoryRows(name))


def _sqlite(request: pytest.FixtureRequest, folder: Path) -> Opened:
    del request
    return lambda name, version: open_rows(str(folder / "takt.db"), name, version)


def _postgres(request: pytest.FixtureRequest, folder: Path) -> Opened:
    del folder
    url = str(request.getfixturevalue("pg_url"))
    return lambda name, version: open_rows(url, name, version)


BACKENDS: Final[Mapping[str, Callable[[pytest.FixtureRequest, Path], Opened]]] = {
    "memory": _memory,
    "sqlite": _sqlite,
    "postgres": _postgres,
}


@pytest.fixture(
    params=[
        pytest.param(name, marks=[pytest.mark.integration] if name == "postgres" else [])
        for name in BACKENDS
    ]
)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Open rows by name and version in one database; all of them are closed after the test."""
    open_in = BACKENDS[request.param](request, tmp_path)
    kept: list[Rows] = []

    def open_one(name: str, version: int) -> Rows:
        kept.append(open_in(name, version))
        return kept[-1]

    yield open_one
    for rows in kept:
        rows.close()


@pytest.fixture
def rows(opened: Opened) -> Rows:
    return opened("board", 1)


# Writing and reading


def test_present_rows_come_in_pages_by_key_and_row(rows: Rows) -> None:
    names = [("P", "a"), ("P", "b"), ("P", "gone"), ("Q", "a"), ("Qä", "a")]
    rows.write([change(key, row_id, WELD, 1) for key, row_id in names], 1)
    rows.write([change("P", "gone", None, 2)], 2)

    def page(key: str | None, after: tuple[str, str], limit: int) -> list[tuple[str, str]]:
        return [(each.key, each.row_id) for each in rows.page(key, after, limit)]

    assert page(None, ("", ""), 3) == [("P", "a"), ("P", "b"), ("Q", "a")]
    assert page(None, ("Q", "a"), 3) == [("Qä", "a")]
    assert page("P", ("P", "a"), 3) == [("P", "b")]
    assert page("P", ("P", "b"), 3) == []


def test_nothing_is_known_at_first(rows: Rows) -> None:
    assert (rows.position(), list(rows.keys()), rows.get("P", "weld")) == (0, [], None)
    assert (list(rows.of_key("P")), list(rows.changed_since(0))) == ([], [])
    assert list(rows.due_by(minute(9_999))) == []
    assert rows.digest() == sha256().hexdigest()


def test_a_row_is_read_back_with_the_position_that_changed_it(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 4), change("P", "paint", PAINT, 3)], 7)
    assert rows.get("P", "weld") == change("P", "weld", WELD, 4)
    assert [each.row_id for each in rows.of_key("P")] == ["paint", "weld"]
    assert (rows.position(), list(rows.keys())) == (7, ["P"])


def test_a_row_written_again_has_its_last_form_and_position(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 1), change("P", "weld", PAINT, 2)], 2)
    assert rows.get("P", "weld") == change("P", "weld", PAINT, 2)
    rows.write([change("P", "weld", WELD, 3)], 3)
    assert list(rows.of_key("P")) == [change("P", "weld", WELD, 3)]


def test_a_removed_row_leaves_a_tombstone_and_the_position_moves(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 4)], 4)
    rows.write([change("P", "weld", None, 5)], 5)
    assert rows.get("P", "weld") is None
    assert (list(rows.of_key("P")), list(rows.keys())) == ([], [])
    assert list(rows.changed_since(4)) == [change("P", "weld", None, 5)]
    assert rows.position() == 5
    assert rows.digest() == sha256().hexdigest()


def test_a_row_may_come_back_after_its_tombstone(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 1)], 1)
    rows.write([change("P", "weld", None, 2)], 2)
    rows.write([change("P", "weld", PAINT, 3)], 3)
    assert told(rows, 1) == [(3, "P", "weld", PAINT)]


def test_a_position_moves_without_any_row(rows: Rows) -> None:
    rows.write([], 12)
    assert (rows.position(), list(rows.changed_since(0))) == (12, [])


def test_changes_come_by_position_then_key_and_row_and_of_the_keys_asked_for(rows: Rows) -> None:
    rows.write(
        [
            change("P", "weld", WELD, 2),
            change("Q", "weld", WELD, 1),
            change("P", "paint", PAINT, 2),
            change("O", "paint", PAINT, 2),
        ],
        3,
    )
    assert [(key, row_id) for _, key, row_id, _ in told(rows)] == [
        ("Q", "weld"), ("O", "paint"), ("P", "paint"), ("P", "weld"),
    ]  # fmt: skip
    assert [each.row_id for each in rows.changed_since(1, ["P"])] == ["paint", "weld"]
    assert list(rows.changed_since(2)) == []
    assert list(rows.changed_since(0, [])) == []


def test_keys_and_row_ids_are_ordered_by_their_bytes_in_every_store(rows: Rows) -> None:
    odd = ["a", "B", "_project", "ä", "\U0001f600", "\uffff", "a/b", "A b", "10", "9"]
    rows.write([change(key, row_id, PAINT, 1) for key in odd for row_id in odd], 1)
    ordered = sorted(odd, key=str.encode)
    assert list(rows.keys()) == ordered
    assert [each.row_id for each in rows.of_key("ä")] == ordered
    assert [key for _, key, row_id, _ in told(rows) if row_id == "a"] == ordered


def test_a_write_that_fails_leaves_nothing_behind(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 1)], 1, {"P": minute(1)})
    before = rows.digest()
    with pytest.raises(ValueError, match="JSON"):
        rows.write(
            [change("P", "weld", PAINT, 2), change("P", "paint", {"share": float("nan")}, 2)],
            2,
            {"P": None},
        )
    assert (rows.digest(), rows.position()) == (before, 1)
    assert list(rows.due_by(minute(1))) == ["P"]


# The fence


@pytest.mark.parametrize("position", [4, 5])
def test_a_position_not_above_the_stored_one_is_refused_with_its_rows(
    rows: Rows, position: int
) -> None:
    rows.write([change("P", "weld", WELD, 5)], 5, {"P": minute(1)})
    before = rows.digest()
    with pytest.raises(StaleEngine) as refused:
        rows.write([change("P", "paint", PAINT, position)], position, {"P": None})
    assert refused.value.stored == 5
    assert (rows.position(), rows.digest()) == (5, before)
    assert list(rows.due_by(minute(1))) == ["P"]


def test_of_two_engines_only_one_writes_each_position(opened: Opened) -> None:
    engines = [opened("board", 1) for _ in range(2)]

    def work(engine: int) -> int:
        won = 0
        for position in range(1, 41):
            try:
                engines[engine].write(
                    [change("P", str(position), {"by": engine}, position)], position
                )
            except StaleEngine:
                continue
            won += 1
        return won

    with ThreadPoolExecutor(2) as pool:
        wins = list(pool.map(work, range(2)))
    written = [each.row["by"] for each in engines[0].of_key("P") if each.row is not None]
    assert engines[1].position() == 40
    assert wins == [written.count(0), written.count(1)]


def test_each_projection_and_version_has_its_own_rows_and_position(opened: Opened) -> None:
    old, new, other = opened("board", 1), opened("board", 2), opened("line", 1)
    old.write([change("P", "weld", WELD, 9)], 9, {"P": minute(1)})
    assert [each.position() for each in (old, new, other)] == [9, 0, 0]
    assert [list(each.keys()) for each in (old, new, other)] == [["P"], [], []]
    assert list(new.due_by(minute(1))) == []
    new.clear()
    assert old.position() == 9


# Dues


def test_due_keys_are_those_whose_moment_has_come(rows: Rows) -> None:
    rows.write([], 1, {"B": minute(2), "A": minute(2), "C": minute(3)})
    assert list(rows.due_by(minute(1))) == []
    assert list(rows.due_by(minute(2))) == ["A", "B"]
    rows.write([], 2, {"A": None, "B": minute(9)})
    assert list(rows.due_by(minute(3))) == ["C"]
    rows.write([], 3)
    assert list(rows.due_by(minute(9))) == ["B", "C"]


def test_a_due_moment_is_kept_to_the_microsecond(rows: Rows) -> None:
    due = minute(1).replace(microsecond=1)
    rows.write([], 1, {"A": due})
    assert (list(rows.due_by(minute(1))), list(rows.due_by(due))) == ([], ["A"])


def test_all_due_moments_are_told_by_key(rows: Rows) -> None:
    due = minute(1).replace(microsecond=1)
    rows.write([], 1, {"A": due, "B": minute(2)})
    rows.write([], 2, {"B": None})
    assert dict(rows.dues()) == {"A": due}


# Stopped keys


def test_a_stopped_key_stays_stopped_until_it_is_taken_away(opened: Opened) -> None:
    rows = opened("board", 1)
    first, second = Stopped("P", 3, "ValueError: spoilt"), Stopped("O", 4, "KeyError: 'x'")
    rows.write([], 4, stopped={"P": first, "O": second})
    rows.write([], 5)
    assert list(opened("board", 1).stopped()) == [second, first]
    assert list(opened("board", 2).stopped()) == []
    later = Stopped("P", 5, "ValueError: again")
    rows.amend(Batch(stopped={"P": later, "O": None}), 5)
    assert list(rows.stopped()) == [later]
    rows.write([], 6, stopped={"P": None})
    assert list(rows.stopped()) == []


def test_a_rebuild_takes_over_with_its_own_stopped_keys(rows: Rows) -> None:
    rows.write([], 2, stopped={"P": Stopped("P", 1, "spoilt")})
    other = Stopped("Q", 2, "spoilt")
    rows.replace(Batch(stopped={"Q": other}), 2)
    assert list(rows.stopped()) == [other]
    rows.clear()
    assert list(rows.stopped()) == []


# The floor: who has read less cannot be told what changed


def test_the_floor_lies_at_the_bottom_while_the_log_only_goes_on(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 4)], 4)
    rows.write([change("P", "weld", None, 5)], 5)
    assert rows.floor() == 0


@pytest.mark.parametrize("how", ["rebuilt", "mended", "cleared"])
def test_who_read_before_rows_changed_by_themselves_is_below_the_floor(
    opened: Opened, how: str
) -> None:
    rows = opened("board", 1)
    rows.write([change("P", "weld", WELD, 7)], 7)
    if how == "rebuilt":
        rows.replace(Batch(), 7)
    elif how == "mended":
        rows.amend(Batch(), 7)
    else:
        rows.clear()
    assert (rows.floor(), opened("board", 1).floor()) == (8, 8)


def test_the_floor_never_sinks(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 7)], 7)
    rows.clear()
    rows.write([change("P", "weld", WELD, 2)], 2)
    rows.purge(1)
    assert (rows.floor(), rows.position()) == (8, 2)


def test_the_floor_rises_each_time_although_the_position_stays(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 7)], 7)
    floors = []
    for _ in range(3):
        rows.amend(Batch(), 7)
        floors.append(rows.floor())
    assert floors == [8, 9, 10]


def test_purged_tombstones_raise_the_floor_and_present_rows_stay(rows: Rows) -> None:
    rows.write(
        [change("P", "a", None, 1), change("P", "b", PAINT, 1), change("P", "c", None, 2)], 5
    )
    rows.purge(2)
    assert [(each.row_id, each.row) for each in rows.changed_since(0)] == [
        ("b", PAINT),
        ("c", None),
    ]
    assert (rows.floor(), rows.position()) == (2, 5)


# Taking over, mending, forgetting


def test_a_rebuild_takes_the_place_of_all_there_was(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 1), change("Q", "weld", WELD, 2)], 2, {"P": minute(1)})
    rows.replace(Batch([change("P", "paint", PAINT, 1)], {"R": minute(1)}), 2)
    assert [(each.key, each.row_id) for each in rows.of_key("P")] == [("P", "paint")]
    assert (list(rows.keys()), rows.position()) == (["P"], 2)
    assert list(rows.due_by(minute(1))) == ["R"]
    with pytest.raises(StaleEngine):
        rows.replace(Batch(), 1)
    assert list(rows.keys()) == ["P"]


def test_rows_are_mended_at_the_position_they_are_at_and_at_no_other(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 2), change("Q", "weld", WELD, 1)], 2, {"Q": minute(1)})
    rows.amend(Batch([change("P", "weld", PAINT, 2)], {"P": minute(1)}), 2)
    assert rows.get("P", "weld") == change("P", "weld", PAINT, 2)
    assert (list(rows.keys()), rows.position()) == (["P", "Q"], 2)
    assert list(rows.due_by(minute(1))) == ["P", "Q"]
    for position in (1, 3):
        with pytest.raises(StaleEngine):
            rows.amend(Batch([change("P", "weld", WELD, position)]), position)
    assert rows.get("P", "weld") == change("P", "weld", PAINT, 2)


def test_what_is_cleared_begins_again_at_nothing(rows: Rows) -> None:
    rows.write([change("P", "weld", WELD, 3), change("P", "gone", None, 3)], 3, {"P": minute(1)})
    rows.clear()
    assert (rows.position(), list(rows.changed_since(0)), list(rows.due_by(minute(1)))) == (
        0,
        [],
        [],
    )
    rows.write([change("P", "weld", WELD, 1)], 1)
    assert rows.position() == 1


# The digest, and readers


def test_the_digest_is_the_sum_over_the_canonical_present_rows(rows: Rows) -> None:
    rows.write(
        [change("Q", "weld", WELD, 2), change("P", "paint", PAINT, 1), change("P", "x", None, 1)], 2
    )
    canonical = "".join(
        f"{key}\x1f{row_id}\x1f{position}\x1f"
        f"{json.dumps(row, sort_keys=True, separators=(',', ':'), ensure_ascii=False)}\n"
        for key, row_id, position, row in [("P", "paint", 1, PAINT), ("Q", "weld", 2, WELD)]
    )
    assert rows.digest() == sha256(canonical.encode()).hexdigest()


def test_the_digest_moves_with_a_body_a_position_or_a_row(opened: Opened) -> None:
    variants = {
        "base": [change("P", "weld", {"a": 1, "b": 2}, 1)],
        "same": [change("P", "weld", {"b": 2, "a": 1}, 1)],
        "body": [change("P", "weld", {"a": 1, "b": 3}, 1)],
        "position": [change("P", "weld", {"a": 1, "b": 2}, 2)],
        "id": [change("P", "wold", {"a": 1, "b": 2}, 1)],
        "key": [change("Pw", "eld", {"a": 1, "b": 2}, 1)],
    }
    digests = {}
    for version, (name, changes) in enumerate(variants.items()):
        rows = opened("board", version)
        rows.write(changes, 2)
        digests[name] = rows.digest()
    assert digests["base"] == digests["same"]
    assert len(set(digests.values())) == len(variants) - 1


def test_readers_in_other_threads_see_whole_batches_only(rows: Rows) -> None:
    def read(_: int) -> bool:
        for _ in range(50):
            present = {each.position for each in rows.of_key("P")}
            if len(present) > 1:
                return False
        return True

    with ThreadPoolExecutor(3) as pool:
        reading = pool.map(read, range(3))
        for position in range(1, 30):
            rows.write([change("P", str(n), PAINT, position) for n in range(5)], position)
        assert list(reading) == [True, True, True]


def test_rows_outlive_the_one_who_wrote_them(opened: Opened) -> None:
    writer = opened("board", 1)
    writer.write([change("P", "weld", WELD, 1)], 1, {"P": minute(1)})
    reader = opened("board", 1)
    assert reader.get("P", "weld") == change("P", "weld", WELD, 1)
    assert (reader.position(), list(reader.due_by(minute(1)))) == (1, ["P"])
    assert reader.digest() == writer.digest()
