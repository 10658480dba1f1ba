"""Readers skip nothing: eight processes write, some in vain, and others follow the log.

`TAKT_CHAOS_SECONDS` says how long they write; a release is tried for a minute.
"""

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import psycopg
import pytest

from domain.log.open_log import DatabaseLog, open_log
from domain.log.port import Fenced, LogUnavailable, Outcome, Tracked
from domain.log.postgres_schema import statements
from tests.unit.log.samples import REGISTRY, Opaque, PartAdded, added, counted, message

pytestmark = pytest.mark.integration

SECONDS: Final = float(os.environ.get("TAKT_CHAOS_SECONDS", "4"))
WRITERS: Final = 8
BATCH_MAX: Final = 40
PAYLOAD_MAX: Final = 60_000
RANDOM_READERS: Final = 4
NO_LOCK: Final = "    PERFORM 1;"
# Between the drawing of a position and its commit, so that an order not kept is seen to be so.
DELAY: Final = """
CREATE FUNCTION delay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(random() * 0.003); RETURN NULL; END $$;
CREATE TRIGGER delay AFTER INSERT ON takt_events FOR EACH STATEMENT EXECUTE FUNCTION delay()"""
IN_VAIN_POSTGRES: Final = """
INSERT INTO takt_events (originator_id, originator_version, topic, state)
SELECT 'part-in-vain', n, 'part.added.v1', '{}' FROM generate_series(1, %s) AS n"""
IN_VAIN_SQLITE: Final = """
INSERT INTO takt_events
SELECT coalesce(max(rowid), 0) + 1, 'part-in-vain', 1, 'part.added.v1', '{}' FROM takt_events"""


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "takt.db")
    url = str(request.getfixturevalue("pg_url"))
    prepare(url)
    return url


def prepare(url: str, *, lock: str | None = None) -> None:
    """Make the tables, slow commits down, and put another append function in if asked to."""
    open_log(url, registry=REGISTRY).close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(DELAY)
        if lock is not None:
            for statement in statements("public", lock=lock):
                connection.execute(statement)


