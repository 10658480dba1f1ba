"""Measure the way from a published event to a row at subscribers of server-sent events."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
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
from consumers.supervision import Workers, rare_collections
from domain.kernel.messages import Envelope
from domain.log.port import EventLog, MessageKey, Proposed, Submission
from domain.phases.events import PhaseReleased
from tests.benchmarks.bare_broadcast import bare_broadcast
from tests.benchmarks.messages import START, introduce, judged, project_of
from tests.benchmarks.publishing import Load, facts, published
from tests.benchmarks.stores import Stores
from tests.benchmarks.subscribers import readers
from tests.benchmarks.table import REPOSITORY, Row
from tests.services.ports import free_ports
from tests.services.waiting import wait_until

RATES: Final = (20, 50, 100, 200, 500, 1_000)
TARGET_RATE: Final = 1_000
SECONDS: Final = float(os.environ.get("TAKT_BENCH_SECONDS", "6"))
TARGET_MS: Final = 100
PROJECTS: Final = 100
PHASES: Final = 20
AUDIT: Final = "/v1/stream?types=audit"
SUBSCRIBERS: Final = 500
FAN_RATE: Final = 20
FAN_TARGET_MS: Final = 30
WAIT_S: Final = 120.0


def event_to_sse(stores: Stores) -> Iterable[Row]:
    """Publish over HTTP at growing rates; note when each event's audit row reaches a subscriber.

    The rates below the last one that holds are looked at for the second row alone.
    """
    delays: dict[int, list[float]] = {}
    cost = ""
    with _running(stores) as (log, port, roles):
        _begin(log, port)
        first = 0
        for rate in RATES:
            if rate != TARGET_RATE and delays and _p99(delays[max(delays)]) > TARGET_MS:
                continue
            load = Load(rate, SECONDS, PROJECTS, PHASES, first)
            first += load.events
            cpu_s = {role: -_cpu_s(pid) for role, pid in roles.items()}
            delays[rate] = _delays(port, load)
            cost = ", ".join(
                f"{role} {(cpu_s[role] + _cpu_s(pid)) / load.events * 1e6:,.0f}"
                for role, pid in roles.items()
            )
    holding = [rate for rate, found in delays.items() if _p99(found) <= TARGET_MS]
    suffix = "" if stores.name == "pg" else f"_{stores.name}"
    told = ", ".join(f"{rate}/s: {_p99(found):,.0f} ms" for rate, found in delays.items())
    at_target = delays[TARGET_RATE]
    yield Row(
        id=f"event_to_sse{suffix}",
        what=f"published → row at an SSE subscriber, {TARGET_RATE:,} events/s over HTTP, p99",
        value=_p99(at_target),
        unit="ms",
        against=f"median {_median(at_target):,.0f} ms; µs of CPU an event: {cost}",
        ratio=None,
        target=f"p99 ≤ {TARGET_MS} ms at 1,000 events/s",
        met=_p99(at_target) <= TARGET_MS,
    )
    yield Row(
        id=f"event_to_sse_sustained{suffix}",
        what=f"the highest rate tried at which that p99 is ≤ {TARGET_MS} ms",
        value=max(holding, default=0),
        unit="events/s",
        against=f"p99 at {told}",
        ratio=None,
        target=f"{TARGET_RATE:,}",
        met=max(holding, default=0) >= TARGET_RATE,
    )


def sse_fanout(stores: Stores) -> Row:
    """Have one server process tell many subscribers of each event; beside it, bare writes."""
    with _embedded(stores) as (system, port):
        _begin(system.log, port)
        few = _told(system, port, 1, 0)
        many = _told(system, port, SUBSCRIBERS, int(FAN_RATE * SECONDS))
    with bare_broadcast(SUBSCRIBERS, FAN_RATE, SECONDS, AUDIT) as bare:
        peer_ms = sorted(bare)
    cpu_us = (many.cpu_s - few.cpu_s) / (len(many.from_published_ms) or 1) * 1e6
    slowest = _p99(many.from_published_ms)
    return Row(
        id="sse_fanout" if stores.name == "pg" else f"sse_fanout_{stores.name}",
        what=f"published → row at each of {SUBSCRIBERS} subscribers, "
        f"{SUBSCRIBERS * FAN_RATE:,} deliveries/s, p99",
        value=slowest,
        unit="ms",
        against=f"median {_median(many.from_published_ms):.0f}; rows written → received "
        f"{_median(many.from_written_ms):.0f} / {_p99(many.from_written_ms):.0f}; bare writes to "
        f"as many sockets {_median(peer_ms):.0f} / {_p99(peer_ms):.0f}; one subscriber "
        f"{_median(few.from_published_ms):.0f} / {_p99(few.from_published_ms):.0f}; "
        f"{cpu_us:.0f} µs of CPU a delivery",
        ratio=_p99(many.from_written_ms) / _p99(peer_ms),
        target=f"p99 ≤ {FAN_TARGET_MS} ms",
        met=slowest <= FAN_TARGET_MS,
    )


class _Told:
    """What subscribers noted, in ms, and what it cost the server's process."""

    def __init__(
        self,
        sent: Mapping[int, float],
        written: Mapping[int, float],
        arrivals: Mapping[int, Sequence[float]],
        cpu_s: float,
    ) -> None:
        self.from_published_ms = _since(sent, arrivals)
        self.from_written_ms = _since({position: written[position] for position in sent}, arrivals)
        self.cpu_s = cpu_s


