"""The processes of one simulated deployment: real parts of Takt over simulated surroundings.

A step is what a process does until it next has to wait. What fails in a way that production
outlives is retried by the same object, as the supervisor does; a crash makes a new one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final, cast

from consumers.dispatch import Dispatcher
from consumers.intake import FactDoor
from consumers.kafka.inbound import Inbound
from consumers.kafka.outbound import Outbound
from consumers.kafka.ports import Place
from consumers.policy_runner import PolicyRunner
from consumers.publishing import recomputed
from consumers.timers import Ticker
from domain.kernel.messages import COORDINATOR, PLANT_SYSTEM, Principal
from domain.kernel.refusals import IdempotencyConflict
from domain.log.catalogue import catalogue
from domain.log.port import EventLog, LogUnavailable, MessageKey, Outcome
from projections.contract import Change, Projection, Rows
from projections.engine import Engine
from projections.schedule import ScheduleProjection
from tests.simulation.faults import (
    Inline,
    SimulatedLog,
    SimulatedRows,
    SimulatedSink,
    SimulatedSource,
)
from tests.simulation.story import Sent, Wish, reports, requests

if TYPE_CHECKING:
    from tests.simulation.world import World

COORDINATES: Final = Principal(party_id="anna", role=COORDINATOR)
API_SOURCE: Final = "api"
PARTS: Final[Mapping[str, Projection[Any]]] = {"schedule": ScheduleProjection()}
"""What publications are computed by."""
EVENTS: Final = "events"
PARKING_LIMITS: Final = (timedelta(hours=2), timedelta(days=30))


class Turns:
    """Tells a loop to end after so many turns; it never waits."""

    def __init__(self, turns: int) -> None:
        self._left = turns

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0

    def wait(self, timeout: float) -> bool:
        del timeout
        return False


class Process(ABC):
    """Something that runs by itself, loses its memory in a crash, and is started again."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.skew = timedelta()
        self.restart()

    @property
    def rng(self) -> Random:
        return self.world.rng

    def clock(self) -> datetime:
        """Return what this process takes for the time."""
        return self.world.now + self.skew

    def log(self) -> EventLog:
        """Return a fresh connection to the log."""
        log = SimulatedLog(self.world, self.name, self.world.tables)
        return self.world.defect.log(self.name, log)

    @abstractmethod
    def restart(self) -> None:
        """Begin again from what is durable."""

    @abstractmethod
    def step(self) -> str:
        """Do what there is to do; return a word for the trace."""


class Api(Process):
    """A process that decides requests; it works when a client asks."""

    dispatcher: Dispatcher

    def restart(self) -> None:
        log = self.log()
        self.dispatcher = Dispatcher(log, recomputed(log, PARTS))

    def step(self) -> str:
        return "ready"

    def ask(self, wish: Wish) -> Outcome:
        return self.dispatcher.dispatch(
            wish.name,
            wish.body,
            key=MessageKey(API_SOURCE, wish.message_id),
            principal=COORDINATES,
            received_at=self.clock(),
        )


