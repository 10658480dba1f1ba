"""Let a simulated process fail, or others go first, wherever it touches something outside of it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, fields
from datetime import datetime
from random import Random
from typing import Any, Protocol

from consumers.kafka.ports import BrokerUnavailable, Place, Polled, Record
from domain.kernel.messages import Recorded
from domain.log.catalogue import catalogue
from domain.log.mapper import EventMapper
from domain.log.port import DeadLetter, LogUnavailable, Outcome, Submission, Tracked
from projections.contract import Change, Rows, RowsUnavailable, Stopped
from tests.integration.memory_kafka import MemoryBroker, MemorySink
from tests.simulation.memory_log import MemoryLog, Tables

POLLED_MAX = 6
MAPPER = EventMapper(catalogue())
"""Shared by all worlds: it remembers how names are read, nothing that happened."""


class Crash(BaseException):
    """A process ends here; no handler runs, and what it had in memory is gone."""


@dataclass(frozen=True, slots=True)
class Odds:
    """How often what goes wrong, per step or per call; each world draws its own."""

    crash: float = 0.0
    away: float = 0.0
    """A call fails, before or after it took effect."""
    yields: float = 0.0
    """Other processes take a step before the call goes on."""
    jump: float = 0.0
    """A process's clock jumps, either way."""
    resend: float = 0.0
    """A producer does not hear that its record arrived, and sends it again."""
    zombies: float = 0.0
    """A second instance of intake and projector works beside the first."""

    @classmethod
    def drawn(cls, rng: Random) -> "Odds":
        """Return odds of which about half are 0: rare faults show what many together hide."""
        return cls(**{each.name: rng.choice((0, 0, 0.02, 0.1, 0.2)) for each in fields(cls)})


class Surroundings(Protocol):
    """The world as a process feels it."""

    rng: Random

    def touch(self, who: str, what: str, error: type[Exception]) -> None:
        """Come here before and after each call to the outside; raises Crash or the error."""


class SimulatedLog(MemoryLog):
    """The log as one process has it: it may be away, and an answer may be lost."""

    def __init__(self, world: Surroundings, who: str, tables: Tables) -> None:
        super().__init__(tables, catalogue(), MAPPER)
        self._world = world
        self._who = who

    def append(
        self, items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        self._world.touch(self._who, "append", LogUnavailable)
        outcomes = super().append(items, tracked)
        self._world.touch(self._who, "appended", LogUnavailable)
        return outcomes

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        self._world.touch(self._who, "read", LogUnavailable)
        return super().read(after, limit)

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        self._world.touch(self._who, "read stream", LogUnavailable)
        return super().read_stream(stream, after_version)

    def expire_lanes(self, parked_before: datetime, now: datetime) -> int:
        self._world.touch(self._who, "expire", LogUnavailable)
        return super().expire_lanes(parked_before, now)

    def wait(self, after: int, timeout_s: float) -> bool:
        """Nobody waits here: the scheduler says whose turn it is."""
        del timeout_s
        return self.head() > after


class SimulatedRows:
    """Rows as one projector has them: a write may fail, before or after it took effect."""

    def __init__(self, world: Surroundings, who: str, stored: Rows) -> None:
        self._stored = stored
        self._world = world
        self._who = who

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
        stopped: Mapping[str, Stopped | None] | None = None,
    ) -> None:
        self._world.touch(self._who, "write", RowsUnavailable)
        self._stored.write(changes, position, dues, stopped)
        self._world.touch(self._who, "written", RowsUnavailable)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  Everything else is the store's own.
        return getattr(self._stored, name)


class SimulatedSource:
    """A member of the intake's group that has every partition; see `Source`."""

    def __init__(self, world: Surroundings, who: str, broker: MemoryBroker) -> None:
        self._world = world
        self._who = who
        self._broker = broker
        self._assigned: frozenset[Place] = frozenset()
        self._following: dict[Place, int] = {}
        self._moving: set[Place] = set()

    def poll(self, timeout_s: float) -> Polled:
        del timeout_s
        self._world.touch(self._who, "poll", BrokerUnavailable)
        if not self._assigned:
            self._assigned = frozenset(
                Place(topic, partition)
                for topic in ("facts", "requests")
                for partition in range(len(self._broker.topics[topic]))
            )
            return Polled(assigned=self._assigned)
        records: list[Record] = []
        places = sorted(self._moving)
        self._world.rng.shuffle(places)
        for place in places:
            start = self._following[place]
            room = self._world.rng.randint(0, POLLED_MAX - len(records))
            taken = self._broker.topics[place.topic][place.partition][start : start + room]
            records += taken
            self._following[place] += len(taken)
        return Polled(records=records)

    def start(self, following: Mapping[Place, int | None]) -> None:
        for place, offset in following.items():
            self._following[place] = offset or 0
            self._moving.add(place)

    def pause(self) -> None:
        self._moving.clear()

    def assignment(self) -> frozenset[Place]:
        return self._assigned

    def commit(self, processed: Mapping[Place, int]) -> None:
        """Forget it: nobody may rest on what the broker was told."""

    def topic_ids(self) -> Mapping[str, str]:
        return dict(self._broker.ids)

    def cluster_id(self) -> str:
        return self._broker.cluster

    def close(self) -> None:
        self._assigned = frozenset()
        self._moving.clear()


class SimulatedSink(MemorySink):
    """A producer whose flush may fail before, after, or in the middle of its work."""

    def __init__(self, world: Surroundings, who: str, broker: MemoryBroker) -> None:
        super().__init__(broker)
        self._world = world
        self._who = who

    def flush(self) -> None:
        self._world.touch(self._who, "flush", BrokerUnavailable)
        handed = self._handed
        torn = self._world.rng.randint(0, len(handed))
        self._handed = handed[:torn]
        super().flush()
        self._world.touch(self._who, "half flushed", BrokerUnavailable)
        self._handed = handed[torn:]
        super().flush()
        self._world.touch(self._who, "flushed", BrokerUnavailable)


class Inline(Executor):
    """Runs what is submitted in the same thread: at once, or when its result is asked for."""

    def __init__(self, *, at_once: bool) -> None:
        self._at_once = at_once

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        future = _Later(lambda: fn(*args, **kwargs))
        if self._at_once:
            future.work()
        return future


class _Later(Future[Any]):
    def __init__(self, work: Any) -> None:  # noqa: ANN401
        super().__init__()
        self._work = work

    def work(self) -> None:
        """Do it once; a crash of the process goes through to its end."""
        if self.done():
            return
        try:
            self.set_result(self._work())
        except Exception as error:  # noqa: BLE001  Whoever asks for the result gets it.
            self.set_exception(error)

    def result(self, timeout: float | None = None) -> Any:  # noqa: ANN401
        self.work()
        return super().result(timeout)
