"""Run Takt: everything in one process, or one role of it, until it is told to stop."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from consumers.bootstrap import System, build, projections_of_today, system_clock
from consumers.demo.player import DemoClock, Player
from consumers.demo.project import PROJECT_ID, ZONE, plan, project_start
from consumers.demo.story import story
from consumers.failures import ServiceUnreachable, WrongInput
from consumers.gateways.plan_file import plan_of
from consumers.http.app import create_app
from consumers.http.server import BACKLOG, server
from consumers.http.services import Credential, Health, Services
from consumers.kafka.watchdog import CallHung
from consumers.plan_import import take_plan
from consumers.scaled_out import leave_shards, project, relay_rows, shard_positions
from consumers.settings import Settings
from consumers.supervision import Work, Workers, rare_collections
from domain.kernel.messages import COORDINATOR, PLANT_SYSTEM, Principal
from domain.log.catalogue import catalogue
from projections.checkpoints import Checkpoints
from projections.clock import Clock

if TYPE_CHECKING:
    from consumers.kafka.connection import Connection

LOCAL: Final = Principal(party_id="local-coordinator", role=COORDINATOR)
LOOK_S: Final = 0.2
LAG_READY_MAX: Final = 5_000
DEMO_PLAY_S: Final = 240.0
"""Seconds in which the demo's weeks up to today are played."""

Tell = Callable[[str], None]


def run_system(settings: Settings, *, role: str, demo: bool, tell: Tell) -> None:
    """Run until SIGINT or SIGTERM; `tell` hears the page's address once it can be opened.

    Raises WrongInput for a role that lacks its setting, ServiceUnreachable where another process
    holds the embedded log's engine.
    """
    clock: Callable[[], datetime] = system_clock
    if demo:
        settings = settings.model_copy(update={"home": settings.home / "demo"})
        clock = DemoClock(system_clock, project_start(system_clock().date()), DEMO_PLAY_S)
    if role in {"all", "projector"}:
        leave_shards(settings, projections_of_today())
    system = build(settings, clock=clock)
    try:
        if settings.database_url is None and not system.lease.take():
            msg = f"another takt runs on {settings.home}: end it first, or set TAKT_HOME"
            raise ServiceUnreachable(msg)
        if demo:
            begin_demo(system)
        workers = Workers(works_of(system, role, demo=demo), fatal=(CallHung,))
        workers.start()
        try:
            with rare_collections():
                if role in {"all", "api"}:
                    _serve(system, workers, tell, demo=demo)
                else:
                    tell(f"takt {role} runs; end it with Ctrl-C")
                    _wait_for_a_signal()
        finally:
            workers.stop()
    finally:
        system.close()


def works_of(system: System, role: str, *, demo: bool) -> dict[str, Work]:
    """Return what a role keeps running in this process."""
    works: dict[str, Work] = {}
    if role in {"all", "projector"}:
        works |= _projectors(system)
    if role in {"all", "policies"}:
        works["policies"] = system.policies.run
        works["clock"] = system.ticker.run
        works["checkpoints"] = system.checkpointing.run
    with_broker = system.settings.kafka_bootstrap is not None
    if role in {"intake", "relay"} and not with_broker:
        msg = f"the role {role} needs a broker: set TAKT_KAFKA_BOOTSTRAP"
        raise WrongInput(msg)
    if with_broker and role in {"all", "intake"}:
        works["intake"] = lambda stop: _intake(system, stop)
    if with_broker and role in {"all", "relay"}:
        works |= _relays(system)
    if demo:
        start = demo_start(system)
        player = Player(
            story(plan(start)), system.dispatcher, system.log, system.door, system.clock
        )
        works["demo"] = player.run
    return works


def _projectors(system: System) -> dict[str, Work]:
    """Return one engine on the log, or for each projection a member of its group."""
    if system.settings.feed == "log":
        works: dict[str, Work] = {"projector": system.engine.run}
        if not all(system.engine.feeds(name) for name in system.projections):
            works["builder"] = system.run_builder
        return works
    if system.settings.kafka_bootstrap is None:
        msg = "TAKT_FEED=kafka needs a broker: set TAKT_KAFKA_BOOTSTRAP"
        raise WrongInput(msg)
    clock, checkpoints = Clock(system.log), Checkpoints(system.checkpoints)

    def member(name: str) -> Work:
        return lambda stop: project(
            system.settings,
            connection_of(system.settings),
            system.log,
            system.projections[name],
            system.rows[name],
            clock=clock,
            checkpoints=checkpoints,
            stop=stop,
        )

    return {f"projector-{name}": member(name) for name in system.projections}


def begin_demo(system: System, today: date | None = None) -> None:
    """Import the demo's plan, unless it was before."""
    start = demo_start(system, today)
    take_plan(
        plan_of(plan(start)),
        b"demo",
        dispatcher=system.dispatcher,
        event_log=system.log,
        ask_at=start,
        principal=Principal(party_id="demo-coordinator", role=COORDINATOR),
    )


def demo_start(system: System, today: date | None = None) -> datetime:
    """Return when the demo's project starts: as it was first opened, or eight weeks ago."""
    project, version = system.dispatcher.state_of(f"project-{PROJECT_ID}")
    if version and project.opened is not None:
        opened_start: datetime = project.opened.start
        return opened_start.astimezone(ZoneInfo(ZONE))
    return project_start(today or system_clock().date())


