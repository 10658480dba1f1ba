"""What every database promises of editions that lie beside each other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from projections.contract import (
    Batch,
    Edition,
    NotCaughtUp,
    StillShown,
    Superseded,
    VersionedRows,
)
from projections.stores import open_rows
from tests.contract.boards import PAINT, WELD, change


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def versions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[VersionedRows]]:
    """Give two versions of one projection, and another projection's first."""
    sqlite = request.param == "sqlite"
    store = str(tmp_path / "takt.db") if sqlite else str(request.getfixturevalue("pg_url"))
    kept = [open_rows(store, name, version) for name, version in NAMES_AND_VERSIONS]
    yield kept
    for rows in kept:
        rows.close()


NAMES_AND_VERSIONS: Final = [("board", 1), ("board", 2), ("line", 1)]


def test_readers_use_a_version_from_the_moment_it_is_activated(
    versions: list[VersionedRows],
) -> None:
    old, new, other = versions
    assert [each.active() for each in versions] == [None, None, None]
    old.write([], 5)
    old.activate()
    other.activate()
    assert [each.active() for each in versions] == [1, 1, 1]
    new.write([], 5)
    new.activate()
    new.activate()
    assert [each.active() for each in versions] == [2, 2, 1]


def test_a_version_that_has_not_caught_up_does_not_take_over(
    versions: list[VersionedRows],
) -> None:
    old, new, _ = versions
    old.write([], 5)
    old.activate()
    new.write([], 4)
    with pytest.raises(NotCaughtUp, match="version 2 of board is at position 4, readers are at 5"):
        new.activate()
    assert new.active() == 1
    new.write([], 6)
    new.activate()
    assert old.active() == 2


def test_an_edition_that_takes_over_sends_readers_back_to_the_beginning(
    versions: list[VersionedRows],
) -> None:
    old, new, _ = versions
    old.write([change("P", "weld", WELD, 5)], 5)
    old.activate()
    new.write([change("P", "weld", WELD, 5)], 7)
    assert (old.shown(), old.floor(), new.floor()) == (Edition(1), 0, 0)
    new.activate()
    assert (old.shown(), new.floor()) == (Edition(2), 8)


def test_an_edition_is_dropped_unless_readers_use_it(versions: list[VersionedRows]) -> None:
    old, new, other = versions
    old.write([change("P", f"weld-{number}", WELD, 5) for number in range(2_100)], 5)
    old.activate()
    new.write([], 5)
    with pytest.raises(StillShown):
        old.discard()
    new.activate()
    assert dict(old.editions()) == {Edition(1): 5, Edition(2): 5}
    old.discard()
    assert dict(new.editions()) == {Edition(2): 5}
    assert dict(other.editions()) == {Edition(1): 0}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def twice(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[VersionedRows]]:
    """Give the same rows opened twice, as by two processes."""
    sqlite = request.param == "sqlite"
    store = str(tmp_path / "takt.db") if sqlite else str(request.getfixturevalue("pg_url"))
    kept = [open_rows(store, "board", 1) for _ in range(2)]
    yield kept
    for rows in kept:
        rows.close()


def test_a_write_after_somebody_else_mended_rows_is_refused(twice: list[VersionedRows]) -> None:
    rows, of_another = twice
    rows.write([change("P", "weld", WELD, 1)], 1)
    rows.watch()
    rows.amend(Batch([change("P", "weld", PAINT, 1)]), 1)
    rows.write([], 2)  # By itself it may mend and go on.
    rows.watch()
    of_another.amend(Batch([change("P", "weld", WELD, 2)]), 2)
    with pytest.raises(Superseded):
        rows.write([], 3)
    assert rows.position() == 2
    rows.watch()
    rows.write([], 3)
