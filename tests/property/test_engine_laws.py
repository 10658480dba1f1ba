"""Laws of the engine: whatever the pages, restarts, evictions and repeats, the same bytes."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.ids import CLOCK_STREAM
from domain.kernel.messages import DomainEvent
from projections.clock import Clock
from projections.contract import Projection, Row, Rows, StaleEngine
from projections.engine import Engine
from projections.rebuilding import rebuilt, verify
from projections.replay import replay, rows_as_of
from projections.stores import open_rows
from projections.stores.bodies import body_of, row_of
from projections.stores.memory import MemoryRows
from tests.fakes import ListFeed
from tests.unit.projections.tallies import (
    Counted,
    EachProjection,
    Spoilt,
    Struck,
    TallyProjection,
    minute,
)

PROJECTS: Final = ("PRJ-1", "PRJ-2", "PRJ-3")
MINUTES_MAX: Final = 200


@dataclass(frozen=True)
class Message:
    """Events of one project, recorded together."""

    project: str
    events: tuple[DomainEvent, ...]
    gap: int = 0


@dataclass(frozen=True)
class Tick:
    """Time has come to a minute; it may try to go back."""

    to: int


moments = st.one_of(st.none(), st.integers(0, MINUTES_MAX).map(minute))
counted = st.builds(
    Counted, name=st.sampled_from("abc"), amount=st.integers(-2, 2), again_by=moments
)
struck = st.builds(Struck, name=st.sampled_from("abc"))
messages = st.builds(
    Message,
    project=st.sampled_from(PROJECTS),
    events=st.lists(st.one_of(counted, struck), min_size=1, max_size=4).map(tuple),
    gap=st.integers(0, 2),
)
ticks = st.builds(Tick, to=st.integers(0, MINUTES_MAX))
histories = st.lists(st.one_of(messages, messages, ticks), max_size=15)
poisoned = st.builds(
    Message, project=st.sampled_from(PROJECTS), events=st.just((Spoilt(),)), gap=st.just(0)
)
histories_with_poison = st.lists(st.one_of(messages, messages, ticks, poisoned), max_size=15)


def put(feed: ListFeed, step: Message | Tick) -> None:
    if isinstance(step, Tick):
        feed.tick(minute(step.to))
    else:
        feed.record(f"tally-{step.project}", *step.events, project_id=step.project, gap=step.gap)


def log_of(history: Sequence[Message | Tick]) -> ListFeed:
    feed = ListFeed()
    for step in history:
        put(feed, step)
    return feed


def projections() -> list[Projection[Any]]:
    return [TallyProjection(), EachProjection()]


def clean(feed: ListFeed) -> list[str]:
    """Return the digests after one fold of everything in one page, nothing ever forgotten."""
    return [rebuilt(projection, feed, feed.head()).digest() for projection in projections()]


def memory(name: str) -> Rows:
    return MemoryRows(name)


def engine_of(
    feed: ListFeed, rows: Sequence[Rows], page: int = 500, keys_kept: int = 256
) -> Engine:
    pairs = list(zip(projections(), rows, strict=True))
    return Engine(feed, pairs, page=page, keys_kept=keys_kept)


def opened(open_one: Callable[[str], Rows] = memory) -> list[Rows]:
    return [open_one(projection.name) for projection in projections()]


@given(histories_with_poison, st.integers(1, 7), st.integers(1, 3))
def test_the_pages_and_what_is_forgotten_change_no_byte(
    history: list[Message | Tick], page: int, keys_kept: int
) -> None:
    feed, rows = log_of(history), opened()
    engine_of(feed, rows, page, keys_kept).catch_up()
    assert [each.digest() for each in rows] == clean(feed)


@given(histories_with_poison, st.data())
def test_following_a_log_as_it_grows_ends_as_a_clean_rebuild(
    history: list[Message | Tick], data: st.DataObject
) -> None:
    feed, rows = ListFeed(), opened()
    engine = engine_of(feed, rows, page=data.draw(st.integers(1, 5)))
    for step in history:
        put(feed, step)
        if data.draw(st.booleans()):
            engine.catch_up()
        if data.draw(st.integers(0, 4)) == 0:
            engine = engine_of(feed, rows, page=2)
    engine.catch_up()
    assert [each.digest() for each in rows] == clean(feed)


@given(histories_with_poison, st.integers(1, 4), st.sets(st.integers(0, 60)))
def test_one_killed_between_its_writes_goes_on_as_if_nothing_had_been(
    history: list[Message | Tick], page: int, kills: set[int]
) -> None:
    """The engine dies before a projection's transaction; a new one finds them apart."""

    class Killed(Exception):
        pass

    writes = count()

    class MortalRows(MemoryRows):
        def write(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  As it is called.
            if next(writes) in kills:
                raise Killed
            super().write(*args, **options)

    feed, rows = log_of(history), opened(MortalRows)
    for _ in range(len(kills) + 1):
        with suppress(Killed):
            engine_of(feed, rows, page).catch_up()
    assert [each.digest() for each in rows] == clean(feed)


@given(histories)
@settings(max_examples=25)
def test_a_file_ends_with_the_same_bytes_as_memory(history: list[Message | Tick]) -> None:
    feed = log_of(history)
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "rows.db")
        rows = opened(lambda name: open_rows(path, name, 1))
        for _ in range(2):  # The second one finds everything done.
            engine_of(feed, rows, page=3).catch_up()
        digests = [each.digest() for each in rows]
        for each in rows:
            each.close()
    assert digests == clean(feed)


