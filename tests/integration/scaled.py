"""Run Takt scaled out for a test: a log, its relay, and projectors as processes of their own."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from consumers.bootstrap import projections_of_today
from consumers.kafka.client import KafkaSink
from consumers.kafka.connection import Connection
from consumers.kafka.outbound import Outbound
from consumers.timers import Ticker
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog
from projections.contract import Projection
from projections.rebuilding import rebuilt
from projections.stores.shards import ShardedRows
from tests.benchmarks.messages import START, fact, introduce, judged
from tests.services.kafka import ROOT, KafkaServer
from tests.services.ports import free_ports, listens
from tests.services.processes import OwnProcess
from tests.services.waiting import wait_until

PARTITIONS: Final = 12
PROJECTS: Final = 30
PHASES: Final = 4
BATCH: Final = 20
TICK_EVERY: Final = 100
DEADLINE_S: Final = 90.0
SESSION_MS: Final = 1_500


class ScaledOut:
    """A log on PostgreSQL, a topic on Kafka, a relay in a thread, projectors as processes."""

    def __init__(self, url: str, kafka: KafkaServer, topic: str, folder: Path) -> None:
        self.topic = kafka.create_topic(topic, PARTITIONS)
        self.log: EventLog = open_log(url, registry=catalogue())
        self._folder = folder
        self._processes: list[OwnProcess] = []
        self._connection = Connection(kafka.bootstrap, security_protocol="PLAINTEXT")
        self._sent = 0
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TAKT_")},
            "PYTHONPATH": str(ROOT),
            "TAKT_HOME": str(folder),
            "TAKT_DATABASE_URL": url,
            "TAKT_FEED": "kafka",
            "TAKT_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "TAKT_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
            "TAKT_KAFKA_EVENTS_TOPIC": topic,
            "TAKT_KAFKA_PROJECTOR_GROUP": f"{topic}-projector",
            "TAKT_KAFKA_SESSION_MS": str(SESSION_MS),
            "TAKT_LOG_FORMAT": "json",
        }
        self.rows: dict[str, ShardedRows] = {
            each.name: ShardedRows(url, each.name, each.version) for each in projections_of_today()
        }
        self._ticker = Ticker(
            self.log,
            lambda: START,
            due_by=lambda _: (),
            cadence=timedelta(minutes=1),
            parking_limit=timedelta(days=30),
        )

    def introduce(self) -> None:
        introduce(self.log, projects=PROJECTS, phases=PHASES)

    def facts(self, count: int) -> None:
        """Put so many facts into the log, spread over the projects, and ticks between them."""
        for begin in range(self._sent, self._sent + count, BATCH):
            received = START + timedelta(seconds=begin + BATCH)
            numbers = range(begin, begin + BATCH)
            self.log.append(
                [judged(fact(n, n * 7 % PROJECTS, n % PHASES), received) for n in numbers]
            )
            if begin % TICK_EVERY == 0:
                self._ticker.tick(received)
        self._sent += count

    @contextmanager
    def relaying(self) -> Iterator[Outbound]:
        """Publish the log until the block ends."""
        stop = threading.Event()
        relay = Outbound(
            lambda: KafkaSink(self._connection), self.log, source="/takt/test", topic=self.topic
        )
        thread = threading.Thread(target=relay.run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            stop.set()
            thread.join(DEADLINE_S)

    def start_projector(self) -> OwnProcess:
        """Start `takt run projector` in a process of its own."""
        return self._start("projector")

    def start_api(self) -> int:
        """Start `takt run api` in a process of its own; return its port once it answers."""
        (port,) = free_ports(1)
        self._start("api", "--port", str(port))
        wait_until(lambda: listens(port), "an answer of the API", deadline_s=DEADLINE_S)
        return port

    def _start(self, *role: str) -> OwnProcess:
        settings = [f"{name}={value}" for name, value in self._environment.items()]
        command = ["env", "-i", *settings, sys.executable, "-m", "consumers", "run", *role]
        output = self._folder / f"{role[0]}-{len(self._processes) + 1}.log"
        self._processes.append(OwnProcess(command, output=output))
        return self._processes[-1]

    def watermark(self) -> int:
        """Return the position up to which every projection is true."""
        return min(rows.position() for rows in self.rows.values())

    def wait_for(self, position: int) -> None:
        def there() -> bool:
            return self.watermark() >= position

        wait_until(there, f"rows up to {position}", deadline_s=DEADLINE_S)

    def differing(self) -> list[str]:
        """Return the projections whose rows are not those of one engine that reads the log."""
        head = self.log.head()
        return [
            each.name
            for each in projections_of_today()
            if self.rows[each.name].digest() != _digest(each, self.log, head)
        ]

    def epochs(self) -> int:
        """Return how often a shard was taken, over all projections."""
        return sum(each.epoch for rows in self.rows.values() for each in rows.standings())

    def close(self) -> None:
        for process in self._processes:
            if process.alive():
                os.kill(process.pid, signal.SIGCONT)
            process.kill()
        for rows in self.rows.values():
            rows.close()
        self.log.close()


def _digest(projection: Projection[Any], event_log: EventLog, position: int) -> str:
    return rebuilt(projection, event_log, position).digest()
