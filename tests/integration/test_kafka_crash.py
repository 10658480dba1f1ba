"""Intake and projections killed twenty times: nothing lost or repeated, each key in order."""

import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Final

import pytest
from kafka import KafkaProducer

from consumers.kafka.client import KafkaSink
from consumers.kafka.connection import Connection
from domain.kernel.messages import Envelope, Recorded
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog, MessageKey, Proposed, Submission
from domain.plans.events import PhasePlanned
from domain.projects.events import ProjectOpened
from tests.bad_inputs.cases import TIME, written
from tests.bad_inputs.edges import AT, STRUCTURED
from tests.integration.projected import differing
from tests.services.kafka import ROOT, KafkaServer
from tests.services.processes import OwnProcess
from tests.services.waiting import wait_until

RECORDS: Final = 10_000
KILLS: Final = 20
PROJECTS: Final = 37
PARTITIONS: Final = 4
PHASES: Final = 3
BATCH: Final = 40
DEADLINE_S: Final = 120.0
SEED: Final = 20260302

pytestmark = [pytest.mark.integration, pytest.mark.kafka, pytest.mark.slow]


@dataclass
class Sent:
    """What was put on the topic, and what must have become of it."""

    outcomes: Counter[str] = field(default_factory=Counter)
    facts: dict[str, list[str]] = field(default_factory=dict)
    """By project: the ids of its facts that must be recorded, in the order they were sent."""
    parked: list[str] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)
    """By id: the text of the first body, which is the one that counts."""


def messages(chance: random.Random) -> Iterator[tuple[str, bytes, str, str]]:
    """Yield (project, message, kind, id): facts, repeats, other bodies, strangers, rubbish."""
    made: list[tuple[str, str, bytes]] = []
    for number in range(RECORDS):
        project = f"PRJ-{chance.randrange(PROJECTS)}"
        kind = chance.choices(
            ["fact", "repeat", "conflict", "unknown", "malformed"], [70, 12, 5, 6, 7]
        )[0]
        if kind in {"repeat", "conflict"} and not made:
            kind = "fact"
        unique = f"{number:05d}"
        phase = f"phase-{project}/p{chance.randrange(PHASES)}"
        data = {"at": TIME, "stop_code": unique}
        if kind == "fact":
            message = written(unique, subject=phase, data=data)
            made.append((project, unique, message))
        elif kind == "unknown":
            message = written(unique, subject=f"phase-{project}/later", data=data)
        elif kind == "malformed":
            message = chance.choice(MALFORMED)(unique)
        else:
            project, unique, message = chance.choice(made)
            if kind == "conflict":
                message = message.replace(
                    f'"{unique}"}}'.encode(), f'"{unique} otherwise"}}'.encode()
                )
        yield project, message, kind, unique


MALFORMED: Final[list[Callable[[str], bytes]]] = [
    lambda _: b"\x00\xff",
    lambda unique: written(unique)[:-3],
    lambda unique: written(unique, type="phase.exploded.v1"),
    lambda unique: written(unique, data={"at": "noon", "stop_code": "x"}),
    lambda unique: written(unique, time="2030-01-01T00:00:00Z"),
    lambda unique: written(unique, subject="phase-nowhere"),
]


def put_on_topic(kafka: KafkaServer, topic: str, partitions: int = PARTITIONS) -> Sent:
    sent = Sent()
    sink = KafkaSink(Connection(kafka.bootstrap, security_protocol="PLAINTEXT"))
    producer = KafkaProducer(
        bootstrap_servers=kafka.bootstrap, acks="all", enable_idempotence=True, linger_ms=5
    )
    for project, message, kind, unique in messages(random.Random(SEED)):
        partition = sink.partition_of(project.encode(), partitions)
        producer.send(
            topic, message, project.encode(), headers=list(STRUCTURED), partition=partition
        )
        sent.outcomes[kind] += 1
        if kind == "fact":
            sent.facts.setdefault(project, []).append(unique)
            sent.bodies[unique] = unique
        elif kind == "unknown":
            sent.parked.append(unique)
    producer.flush()
    producer.close()
    sink.close()
    return sent


