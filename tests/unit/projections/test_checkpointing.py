"""Following the log with checkpoints: when they are written, and what makes them void."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.kernel.messages import Recorded
from domain.phases.events import ProgressRecorded
from domain.plans.events import PhasePlanned
from domain.projects.events import ProjectOpened
from projections.checkpointing import Checkpointing
from projections.checkpoints import Checkpoints, fold_of
from projections.checkpoints_contract import Checkpoint, Folded, Kept
from projections.contract import Change, Projection
from projections.replay import rows_as_of
from projections.schedule import ScheduleProjection, ScheduleState
from projections.status import StatusProjection
from projections.stores.checkpoints import MemoryCheckpoints
from tests.fakes import BEGUN, ListFeed

SCHEDULE, STATUS = ScheduleProjection(), StatusProjection()


def opened(feed: ListFeed, project: str) -> None:
    event = ProjectOpened(name=project, zone="UTC", calendar_id="plant", start=BEGUN)
    feed.record(f"project-{project}", event, project_id=project)


def planned(feed: ListFeed, project: str, *phases: str) -> int:
    """Record phases as one message."""
    events = [
        PhasePlanned(
            phase_id=phase, wbs=phase, name=phase, department_id="shop", kind="task",
            duration_min=480,
        )
        for phase in phases
    ]  # fmt: skip
    return feed.record(f"plan-{project}", *events, project_id=project)


def reported(feed: ListFeed, project: str, times: int) -> int:
    for left in range(times):
        event = ProgressRecorded(remaining_min=400 - left, basis="count")
        feed.record(f"phase-{project}/weld", event, project_id=project)
    return feed.head()


def places(store: MemoryCheckpoints, folded: Folded, key: str, up_to: int) -> list[int]:
    """Return the positions of a key's checkpoints, the last one first."""
    found = []
    while position := store.position_of(fold_of(folded), key, up_to):
        found.append(position)
        up_to = position - 1
    return found


def as_of(feed: ListFeed, store: MemoryCheckpoints, position: int) -> Sequence[Change]:
    return rows_as_of(SCHEDULE, feed, "P1", position, checkpoints=Checkpoints(store))


class Counted(ListFeed):
    """A log that counts the events read of projects."""

    def __init__(self) -> None:
        super().__init__()
        self.read_events = 0

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        found = super().read_project(project_id, after, up_to, limit)
        self.read_events += len(found)
        return found


@pytest.fixture
def feed() -> Counted:
    """Return a log of one project with 40 events."""
    feed = Counted()
    opened(feed, "P1")
    planned(feed, "P1", "weld", "paint", "test")
    reported(feed, "P1", 36)
    return feed


@pytest.fixture
def store() -> MemoryCheckpoints:
    return MemoryCheckpoints()


def test_a_key_is_kept_after_every_so_many_of_its_events(
    feed: Counted, store: MemoryCheckpoints
) -> None:
    opened(feed, "P2")

    assert Checkpointing(feed, [SCHEDULE, STATUS], store, every=10).catch_up()

    assert places(store, SCHEDULE, "P1", 99) == [40, 30, 20, 10]
    assert places(store, STATUS, "P1", 99) == [40, 30, 20, 10]
    assert places(store, SCHEDULE, "P2", 99) == []


def test_a_checkpoint_lies_at_the_end_of_a_message(store: MemoryCheckpoints) -> None:
    feed = ListFeed()
    opened(feed, "P1")
    end = planned(feed, "P1", *map(str, range(20)))

    Checkpointing(feed, [SCHEDULE], store, every=10).catch_up()

    assert places(store, SCHEDULE, "P1", 99) == [end]


def test_what_is_followed_is_gone_on_from_with_the_counts(
    feed: Counted, store: MemoryCheckpoints
) -> None:
    Checkpointing(feed, [SCHEDULE], store, every=15).catch_up()
    reported(feed, "P1", 5)

    Checkpointing(feed, [SCHEDULE], store, every=15).catch_up()

    assert places(store, SCHEDULE, "P1", 99) == [45, 30, 15]


def test_a_moment_in_the_past_is_a_short_replay(feed: Counted, store: MemoryCheckpoints) -> None:
    without = rows_as_of(SCHEDULE, feed, "P1", 37)
    Checkpointing(feed, [SCHEDULE], store, every=10).catch_up()
    feed.read_events = 0

    assert as_of(feed, store, 37) == without
    assert feed.read_events == 7