class Coordinator(Process):
    """A client of the API: asks until it has an answer, then goes on; sometimes it asks again."""

    def __init__(self, world: "World", name: str, apis: list[Api]) -> None:
        self._wishes = requests(world.rng)
        self._apis = apis
        self._at = 0
        self.answers: dict[str, Outcome] = {}
        self.asked: set[str] = set()
        super().__init__(world, name)

    def restart(self) -> None:
        """Clients do not crash here: what they know is what the checker holds Takt to."""

    @property
    def done(self) -> bool:
        return self._at >= len(self._wishes)

    def step(self) -> str:
        if self.done:
            return "done"
        wish = self._wishes[self._at]
        if self._at and self.rng.random() < self.world.odds.resend:
            wish = self.rng.choice(self._wishes[: self._at])
        free = [api for api in self._apis if api.name not in self.world.running]
        if not free:
            return "busy"
        api = self.rng.choice(free)
        self.asked.add(wish.message_id)
        outcome = self.world.run(api, lambda: self._ask(api, wish))
        if wish is self._wishes[self._at] and wish.message_id in self.answers:
            self._at += 1
        return f"{wish.message_id} {outcome}"

    def _ask(self, api: Api, wish: Wish) -> str:
        if self.rng.random() < 0.03 and wish.message_id in self.answers:
            return self._misuse(api, wish)
        outcome = api.ask(wish)
        known = self.answers.setdefault(wish.message_id, outcome)
        assert (known.kind, known.position, known.code) == (
            outcome.kind,
            outcome.position,
            outcome.code,
        ), f"{wish.message_id} was answered {known} and then {outcome}"
        return outcome.kind

    def _misuse(self, api: Api, wish: Wish) -> str:
        other = Wish(
            wish.message_id, "project.hold.v1", b'{"project_id":"P","reason":{"code":"x"}}'
        )
        try:
            outcome = api.ask(other)
        except IdempotencyConflict:
            return "conflict"
        message = f"{wish.message_id} was used with another body and answered {outcome}"
        raise AssertionError(message)


class Plant(Process):
    """A producer: sends in order, and again where it did not hear of the arrival."""

    def __init__(self, world: "World", name: str, number: int) -> None:
        self._left = reports(world.rng, number)
        super().__init__(world, name)

    def restart(self) -> None:
        """Clients do not crash here."""

    @property
    def done(self) -> bool:
        return not self._left

    def step(self) -> str:
        if not self._left:
            return "done"
        sent = self._left[0]
        self.world.produce(sent)
        if self.rng.random() < self.world.odds.resend:
            return f"{sent.message_id} unheard"
        self._left.pop(0)
        return sent.message_id


class SimulatedInbound(Inbound):
    """The intake with its commits in the same thread."""

    at_once = True

    def committer(self) -> Executor:
        return Inline(at_once=self.at_once)


class Intake(Process):
    """Takes records in."""

    inbound: SimulatedInbound

    def restart(self) -> None:
        log = self.log()
        self.inbound = SimulatedInbound(
            SimulatedSource(self.world, self.name, self.world.broker),
            log,
            door=FactDoor(catalogue(), project_of_subject=_project_of(log)),
            principal_of=_principal_of,
            clock=self.clock,
            dispatcher=Dispatcher(log),
            requests=["requests"],
        )
        self.inbound.at_once = self.rng.random() < 0.5

    def step(self) -> str:
        before = sum(self.inbound.tally.values())
        self.inbound.run(Turns(self.rng.randint(2, 4)))
        return f"took {sum(self.inbound.tally.values()) - before}"


def _project_of(log: EventLog) -> Callable[[str], str | None]:
    def project_of(stream: str) -> str | None:
        history = log.read_stream(stream)
        return history[0].project_id if history else None

    return project_of


def _principal_of(topic: str) -> Principal:
    role = COORDINATOR if topic == "requests" else PLANT_SYSTEM
    return Principal(party_id=topic, role=role)


class Projector(Process):
    """Folds the log into rows."""

    engine: Engine

    def restart(self) -> None:
        world = self.world
        parts = [
            (
                world.defect.projection(projection),
                world.defect.rows(cast("Rows", SimulatedRows(world, self.name, world.rows[name]))),
            )
            for name, projection in world.projections.items()
        ]
        kept = self.rng.choice((1, 256))
        self.engine = Engine(self.log(), parts, page=self.rng.choice((2, 7, 500)), keys_kept=kept)

    def step(self) -> str:
        return f"moved to {self.engine.position()}" if self.engine.step() else "idle"


class Policies(Process):
    """Reacts to findings."""

    runner: PolicyRunner

    def restart(self) -> None:
        log = self.log()
        self.runner = self.world.defect.policies(PolicyRunner(log, Dispatcher(log)))

    def step(self) -> str:
        return "reacted" if self.runner.catch_up() else "idle"


