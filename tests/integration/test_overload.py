"""Far more at once than can be done: what is too much is refused at once, and nothing is lost."""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, Final

import pytest

from consumers.http.app import create_app
from consumers.http.bodies import Bounds
from tests.fakes_http import Fakes, fakes, open_project_in
from tests.served import PATIENCE_S, Served, served
from tests.services.waiting import wait_until

pytestmark = pytest.mark.integration

THREADS: Final = 4
WAITING: Final = 6
TAKES: Final = THREADS + WAITING
BOUNDS: Final = Bounds(work_threads=THREADS, work_waiting_max=WAITING, bodies_bytes_max=301_000)
STRUCTURED: Final = {"Content-Type": "application/cloudevents+json"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fakes]:
    """Give the fakes behind the server, with a project."""
    made = fakes(tmp_path)
    open_project_in(made.log, "PRJ-7", events=1)
    yield made
    made.log.close()


class HeldUp:
    """The real log, which appends nothing before it is let."""

    def __init__(self, log: Any) -> None:  # noqa: ANN401  Everything else is the real log's.
        self._log = log
        self.let = Event()

    def append(self, *asked: Any) -> Any:  # noqa: ANN401
        assert self.let.wait(PATIENCE_S)
        return self._log.append(*asked)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._log, name)


def event_of(message_id: str, size: int = 0) -> bytes:
    """Return a fact about a phase that is not known, padded to a number of bytes."""
    event = {
        "specversion": "1.0", "id": message_id, "source": "/plant/mes",
        "type": "phase.progress_recorded.v1", "subject": "phase-PRJ-7/weld",
        "time": "2026-03-02T09:00:00Z", "data": {"remaining_min": 60, "basis": "count"},
    }  # fmt: skip
    return json.dumps(event).encode().ljust(size)


def post(running: Served, message_id: str) -> tuple[int, str | None]:
    """Return the status of a post, and what Retry-After says."""
    with closing(
        http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE_S)
    ) as connection:
        connection.request("POST", "/v1/events", event_of(message_id), STRUCTURED)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Retry-After"]


def test_ten_times_more_posts_than_are_taken_are_refused_at_once_and_can_come_again(
    world: Fakes,
) -> None:
    log = HeldUp(world.services.log)
    services: Any = replace(world.services, log=log)
    names = [f"m-{number}" for number in range(10 * TAKES)]
    with (
        served(create_app(services, BOUNDS)) as running,
        ThreadPoolExecutor(len(names)) as clients,
    ):
        posts = {name: clients.submit(post, running, name) for name in names}
        # While nothing at all is appended, everything beyond the queue has its answer already.
        wait_until(
            lambda: sum(each.done() for each in posts.values()) == len(names) - TAKES,
            "the refusals",
            deadline_s=PATIENCE_S,
        )
        assert {each.result() for each in posts.values() if each.done()} == {(503, "1")}
        log.let.set()
        answers = {name: each.result() for name, each in posts.items()}
        assert Counter(status for status, _ in answers.values()) == {202: TAKES, 503: 9 * TAKES}
        kept = {each.key.id for each in world.log.parked(1_000)}
        assert kept == {name for name, (status, _) in answers.items() if status == 202}
        while again := [name for name, (status, _) in answers.items() if status == 503]:
            answers |= {name: post(running, name) for name in again}
        assert {each.key.id for each in world.log.parked(1_000)} == set(names)


def test_reads_are_refused_alike_while_the_queue_is_full_and_liveness_is_not(world: Fakes) -> None:
    log = HeldUp(world.services.log)
    services: Any = replace(world.services, log=log)
    with served(create_app(services, BOUNDS)) as running, ThreadPoolExecutor(TAKES + 1) as clients:
        posts = [clients.submit(post, running, f"m-{number}") for number in range(TAKES + 1)]
        # One more than is taken: once it is refused, the queue is full.
        wait_until(lambda: any(each.done() for each in posts), "the refusal", deadline_s=PATIENCE_S)
        assert running.get("/v1/projects")[0] == 503
        assert running.get("/livez")[0] == 200
        log.let.set()
        assert Counter(each.result()[0] for each in posts) == {202: TAKES, 503: 1}
        assert running.get("/v1/projects")[0] == 200


def test_bodies_that_are_still_coming_are_held_to_a_bound_together(world: Fakes) -> None:
    app = create_app(world.services, BOUNDS)
    size = 100_000
    with served(app) as running, ExitStack() as opened:
        for number in range(3):
            slow = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE_S)
            opened.callback(slow.close)
            slow.putrequest("POST", "/v1/events")
            slow.putheader("Content-Type", STRUCTURED["Content-Type"])
            slow.putheader("Content-Length", str(size))
            slow.endheaders()
            slow.send(event_of(f"slow-{number}", size)[:-1])
        held = 3 * (size - 1)
        wait_until(lambda: app.state.bodies.bytes_held == held, "bodies", deadline_s=PATIENCE_S)
        assert post(running, "one-more")[0] == 202
        with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=9)) as more:
            more.request("POST", "/v1/events", event_of("too-much", 10_000), STRUCTURED)
            answer = more.getresponse()
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert app.state.bodies.bytes_held == held
    assert {each.key.id for each in world.log.parked(10)} == {"one-more"}
