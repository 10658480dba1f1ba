"""Run one real Apache Kafka node from plain jars, kill it and start it again on the same data."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Final, Self

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.services.availability import absent
from tests.services.ports import LOOPBACK, free_ports, listens
from tests.services.processes import DiedEarly, OwnProcess
from tests.services.waiting import wait_until

ROOT: Final = Path(__file__).resolve().parents[2]
RECIPE: Final = ROOT / "deploy" / "kafka"
READY_DEADLINE_S: Final = 90.0
FORMAT_DEADLINE_S: Final = 60.0
STARTS_MAX: Final = 3
# Any 16 bytes in URL-safe base64 are a cluster id; nothing outside the test run ever sees it.
CLUSTER_ID: Final = "dGFrdC1pbi10aGUtdGVzdA"
# Small enough for two brokers beside a test run, large enough for dozens of partitions.
JVM: Final = ("java", "-Xms128m", "-Xmx384m", "-XX:+UseSerialGC")


class KafkaServer:
    """A broker for one test run: its own directory and ports, gone afterwards.

    Use it as a context manager. `bootstrap` is `host:port`. With `bootstrap` given it stands for
    a broker that somebody else runs: tests that would kill that one are skipped.
    """

    def __init__(self, libs: Path | None = None, *, bootstrap: str | None = None) -> None:
        self.bootstrap = bootstrap or ""
        self.foreign = bootstrap is not None
        self._libs = libs or jars()
        self._folder = Path()
        self._process: OwnProcess | None = None

    def __enter__(self) -> Self:
        if self.foreign:
            self._wait_until_ready()
            return self
        for attempt in range(1, STARTS_MAX + 1):
            self._folder = Path(tempfile.mkdtemp(prefix="takt-kafka-"))
            try:
                self._format()
                self.start()
            except DiedEarly:
                # Another test run may have taken a port between its choice and its use.
                self._discard()
                if attempt == STARTS_MAX:
                    raise
            except BaseException:
                self._discard()
                raise
            else:
                break
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.foreign:
            self.stop()
            self._discard()

    @property
    def running(self) -> bool:
        return self.foreign or (self._process is not None and self._process.alive())

    @property
    def pid(self) -> int:
        if self._process is None:
            pytest.skip(f"the broker at {self.bootstrap} has no process of ours")
        return self._process.pid

    def start(self) -> None:
        """Start on the directory and ports it always had; return once the admin client answers.

        Raises:
            DiedEarly: The broker ended before it answered; the message has the end of its log.
            Overdue: It did not answer in time.

        """
        if self.running:
            return
        self._process = OwnProcess(
            [
                *JVM,
                f"-Dkafka.logs.dir={self._folder}",
                f"-Dlog4j2.configurationFile={RECIPE / 'log4j2.properties'}",
                "-cp",
                f"{self._libs}/*",
                "kafka.Kafka",
                self._properties,
            ],
            output=self._folder / "server.log",
        )
        self._wait_until_ready()

    def kill(self) -> None:
        """SIGKILL: what was not acknowledged may be lost, what was must be there after `start`."""
        self._own().kill()

    def stop(self) -> None:
        """SIGTERM: the broker hands over and closes its segments."""
        if self._process is not None:
            self._process.send(signal.SIGTERM)

    def create_topic(
        self, name: str, partitions: int = 1, configs: dict[str, str] | None = None
    ) -> str:
        """Create a topic, wait until each partition has a leader, and return its name."""
        admin = self.admin()
        try:
            admin.create_topics(
                {
                    name: {
                        "num_partitions": partitions,
                        "replication_factor": 1,
                        "configs": configs or {},
                    }
                },
                wait_for_metadata=True,
            )
        finally:
            admin.close()
        return name

    def admin(self) -> KafkaAdminClient:
        """Return a new admin client, which finds the protocol's versions out by itself."""
        return KafkaAdminClient(bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=2_000)

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def _own(self) -> OwnProcess:
        if self._process is None:
            pytest.skip(f"the broker at {self.bootstrap} is not ours to kill")
        return self._process

    def _format(self) -> None:
        broker, controller = free_ports(2)
        self.bootstrap = f"{LOOPBACK}:{broker}"
        template = Template((RECIPE / "server.properties").read_text())
        self._properties.write_text(
            template.substitute(
                broker_port=broker, controller_port=controller, log_dirs=self._folder / "data"
            )
        )
        tool = [*JVM, "-cp", f"{self._libs}/*", "kafka.tools.StorageTool"]
        asked = ["format", "--standalone", "-t", CLUSTER_ID, "-c", str(self._properties)]
        done = subprocess.run(
            [*tool, *asked],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            timeout=FORMAT_DEADLINE_S,
        )
        if done.returncode:
            msg = f"the data directory could not be formatted\n{done.stdout}{done.stderr}"
            raise RuntimeError(msg)

    def _wait_until_ready(self) -> None:
        wait_until(
            self._answers, f"an answer of Kafka at {self.bootstrap}", deadline_s=READY_DEADLINE_S
        )

    def _answers(self) -> bool:
        if self._process is not None:
            self._process.must_live()
        # The client is dear; ask only once something listens.
        if not listens(int(self.bootstrap.rpartition(":")[2])):
            return False
        try:
            admin = self.admin()
        except KafkaError:
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            admin.close()

    def _discard(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)


def jars() -> Path:
    """Return the folder that the broker's jars are in, or are to be put in."""
    return Path(os.environ.get("TAKT_KAFKA_LIBS", ROOT / ".cache" / "kafka-libs"))


def kafka_of_this_run() -> KafkaServer:
    """Return the broker that this environment offers, not started; else end the test."""
    # Not TAKT_KAFKA_BOOTSTRAP: that names the broker of an installation, no place for tests.
    if address := os.environ.get("TAKT_KAFKA_BOOTSTRAP_FOR_TESTS"):
        return KafkaServer(bootstrap=address)
    if shutil.which("java") is None:
        absent("kafka", "no java on the path (Debian: openjdk-17-jre-headless)")
    if not list(jars().glob("kafka_2.13-*.jar")):
        absent("kafka", "no jars of Apache Kafka; `make services` fetches them (needs Maven)")
    return KafkaServer()
