"""A projection is built beside the one that is read: readers never see less, whatever happens."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from domain.log.catalogue import catalogue
from domain.log.open_log import DatabaseLog, open_log
from projections.contract import Edition, Projection, StaleEngine
from projections.engine import Engine
from projections.rebuilding import build, rebuilt, verify
from projections.stores.editions import Editions, ShownRows, WrittenRows
from tests.benchmarks.messages import fact, introduce, judged
from tests.benchmarks.replaying import RECEIVED
from tests.integration.blue_green_child import PROJECTIONS, Watch, editions
from tests.services.waiting import wait_until

CHILD: Final = Path(__file__).with_name("blue_green_child.py")
DEADLINE_S: Final = 60.0
AT_ONCE: Final = 20

Shelf: TypeAlias = Callable[[str], Editions]
Child: TypeAlias = Callable[..., subprocess.Popen[str]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.integration])])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("pg_url"))
    return str(tmp_path / "takt.db")


@pytest.fixture
def log(address: str) -> Iterator[DatabaseLog]:
    opened = open_log(address, registry=catalogue())
    introduce(opened, projects=4, phases=5)
    yield opened
    opened.close()


@pytest.fixture
def shelf(log: DatabaseLog, address: str) -> Iterator[Shelf]:
    """Give what opens the editions of a projection; all are closed after the test."""
    opened: list[Editions] = []

    def of(name: str) -> Editions:
        opened.append(editions(address, PROJECTIONS[name], log.gate))
        return opened[-1]

    yield of
    for each in opened:
        each.close()


def append(log: DatabaseLog, begin: int, count: int) -> None:
    log.append([judged(fact(n, n % 4, n % 5), RECEIVED) for n in range(begin, begin + count)])


@contextmanager
def in_thread(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run until the block ends; what it raised is raised here."""
    stop, failed = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            work(stop)
        except BaseException as error:  # noqa: BLE001  Handed over to the test.
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        if failed:  # Also where the block failed: then this is likely to be why.
            raise failed[0]


@pytest.fixture
def child() -> Iterator[Child]:
    """Give what starts a process of `blue_green_child`; none outlives the test."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(CHILD), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def fed(shelf: Shelf, name: str) -> list[tuple[Projection[Any], WrittenRows]]:
    return [(PROJECTIONS[name], WrittenRows(shelf(name)))]


@pytest.mark.parametrize(("name", "lag"), [("audit", 1_000), ("schedule", 40)])
def test_no_reader_sees_less_while_a_rebuild_and_then_a_newer_version_take_over(
    log: DatabaseLog, address: str, shelf: Shelf, child: Child, name: str, lag: int
) -> None:
    old, new = PROJECTIONS[name], PROJECTIONS[f"{name}2"]
    append(log, 0, 200)
    Engine(log, fed(shelf, name)).catch_up()
    rows = ShownRows(shelf(name))
    watches = [Watch(rows), Watch(ShownRows(shelf(f"{name}2")))]
    sent = [200]

    def send(stop: threading.Event) -> None:
        while not stop.is_set():
            append(log, sent[0], AT_ONCE)
            sent[0] += AT_ONCE
            while log.head() - rows.position() > lag and not stop.wait(0.01):
                continue

    def feed_until_replaced(stop: threading.Event) -> None:
        with pytest.raises(StaleEngine, match="version 2 is shown"):
            Engine(log, fed(shelf, name)).run(stop)
        Engine(log, fed(shelf, f"{name}2")).run(stop)

    reader = child("read", address, name)
    assert line(reader) == "reading"
    with in_thread(send), in_thread(feed_until_replaced):
        with in_thread(watches[0].until), in_thread(watches[1].until):
            built = [build(old, log, shelf(name)) for _ in range(2)]
            newer = shelf(f"{name}2")
            built.append(build(new, log, newer))
            dropped = newer.discard_old()
            goal = log.head() + 1
            wait_until(lambda: rows.position() >= goal, "the newer is fed", deadline_s=DEADLINE_S)
        said = reader.communicate()[0].split()
    assert [(each.before, each.now) for each in built] == [
        (Edition(1, 0), Edition(1, 1)),
        (Edition(1, 1), Edition(1, 2)),
        (Edition(1, 2), Edition(2, 0)),
    ]
    assert sorted(dropped) == [Edition(1, 0), Edition(1, 1), Edition(1, 2)]
    assert [watch.faults for watch in watches] == [[], []]
    assert all(watch.looks > 0 for watch in watches)
    assert (int(said[0]) > 0, said[1:]) == (True, [])
    assert sent[0] > 200
    Engine(log, fed(shelf, f"{name}2")).catch_up()
    assert verify(new, log, rows).equal


def test_a_build_that_is_killed_is_gone_on_from(
    log: DatabaseLog, address: str, shelf: Shelf, child: Child
) -> None:
    projection = PROJECTIONS["schedule"]
    append(log, 0, 3_000)
    Engine(log, fed(shelf, "schedule")).catch_up(1_000)
    editions_of_it = shelf("schedule")
    killed = child("build", address, "schedule")
    reached, _ = map(int, line(killed).split())
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    left = editions_of_it.candidate()
    assert reached <= left.position() < log.head()
    assert left.edition == Edition(1, 1)
    assert editions_of_it.shown() == Edition(1, 0)
    went_on = child("build", address, "schedule")
    first, _ = map(int, line(went_on).split())
    rest = went_on.communicate()[0].split("\n")
    assert first > reached
    assert rest[-2] == "1 1"
    assert editions_of_it.shown() == Edition(1, 1)
    assert ShownRows(editions_of_it).digest() == rebuilt(projection, log, log.head()).digest()


def test_of_two_engines_of_one_version_never_both_write(
    log: DatabaseLog, address: str, shelf: Shelf, child: Child
) -> None:
    engines = [child("feed", address, "audit") for _ in range(2)]
    rows = ShownRows(shelf("audit"))
    for begin in range(0, 2_000, AT_ONCE):
        append(log, begin, AT_ONCE)
    head = log.head()
    wait_until(lambda: rows.position() == head, "the rows are at the head", deadline_s=DEADLINE_S)
    written = [set(map(int, each.communicate()[0].split())) for each in engines]
    assert all(each.returncode == 0 for each in engines)
    assert written[0] & written[1] == set()
    assert head in written[0] | written[1]
    assert rows.digest() == rebuilt(PROJECTIONS["audit"], log, head).digest()