class Clockwork(Process):
    """Turns time into events."""

    ticker: Ticker

    def restart(self) -> None:
        self.ticker = Ticker(
            self.log(),
            self.clock,
            due_by=lambda moment: (
                key for rows in self.world.rows.values() for key in rows.due_by(moment)
            ),
            cadence=timedelta(hours=8),
            parking_limit=self.world.parking_limit,
        )

    def step(self) -> str:
        return "ticked" if self.ticker.look() else "idle"


class Relay(Process):
    """Publishes the log."""

    outbound: Outbound

    def restart(self) -> None:
        self.outbound = Outbound(
            lambda: SimulatedSink(self.world, self.name, self.world.broker),
            self.log(),
            source="/takt/simulated",
            topic=EVENTS,
            batch_max=self.rng.choice((1, 3, 500)),
            monotonic=lambda: 0.0,  # No watermark because time has passed: only once it is quiet.
        )

    def step(self) -> str:
        before = self.outbound.published_count
        self.outbound.run(Turns(self.rng.randint(1, 3)))
        return f"published {self.outbound.published_count - before}"


class Follower(Process):
    """Reads the log in pages; where it is and what it saw survive together."""

    def __init__(self, world: "World", name: str) -> None:
        self.seen: list[tuple[int, str]] = []
        self.cursor = 0
        self._log: EventLog | None = None
        super().__init__(world, name)

    def restart(self) -> None:
        self._log = self.log()

    def step(self) -> str:
        assert self._log is not None
        page = self._log.read(self.cursor, self.rng.choice((1, 3, 100)))
        for recorded in page:
            assert recorded.position > self.cursor, "positions do not ascend"
            self.seen.append((recorded.position, recorded.event_id))
            self.cursor = recorded.position
        return f"read {len(page)}"


@dataclass
class Subscription:
    """What a subscriber was told: the rows, and the last id it knows."""

    cursor: int | None = None
    rows: dict[tuple[str, str, str], tuple[Any, int]] = field(default_factory=dict)

    def take(self, changes: list[Change]) -> None:
        for change in changes:
            key = (change.projection, change.key, change.row_id)
            if change.row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = (change.row, change.position)


class Subscriber(Process):
    """Follows rows as `GET /v1/stream` tells them, with a connection that may be cut anywhere."""

    def __init__(self, world: "World", name: str) -> None:
        self.told = Subscription()
        super().__init__(world, name)

    def restart(self) -> None:
        """Lose nothing: what was told is the client's."""

    def step(self) -> str:
        rows = self.world.rows
        watermark = min(each.position() for each in rows.values())
        reset_at = max(each.floor() for each in rows.values()) - 1
        start = self.told.cursor
        if start is None or start <= reset_at:
            return self._snapshot(rows, watermark)
        after = self.world.defect.cursor(start)
        changes: list[Change] = []
        for each in rows.values():
            changes += [one for one in each.changed_since(after) if one.position <= watermark]
            self.world.touch(self.name, "look", LogUnavailable)
        told = 0
        for position in sorted({change.position for change in changes}):
            self.told.take([one for one in changes if one.position == position])
            self.told.cursor = position
            told += 1
            if self.rng.random() < self.world.odds.crash:
                return f"cut after {told}"
        self.told.cursor = max(start, watermark)
        return f"told {told}"

    def _snapshot(self, rows: Mapping[str, Rows], watermark: int) -> str:
        found: list[Change] = []
        for each in rows.values():
            for key in list(each.keys()):
                found += each.of_key(key)
            self.world.touch(self.name, "look", LogUnavailable)
        self.told = Subscription(watermark)
        self.told.take(found)
        return "snapshot"


def place_of(sent: Sent, partitions: int) -> Place:
    """Return where a record goes: its key decides, so a key keeps its order."""
    return Place(sent.topic, sum(sent.key) % partitions)
