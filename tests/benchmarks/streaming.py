"""Measure the way from a published event to a row at a subscriber of server-sent events."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from consumers.bootstrap import System, build
from consumers.http.app import create_app
from consumers.http.server import server
from consumers.running import services_of, works_of
from consumers.settings import Settings
from consumers.supervision import Workers
from tests.benchmarks.messages import fact, introduce, judged
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

EVENTS_PER_S: Final = 20
SECONDS: Final = 15
TARGET_MS: Final = 100
WAIT_S: Final = 60.0


def event_to_sse(stores: Stores) -> Row:
    """Publish at a steady rate and note when each event's audit row reaches a subscriber."""
    seen: dict[int, float] = {}
    sent: dict[int, float] = {}
    with _running(stores) as (system, address):
        introduce(system.log, projects=4, phases=50)
        system.wait_for(system.log.head(), WAIT_S)
        reader = threading.Thread(target=_listen, args=(address, seen), daemon=True)
        reader.start()
        _wait_until(lambda: bool(seen))
        begin = time.perf_counter()
        for number in range(EVENTS_PER_S * SECONDS):
            pause = begin + number / EVENTS_PER_S - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            at = time.perf_counter()
            (outcome,) = system.log.append(
                [judged(fact(number, number % 4, number % 50), system.clock())]
            )
            sent[outcome.position] = at
        last = max(sent)
        _wait_until(lambda: last in seen)
    delays = sorted(
        (seen[position] - at) * 1_000 for position, at in sent.items() if position in seen
    )
    slowest = delays[int(len(delays) * 0.99)]
    return Row(
        id="event_to_sse" if stores.name == "pg" else f"event_to_sse_{stores.name}",
        what=f"published → row at an SSE subscriber, {EVENTS_PER_S} events/s, p99",
        value=slowest,
        unit="ms",
        against=f"median {delays[len(delays) // 2]:.0f} ms",
        ratio=None,
        target=f"p99 ≤ {TARGET_MS} ms at 1,000 events/s",
        met=EVENTS_PER_S >= 1_000 and slowest <= TARGET_MS,
    )


@contextmanager
def _running(stores: Stores) -> Iterator[tuple[System, str]]:
    """Run engine, policies and server on a fresh store."""
    with TemporaryDirectory() as home:
        address = stores.address()
        on_server = address.startswith("postgresql")
        system = build(
            Settings(
                home=Path(home) if on_server else Path(address).with_suffix(""),
                database_url=SecretStr(address) if on_server else None,
            )
        )
        workers = Workers(works_of(system, "all", demo=False))
        workers.start()
        ready = threading.Event()
        found: list[str] = []

        def opened(where: str) -> None:
            found.append(where)
            ready.set()

        web = server(create_app(services_of(system, workers)), "127.0.0.1", 0, opened)
        thread = threading.Thread(target=web.run, daemon=True)
        thread.start()
        ready.wait(WAIT_S)
        try:
            yield system, found[0]
        finally:
            web.stop()
            thread.join(WAIT_S)
            workers.stop()
            system.close()


def _listen(address: str, seen: dict[int, float]) -> None:
    """Read the stream and note the moment at which each position arrived."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WAIT_S)
    connection.request("GET", "/v1/stream?types=audit")
    answer = connection.getresponse()
    while line := answer.fp.readline():
        if line.startswith(b"data:"):
            now = time.perf_counter()
            body = json.loads(line[5:])
            for row in body.get("rows", [{"position": body.get("position", 0)}]):
                seen.setdefault(row["position"], now)


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + WAIT_S
    while not true():
        if time.perf_counter() > deadline:
            msg = "the stream did not get there in time"
            raise TimeoutError(msg)
        time.sleep(0.01)