@given(histories, st.data())
def test_an_event_delivered_again_changes_nothing(
    history: list[Message | Tick], data: st.DataObject
) -> None:
    class Repeating(ListFeed):
        """A feed that hands out some events it has handed out before."""

        def read(self, after: int, limit: int) -> Sequence[Any]:
            earlier = data.draw(st.integers(0, after))
            again = [event for event in self.events if earlier < event.position <= after]
            return [*again, *super().read(after, limit)]

    feed, rows = Repeating(log_of(history).events), opened()
    engine = engine_of(feed, rows)
    while engine.position() < feed.head():
        engine.step()
    assert [each.digest() for each in rows] == clean(ListFeed(feed.events))


@given(histories, st.data())
def test_an_extra_tick_changes_no_row_and_no_position(
    history: list[Message | Tick], data: st.DataObject
) -> None:
    """An extra tick says the time again that it is, or tries to go back."""
    plain = log_of([step if isinstance(step, Tick) else spread(step) for step in history])
    extra = ListFeed()
    now = None
    for event in plain.events:
        # The same events at the same positions, extra ticks in the gaps between them.
        while now is not None and extra.head() + 1 < event.position and data.draw(st.booleans()):
            extra.tick(data.draw(st.sampled_from([now, minute(0)])))
        if event.stream == CLOCK_STREAM:
            extra.tick(event.event.to, gap=event.position - extra.head() - 1)
            now = event.event.to if now is None else max(now, event.event.to)
        else:
            extra.events.append(event)
    if now is not None:
        extra.tick(now)
    ours, theirs = (rebuilt(TallyProjection(), feed, feed.head()) for feed in (plain, extra))
    assert ours.digest() == theirs.digest()


def spread(message: Message) -> Message:
    return Message(message.project, message.events[:1], gap=3)


@given(histories_with_poison, st.integers(1, 5))
def test_released_keys_come_to_be_as_a_rebuild_without_poison(
    history: list[Message | Tick], page: int
) -> None:
    feed, rows, projection = log_of(history), MemoryRows("tally"), TallyProjection()
    engine = Engine(feed, [(projection, rows)], page=page, keys_kept=1)
    engine.catch_up()
    stopped = {stop.key for stop in engine.quarantined()}
    assert stopped == {event.project_id for event in feed.events if isinstance(event.event, Spoilt)}
    projection.is_poison = False
    assert all(engine.release("tally", key) for key in stopped)
    repaired = TallyProjection()
    repaired.is_poison = False
    assert rows.digest() == rebuilt(repaired, feed, feed.head()).digest()
    assert dict(rows.dues()) == dict(rebuilt(repaired, feed, feed.head()).dues())


@given(histories_with_poison, st.data())
def test_rows_as_of_a_position_are_those_that_stood_there(
    history: list[Message | Tick], data: st.DataObject
) -> None:
    feed = log_of(history)
    ends = sorted({event.position for event in feed.events if last_of_its_message(feed, event)})
    position = data.draw(st.sampled_from([0, *ends]))
    for projection in projections():
        stood = rebuilt(projection, feed.up_to(position), position)
        for key in (*PROJECTS, "/"):
            expected = [(each.row_id, each.row) for each in stood.of_key(key)]
            told = rows_as_of(projection, feed, key, position)
            assert [(each.row_id, plain(each.row)) for each in told] == expected
            exact = replay(projection, feed, key, position, Clock(feed)).shown
            assert sorted(
                (row_id, plain(each.row), each.position) for row_id, each in exact.items()
            ) == [(each.row_id, each.row, each.position) for each in stood.of_key(key)]


def plain(row: Row | None) -> Row | None:
    """Return a row as it comes back from a store."""
    return None if row is None else row_of(body_of(row))


def last_of_its_message(feed: ListFeed, event: Any) -> bool:  # noqa: ANN401
    (following,) = feed.read(event.position, 1) or (None,)
    return following is None or following.envelope.message_id != event.envelope.message_id


@given(histories, st.data())
def test_a_rebuild_is_what_the_engine_goes_on_from(
    history: list[Message | Tick], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(history)))
    feed = log_of(history[:cut])
    rows: list[Rows] = [rebuilt(each, feed, feed.head()) for each in projections()]
    engine = engine_of(feed, rows)
    for step in history[cut:]:
        put(feed, step)
    engine.catch_up()
    assert [each.digest() for each in rows] == clean(feed)
    assert all(
        verify(projection, feed, each).equal
        for projection, each in zip(projections(), rows, strict=True)
    )


def test_two_engines_that_race_write_every_row_once_and_right() -> None:
    feed = log_of([Message("PRJ-1", (Counted(name="a", amount=1),)) for _ in range(30)])
    rows = opened()
    engines = [engine_of(feed, rows, page) for page in (2, 3)]
    for turn in range(60):
        try:
            engines[turn % 2].step()
        except StaleEngine:
            continue
    assert [each.digest() for each in rows] == clean(feed)
