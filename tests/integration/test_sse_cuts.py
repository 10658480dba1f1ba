"""However often a stream is cut, and wherever: what came, put together, is the log in order."""

import os
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Final

import pytest

from consumers.bootstrap import System, build
from consumers.http.app import create_app
from consumers.running import services_of, works_of
from consumers.settings import Settings
from consumers.supervision import Workers
from tests.benchmarks.messages import fact, introduce, judged
from tests.served import EventReader, Served, Told, cut_off, served

pytestmark = pytest.mark.integration

CUTS: Final = int(os.environ.get("TAKT_SSE_CUTS", "100"))
PATH: Final = "/v1/stream?types=audit"
BYTES_MAX: Final = 30_000


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """Give a whole Takt on a SQLite file."""
    one = build(Settings(home=tmp_path))
    yield one
    one.close()


@pytest.fixture
def running(system: System) -> Iterator[Served]:
    """Give its server, with everything running."""
    workers = Workers(works_of(system, "all", demo=False))
    workers.start()
    with served(create_app(services_of(system, workers))) as one:
        yield one
    workers.stop()


@contextmanager
def written(system: System) -> Iterator[None]:
    """Let facts be recorded one after another for as long as the block runs."""
    stop = Event()

    def write() -> None:
        number = 0
        while not stop.wait(0.002):
            system.log.append([judged(fact(number, number % 4, number % 50), system.clock())])
            number += 1

    writer = Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def test_a_stream_cut_at_random_bytes_again_and_again_skips_and_repeats_nothing(
    system: System, running: Served
) -> None:
    introduce(system.log, projects=4, phases=50)
    dice = random.Random(22)
    last_id: str | None = None
    told: list[int] = []
    with written(system):
        for _ in range(CUTS):
            for event in cut_off(running.port, PATH, last_id, dice.randint(0, BYTES_MAX)):
                last_id = _taken(event, told, last_id)
    head = system.log.head()
    with closing(EventReader(running.port, PATH, last_id)) as reader:
        for event in reader:
            last_id = _taken(event, told, last_id)
            if last_id == str(head):
                break
    assert told == [recorded.position for recorded in system.log.read(0, head)]


def _taken(event: Told, told: list[int], last_id: str | None) -> str | None:
    """Note the positions of an event's rows; a snapshot begins anew, and comes by key."""
    if event.data.get("first"):
        told.clear()
    told += [row["position"] for row in event.data.get("rows", ())]
    if event.event == "snapshot":
        told.sort()
    return event.id or last_id