def new_log(address: str) -> EventLog:
    """Open a log in which every phase but those called `later` is known."""
    log = open_log(address, registry=catalogue())
    for project in (f"PRJ-{number}" for number in range(PROJECTS)):
        envelope = Envelope(
            recorded_at=AT,
            effective_at=AT,
            intake="request",
            actor="coordinator",
            role="coordinator",
            source="/takt/test",
            message_id=project,
            causation_id=project,
            correlation_id=project,
            project_id=project,
        )
        opened = ProjectOpened(name=project, zone="UTC", calendar_id="standard", start=AT)
        phases = [
            PhasePlanned(
                phase_id=f"p{number}",
                wbs="1",
                name="Phase",
                department_id="welding",
                kind="task",
                duration_min=480,
            )
            for number in range(PHASES)
        ]
        planned = (
            Proposed(f"project-{project}", opened, envelope),
            *(Proposed(f"plan-{project}", phase, envelope) for phase in phases),
        )
        log.append([Submission(MessageKey("/takt/test", project), b"plan", AT, planned)])
    return log


def start_child(
    kafka: KafkaServer, address: str, topic: str, folder: Path, *options: str
) -> OwnProcess:
    command = [
        sys.executable, "-m", "tests.integration.intake_child",
        "--bootstrap", kafka.bootstrap, "--log", address, "--topic", topic, "--group", topic,
        "--batch", str(BATCH), *options,
    ]  # fmt: skip
    return OwnProcess(["env", f"PYTHONPATH={ROOT}", *command], output=folder / "child.log")


def taken_in(log: EventLog) -> int:
    return sum(offset + 1 for offset in log.tracked("kafka/").values())


def run_with_kills(
    kafka: KafkaServer, log: EventLog, address: str, topic: str, folder: Path, *options: str
) -> None:
    """Kill the child at seeded points of its progress, then let the last one finish."""
    chance = random.Random(SEED + 1)
    between_looks = Event()
    for point in sorted(chance.sample(range(RECORDS), KILLS)):
        child = start_child(kafka, address, topic, folder, *options)
        end = time.monotonic() + DEADLINE_S
        while taken_in(log) < point:
            between_looks.wait(0.002)
            child.must_live()
            assert time.monotonic() < end, f"stuck at {taken_in(log)} of {point}"
        child.kill()
    child = start_child(kafka, address, topic, folder, *options)
    try:
        wait_until(
            lambda: taken_in(log) == RECORDS or not child.alive(),
            "the whole topic",
            deadline_s=DEADLINE_S,
        )
        child.must_live()
    finally:
        child.kill()


def everything(log: EventLog) -> list[Recorded[Any]]:
    """Read the whole log; every event must decode."""
    found: list[Recorded[Any]] = []
    while page := log.read(found[-1].position if found else 0, 5_000):
        found += page
    return found


def letters(log: EventLog) -> Counter[str]:
    found: Counter[str] = Counter()
    after = 0
    while page := log.dead_letters(after, 1_000):
        found.update(kept.letter.code for kept in page)
        after = page[-1].id
    return found


def faults(log: EventLog, sent: Sent) -> list[str]:
    """Return in what the log differs from what must have become of what was sent."""
    recorded = [event for event in everything(log) if event.envelope.intake == "fact"]
    times = Counter(event.envelope.message_id for event in recorded)
    wanted = {unique for ids in sent.facts.values() for unique in ids}
    found = [f"{len(wanted - set(times))} facts were lost"] if wanted - set(times) else []
    if set(times) - wanted:
        found.append(f"{len(set(times) - wanted)} facts came from nowhere")
    if max(times.values()) > 1:
        found.append(f"{sum(count > 1 for count in times.values())} facts were taken twice")
    found += [
        f"{event.envelope.message_id} is not what was sent first"
        for event in recorded
        if sent.bodies.get(event.envelope.message_id) != event.event.stop_code
    ]
    for project, ids in sent.facts.items():
        in_log = [event.envelope.message_id for event in recorded if event.project_id == project]
        if in_log != ids and set(in_log) == set(ids):
            found.append(f"the order of {project} was not kept")
    parked = sorted(fact.key.id for fact in log.parked(limit=RECORDS))
    if parked != sorted(sent.parked):
        found.append(f"{len(parked)} facts wait, not {len(sent.parked)}")
    expected_letters = Counter(
        malformed=sent.outcomes["malformed"], idempotency_conflict=sent.outcomes["conflict"]
    )
    if letters(log) != expected_letters:
        found.append(f"the dead letters are {letters(log)}, not {expected_letters}")
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        url: str = request.getfixturevalue("pg_url")
        return url
    return str(tmp_path / "takt.db")


