"""What an answer named is read by whoever asks for it: no pair of POST and GET is ever stale."""

import http.client
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from consumers.bootstrap import System, build
from consumers.http.app import create_app
from consumers.running import services_of, works_of
from consumers.settings import Settings
from consumers.supervision import Workers
from domain.kernel.messages import Envelope
from domain.log.port import MessageKey, Proposed, Submission
from domain.resources.events import ResourceRegistered
from tests.benchmarks.messages import START, introduce, project_of
from tests.served import Served, served

pytestmark = pytest.mark.integration

PAIRS: Final = int(os.environ.get("TAKT_READ_PAIRS", "1000"))
CLIENTS: Final = 8
ANSWER_S: Final = 120.0
PROJECTS: Final = 4
PHASES: Final = 50
CRANE: Final = "resource-crane"
STRUCTURED: Final = {"Content-Type": "application/cloudevents+json"}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """Give a whole Takt on a SQLite file."""
    one = build(Settings(home=tmp_path))
    introduce(one.log, projects=PROJECTS, phases=PHASES)
    one.log.append([_crane()])
    yield one
    one.close()


def _crane() -> Submission:
    """Return what makes a resource known that belongs to no project."""
    key = MessageKey("test", "crane")
    envelope = Envelope(
        recorded_at=START,
        effective_at=START,
        intake="request",
        actor="test",
        role="coordinator",
        source=key.source,
        message_id=key.id,
        causation_id=key.id,
        correlation_id=key.id,
    )
    crane = ResourceRegistered(name="Crane", resource_class="equipment", department_id="Hall 1")
    return Submission(key, bytes(32), START, (Proposed(CRANE, crane, envelope),))


@pytest.fixture
def running(system: System) -> Iterator[Served]:
    """Give its server, with everything running."""
    workers = Workers(works_of(system, "all", demo=False))
    workers.start()
    with served(create_app(services_of(system, workers))) as one:
        yield one
    workers.stop()


class Client:
    """One client on a connection of its own, with a share of the phases to itself."""

    def __init__(self, port: int, number: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
        self._number = number
        self._dice = random.Random(number)
        self._sent = 0
        self.late = 0
        """Answers 503: not yet as new, which is no stale answer."""
        self.stale: list[str] = []
        self.kinds: Counter[str] = Counter()

    def pairs(self, count: int) -> None:
        """Write and read what was written, so many times."""
        with closing(self._connection):
            for _ in range(count):
                self._dice.choice((self._phase, self._phase, self._ignored))()

    def _phase(self) -> None:
        """Record progress on a phase; its row must show it."""
        project = project_of(self._dice.randrange(PROJECTS))
        phase = f"p{self._dice.randrange(self._number, PHASES, CLIENTS)}"
        remaining_min = self._dice.randrange(1, 100_000)
        position = self._post(
            "phase.progress_recorded.v1",
            f"phase-{project}/{phase}",
            {"remaining_min": remaining_min, "basis": "count"},
        )

        def shows(told: dict[str, Any]) -> bool:
            row = next(each for each in told["phases"] if each["id"] == phase)
            return bool(row["remaining_min"] == remaining_min)

        self._get("schedule", f"/v1/projects/{project}/schedule", position, shows)

    def _ignored(self) -> None:
        """Report an outage: no row of a project changes, and yet its views are as new."""
        project = project_of(self._dice.randrange(PROJECTS))
        outage = {"since": START.isoformat(), "kind": "maintenance", "ref": str(self._sent)}
        position = self._post("resource.outage_reported.v1", CRANE, outage)
        view = self._dice.choice(("schedule", "status"))
        self._get("ignored", f"/v1/projects/{project}/{view}", position, lambda _: True)

    def _post(self, type_name: str, subject: str, data: dict[str, Any]) -> int:
        self._sent += 1
        event = {
            "specversion": "1.0", "id": f"{self._number}-{self._sent}", "source": "/plant/mes",
            "type": type_name, "subject": subject, "data": data,
            "time": (START + timedelta(minutes=self._sent)).isoformat(),
        }  # fmt: skip
        self._connection.request("POST", "/v1/events", json.dumps(event), STRUCTURED)
        answer = self._connection.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 201, told
        position: int = told["position"]
        return position

    def _get(
        self, kind: str, path: str, position: int, shows: Callable[[dict[str, Any]], bool]
    ) -> None:
        self.kinds[kind] += 1
        while True:
            self._connection.request("GET", f"{path}?min_position={position}&wait=2s")
            answer = self._connection.getresponse()
            told = json.loads(answer.read())
            if answer.status == 200:
                break
            assert answer.status == 503, told
            assert answer.headers["Retry-After"]
            self.late += 1
        if told["position"] < position or not shows(told):
            self.stale.append(f"{path} at {told['position']}, asked for {position}")


def test_no_read_is_older_than_the_write_it_asks_for(
    running: Served, tell_figures: Callable[[str], None]
) -> None:
    clients = [Client(running.port, number) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(each.pairs, PAIRS // CLIENTS) for each in clients]:
            done.result()
    kinds = sum((each.kinds for each in clients), Counter[str]())
    tell_figures(f"{kinds.total()} pairs {dict(kinds)}, {sum(each.late for each in clients)} late")
    assert [stale for each in clients for stale in each.stale] == []
    assert kinds.total() == PAIRS // CLIENTS * CLIENTS
    assert min(kinds.values()) > 0