def services_of(system: System, workers: Workers) -> Services:
    """Return the ports of the HTTP edge."""
    from consumers.requests import COMMANDS  # noqa: PLC0415

    return Services(
        log=system.log,
        dispatcher=system.dispatcher,
        door=system.door,
        rows=system.rows,
        wait_for=system.wait_for,
        as_of=system.views.as_of,
        views=system.views,
        version_of=lambda stream: _version_of(system, stream),
        clock=system.clock,
        principal_of=_local_coordinator,
        registry=catalogue(),
        commands=COMMANDS,
        health=lambda: _health(system, workers),
        # Below a floor a reader cannot be told what changed since.
        reset_at=lambda: max(rows.floor() for rows in system.rows.values()) - 1,
        listen=system.engine.listen,
        may_move=system.log.wait,
        shards=lambda name: shard_positions(system.settings, system.rows[name]),
        deployment=system.settings.deployment,
    )


def _serve(system: System, workers: Workers, tell: Tell, *, demo: bool) -> None:
    def ready(address: str) -> None:
        path = f"/projects/{PROJECT_ID}" if demo else "/"
        tell(f"Takt runs. Open {address}{path}  (end with Ctrl-C)")

    host, port = system.settings.http_host, system.settings.http_port
    web = server(create_app(services_of(system, workers)), host, port, ready)
    with _listening(host, port) as sockets:
        # Not in the main thread, where the server would end the process with the signal it got.
        thread = threading.Thread(target=web.run, kwargs={"sockets": sockets}, name="http")
        thread.start()
        _wait_for_a_signal(thread.is_alive)
        web.stop()
        thread.join()


@contextmanager
def _listening(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Listen; raises WrongInput where somebody else does already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host.strip("[]"), port), family=family, backlog=BACKLOG)
    except OSError as taken:
        msg = f"{host}:{port}: {taken.strerror}; say another port in TAKT_HTTP_PORT or --port"
        raise WrongInput(msg) from taken
    with listening:
        yield [listening]


def _version_of(system: System, stream: str) -> int:
    _, known = system.dispatcher.state_of(stream)
    newer = system.log.read_stream(stream, known)
    return newer[-1].version if newer else known


def _local_coordinator(credential: Credential) -> Principal:
    del credential  # Only loopback can connect: whoever does is the local coordinator.
    return LOCAL


def _health(system: System, workers: Workers) -> Health:
    head = system.log.head()
    lag = head - system.watermark()
    checks = {"log": f"head at {head}", "projections": f"{lag} positions behind"}
    checks |= {f"worker {name}": said for name, said in workers.failing.items()}
    stopped = sum(len(rows.stopped()) for rows in system.rows.values())
    if stopped:
        checks["quarantine"] = f"{stopped} keys stand still"
    return Health(not workers.failing and lag <= LAG_READY_MAX, checks)


def _intake(system: System, stop: threading.Event) -> None:
    from consumers.kafka.client import KafkaSource  # noqa: PLC0415  Slow to import.
    from consumers.kafka.inbound import Inbound  # noqa: PLC0415
    from consumers.kafka.topics import REQUESTS  # noqa: PLC0415

    settings = system.settings
    source = KafkaSource(
        connection_of(settings),
        group=settings.kafka_group,
        topics=[settings.kafka_facts_topic, REQUESTS],
        session_timeout_ms=settings.kafka_session_ms,
    )
    Inbound(
        source,
        system.log,
        door=system.door,
        principal_of=_principal_of_topic,
        clock=system.clock,
        dispatcher=system.dispatcher,
        requests=[REQUESTS],
    ).run(stop)


def _relays(system: System) -> dict[str, Work]:
    """Return what publishes: the log's events, and the rows of each projection."""
    works: dict[str, Work] = {"relay": lambda stop: _relay(system, stop)}
    if system.settings.kafka_views:
        connection = connection_of(system.settings)

        def views(name: str) -> Work:
            return lambda stop: relay_rows(
                system.settings,
                connection,
                system.log,
                system.projections[name],
                system.rows[name],
                stop,
            )

        works |= {f"views-{name}": views(name) for name in system.projections}
    return works


def _relay(system: System, stop: threading.Event) -> None:
    from consumers.kafka.client import KafkaSink  # noqa: PLC0415  Slow to import.
    from consumers.kafka.outbound import Outbound  # noqa: PLC0415

    settings = system.settings
    Outbound(
        lambda: KafkaSink(connection_of(settings)),
        system.log,
        source=f"/takt/{settings.deployment}",
        topic=settings.kafka_events_topic,
    ).run(stop)


def connection_of(settings: Settings) -> "Connection":
    """Return how to reach the broker the settings name."""
    from consumers.kafka.connection import Connection  # noqa: PLC0415  Only where there is a broker.

    password = settings.kafka_sasl_password
    cafile = settings.kafka_ssl_cafile
    return Connection(
        bootstrap=settings.kafka_bootstrap or "",
        security_protocol=settings.kafka_security_protocol,
        username=settings.kafka_sasl_username,
        password=None if password is None else password.get_secret_value(),
        ssl_cafile=None if cafile is None else str(cafile),
    )


def _principal_of_topic(topic: str) -> Principal:
    """Return who writes to a topic: a record itself does not say, access rules per topic do."""
    role = COORDINATOR if ".commands." in topic else PLANT_SYSTEM
    return Principal(party_id=topic, role=role)


def _wait_for_a_signal(goes_on: Callable[[], bool] = lambda: True) -> None:
    """Wait for SIGINT or SIGTERM, or for what is waited with to end by itself."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while goes_on() and not stop.wait(LOOK_S):
        continue