def test_an_intake_killed_at_random_loses_nothing_and_repeats_nothing(
    kafka: KafkaServer, address: str, tmp_path: Path
) -> None:
    topic = kafka.create_topic(f"{tmp_path.parent.name}-{tmp_path.name}", PARTITIONS)
    sent = put_on_topic(kafka, topic)
    assert sum(sent.outcomes.values()) == RECORDS
    assert min(sent.outcomes.values()) > 300
    log = new_log(address)
    run_with_kills(kafka, log, address, topic, tmp_path, "--projecting")
    assert faults(log, sent) == []
    assert taken_in(log) == RECORDS
    assert differing(address, log) == []
    log.close()


def test_the_same_checker_finds_an_intake_that_notes_its_offsets_first(
    kafka: KafkaServer, tmp_path: Path
) -> None:
    topic = kafka.create_topic(f"{tmp_path.parent.name}-{tmp_path.name}", PARTITIONS)
    sent = put_on_topic(kafka, topic)
    address = str(tmp_path / "takt.db")
    log = new_log(address)
    run_with_kills(kafka, log, address, topic, tmp_path, "--offsets-first")
    found = faults(log, sent)
    assert any("facts were lost" in fault for fault in found), found
    log.close()


def put_to_sleep(process: OwnProcess, address: str) -> None:
    """Stop a process between two transactions: a SQLite file has one writer, asleep or not."""

    def sleeps_without_the_lock() -> bool:
        os.kill(process.pid, signal.SIGSTOP)
        # The signal is only on its way yet: until every thread stands, one may still take the lock.
        wait_until(lambda: stands_still(process.pid), "standing still", deadline_s=DEADLINE_S)
        probe = sqlite3.connect(address, isolation_level=None, timeout=0.2)
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
        except sqlite3.OperationalError:
            os.kill(process.pid, signal.SIGCONT)
            return False
        finally:
            probe.close()
        return True

    wait_until(sleeps_without_the_lock, "a sleep between two writes", deadline_s=DEADLINE_S)


def stands_still(pid: int) -> bool:
    """Tell whether every thread of a process is stopped (proc_pid_stat(5): the third field)."""
    stats = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


def test_a_member_that_slept_while_another_took_over_changes_nothing(
    kafka: KafkaServer, tmp_path: Path
) -> None:
    topic = kafka.create_topic(f"{tmp_path.parent.name}-{tmp_path.name}", PARTITIONS)
    sent = put_on_topic(kafka, topic)
    address = str(tmp_path / "takt.db")
    log = new_log(address)
    sleeper = start_child(kafka, address, topic, tmp_path)
    wait_until(lambda: taken_in(log) > RECORDS // 10, "a beginning", deadline_s=DEADLINE_S)
    put_to_sleep(sleeper, address)
    successor = start_child(kafka, address, topic, tmp_path)
    try:
        wait_until(lambda: taken_in(log) > RECORDS // 2, "the successor", deadline_s=DEADLINE_S)
        os.kill(sleeper.pid, signal.SIGCONT)
        wait_until(lambda: taken_in(log) == RECORDS, "the whole topic", deadline_s=DEADLINE_S)
        sleeper.must_live()
        successor.must_live()
    finally:
        os.kill(sleeper.pid, signal.SIGCONT)
        sleeper.kill()
        successor.kill()
    assert faults(log, sent) == []
    log.close()


def test_three_members_on_twelve_partitions_keep_the_order_of_each_project(
    kafka: KafkaServer, pg_url: str, tmp_path: Path
) -> None:
    topic = kafka.create_topic(f"{tmp_path.parent.name}-{tmp_path.name}", 12)
    sent = put_on_topic(kafka, topic, 12)
    log = new_log(pg_url)
    members = []
    try:
        for number in range(3):
            folder = tmp_path / f"member-{number}"
            folder.mkdir()
            members.append(start_child(kafka, pg_url, topic, folder))
        wait_until(lambda: taken_in(log) > RECORDS // 3, "a third", deadline_s=DEADLINE_S)
        members[0].kill()
        wait_until(lambda: taken_in(log) == RECORDS, "the whole topic", deadline_s=DEADLINE_S)
        for member in members[1:]:
            member.must_live()
    finally:
        for member in members:
            member.kill()
    assert faults(log, sent) == []
    # Each partition was somebody's: all twelve have a position of their own.
    assert len(log.tracked("kafka/")) == 12
    log.close()