def test_a_damaged_checkpoint_is_forgotten_and_the_one_before_it_is_used(
    feed: Counted, store: MemoryCheckpoints
) -> None:
    Checkpointing(feed, [SCHEDULE], store, every=10).catch_up()
    without = rows_as_of(SCHEDULE, feed, "P1", 37)
    kept = store.newest(fold_of(SCHEDULE), "P1", 30)
    assert kept is not None
    for at in range(0, len(kept.body), 7):
        damaged = kept.body[:at] + bytes([kept.body[at] ^ 1]) + kept.body[at + 1 :]
        store.put(fold_of(SCHEDULE), "P1", Checkpoint(30, damaged))
        feed.read_events = 0

        assert as_of(feed, store, 37) == without
        assert feed.read_events == 17
        assert places(store, SCHEDULE, "P1", 99) == [40, 20, 10]


def test_a_cut_checkpoint_is_never_read_as_another_state(
    feed: Counted, store: MemoryCheckpoints
) -> None:
    Checkpointing(feed, [SCHEDULE], store, every=40).catch_up()
    without = rows_as_of(SCHEDULE, feed, "P1", 40)
    kept = store.newest(fold_of(SCHEDULE), "P1", 40)
    assert kept is not None
    for size in (0, 1, 8, 20, len(kept.body) // 2, len(kept.body) - 1):
        store.put(fold_of(SCHEDULE), "P1", Checkpoint(40, kept.body[:size]))

        assert as_of(feed, store, 40) == without


class NewerSchedule(ScheduleProjection):
    """The schedule in its next version."""

    version = ScheduleProjection.version + 1


def test_another_version_reads_no_checkpoint_of_this_one_and_replaces_them(
    feed: Counted, store: MemoryCheckpoints
) -> None:
    newer: Projection[ScheduleState] = NewerSchedule()
    Checkpointing(feed, [SCHEDULE], store, every=10).catch_up()

    assert Checkpoints(store).newest(newer, "P1", 40) is None
    Checkpointing(feed, [newer], store, every=10).catch_up()

    assert places(store, newer, "P1", 99) == [40, 30, 20, 10]
    assert places(store, SCHEDULE, "P1", 99) == []


def test_checkpoints_of_a_log_that_was_put_back_are_dropped(
    feed: Counted, store: MemoryCheckpoints
) -> None:
    Checkpointing(feed, [SCHEDULE], store, every=10).catch_up()

    Checkpointing(feed.up_to(25), [SCHEDULE], store, every=10).catch_up()

    assert places(store, SCHEDULE, "P1", 99) == [20, 10]


def test_dropping_every_checkpoint_changes_nothing(feed: Counted, store: MemoryCheckpoints) -> None:
    Checkpointing(feed, [SCHEDULE], store, every=10).catch_up()
    with_checkpoints = [as_of(feed, store, position) for position in range(41)]
    store.clear()

    assert [as_of(feed, store, position) for position in range(41)] == with_checkpoints


class Touchy(ScheduleProjection):
    """A schedule that one event of each project is poison for."""

    def fold(self, state: ScheduleState, recorded: Recorded[Any]) -> ScheduleState:
        if recorded.position == 15:
            raise ArithmeticError(recorded.position)
        return super().fold(state, recorded)


def test_a_key_that_stands_still_is_kept_no_more(feed: Counted, store: MemoryCheckpoints) -> None:
    touchy = Touchy()

    Checkpointing(feed, [touchy], store, every=10).catch_up()

    assert places(store, touchy, "P1", 99) == [10]
    assert rows_as_of(touchy, feed, "P1", 40, checkpoints=Checkpoints(store)) == rows_as_of(
        touchy, feed, "P1", 40
    )


def test_states_kept_warm_are_bounded_and_each_asker_has_one_of_its_own(
    feed: Counted, store: MemoryCheckpoints
) -> None:
    Checkpointing(feed, [SCHEDULE], store, every=10).catch_up()
    checkpoints = Checkpoints(store, warm_bytes=1)

    for position in (10, 20, 30, 40):
        assert checkpoints.newest(SCHEDULE, "P1", position) is not None
    one, other = (checkpoints.newest(SCHEDULE, "P1", 40) for _ in range(2))

    assert checkpoints.warm() == 1
    assert one is not None
    assert other is not None
    assert one.state.network is not other.state.network
    assert one.state.network.lines["weld"] is not other.state.network.lines["weld"]


def test_a_state_that_has_no_form_is_not_kept(store: MemoryCheckpoints) -> None:
    kept = Kept(10, object(), 0, begun=True)

    assert not Checkpoints(store).keep(SCHEDULE, "P1", kept)
    assert store.size() == 0