def _told(system: System, port: int, subscribers: int, first: int) -> _Told:
    sent: dict[int, float] = {}
    written: dict[int, float] = {}
    events = facts(Load(FAN_RATE, SECONDS, PROJECTS, PHASES, first))

    known = system.log.head()

    def note(position: int) -> None:
        now = time.perf_counter()
        for each in range(max(written, default=known) + 1, position + 1):
            written[each] = now

    system.engine.listen(lambda _, position: note(position))
    with readers(port, subscribers, AUDIT) as opened:
        begin, cpu_s = time.perf_counter(), time.process_time()
        for place in range(len(events)):
            time.sleep(max(0.0, begin + place / FAN_RATE - time.perf_counter()))
            at = time.perf_counter()
            message = judged(json.dumps(events[place]).encode(), system.clock())
            (outcome,) = system.log.append([message])
            sent[outcome.position] = at
        opened.read_until(max(sent))
        return _Told(sent, written, opened.arrivals, time.process_time() - cpu_s)


def _delays(port: int, load: Load) -> list[float]:
    with readers(port, 1, AUDIT) as one:
        sent = published(port, load)
        one.read_until(max(sent))
        return _since(sent, one.arrivals)


def _since(began: Mapping[int, float], arrivals: Mapping[int, Sequence[float]]) -> list[float]:
    """Return the delays in ms, sorted; raises where something did not arrive."""
    return sorted(
        chain.from_iterable(
            ((came - at) * 1_000 for came in arrivals[position]) for position, at in began.items()
        )
    )


def _p99(delays_ms: Sequence[float]) -> float:
    return delays_ms[min(int(len(delays_ms) * 0.99), len(delays_ms) - 1)]


def _median(delays_ms: Sequence[float]) -> float:
    return delays_ms[len(delays_ms) // 2]


def _begin(log: EventLog, port: int) -> None:
    """Make projects known, release their phases, and wait until all of it can be read."""
    introduce(log, projects=PROJECTS, phases=PHASES)
    for number in range(PROJECTS):
        log.append([_released(project_of(number))])
    head = log.head()
    wait_until(lambda: _is_at(port, head), f"position {head}", deadline_s=WAIT_S)


def _released(project: str) -> Submission:
    key = MessageKey("bench/release", project)
    envelope = Envelope(
        recorded_at=START,
        effective_at=START,
        intake="request",
        actor="bench",
        role="coordinator",
        source=key.source,
        message_id=key.id,
        causation_id=key.id,
        correlation_id=key.id,
        project_id=project,
    )
    events = [
        Proposed(f"phase-{project}/p{phase}", PhaseReleased(by="bench", plan_version=1), envelope)
        for phase in range(PHASES)
    ]
    return Submission(key, bytes(32), START, tuple(events))


def _is_at(port: int, position: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    try:
        connection.request("GET", f"/v1/projects?min_position={position}")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _cpu_s(pid: int) -> float:
    """Return the processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _running(stores: Stores) -> Iterator[tuple[EventLog, int, Mapping[str, int]]]:
    """Run the size of deployment a store is for: one process, or one for each role.

    Gives the log, the port, and the process of each role.
    """
    if stores.name != "pg":
        with _embedded(stores) as (system, port):
            yield system.log, port, {"takt": os.getpid()}
        return
    address = stores.address()
    (port,) = free_ports(1)
    outside = {name: value for name, value in os.environ.items() if not name.startswith("TAKT_")}
    with ExitStack() as opened:
        home = opened.enter_context(TemporaryDirectory())
        log = stores.log(address)
        opened.callback(log.close)
        roles: dict[str, int] = {}
        for role in ("projector", "policies", "api"):
            process = subprocess.Popen(
                [sys.executable, "-m", "consumers", "run", role, "--port", str(port)],
                cwd=REPOSITORY,
                env={**outside, "TAKT_HOME": home, "TAKT_DATABASE_URL": address},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            opened.callback(process.wait)
            opened.callback(process.kill)
            roles[role] = process.pid
        yield log, port, roles


@contextmanager
def _embedded(stores: Stores) -> Iterator[tuple[System, int]]:
    """Run engine, policies and server in this process on a fresh store."""
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
            with rare_collections():
                yield system, urlsplit(found[0]).port or 0
        finally:
            web.stop()
            thread.join(WAIT_S)
            workers.stop()
            system.close()
