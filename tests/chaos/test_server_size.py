"""Every role a process of its own over PostgreSQL and Kafka, and all of them killed in turn."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event
from typing import Final

import pytest

from consumers.kafka.client import KafkaTopics
from consumers.kafka.connection import Connection
from consumers.kafka.topics import REQUESTS, TOPICS, ensure_topics
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog
from tests.chaos.clients import Clients
from tests.chaos.evidence import checked, identities_on, published_on, records_on, stored_in
from tests.chaos.fleet import Fleet
from tests.chaos.history import Report, check_outbox, check_topic_order, read_history
from tests.chaos.prepared import prepare
from tests.chaos.producers import Producers
from tests.chaos.proxy import Proxy
from tests.chaos.sizes import kills
from tests.integration.projected import opened
from tests.services.kafka import KafkaServer
from tests.services.ports import free_ports
from tests.services.postgres import PostgresServer
from tests.services.waiting import wait_until

pytestmark = [
    pytest.mark.chaos, pytest.mark.integration, pytest.mark.kafka, pytest.mark.slow,
]  # fmt: skip

SEED: Final = 20260304
PARTITIONS: Final = 4
CLIENTS: Final = 2
PRODUCERS: Final = 3
BETWEEN_S: Final = 0.6
ASLEEP_S: Final = 2.5
SESSION_MS: Final = 1_500
"""Shorter than a member sleeps: while it does, others have its partitions."""
CUT: Final = 0.02
DEADLINE_S: Final = 120.0

MIX: Final = {"intake": 7, "projector": 5, "relay": 6, "api": 5, "policies": 2}
"""Of thirty kills so many are of each role; the rest are the broker and the database."""
SERVERS: Final = {"kafka": 2, "postgres": 3}
LIVELY: Final = ("intake", "projector", "relay", "api")
"""Who is put to sleep, and woken when others have taken over."""


@dataclass(slots=True)
class Storm:
    """What happens to the system, drawn from one seed."""

    fleet: Fleet
    kafka: KafkaServer
    postgres: PostgresServer
    chance: Random
    done: Counter[str] = field(default_factory=Counter)
    pause: Event = field(default_factory=Event)

    def actions(self, times: int) -> list[str]:
        """Return what is to be killed, joined and put to sleep, in a seeded order."""
        shares = MIX | SERVERS
        whole = sum(shares.values())
        drawn = [
            f"kill {name}"
            for name, share in shares.items()
            for _ in range(max(1, times * share // whole))
        ]
        drawn += ["join"] * max(2, times // 8) + ["sleep"] * max(2, times // 8)
        self.chance.shuffle(drawn)
        return drawn

    def do(self, action: str) -> None:
        what, _, whom = action.partition(" ")
        self.done[action] += 1
        if action == "kill kafka":
            self.kafka.kill()
            self.pause.wait(self.chance.uniform(0, BETWEEN_S))
            self.kafka.start()
        elif action == "kill postgres":
            self.postgres.restart("immediate")
        elif what == "kill":
            self.fleet.kill(self.fleet.any_of(self.chance, whom))
        elif what == "join":
            self._join_or_leave()
        else:
            self._sleep(self.fleet.any_of(self.chance, self.chance.choice(LIVELY)))

    def _join_or_leave(self) -> None:
        """Have a third and a fourth member come and go, the latter with or without a word."""
        name = self.chance.choice(["intake3", "intake4"])
        if name not in self.fleet.members:
            self.fleet.put_in(name, "intake")
        elif self.chance.random() < 0.5:
            self.fleet.leave(name)
        else:
            self.fleet.take_out(name)

    def _sleep(self, name: str) -> None:
        self.fleet.sleep(name)
        self.pause.wait(ASLEEP_S)
        self.fleet.wake(name)


def make_topics(kafka: KafkaServer, facts: str, events: str) -> None:
    for name in (facts, events):
        kafka.create_topic(name, PARTITIONS)
    connection = Connection(kafka.bootstrap, security_protocol="PLAINTEXT")
    ensure_topics(KafkaTopics(connection), [spec for spec in TOPICS if spec.name == REQUESTS])


def settle(log: EventLog, kafka: KafkaServer, facts: str, address: str, fleet: Fleet) -> None:
    """Wait until everything is taken in, published and projected."""
    sent = len(records_on(kafka.bootstrap, facts))

    def taken_in() -> bool:
        fleet.look()
        return sum(offset + 1 for offset in log.tracked("kafka/").values()) >= sent

    wait_until(taken_in, f"{sent} records taken in", deadline_s=DEADLINE_S)
    parts = opened(address, log)

    def caught_up() -> bool:
        fleet.look()
        head = log.head()
        lowest = min(rows.position() for _, rows in parts)
        return min(lowest, max(log.tracked("relay/").values(), default=0)) >= head

    wait_until(caught_up, "rows and relay at the head", deadline_s=DEADLINE_S)
    for _, rows in parts:
        rows.close()


def verdict(kafka: KafkaServer, address: str, paths: list[Path], topics: tuple[str, str]) -> Report:
    """Hold log, rows and both topics to what the clients were told."""
    report = checked(address, read_history(*paths))
    log = open_log(address, registry=catalogue())
    stored, relayed = stored_in(log), max(log.tracked("relay/").values())
    log.close()
    facts, events = topics
    report.faults += check_topic_order(identities_on(kafka.bootstrap, facts), stored).faults
    report.faults += check_outbox(published_on(kafka.bootstrap, events), stored, relayed).faults
    return report


def test_a_system_whose_every_part_is_killed_keeps_its_promises(
    kafka: KafkaServer,
    postgres: PostgresServer,
    pg_url: str,
    tmp_path: Path,
    tell_figures: Callable[[str], None],
) -> None:
    name = f"{tmp_path.parent.name}-{tmp_path.name}"
    facts, events = f"{name}.facts", f"{name}.events"
    make_topics(kafka, facts, events)
    address = prepare(tmp_path, TAKT_DATABASE_URL=pg_url)
    (port,) = free_ports(1)
    settings = {
        "TAKT_DATABASE_URL": pg_url,
        "TAKT_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "TAKT_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "TAKT_KAFKA_GROUP": name,
        "TAKT_KAFKA_FACTS_TOPIC": facts,
        "TAKT_KAFKA_EVENTS_TOPIC": events,
        "TAKT_KAFKA_SESSION_MS": str(SESSION_MS),
        "TAKT_TICK_S": "3600",
    }
    with (
        Fleet(tmp_path, settings) as fleet,
        Proxy(port, seed=SEED, cut=CUT, swallow=CUT) as proxy,
        Clients(proxy.port, tmp_path, count=CLIENTS, seed=SEED) as clients,
        Producers(kafka.bootstrap, facts, tmp_path, count=PRODUCERS, seed=SEED) as producers,
    ):
        fleet.put_in("api", "api", "--port", str(port))
        for member in ("intake1", "intake2", "projector", "policies", "relay"):
            fleet.put_in(member, member.rstrip("0123456789"))
        storm = Storm(fleet, kafka, postgres, Random(SEED))
        for action in storm.actions(kills(30)):
            answers, acknowledged = clients.answers, producers.acknowledged

            def moved(answers: int = answers, acknowledged: int = acknowledged) -> bool:
                fleet.look()
                return clients.answers > answers and producers.acknowledged > acknowledged

            wait_until(moved, f"an answer before {action}", deadline_s=DEADLINE_S)
            storm.pause.wait(storm.chance.uniform(0, BETWEEN_S))
            storm.do(action)
        clients.stop()
        producers.stop()
        log = open_log(address, registry=catalogue(), create_tables=False)
        settle(log, kafka, facts, address, fleet)
        log.close()
        ended = dict(fleet.ended)
    report = verdict(kafka, address, [*clients.paths, *producers.paths], (facts, events))
    told = ", ".join(f"{action} {count}" for action, count in sorted(storm.done.items()))
    tell_figures(
        f"{told}; ended by themselves {ended}; {proxy.counts['cut']} requests cut, "
        f"{proxy.counts['swallowed']} answers swallowed; {report.figures}"
    )
    assert report.faults + clients.faults == []
    assert report.acknowledged > kills(30)