def write(address: str, number: int, seconds: float) -> int:
    """Append batches of many sizes, with some that are stale or fenced; return how many events."""
    chance = random.Random(number)
    written = 0
    with closing(open_log(address, registry=REGISTRY)) as log:
        stream = f"part-{number}"
        end = time.monotonic() + seconds
        for attempt in count():
            if time.monotonic() > end:
                break
            size = chance.randint(1, BATCH_MAX)
            payload = "x" * chance.choice((10, 10, 500, PAYLOAD_MAX // size))
            batch = [
                message(f"m-{number}-{attempt}-{one}", Opaque(body=payload), stream=stream)
                for one in range(size)
            ]
            in_vain = message(f"v-{number}-{attempt}", PartAdded(), expected={stream: 10**6})
            items = [in_vain, *batch, batch[0]]
            outcomes = again_and_again(lambda items=items: log.append(items))  # type: ignore[misc]
            assert [outcome.kind for outcome in outcomes] == ["stale"] + ["recorded"] * (size + 1)
            written += size
            fenced_off(log, number, attempt)
    return written


def again_and_again(append: Callable[[], Sequence[Outcome]]) -> Sequence[Outcome]:
    """Append until it is not the lock of too many others that keeps it out."""
    while True:
        try:
            return append()
        except LogUnavailable:
            continue


def fenced_off(log: DatabaseLog, number: int, attempt: int) -> None:
    """Be refused as a whole, now and then."""
    position = [Tracked(f"c/{number}", attempt // 2)]
    if attempt % 2 == 0:
        again_and_again(lambda: log.append([], tracked=position))
        return
    late = message(f"f-{number}-{attempt}", PartAdded(), stream=f"part-{number}")
    with pytest.raises(Fenced):
        again_and_again(lambda: log.append([late], tracked=position))


class InVain:
    """Draws positions in transactions of its own and rolls every one of them back."""

    def __init__(self, address: str) -> None:
        self.times = 0
        self._address = address
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        if self._address.startswith("postgresql:"):
            with psycopg.connect(self._address) as connection:
                chance = random.Random(self._address)
                while not self._done.wait(0.01):
                    connection.execute(IN_VAIN_POSTGRES, [chance.randint(1, BATCH_MAX)])
                    connection.rollback()
                    self.times += 1
            return
        with closing(sqlite3.connect(self._address, isolation_level=None, timeout=30)) as file:
            while not self._done.wait(0.01):
                file.execute("BEGIN IMMEDIATE")
                file.execute(IN_VAIN_SQLITE)
                file.execute("ROLLBACK")
                self.times += 1


class Follower:
    """Reads from a position on until told that all is written, and keeps what it saw."""

    def __init__(
        self, address: str, *, listens: bool = True, begins_after: int | None = None
    ) -> None:
        """Begin at the start, or anywhere once the log has more than so many events."""
        self.seen: list[int] = []
        self.after = 0
        self._address = address
        self._begins_after = begins_after
        self._listens = listens
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        with closing(open_log(self._address, registry=REGISTRY)) as log:
            self.after = after = self._beginning(log)
            while True:
                last_look = self._done.is_set()
                while page := log.read(after, 100):
                    self.seen += [recorded.position for recorded in page]
                    after = page[-1].position
                if last_look:
                    return
                if self._listens:
                    log.wait(after, 0.2)
                else:
                    self._done.wait(0.005)

    def _beginning(self, log: DatabaseLog) -> int:
        if self._begins_after is None:
            return 0
        while log.head() <= self._begins_after and not self._done.wait(0.02):
            continue
        return random.Random(self._begins_after).randrange(log.head())


def follow_the_writers(address: str) -> tuple[int, list[Follower], list[int]]:
    open_log(address, registry=REGISTRY).close()
    followers = [
        Follower(address),
        Follower(address, listens=False),
        *(
            Follower(address, listens=number % 2 == 0, begins_after=200 * number)
            for number in range(RANDOM_READERS)
        ),
    ]
    in_vain = InVain(address)
    try:
        # A process each, and not forked: this one has threads and connections of its own.
        with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as pool:
            written = sum(pool.map(write, [address] * WRITERS, range(WRITERS), [SECONDS] * WRITERS))
    finally:
        in_vain.stop()
        for follower in followers:
            follower.stop()
    assert in_vain.times > 0
    with closing(open_log(address, registry=REGISTRY)) as log:
        stored = [recorded.position for recorded in log.read(0, 1_000_000)]
    return written, followers, stored


def test_no_reader_misses_an_event_or_sees_it_out_of_order(
    address: str, tell_figures: Callable[[str], None]
) -> None:
    written, followers, stored = follow_the_writers(address)
    readings = sum(len(follower.seen) for follower in followers)
    tell_figures(f"{written} events by {WRITERS} writers, {readings} readings")
    assert len(stored) == written
    for follower in followers:
        assert follower.seen == [one for one in stored if one > follower.after]
        assert follower.seen


def test_without_the_lock_readers_do_miss_events(
    pg_url: str, tell_figures: Callable[[str], None]
) -> None:
    """Shows that the test above can fail: the same writers, the same delay, no lock."""
    prepare(pg_url, lock=NO_LOCK)
    written, (follower, *_), stored = follow_the_writers(pg_url)
    missed = len(set(stored) - set(follower.seen))
    tell_figures(f"{missed} of {written} events missed by a reader where no lock is taken")
    assert len(stored) == written
    assert follower.seen != stored


@pytest.fixture
def processes(address: str) -> Iterator[list[DatabaseLog]]:
    opened = [open_log(address, registry=REGISTRY) for _ in range(2)]
    yield opened
    for log in opened:
        log.close()


@pytest.mark.parametrize("same_process", [True, False])
def test_a_fact_and_its_subject_that_race_are_always_both_recorded(
    processes: list[DatabaseLog], *, same_process: bool
) -> None:
    """Whoever comes first, nothing is left in a lane whose subject is known."""
    one, other = processes[0], processes[0 if same_process else 1]
    ready = threading.Barrier(2)
    rounds = 40

    def facts() -> None:
        for number in range(rounds):
            ready.wait()
            one.append([counted(f"fact-{number}", stream=f"part-{number}")])

    def subjects() -> None:
        for number in range(rounds):
            ready.wait()
            other.append([added(f"add-{number}", stream=f"part-{number}")])

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(facts), pool.submit(subjects)]:
            done.result()
    assert one.parked() == []
    for number in range(rounds):
        kinds = [recorded.event.type_name for recorded in one.read_stream(f"part-{number}")]
        assert kinds == ["part.added.v1", "part.counted.v2"]
