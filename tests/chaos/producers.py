"""Put facts on a topic as plant systems would: each until the broker says that it has it."""

import json
import threading
from pathlib import Path
from random import Random
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from consumers.kafka.client import hang_up
from consumers.kafka.json_format import MEDIA_TYPE
from tests.chaos.history import History, digest_of_body
from tests.chaos.plant import Message, messages
from tests.chaos.together import Together

BETWEEN_S: Final = 0.01
PAUSE_S: Final = 0.1
ACKNOWLEDGED_S: Final = 10.0
HEADERS: Final = [("content-type", MEDIA_TYPE.encode())]
REPEATS: Final = 0.1
MALFORMED: Final = 0.05
UNKNOWN_TYPE: Final = "phase.exploded.v1"


class Producers(Together):
    """Some threads that each talk to the broker; use it as a context manager.

    That the broker has a message says nothing about where it lies in the log.
    """

    def __init__(self, bootstrap: str, topic: str, folder: Path, *, count: int, seed: int) -> None:
        stop = threading.Event()
        self.paths = [folder / f"producer-{number}.jsonl" for number in range(count)]
        self._producers = [
            Producer(bootstrap, topic, path, stop, f"/mes/{number}", Random(seed + number))
            for number, path in enumerate(self.paths)
        ]
        super().__init__(stop, [each.run for each in self._producers])

    @property
    def acknowledged(self) -> int:
        """Records that the broker said to have; a repeat is one more."""
        return sum(each.acknowledged for each in self._producers)


class Producer:
    """One that sends one message after the other, on a new connection after each failure."""

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        path: Path,
        stop: threading.Event,
        source: str,
        chance: Random,
    ) -> None:
        self.acknowledged = 0
        self._bootstrap = bootstrap
        self._topic = topic
        self._path = path
        self._stop = stop
        self._source = source
        self._chance = chance
        self._connection: Any = None

    def run(self) -> None:
        with History(self._path) as history:
            for new in messages(self._source, self._chance):
                if self._stop.wait(BETWEEN_S):
                    break
                if self._chance.random() < MALFORMED:
                    self._put(history, malformed(new))
                    continue
                while not self._put(history, new) and not self._stop.wait(PAUSE_S):
                    continue
                if self._chance.random() < REPEATS:
                    self._put(history, new)
        self._hang_up()

    def _put(self, history: History, sent: Message) -> bool:
        tried = history.invoke(self._source, sent.identity, sent.project, sent.body)
        try:
            if self._connection is None:
                self._connection = self._connected()
            future = self._connection.send(
                self._topic, sent.sent, sent.project.encode(), headers=HEADERS
            )
            future.get(timeout=ACKNOWLEDGED_S)
        except (KafkaError, OSError):
            history.ended(tried, "info")
            self._hang_up()
            return False
        if sent.kind == "malformed":
            history.ended(tried, "ok", 0, "dead")
        else:
            history.ended(tried, "ok", 0, "parked" if sent.kind == "unknown" else "recorded")
        self.acknowledged += 1
        return True

    def _connected(self) -> Any:  # noqa: ANN401  The library has no types.
        return KafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=int(ACKNOWLEDGED_S * 1000),
            request_timeout_ms=5_000,
            max_block_ms=5_000,
            reconnect_backoff_max_ms=500,
        )

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            hang_up(connection, 0)


def malformed(sent: Message) -> Message:
    """Return the same message under a name that the catalogue does not know."""
    said = json.loads(sent.sent) | {"type": UNKNOWN_TYPE}
    body = digest_of_body(said["subject"], UNKNOWN_TYPE, said["data"])
    return sent._replace(body=body, sent=json.dumps(said).encode(), kind="malformed")
