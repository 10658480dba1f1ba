"""Put facts on a topic as plant systems would: each until the broker says that it has it."""

import json
import threading
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from consumers.kafka.json_format import MEDIA_TYPE
from tests.chaos.history import History, digest_of_body
from tests.chaos.plant import Message, messages

BETWEEN_S: Final = 0.01
ACKNOWLEDGED_S: Final = 20.0
HEADERS: Final = [("content-type", MEDIA_TYPE.encode())]
REPEATS: Final = 0.1
MALFORMED: Final = 0.05
UNKNOWN_TYPE: Final = "phase.exploded.v1"


class Producers:
    """Some threads that share one connection to the broker; use it as a context manager.

    That the broker has a message says nothing about where it lies in the log.
    """

    def __init__(self, bootstrap: str, topic: str, folder: Path, *, count: int, seed: int) -> None:
        self.paths = [folder / f"producer-{number}.jsonl" for number in range(count)]
        self.acknowledged = 0
        """Records that the broker said to have; a repeat is one more."""
        self._topic = topic
        self._producer: Any = KafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=int(ACKNOWLEDGED_S * 1000),
            request_timeout_ms=5_000,
            max_block_ms=5_000,
            reconnect_backoff_max_ms=500,
        )
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(path, f"/mes/{number}", Random(seed + number)))
            for number, path in enumerate(self.paths)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Let each finish its message, then hang up."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._producer.close(timeout=ACKNOWLEDGED_S)

    def _run(self, path: Path, source: str, chance: Random) -> None:
        with History(path) as history:
            for new in messages(source, chance):
                if self._stop.wait(BETWEEN_S):
                    return
                if chance.random() < MALFORMED:
                    self._put(history, malformed(new))
                    continue
                while not self._put(history, new) and not self._stop.is_set():
                    continue
                if chance.random() < REPEATS:
                    self._put(history, new)

    def _put(self, history: History, sent: Message) -> bool:
        tried = history.invoke(sent.identity.source, sent.identity, sent.project, sent.body)
        try:
            future = self._producer.send(
                self._topic, sent.sent, sent.project.encode(), headers=HEADERS
            )
            future.get(timeout=ACKNOWLEDGED_S)
        except KafkaError:
            history.ended(tried, "info")
            return False
        if sent.kind == "malformed":
            history.ended(tried, "ok", 0, "dead")
        else:
            history.ended(tried, "ok", 0, "parked" if sent.kind == "unknown" else "recorded")
        self.acknowledged += 1
        return True


def malformed(sent: Message) -> Message:
    """Return the same message under a name that the catalogue does not know."""
    said = json.loads(sent.sent) | {"type": UNKNOWN_TYPE}
    body = digest_of_body(said["subject"], UNKNOWN_TYPE, said["data"])
    return sent._replace(body=body, sent=json.dumps(said).encode(), kind="malformed")
