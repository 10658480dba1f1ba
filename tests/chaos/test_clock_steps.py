"""Step the wall clock back by an hour and ahead by a year: order rests on positions alone."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final

import pytest

from consumers.bootstrap import System, build
from consumers.intake import judge_fact
from consumers.kafka.json_format import read_event
from consumers.lease import EngineLease
from consumers.settings import Settings, read_settings
from domain.log.port import Original, Submission
from tests.chaos.history import Letter
from tests.chaos.plant import PROJECTS, Message, message, messages
from tests.chaos.prepared import prepare
from tests.chaos.writer_child import DOOR, MES
from tests.integration.projected import differing

pytestmark = [pytest.mark.chaos, pytest.mark.integration]

SEED: Final = 20260305
BEGAN: Final = datetime.now(UTC)  # noqa: TID251  The plan was taken in by the real clock.
STEPS: Final = (
    timedelta(hours=-1),
    timedelta(days=365),
    timedelta(days=-365),
    timedelta(hours=1),
)
WRITERS: Final = 4
BATCHES: Final = 30
BATCH_MAX: Final = 20
STEP: Final = 0.1


class WildClock:
    """A clock that goes on by a second a look, and is put wrong now and then."""

    def __init__(self, seed: int) -> None:
        self.at = BEGAN
        self.steps = 0
        self._chance = Random(seed)
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            self.at += timedelta(seconds=1)
            if self._chance.random() < STEP:
                self.at += STEPS[self.steps % len(STEPS)]
                self.steps += 1
            return self.at


class PutClock:
    """A clock that says what it is told to."""

    def __init__(self) -> None:
        self.at = BEGAN

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Give settings under which the plans are laid down."""
    told = {}
    if request.param == "postgres":
        told["TAKT_DATABASE_URL"] = str(request.getfixturevalue("pg_url"))
    prepare(tmp_path, **told)
    return read_settings({"TAKT_HOME": str(tmp_path), **told})


def submission(sent: Message, received_at: datetime) -> Submission:
    return judge_fact(
        read_event(sent.sent),
        door=DOOR,
        principal=MES,
        received_at=received_at,
        original=Original("file", "/".join(sent.identity), sent.sent),
    )


def write(system: System, number: int) -> int:
    """Append batches in which no two facts are received at the same moment."""
    chance = Random(number)
    new = messages(f"/mes/{number}", chance)
    written = 0
    for _ in range(BATCHES):
        size = chance.randint(1, BATCH_MAX)
        batch = [submission(next(new), system.clock()) for _ in range(size)]
        outcomes = system.log.append(batch)
        positions = [outcome.position for outcome in outcomes if outcome.kind == "recorded"]
        assert all(before < after for before, after in pairwise(positions))
        written += size
    return written


def tick(system: System, stop: threading.Event) -> None:
    """Look at the clock again and again, as a ticker of its own."""
    while not stop.wait(0.001):
        system.ticker.look()


@pytest.fixture
def system(settings: Settings) -> Iterator[System]:
    clock = WildClock(SEED)
    built = build(settings, clock=clock)
    yield built
    built.close()
    assert clock.steps > 0


def test_positions_ascend_and_recorded_time_never_falls(settings: Settings, system: System) -> None:
    before = system.log.head()
    other = build(settings, clock=system.clock)
    stop = threading.Event()
    with ThreadPoolExecutor(WRITERS + 2) as pool:
        tickers = [pool.submit(tick, each, stop) for each in (system, other)]
        try:
            written = sum(pool.map(write, [system] * WRITERS, range(WRITERS)))
        finally:
            stop.set()
        for ticker in tickers:
            ticker.result()
    other.close()
    events = system.log.read(before, 1_000_000)
    waiting = system.log.parked(1_000_000)
    letters = system.log.dead_letters(0, 100_000)
    facts = [event for event in events if event.envelope.source.startswith("/mes/")]
    assert len(facts) + len(waiting) + len(letters) == written
    assert all(one.position < other.position for one, other in pairwise(events))
    assert all(one.recorded_at <= other.recorded_at for one, other in pairwise(events))
    for number in range(PROJECTS):
        trail = [
            event.position for event in system.log.read_project(f"PRJ-{number}", 0, 10**9, 10**6)
        ]
        assert trail == sorted(trail)
    assert differing(settings.store, system.log) == []


def test_ticks_never_go_back_and_a_fact_that_waits_is_not_lost(settings: Settings) -> None:
    clock = PutClock()
    system = build(settings, clock=clock)
    sent = message("/mes/late", "1", "PRJ-0", "phase-PRJ-0/later")
    (parked,) = system.log.append([submission(sent, clock())])
    told = []
    for step in (*STEPS, *STEPS):
        clock.at += step
        outcome = system.ticker.look()
        told.append(None if outcome is None else outcome.kind)
    ticks = [event for event in system.log.read(0, 10**6) if event.stream == "clock"]
    letters = [
        Letter(*kept.letter.key)
        for kept in system.log.dead_letters()
        if kept.letter.key is not None
    ]
    system.close()
    assert parked.kind == "parked"
    # The first tick may be any: an hour back is behind nothing that was ticked before. The year
    # ahead is ticked once; after that nothing is, for the clock is never again beyond it.
    assert told[1] == "recorded"
    assert told[2:] == [None] * 6
    moments = [event.event.to for event in ticks]
    assert moments == sorted(moments)
    assert letters == [Letter(*sent.identity)]


def test_a_lease_is_held_whatever_the_clock_says(tmp_path: Path) -> None:
    clock = WildClock(SEED)
    prepare(tmp_path)
    holder = build(Settings(home=tmp_path), clock=clock)
    assert holder.lease.take()
    other = EngineLease(tmp_path)
    seen = set()
    while clock.steps < len(STEPS):
        seen.add(clock().year)
        holder.ticker.look()
        assert not other.take()
    assert len(seen) > 1
    holder.close()
    assert other.take()
    other.release()
