"""The whole way over HTTP: a command, the log, the engine, rows, the stream and the page."""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from consumers.bootstrap import System, build
from consumers.http.app import create_app
from consumers.running import services_of, works_of
from consumers.settings import Settings
from consumers.supervision import Workers
from tests.served import EventReader, Picture, Served, served

pytestmark = pytest.mark.integration

PROJECT = "PRJ-7"
SCHEDULE = f"/v1/projects/{PROJECT}/schedule"


@dataclass
class Running:
    """A whole Takt on a SQLite file, served on loopback."""

    system: System
    server: Served

    def command(
        self, name: str, data: dict[str, Any], **headers: str
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Send a command; return status, body and headers of the answer."""
        sent = {"Content-Type": "application/json"}
        sent |= {header.replace("_", "-"): value for header, value in headers.items()}
        return self._post(f"/v1/commands/{name}", data, sent)

    def fact(self, message_id: str, type_name: str, subject: str, data: dict[str, Any]) -> int:
        """Report a fact; return its position."""
        now = self.system.clock().isoformat()
        event = {
            "specversion": "1.0", "id": message_id, "source": "/plant/mes", "type": type_name,
            "subject": subject, "time": now, "data": data,
        }  # fmt: skip
        headers = {"Content-Type": "application/cloudevents+json"}
        status, told, _ = self._post("/v1/events", event, headers)
        assert status == 201, told
        position: int = told["position"]
        return position

    def _post(
        self, path: str, body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
            return answer.status, told, {name.lower(): v for name, v in answer.getheaders()}
        finally:
            connection.close()

    def document(self, path: str) -> dict[str, Any]:
        """Return what a path answers."""
        status, body = self.server.get(path)
        assert status == 200, body
        told: dict[str, Any] = json.loads(body)
        return told


@pytest.fixture
def takt(tmp_path: Path) -> Iterator[Running]:
    """Give a whole Takt with a project of two phases."""
    system = build(Settings(home=tmp_path))
    workers = Workers(works_of(system, "all", demo=False))
    workers.start()
    try:
        with served(create_app(services_of(system, workers))) as server:
            running = Running(system, server)
            _plan(running)
            yield running
    finally:
        workers.stop()
        system.close()


def _plan(takt: Running) -> None:
    commands: list[tuple[str, dict[str, Any], dict[str, str]]] = [
        (
            "calendar.define.v1",
            {
                "calendar_id": "std",
                "zone": "Europe/Berlin",
                "weekly": [{"dow": day, "from_min": 480, "to_min": 960} for day in range(1, 6)],
            },
            {"If_None_Match": "*"},
        ),
        (
            "project.open.v1",
            {
                "name": "Bottling line",
                "zone": "Europe/Berlin",
                "calendar_id": "std",
                "start": "2026-03-02T08:00:00+01:00",
            },
            {"If_None_Match": "*"},
        ),
        ("plan.plan_phase.v1", _phase("weld", "Welding", 960), {"If_None_Match": "*"}),
        ("plan.plan_phase.v1", _phase("paint", "Painting", 480), {"If_Match": '"1"'}),
        (
            "plan.link_phases.v1",
            {"link_id": "L1", "pred": "weld", "succ": "paint"},
            {"If_Match": '"2"'},
        ),
    ]
    for number, (name, data, headers) in enumerate(commands):
        status, told, _ = takt.command(
            name, {"project_id": PROJECT, **data}, **headers, Idempotency_Key=f"plan-{number}"
        )
        assert status == 201, (name, told)


def _phase(phase_id: str, name: str, duration_min: int) -> dict[str, Any]:
    return {
        "phase_id": phase_id,
        "name": name,
        "department_id": "Fabrication",
        "duration_min": duration_min,
    }


def test_a_write_is_read_at_the_position_its_answer_named(takt: Running) -> None:
    for minutes in (1_440, 1_920, 2_400):
        version = takt.document(f"/v1/streams/plan-{PROJECT}")["version"]
        status, told, headers = takt.command(
            "plan.revise_duration.v1",
            {
                "project_id": PROJECT,
                "phase_id": "weld",
                "duration_min": minutes,
                "reason": {"code": "estimate_wrong"},
            },
            If_Match=f'"{version}"',
        )
        assert (status, headers["etag"]) == (201, f'"{version + 1}"')
        read = takt.document(f"{SCHEDULE}?min_position={told['position']}&wait=2s")
        assert read["position"] >= told["position"]
        weld = next(phase for phase in read["phases"] if phase["id"] == "weld")
        assert weld["duration_min"] == minutes


def test_a_refusal_of_the_domain_comes_as_its_problem_and_again_the_same(takt: Running) -> None:
    data = {"project_id": PROJECT, "link_id": "L2", "pred": "paint", "succ": "weld"}
    headers = {"If_Match": "*", "Idempotency_Key": "cycle"}
    first = takt.command("plan.link_phases.v1", data, **headers)
    again = takt.command("plan.link_phases.v1", data, **headers)
    assert (first[0], first[1]["code"]) == (422, "cycle")
    assert (again[0], again[1]["detail"]) == (422, first[1]["detail"])
    assert again[2]["idempotency-replayed"] == "true"


def test_what_happens_reaches_a_subscriber_with_its_position(takt: Running) -> None:
    with closing(EventReader(takt.server.port, f"/v1/stream?project={PROJECT}")) as reader:
        events = iter(reader)
        picture = Picture()
        first = next(events)
        picture.take(first)
        assert first.event == "snapshot"
        position = takt.fact(
            "m-1", "phase.started.v1", f"phase-{PROJECT}/weld",
            {"actual_start": "2026-03-02T08:00:00+01:00"},
        )  # fmt: skip
        for told in events:
            picture.take(told)
            if told.id == str(position):
                break
    row = picture.rows["schedule", PROJECT, "weld"]
    assert (row["stage"], row["actual_start"]) == ("running", "2026-03-02T08:00:00+01:00")


def test_a_stream_resumed_after_every_event_ends_with_the_rows_there_are(takt: Running) -> None:
    picture, last_id = Picture(), None
    position = 0
    for number in range(12):
        position = takt.fact(
            f"p-{number}", "phase.progress_recorded.v1", f"phase-{PROJECT}/weld",
            {"remaining_min": 900 - number * 60, "basis": "report"},
        )  # fmt: skip
        with closing(EventReader(takt.server.port, "/v1/stream", last_id)) as reader:
            for told in reader:
                picture.take(told)
                last_id = told.id or last_id
                if last_id is not None and int(last_id) >= position:
                    break
    assert takt.system.wait_for(position, 5)
    expected = {
        (name, change.key, change.row_id): change.row
        for name in ("schedule", "status")
        for change in takt.system.rows[name].of_key(PROJECT)
    }
    assert picture.rows == expected
    assert picture.positions == sorted(set(picture.positions))


def test_the_past_is_shown_as_it_was_known(takt: Running) -> None:
    before = takt.document(f"{SCHEDULE}?min_position={takt.system.log.head()}")
    takt.fact(
        "m-1", "phase.started.v1", f"phase-{PROJECT}/weld",
        {"actual_start": "2026-03-03T08:00:00+01:00"},
    )  # fmt: skip
    then = takt.document(f"{SCHEDULE}?as_of={before['position']}")
    assert then == before


def test_the_page_and_the_trail_show_what_was_done(takt: Running) -> None:
    head = takt.system.log.head()
    status, page = takt.server.get(f"/projects/{PROJECT}?min_position={head}")
    assert status == 200
    assert b"Bottling line" in page
    assert b'data-key="bar-paint"' in page
    trail = takt.document(f"/v1/projects/{PROJECT}/audit?limit=3&min_position={head}")
    assert len(trail["items"]) == 3
    rest = takt.document(f"/v1/projects/{PROJECT}/audit?cursor={trail['next_cursor']}")
    assert len(trail["items"]) + len(rest["items"]) == head


def test_health_is_told_while_everything_runs(takt: Running) -> None:
    assert takt.document("/readyz")["ready"]


def test_one_command_sent_many_times_at_once_is_done_once(takt: Running) -> None:
    head = takt.system.log.head()
    data = {"project_id": PROJECT, **_phase("pack", "Packing", 480)}

    def send(_: int) -> tuple[int, str]:
        status, told, headers = takt.command(
            "plan.plan_phase.v1", data, If_Match="*", Idempotency_Key="pack"
        )
        assert status in {200, 201}, told
        return told["position"], headers.get("idempotency-replayed", "false")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(160)))
    assert {position for position, _ in answers} == {head + 1}
    assert Counter(replayed for _, replayed in answers) == {"true": 159, "false": 1}
    assert len(takt.system.log.read_stream(f"plan-{PROJECT}")) == 4
