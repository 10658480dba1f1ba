"""The main job, end to end: a plan in, plant events over a real Kafka, everything out again."""

import http.client
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from kafka import KafkaConsumer, KafkaProducer

from tests.services.kafka import ROOT, KafkaServer
from tests.services.ports import LOOPBACK, free_ports
from tests.services.processes import OwnProcess
from tests.services.waiting import wait_until
from tests.unit.consumers.test_plan_import import PLAN

pytestmark = [pytest.mark.integration, pytest.mark.kafka]

DEADLINE_S: Final = 60.0
FACTS: Final = "takt.plant.events.v1"
EVENTS: Final = "takt.project.events.v1"


def environment(home: Path, pg_url: str, kafka: KafkaServer) -> dict[str, str]:
    """Return what an operator would set for PostgreSQL and Kafka."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("TAKT_")},
        "PYTHONPATH": str(ROOT),
        "TAKT_HOME": str(home),
        "TAKT_DATABASE_URL": pg_url,
        "TAKT_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "TAKT_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "TAKT_LOG_FORMAT": "json",
    }


class Takt:
    """A running `takt run` and the verbs beside it."""

    def __init__(self, home: Path, set_to: Mapping[str, str]) -> None:
        self._home = home
        self._set_to = dict(set_to)
        (self.port,) = free_ports(1)

    def verb(self, *words: str) -> Any:  # noqa: ANN401  Whatever JSON was printed.
        """Run one verb to its end and return its document."""
        import subprocess  # noqa: PLC0415

        done = subprocess.run(
            [sys.executable, "-m", "consumers", *words, "--json"],
            cwd=ROOT, env=self._set_to, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    @contextmanager
    def running(self) -> Iterator[OwnProcess]:
        """Run everything in one process until the block ends, however it ends."""
        settings = [f"{name}={value}" for name, value in self._set_to.items()]
        takt = [sys.executable, "-m", "consumers", "run", "--port", str(self.port)]
        process = OwnProcess(["env", "-i", *settings, *takt], output=self._home / "takt.log")
        try:
            wait_until(self._answers, "takt answers", deadline_s=DEADLINE_S)
            yield process
        finally:
            process.kill()

    def get(self, path: str) -> Any:  # noqa: ANN401
        """Ask the API and return its document, None for anything but 200."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            return json.loads(body) if answer.status == 200 else None
        finally:
            connection.close()

    def _answers(self) -> bool:
        try:
            return self.get("/livez") is not None
        except OSError:
            return False


def fact(number: int, name: str, data: Mapping[str, object]) -> bytes:
    """Return a structured CloudEvent about the phase `weld`."""
    return json.dumps(
        {
            "specversion": "1.0", "id": f"mes-{number}", "source": "/plant/mes", "type": name,
            "subject": "phase-PRJ-7/weld", "time": f"2026-03-03T1{number}:00:00Z", "data": data,
        }
    ).encode()  # fmt: skip


def publish(kafka: KafkaServer, *facts: bytes) -> None:
    """Put facts on the topic as a plant system would, keyed by project."""
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    for value in facts:
        header = ("content-type", b"application/cloudevents+json")
        producer.send(FACTS, value, key=b"PRJ-7", headers=[header])
    producer.flush(timeout=DEADLINE_S)
    producer.close()


def weld(takt: Takt) -> Mapping[str, Any]:
    """Return the schedule's row of the phase `weld`, as the API serves it."""
    document = takt.get("/v1/projects/PRJ-7/schedule")
    phases = [] if document is None else document["phases"]
    return next((phase for phase in phases if phase["id"] == "weld"), {})


def published(kafka: KafkaServer, count: int) -> list[str]:
    """Return the ids of what the relay published, once there are so many."""
    consumer = KafkaConsumer(
        EVENTS,
        bootstrap_servers=kafka.bootstrap,
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=1_000,
    )
    found: list[str] = []

    def enough() -> bool:
        headers = [dict(record.headers) for record in consumer]
        # A watermark, or a copy for projectors, is no event.
        found.extend(each["ce_id"].decode() for each in headers if "takt-control" not in each)
        return len(found) >= count

    try:
        wait_until(enough, f"{count} events are published", deadline_s=DEADLINE_S)
    finally:
        consumer.close()
    return found


def test_a_plan_goes_in_plant_events_come_over_kafka_and_everything_comes_out_again(
    tmp_path: Path, pg_url: str, kafka: KafkaServer
) -> None:
    takt = Takt(tmp_path, environment(tmp_path, pg_url, kafka))
    (tmp_path / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    takt.verb("topics", "apply")
    assert takt.verb("import", "plan", str(tmp_path / "plan.json"))["outcome"] == "recorded"
    started = fact(0, "phase.started.v1", {"actual_start": "2026-03-03T10:00:00Z"})
    with takt.running():
        publish(kafka, started, started)
        wait_until(
            lambda: weld(takt).get("stage") == "running", "the start shows", deadline_s=DEADLINE_S
        )
    # Killed without a word; what comes meanwhile is taken in after the start.
    half = {"remaining_min": 240, "physical_bp": 5000, "basis": "count"}
    publish(kafka, fact(1, "phase.progress_recorded.v1", half))
    with takt.running():
        wait_until(
            lambda: weld(takt).get("remaining_min") == 240,
            "the progress shows",
            deadline_s=DEADLINE_S,
        )
        head = takt.get("/v1/projects/PRJ-7/status")["position"]
        ids = published(kafka, head)
        # A verb beside the running process sees the same.
        assert takt.verb("status", "PRJ-7")["running"] == 1
    trail = takt.verb("audit", "trail", "PRJ-7")["entries"]
    assert [row["message_id"] for row in trail].count("mes-0") == 1
    assert len(ids) == len(set(ids))
    # Ticks name no project, so they stand in no project's trail; the log went on meanwhile.
    told = {row["event_id"]: row["position"] for row in trail}
    assert {each for each in ids if not each.startswith("clock:")} <= told.keys()
    assert {each for each, position in told.items() if position <= head} <= set(ids)
    verdicts = takt.verb("rebuild", "--verify")["projections"]
    assert [verdict["equal"] for verdict in verdicts] == [True, True, True]
