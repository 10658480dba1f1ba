"""Put the system together: the one place that knows every concrete part, and the real clock."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from consumers.branching import Branches
from consumers.dispatch import Dispatcher
from consumers.failures import ServiceUnreachable, WrongInput
from consumers.intake import FactDoor
from consumers.lease import EngineLease
from consumers.policy_runner import PolicyRunner
from consumers.publishing import Recomputed, recomputed
from consumers.rebuilds import silent
from consumers.scaled_out import editions_of, rows_of
from consumers.settings import Settings
from consumers.timers import Ticker
from consumers.views import Views
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog
from projections.audit_trail import AuditProjection
from projections.checkpointing import Checkpointing
from projections.checkpoints import Checkpoints
from projections.checkpoints_contract import CheckpointStore
from projections.contract import Projection, Rows, StaleEngine
from projections.engine import Engine
from projections.rebuilding import Interrupted, Told, Verdict, verify
from projections.rebuilding import build as build_beside
from projections.recent import RecentHistories
from projections.schedule import ScheduleProjection
from projections.status import StatusProjection
from projections.stores.checkpoints import open_checkpoints
from projections.stores.editions import Editions, ShownRows, WrittenRows

CAUGHT_UP_S_MAX: Final = 60.0
LOOK_S: Final = 0.02
SUBJECTS_KEPT_MAX: Final = 10_000


def system_clock() -> datetime:
    """Return this machine's time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class System:
    """Every part of a Takt, put together once; nothing runs by itself before it is told to."""

    settings: Settings
    clock: Callable[[], datetime]
    log: EventLog
    projections: Mapping[str, Projection[Any]]
    rows: Mapping[str, Rows]
    """As readers see them, whichever edition that is."""
    editions: Mapping[str, Editions]
    """Where builds go on; none where Kafka feeds the projections."""
    written: Callable[[str], Rows]
    """Opens a projection's rows as the engine writes them."""
    engine: Engine
    dispatcher: Dispatcher
    recomputed: Recomputed
    """What the dispatcher holds a digest to."""
    door: FactDoor
    policies: PolicyRunner
    ticker: Ticker
    views: Views
    checkpoints: CheckpointStore
    checkpointing: Checkpointing
    lease: EngineLease

    def settle(self) -> None:
        """Bring rows and policies up to the log, or wait for the process that does.

        On SQLite one process holds the engine's lease. Raises ServiceUnreachable where another
        one holds it and does not come up to the head in time.
        """
        if self.settings.feed == "kafka" or (
            self.settings.database_url is None and not self.lease.take()
        ):
            self._wait_for_the_other()
            return
        try:
            self.build_newer()
            while self.engine.catch_up() or self.policies.catch_up():
                continue
        finally:
            self.lease.release()

    def watermark(self) -> int:
        """Return the position up to which every stored row is true."""
        return min(rows.position() for rows in self.rows.values())

    def wait_for(self, position: int, timeout_s: float) -> bool:
        """Wait until the rows reflect a position, whichever process writes them."""
        deadline = time.monotonic() + timeout_s
        while self.watermark() < position:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.engine.wait_for(position, min(left, LOOK_S))
        return True

    def verify(self, name: str | None, *, meter: Callable[[str], Told] = silent) -> dict[str, Any]:
        """Compare live rows with a clean rebuild of the log."""
        self._must_exist(name)
        self.settle()
        names = [name] if name is not None else list(self.projections)
        return {
            "projections": [
                _document(verify(self.projections[each], self.log, self.rows[each], meter(each)))
                for each in names
            ]
        }

    def rebuild(
        self,
        name: str | None,
        *,
        restart: bool = False,
        meter: Callable[[str], Told] = silent,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:
        """Build rows anew beside those that are read, and let them take over in one transaction.

        A build that was interrupted is gone on from, or begun again with `restart`. A running
        takt goes on meanwhile. Raises ServiceUnreachable where another rebuild is at it.
        """
        self._must_exist(name)
        if self.settings.feed == "kafka":
            msg = "with TAKT_FEED=kafka rows are rebuilt by a new version, or with TAKT_FEED=log"
            raise WrongInput(msg)
        self.settle()
        names = [name] if name is not None else list(self.projections)
        return {
            "projections": [self._rebuilt(n, meter(n), cancelled, restart=restart) for n in names]
        }

    def _rebuilt(
        self, name: str, told: Told, cancelled: Callable[[], bool], *, restart: bool
    ) -> dict[str, Any]:
        editions = self.editions[name]
        if restart and (begun := editions.candidate()).position():
            editions.discard(begun.edition)
        try:
            built = build_beside(self.projections[name], self.log, editions, told, cancelled)
        except StaleEngine as other:
            msg = f"another rebuild of {name} is going on: {other}"
            raise ServiceUnreachable(msg) from other
        editions.discard_old()
        document = {"name": name, "version": built.now.version, "position": built.position}
        document["generation"] = built.now.generation
        if built.verdict is None:  # The rows before it moved on meanwhile: nothing to compare.
            return document | {"rows": None, "live": None, "rebuilt": None, "equal": None}
        return document | _document(built.verdict)

    def build_newer(self, stop: threading.Event | None = None) -> None:
        """Build what this code has in a newer version than is read, and feed it from then on.

        What is read until then stands still where its own code left it. Raises Interrupted.
        """
        for name, editions in self.editions.items():
            if not self.engine.feeds(name):
                cancelled = stop.is_set if stop is not None else lambda: False
                if editions.is_behind():
                    build_beside(self.projections[name], self.log, editions, cancelled=cancelled)
                self.engine.adopt(self.projections[name], self.written(name))
                editions.discard_old()

    def run_builder(self, stop: threading.Event) -> None:
        """Build newer versions in the background, then wait for the end."""
        with suppress(Interrupted):
            self.build_newer(stop)
        stop.wait()

    def quarantined(self) -> dict[str, Any]:
        """Return the keys that stand still, of every projection."""
        return {
            "quarantined": [
                {
                    "projection": name,
                    "key": stopped.key,
                    "position": stopped.position,
                    "error": stopped.error,
                }
                for name, rows in self.rows.items()
                for stopped in rows.stopped()
            ]
        }

    def release(self, name: str, key: str) -> bool:
        """Fold a key that stood still again; False where it still does, or never did.

        A running projector begins again with what is then. Raises ServiceUnreachable where one
        holds the embedded log's lease.
        """
        self._must_exist(name)
        if self.settings.feed == "kafka":
            msg = "let a projector with TAKT_FEED=log take the shards over first"
            raise WrongInput(msg)
        if self.settings.database_url is None and not self.lease.take():
            msg = "a running takt folds these projections: end it first"
            raise ServiceUnreachable(msg)
        try:
            self.build_newer()
            return self.engine.release(name, key)
        finally:
            self.lease.release()

    def close(self) -> None:
        """Release everything this process holds."""
        self.lease.release()
        self.engine.close()
        for rows in self.rows.values():
            rows.close()
        self.checkpoints.close()
        self.log.close()

    def _must_exist(self, name: str | None) -> None:
        if name is not None and name not in self.projections:
            msg = f"there is no projection {name!r}; there are {', '.join(self.projections)}"
            raise WrongInput(msg)

    def _wait_for_the_other(self) -> None:
        head = self.log.head()
        if not self.wait_for(head, CAUGHT_UP_S_MAX):
            msg = f"the running takt has not come up to position {head}: look at its log"
            raise ServiceUnreachable(msg)


def projections_of_today() -> Sequence[Projection[Any]]:
    """Return every projection in the version that this code folds."""
    return (ScheduleProjection(), StatusProjection(), AuditProjection())


def build(settings: Settings, *, clock: Callable[[], datetime] = system_clock) -> System:
    """Put a system together on the store that the settings name.

    Raises LogError where the store cannot be used.
    """
    if settings.database_url is None:
        settings.home.mkdir(parents=True, exist_ok=True)
    event_log = open_log(settings.store, registry=catalogue(), create_tables=settings.create_tables)
    gate = getattr(event_log, "gate", None)
    projections = {each.name: each for each in projections_of_today()}
    rows = {name: rows_of(settings, projection, gate) for name, projection in projections.items()}
    editions = {name: each.editions for name, each in rows.items() if isinstance(each, ShownRows)}

    def written(name: str) -> Rows:
        if name not in editions:
            return rows[name]
        return WrittenRows(editions_of(settings, projections[name], gate))

    behind = {name for name, each in editions.items() if each.is_behind()}
    fed = [(each, written(name)) for name, each in projections.items() if name not in behind]
    store = open_checkpoints(settings.store)
    checkpoints = Checkpoints(store)
    engine = Engine(event_log, fed, checkpoints=checkpoints)
    recent = RecentHistories(event_log)
    recomputing = recomputed(event_log, projections, checkpoints, recent)
    dispatcher = Dispatcher(event_log, recomputing)
    policies = PolicyRunner(event_log, dispatcher)
    return System(
        settings=settings,
        clock=clock,
        log=event_log,
        projections=projections,
        rows=rows,
        editions=editions,
        written=written,
        engine=engine,
        dispatcher=dispatcher,
        recomputed=recomputing,
        door=FactDoor(catalogue(), project_of_subject=_projects_of_subjects(event_log)),
        policies=policies,
        ticker=Ticker(
            event_log,
            clock,
            due_by=lambda moment: _due([*rows.values(), policies], moment),
            cadence=timedelta(seconds=settings.tick_s),
            parking_limit=settings.parking_limit,
        ),
        views=Views(
            recent,
            projections,
            rows,
            Branches(event_log, dispatcher),
            checkpoints,
        ),
        checkpoints=store,
        checkpointing=Checkpointing(event_log, list(projections.values()), store),
        lease=EngineLease(settings.home),
    )


def _document(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.projection,
        "version": verdict.version,
        "position": verdict.position,
        "rows": verdict.rows,
        "live": verdict.live,
        "rebuilt": verdict.rebuilt,
        "equal": verdict.equal,
        "differing": list(verdict.differing),
    }


def _due(waiting: Iterable[Rows | PolicyRunner], moment: datetime) -> Iterable[str]:
    return (key for each in waiting for key in each.due_by(moment))


def _projects_of_subjects(event_log: EventLog) -> Callable[[str], str | None]:
    """Return a look-up of the project a stream belongs to, by the event that introduced it."""

    @lru_cache(maxsize=SUBJECTS_KEPT_MAX)
    def known(stream: str) -> str:
        history = event_log.read_stream(stream)
        if not history or history[0].project_id is None:
            raise LookupError(stream)  # Not remembered: it may become known at any moment.
        return history[0].project_id

    def project_of(stream: str) -> str | None:
        try:
            return known(stream)
        except LookupError:
            return None

    return project_of
