"""Post facts over HTTP as plant systems would: each until it is answered, and all written down."""

import http.client
import json
import threading
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.chaos.history import Entry, History
from tests.chaos.plant import Message, message, messages
from tests.chaos.together import Together
from tests.services.ports import LOOPBACK

TIMEOUT_S: Final = 5.0
PAUSE_S: Final = 0.1
BETWEEN_S: Final = 0.01
HEADERS: Final = {"content-type": "application/cloudevents+json"}
GIVES_UP: Final = 0.02
"""The share of unanswered messages that are sent no more: nobody knows what became of them."""
REPEATS: Final = 0.1
OTHER_BODIES: Final = 0.03
ACCEPTED: Final = frozenset({200, 201, 202})


class Clients(Together):
    """Some threads that post until they are told to end; use it as a context manager."""

    def __init__(self, port: int, folder: Path, *, count: int, seed: int) -> None:
        stop = threading.Event()
        self.paths = [folder / f"client-{seed}-{number}.jsonl" for number in range(count)]
        self.clients = [
            Client(port, path, stop, f"/chaos/{seed}-{number}", Random(f"{seed}-{number}"))
            for number, path in enumerate(self.paths)
        ]
        super().__init__(stop, [client.run for client in self.clients])

    @property
    def answers(self) -> int:
        return sum(client.answers for client in self.clients)

    @property
    def put_off(self) -> int:
        return sum(client.put_off for client in self.clients)

    @property
    def faults(self) -> list[str]:
        return [fault for client in self.clients for fault in client.faults]


class Client:
    """One that posts one message after the other."""

    def __init__(
        self, port: int, path: Path, stop: threading.Event, source: str, chance: Random
    ) -> None:
        self.answers = 0
        self.put_off = 0
        """How often the server said to come again."""
        self.faults: list[str] = []
        self._port = port
        self._path = path
        self._stop = stop
        self._source = source
        self._chance = chance
        self._connection: http.client.HTTPConnection | None = None
        self._sent: list[Message] = []

    def run(self) -> None:
        with History(self._path) as history:
            for new in messages(self._source, self._chance):
                if self._stop.wait(BETWEEN_S):
                    break
                self._settle(history, new)
                if new.kind == "fact" and self._chance.random() < REPEATS:
                    self._settle(history, self._chance.choice([*self._sent[-50:], new]))
                if new.kind == "fact" and self._chance.random() < OTHER_BODIES:
                    self._settle(history, otherwise(new))
                self._sent.append(new)
        self._hang_up()

    def _settle(self, history: History, sent: Message) -> None:
        """Send until there is an answer, or until nobody wants to know any more."""
        while not self._stop.is_set():
            tried = history.invoke(self._source, sent.identity, sent.project, sent.body)
            if self._answered(history, tried, sent):
                return
            if self._chance.random() < GIVES_UP:
                return
            self._stop.wait(PAUSE_S)

    def _answered(self, history: History, tried: Entry, sent: Message) -> bool:
        try:
            status, told = self._post(sent.sent)
        except (OSError, http.client.HTTPException, ValueError):
            self._hang_up()
            history.ended(tried, "info")
            return False
        if status in ACCEPTED:
            parked = told["outcome"] == "parked"
            history.ended(tried, "ok", told["position"], "parked" if parked else "recorded")
            self.answers += 1
            return True
        if (
            status == http.client.UNPROCESSABLE_ENTITY
            and told.get("code") == "idempotency_conflict"
        ):
            history.ended(tried, "fail")
            return True
        history.ended(tried, "info")
        self.put_off += 1
        if status < http.client.INTERNAL_SERVER_ERROR and status != http.client.TOO_MANY_REQUESTS:
            self.faults.append(f"{sent.identity}: {status} {told}")
            return True
        return False

    def _post(self, body: bytes) -> tuple[int, dict[str, Any]]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=TIMEOUT_S)
        self._connection.request("POST", "/v1/events", body, HEADERS)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def otherwise(sent: Message) -> Message:
    """Return another body under a known id, which must not count."""
    subject = json.loads(sent.sent)["subject"]
    return message(*sent.identity, sent.project, subject, f"{sent.identity.id} otherwise")
