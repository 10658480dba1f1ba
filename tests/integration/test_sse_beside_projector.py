"""A server whose process moves no rows tells its subscribers what the projector's process wrote."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr

from consumers.bootstrap import System, build
from consumers.http.app import create_app
from consumers.running import services_of, works_of
from consumers.settings import Settings
from consumers.supervision import Workers
from tests.benchmarks.messages import fact, introduce, judged
from tests.served import EventReader, Served, served

pytestmark = pytest.mark.integration

FACTS: Final = 60
PATH: Final = "/v1/stream?types=audit"


@pytest.fixture
def projector(tmp_path: Path, pg_url: str) -> Iterator[System]:
    """Give a system whose engine runs, with a project."""
    with ExitStack() as opened:
        system = build(Settings(home=tmp_path, database_url=SecretStr(pg_url)))
        opened.callback(system.close)
        introduce(system.log, projects=1, phases=5)
        workers = Workers(works_of(system, "projector", demo=False))
        workers.start()
        opened.callback(workers.stop)
        yield system


@pytest.fixture
def beside(projector: System, tmp_path: Path, pg_url: str) -> Iterator[Served]:
    """Give the server of another system on the same database, in which nothing else runs."""
    del projector
    system = build(Settings(home=tmp_path, database_url=SecretStr(pg_url)))
    try:
        with served(create_app(services_of(system, Workers({})))) as running:
            yield running
    finally:
        system.close()


def test_a_stream_beside_the_projector_is_told_of_every_event_in_order(
    projector: System, beside: Served
) -> None:
    with closing(EventReader(beside.port, PATH)) as reader:
        events = iter(reader)
        begun = next(events)
        told = [row["position"] for row in begun.data["rows"]]
        for number in range(FACTS):
            projector.log.append([judged(fact(number, 0, number % 5), projector.clock())])
        head = projector.log.head()
        for event in events:
            told += [row["position"] for row in event.data["rows"]]
            if event.id == str(head):
                break
    assert told == [recorded.position for recorded in projector.log.read(0, head)]
