"""Run one whole deployment in one thread, in virtual time: a seed says whose turn it is.

The same seed gives the same trace, so a seed that fails fails again, and can be looked into.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final

from consumers.kafka.ports import BrokerUnavailable
from domain.kernel.refusals import StaleVersion
from domain.log.port import Fenced, LogUnavailable
from projections.audit_trail import AuditProjection
from projections.contract import Projection, Rows, RowsUnavailable, StaleEngine
from projections.schedule import ScheduleProjection
from projections.status import StatusProjection
from projections.stores.memory import MemoryRows
from tests.integration.memory_kafka import MemoryBroker
from tests.simulation.checks import check_at_rest, check_views
from tests.simulation.defects import Defect
from tests.simulation.faults import Crash, Odds
from tests.simulation.processes import (
    EVENTS,
    PARKING_LIMITS,
    Api,
    Clockwork,
    Coordinator,
    Follower,
    Intake,
    Plant,
    Policies,
    Process,
    Projector,
    Relay,
    Subscriber,
    place_of,
)
from tests.simulation.story import HEADERS, NOW, Sent
from tests.simulation.tally import TallyProjection

PROJECTIONS: Final[tuple[tuple[Callable[[], Projection[Any]], ...], ...]] = (
    (AuditProjection, TallyProjection, ScheduleProjection),
    (AuditProjection, TallyProjection, StatusProjection),
    (AuditProjection, TallyProjection),
)
"""What a world projects. A network costs as much as all the rest, so not every world has one."""
POLICIES: Final = 0.5
"""The share of worlds in which policies react."""
PARTITIONS: Final = 2
TURNS_MAX: Final = 2_000
ROUNDS_MAX: Final = 300
NESTED_MAX: Final = 3
VIEWS_LOOKED_AT: Final = 0.3
CRASHES_PER_TOUCH: Final = 0.2
"""A step touches the outside several times; it shall come to its end now and then."""
EXPECTED: Final = (
    LogUnavailable,
    RowsUnavailable,
    BrokerUnavailable,
    Fenced,
    StaleEngine,
    StaleVersion,
)
"""What production outlives: the same object tries again."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one seed."""

    seed: int
    events: int
    turns: int
    trace: str
    """SHA-256 of who did what in which order, and of what the log came to hold."""


