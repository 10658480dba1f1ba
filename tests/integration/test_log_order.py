"""Readers skip nothing: eight processes write, some in vain, and others follow the log."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import psycopg
import pytest

from domain.log.open_log import DatabaseLog, open_log
from domain.log.port import Fenced, Tracked
from domain.log.postgres_schema import statements
from tests.services.waiting import wait_until
from tests.unit.log.samples import REGISTRY, Opaque, PartAdded, added, counted, message

pytestmark = pytest.mark.integration

WRITERS: Final = 8
APPENDS: Final = 40
BATCH_MAX: Final = 40
PAYLOAD_MAX: Final = 60_000
NO_LOCK: Final = "    PERFORM 1;"
# Between the drawing of a position and its commit, so that an order not kept is seen to be so.
DELAY: Final = """
CREATE FUNCTION delay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(random() * 0.01); RETURN NULL; END $$;
CREATE TRIGGER delay AFTER INSERT ON takt_events FOR EACH STATEMENT EXECUTE FUNCTION delay()"""


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


def write(address: str, number: int) -> int:
    """Append batches of many sizes, with some that are stale or fenced; return how many events."""
    chance = random.Random(number)
    written = 0
    with closing(open_log(address, registry=REGISTRY)) as log:
        stream = f"part-{number}"
        for attempt in range(APPENDS):
            size = chance.choice((1, 1, 1, 2, 5, BATCH_MAX))
            payload = "x" * chance.choice((10, 10, 500, PAYLOAD_MAX // size))
            batch = [
                message(f"m-{number}-{attempt}-{one}", Opaque(body=payload), stream=stream)
                for one in range(size)
            ]
            in_vain = message(f"v-{number}-{attempt}", PartAdded(), expected={stream: 10**6})
            outcomes = log.append([in_vain, *batch, batch[0]])
            assert [outcome.kind for outcome in outcomes] == ["stale"] + ["recorded"] * (size + 1)
            written += size
            fenced_off(log, number, attempt)
    return written


def fenced_off(log: DatabaseLog, number: int, attempt: int) -> None:
    """Be refused as a whole, now and then."""
    position = [Tracked(f"c/{number}", attempt // 2)]
    if attempt % 2 == 0:
        log.append([], tracked=position)
        return
    late = message(f"f-{number}-{attempt}", PartAdded(), stream=f"part-{number}")
    with pytest.raises(Fenced):
        log.append([late], tracked=position)


class Follower:
    """Reads from a position on until told that all is written, and keeps what it saw."""

    def __init__(self, address: str, begin: Callable[[DatabaseLog], int]) -> None:
        self.seen: list[int] = []
        self.after = 0
        self._address = address
        self._begin = begin
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        with closing(open_log(self._address, registry=REGISTRY)) as log:
            self.after = after = self._begin(log)
            while True:
                last_look = self._done.is_set()
                while page := log.read(after, 100):
                    self.seen += [recorded.position for recorded in page]
                    after = page[-1].position
                if last_look:
                    return
                log.wait(after, 0.2)


def from_the_start(log: DatabaseLog) -> int:
    del log
    return 0


def from_the_middle(log: DatabaseLog) -> int:
    wait_until(lambda: log.head() > 200, "some events", deadline_s=60)
    return log.head()


def follow_the_writers(address: str) -> tuple[int, list[Follower], list[int]]:
    followers = [Follower(address, begin) for begin in (from_the_start, from_the_middle)]
    with ThreadPoolExecutor(WRITERS) as pool:
        written = sum(pool.map(write, [address] * WRITERS, range(WRITERS)))
    for follower in followers:
        follower.stop()
    with closing(open_log(address, registry=REGISTRY)) as log:
        stored = [recorded.position for recorded in log.read(0, 1_000_000)]
    return written, followers, stored


def test_no_reader_misses_an_event_or_sees_it_out_of_order(address: str) -> None:
    written, followers, stored = follow_the_writers(address)
    assert len(stored) == written
    for follower in followers:
        assert follower.seen == [one for one in stored if one > follower.after]
        assert follower.seen


def test_without_the_lock_readers_do_miss_events(pg_url: str) -> None:
    """Shows that the test above can fail: the same writers, the same delay, no lock."""
    prepare(pg_url, lock=NO_LOCK)
    written, (follower, _), stored = follow_the_writers(pg_url)
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
