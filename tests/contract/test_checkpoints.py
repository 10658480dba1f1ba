"""What every store of checkpoints promises; a new backend is one line."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from projections.checkpoints_contract import Checkpoint, CheckpointStore
from projections.stores.checkpoints import MemoryCheckpoints, open_checkpoints

Open: TypeAlias = Callable[[], CheckpointStore]


def _memory(request: pytest.FixtureRequest, folder: Path) -> Open:
    del request, folder
    kept = MemoryCheckpoints()
    return lambda: kept


def _sqlite(request: pytest.FixtureRequest, folder: Path) -> Open:
    del request
    return lambda: open_checkpoints(str(folder / "takt.db"))


def _postgres(request: pytest.FixtureRequest, folder: Path) -> Open:
    del folder
    url = str(request.getfixturevalue("pg_url"))
    return lambda: open_checkpoints(url)


BACKENDS: Final[Mapping[str, Callable[[pytest.FixtureRequest, Path], Open]]] = {
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
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open the same checkpoints as often as asked; all are closed after the test."""
    open_one = BACKENDS[request.param](request, tmp_path)
    kept: list[CheckpointStore] = []

    def one() -> CheckpointStore:
        kept.append(open_one())
        return kept[-1]

    yield one
    for store in kept:
        store.close()


@pytest.fixture
def store(opened: Open) -> CheckpointStore:
    return opened()


def test_the_newest_checkpoint_at_or_before_a_position_is_found(store: CheckpointStore) -> None:
    store.put("schedule.v1", "P1", Checkpoint(20, b"b"))
    store.put("schedule.v1", "P1", Checkpoint(10, b"a"))

    found = [store.newest("schedule.v1", "P1", at) for at in (9, 10, 19, 20, 99)]

    a, b = Checkpoint(10, b"a"), Checkpoint(20, b"b")
    assert found == [None, a, a, b, b]
    assert [store.position_of("schedule.v1", "P1", at) for at in (9, 10, 19, 20)] == [0, 10, 10, 20]


def test_checkpoints_of_other_folds_and_keys_are_not_found(store: CheckpointStore) -> None:
    store.put("schedule.v1", "P1", Checkpoint(10, b"a"))

    assert store.newest("schedule.v2", "P1", 10) is None
    assert store.newest("schedule.v1", "P10", 10) is None


def test_a_checkpoint_replaces_one_at_its_position(store: CheckpointStore) -> None:
    store.put("status.v1", "P1", Checkpoint(10, b"damaged"))
    store.put("status.v1", "P1", Checkpoint(10, bytes(range(256))))

    assert store.newest("status.v1", "P1", 10) == Checkpoint(10, bytes(range(256)))
    assert store.size() == 256


def test_a_dropped_checkpoint_leaves_the_one_before_it(store: CheckpointStore) -> None:
    store.put("status.v1", "P1", Checkpoint(10, b"a"))
    store.put("status.v1", "P1", Checkpoint(20, b"b"))

    store.drop("status.v1", "P1", 20)
    store.drop("status.v1", "P1", 15)

    assert store.newest("status.v1", "P1", 99) == Checkpoint(10, b"a")


def test_only_the_checkpoints_of_folds_in_use_are_kept(store: CheckpointStore) -> None:
    for fold in ("schedule.v1", "schedule.v2", "status.v1"):
        store.put(fold, "P1", Checkpoint(10, b"a"))

    store.keep_only(["schedule.v2", "status.v1"])

    kept = [fold for fold in ("schedule.v1", "schedule.v2", "status.v1")
            if store.newest(fold, "P1", 10)]  # fmt: skip
    assert kept == ["schedule.v2", "status.v1"]


def test_how_far_the_log_was_followed_outlives_the_process(opened: Open) -> None:
    opened().follow("500:schedule.v1", 1_000, {"P1": 3, "P ä": 499})

    assert opened().followed("500:schedule.v1") == (1_000, {"P1": 3, "P ä": 499})


def test_what_another_follower_followed_is_nothing(store: CheckpointStore) -> None:
    store.follow("500:schedule.v1", 1_000, {"P1": 3})
    store.follow("250:schedule.v1", 10, {})

    assert store.followed("500:schedule.v1") == (0, {})
    assert store.followed("250:schedule.v1") == (10, {})


def test_nothing_is_left_once_cleared(store: CheckpointStore) -> None:
    store.put("schedule.v1", "P1", Checkpoint(10, b"a"))
    store.follow("500:schedule.v1", 10, {})

    store.clear()

    assert store.newest("schedule.v1", "P1", 10) is None
    assert store.followed("500:schedule.v1") == (0, {})
    assert store.size() == 0