class World:
    """Everything durable, the processes that use it, and the scheduler."""

    def __init__(self, seed: int, defect: Defect) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.defect = defect
        self.odds = Odds.drawn(self.rng)
        self.now = NOW
        self.parking_limit = self.rng.choice(PARKING_LIMITS)
        self.calm = False
        self.turns = 0
        self.running: set[str] = set()
        self.trace: list[str] = []
        self.sent: dict[tuple[str, int, int], Sent] = {}
        """What stands at each place of the topics."""
        self.tables = defect.tables()
        self.tables.gap = lambda: self.rng.choice((0, 0, 0, 1, 3))
        self.tables.before_publishing = lambda: self.touch("commit", "publish", LogUnavailable)
        self.broker = MemoryBroker()
        for topic, partitions in (("facts", PARTITIONS), ("requests", 1), (EVENTS, PARTITIONS)):
            self.broker.create_topic(topic, partitions)
        self.projections: dict[str, Projection[Any]] = {
            each.name: each for each in (make() for make in self.rng.choice(PROJECTIONS))
        }
        self.rows: dict[str, Rows] = {name: MemoryRows(name) for name in self.projections}
        self.apis = [Api(self, f"api-{number}") for number in range(2)]
        self.coordinator = Coordinator(self, "coordinator", self.apis)
        self.plants = [Plant(self, f"plant-{number}", number) for number in range(2)]
        instances = 2 if self.odds.zombies else 1
        self.follower = Follower(self, "follower")
        self.subscribers = [Subscriber(self, f"subscriber-{number}") for number in range(2)]
        self.processes: list[Process] = [
            self.coordinator,
            *self.plants,
            *self.plants,  # They have more to say than one turn in a round.
            *(Intake(self, f"intake-{number}") for number in range(instances)),
            *(Projector(self, f"projector-{number}") for number in range(instances)),
            *([Policies(self, "policies")] if self.rng.random() < POLICIES else []),
            Clockwork(self, "clock"),
            Relay(self, "relay"),
            self.follower,
            *self.subscribers,
        ]

    def live(self) -> Report:
        """Run the world to its end and check it; raises AssertionError where it is not right."""
        while not self._all_said() and self.turns < TURNS_MAX:
            self.turn()
        for _ in range(self.rng.randint(0, 40)):
            self.turn()
        self.calm, self.odds = True, Odds()
        if self.rng.random() < VIEWS_LOOKED_AT:
            check_views(self)  # Before any catch-up, which might mend what it should show.
        self._come_to_rest()
        check_at_rest(self)
        return Report(self.seed, len(self.tables.events), self.turns, self._digest())

    def _all_said(self) -> bool:
        return self.coordinator.done and all(plant.done for plant in self.plants)

    def turn(self) -> None:
        """Let time pass, and one process that is not running take a step."""
        self.turns += 1
        self.now += timedelta(seconds=self.rng.choice((1, 30, 600)))
        process = self.rng.choice(self.processes)
        if process.name in self.running:
            return
        if self.rng.random() < self.odds.jump:
            process.skew = timedelta(hours=self.rng.randint(-12, 12))
        self.run(process, process.step)

    def run(self, process: Process, work: Callable[[], str]) -> str:
        """Let a process work; what it does not outlive starts it anew."""
        self.running.add(process.name)
        try:
            word = work()
        except Crash:
            self.defect.crashed(self.tables)
            process.restart()
            word = "crashed"
        except EXPECTED as error:
            word = type(error).__name__
        finally:
            self.running.discard(process.name)
        self.trace.append(f"{process.name} {word}")
        return word

    def touch(self, who: str, what: str, error: type[Exception]) -> None:
        """Let others go first, end the process, or fail the call, as the seed says."""
        if self.calm:
            return
        if len(self.running) < NESTED_MAX and self.rng.random() < self.odds.yields:
            self.turn()
        if self.rng.random() < self.odds.crash * CRASHES_PER_TOUCH:
            raise Crash
        if self.rng.random() < self.odds.away * CRASHES_PER_TOUCH:
            message = f"{who}: {what}"
            raise error(message)

    def produce(self, sent: Sent) -> None:
        """Append a record to its partition."""
        place = place_of(sent, len(self.broker.topics[sent.topic]))
        records = self.broker.topics[place.topic][place.partition]
        self.sent[(*place, len(records))] = sent
        self.broker.put(place, sent.value, HEADERS, sent.key)

    def _come_to_rest(self) -> None:
        before: object = None
        for _ in range(ROUNDS_MAX):
            for process in dict.fromkeys(self.processes):
                self.run(process, process.step)
            now = self._state()
            if now == before:
                return
            before = now
        message = "the processes do not come to rest"
        raise AssertionError(message)

    def _state(self) -> object:
        return (
            self.tables.head(),
            dict(self.tables.offsets),
            len(self.tables.letters),
            [rows.position() for rows in self.rows.values()],
            [subscriber.told.cursor for subscriber in self.subscribers],
            self.follower.cursor,
            self._all_said(),
        )

    def _digest(self) -> str:
        whole = sha256("\n".join(self.trace).encode())
        for position, event in self.tables.events:
            whole.update(f"{position} {event.stream}:{event.version} ".encode() + event.state)
        for kept in self.tables.letters.values():
            whole.update(f"{kept.id} {kept.letter.original.place} {kept.letter.code}".encode())
        return whole.hexdigest()


def simulated(seed: int, defect: Defect | None = None) -> Report:
    """Run the world of a seed; raises AssertionError (with the seed in a note) where it fails."""
    world = World(seed, defect or Defect())
    try:
        return world.live()
    except Exception as error:
        error.add_note(f"reproduce: python -m tests.simulation --from {seed} --seeds 1")
        raise
