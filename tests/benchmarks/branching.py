"""Measure what-ifs: a thousand open branches on a project of ten thousand phases, in SQLite."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Final

from consumers.branch_answers import branches, comparison
from consumers.branching import Branches
from consumers.canonical_json import canonical
from consumers.deciding import Ask, Request
from consumers.dispatch import Dispatcher
from consumers.views import Views
from domain.kernel.messages import COORDINATOR, Principal
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog, MessageKey
from projections.checkpointing import Checkpointing
from projections.checkpoints import Checkpoints
from projections.schedule import ScheduleProjection
from projections.stores.checkpoints import open_checkpoints
from tests.benchmarks.network import layered_network
from tests.benchmarks.table import Row

PHASES: Final = 10_000
BRANCHES: Final = 1_000
MOVED: Final = 200
"""So many requests are added after the project has moved on from under the branches."""
COMPARED: Final = 5
FILE_LINES: Final = 200
OPEN_MS_MAX: Final = 10.0
PROJECT: Final = "P"
NOW: Final = datetime(2026, 3, 2, 7, tzinfo=UTC)
ANNA: Final = Principal(party_id="anna", role=COORDINATOR)
WHY: Final = {"code": "estimate_wrong"}


def branches_1k() -> Iterator[Row]:
    """Yield what opening, adding, comparing and merging cost, and the bytes of a branch."""
    with TemporaryDirectory(prefix="takt-bench-") as folder:
        yield from _rows(_World(Path(folder) / "takt.db", PHASES))


def _rows(world: "_World") -> Iterator[Row]:
    before = world.bytes()
    opened = [world.timed(world.opening(number)) for number in range(BRANCHES)]
    value = _p95(opened)
    yield Row(
        id="branch_open",
        what=f"opening a branch, p95 of {BRANCHES:,} on a project of {PHASES:,} phases, all kept"
        f" open; the first {opened[0]:.1f} ms",
        value=value,
        unit="ms",
        against="the target",
        ratio=value / OPEN_MS_MAX,
        target=f"≤ {OPEN_MS_MAX:.0f} ms",
        met=value <= OPEN_MS_MAX,
    )
    added = [world.timed(world.adding(number)) for number in range(BRANCHES)]
    bytes_each = (world.bytes() - before) / BRANCHES
    yield _stated(
        "branch_add", f"adding a request to each of them, p95 of {BRANCHES:,}", _p95(added)
    )
    yield Row.stated(
        id="branch_bytes",
        what="what a branch with one request takes in the log's file, inbox and index included",
        value=bytes_each,
        unit="bytes",
    )
    world.move_on()
    moved = [world.timed(world.adding(number)) for number in range(MOVED)]
    yield _stated(
        "branch_add_moved",
        f"the same after the project's plan has moved on from under them, p95 of {MOVED}; the"
        f" first {moved[0]:.0f} ms",
        _p95(moved),
    )
    lines = [world.adding(BRANCHES - 1) for _ in range(FILE_LINES)]
    yield _stated(
        "branch_add_file",
        f"adding {FILE_LINES} requests to one branch as one decision",
        world.timed(*lines),
    )
    yield _stated("branch_list", f"listing {BRANCHES:,} branches", _took(world.list))
    compared = [_took(partial(world.compare, number)) for number in range(COMPARED)]
    yield _stated(
        "branch_compare",
        f"comparing one with its base and, the project having moved, with the merge, {PHASES:,}"
        f" phases, from checkpoints: median of {COMPARED}",
        median(compared),
    )
    merged = [world.timed(world.merging(number)) for number in range(MOVED)]
    yield _stated("branch_merge", f"merging a branch, p95 of {MOVED}", _p95(merged))


class _World:
    """A log with one large project."""

    def __init__(self, file: Path, phases: int) -> None:
        self._file = file
        self.log: EventLog = open_log(str(file), registry=catalogue())
        self._dispatcher = Dispatcher(self.log)
        self._messages = count()
        self._dice = Random(7)
        self._phases = phases
        self._ask(_plan(phases))
        store = open_checkpoints(str(file.with_name("checkpoints.db")))
        Checkpointing(self.log, [ScheduleProjection()], store).catch_up()
        self._views = Views(
            self.log,
            {"schedule": ScheduleProjection()},
            {},
            Branches(self.log, self._dispatcher),
            Checkpoints(store),
        )

    def timed(self, *requests: Request) -> float:
        """Return the milliseconds until requests are decided as one and committed."""
        begin = time.perf_counter()
        self._ask(requests)
        return (time.perf_counter() - begin) * 1_000

    def opening(self, number: int) -> Request:
        return _request("branch.open.v1", branch_id=f"b{number}", title=f"What if {number}?")

    def adding(self, number: int) -> Request:
        data = self._longer()
        command = "plan.revise_duration.v1"
        return _request("branch.add_request.v1", branch_id=f"b{number}", command=command, data=data)

    def merging(self, number: int) -> Request:
        return _request("branch.merge.v1", branch_id=f"b{number}")

    def move_on(self) -> None:
        """Let the project's plan change after the branches were opened."""
        self._ask([Request("plan.revise_duration.v1", canonical(self._longer()))])

    def compare(self, number: int) -> None:
        document = comparison(self._views, PROJECT, {"branch": f"b{number}"})
        if document["now"] is None:
            raise AssertionError(document["merge"])

    def list(self) -> None:
        if len(branches(self._views, PROJECT, {})["branches"]) != BRANCHES:
            raise AssertionError(BRANCHES)

    def bytes(self) -> int:
        """Return the size of the log's file, its journal written back."""
        with closing(sqlite3.connect(self._file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self._file.stat().st_size

    def _longer(self) -> dict[str, object]:
        return {
            "project_id": PROJECT,
            "phase_id": f"p{self._dice.randrange(self._phases)}",
            "duration_min": self._dice.randrange(60, 4_800, 60),
            "reason": WHY,
        }

    def _ask(self, requests: Iterable[Request]) -> None:
        ask = Ask(MessageKey("bench", str(next(self._messages))), ANNA, NOW)
        outcome = self._dispatcher.dispatch_batch(list(requests), ask)
        if outcome.kind != "recorded":
            raise AssertionError(outcome)


def _plan(phases: int) -> Iterator[Request]:
    network = layered_network(phases, Random(7))
    yield _request(
        "project.open.v1", name="Large", zone="UTC", calendar_id="day", start="2026-03-02T08:00:00Z"
    )
    for activity in network.activities:
        yield _request(
            "plan.plan_phase.v1",
            phase_id=activity.id,
            name=activity.id,
            department_id="hall",
            duration_min=activity.duration_min,
        )
    linked: set[tuple[str, str, str]] = set()
    for link in network.links:
        if (link.pred, link.succ, link.type) not in linked:
            linked.add((link.pred, link.succ, link.type))
            yield _request(
                "plan.link_phases.v1",
                link_id=link.id,
                pred=link.pred,
                succ=link.succ,
                link_type=link.type,
            )


def _request(command: str, /, **said: object) -> Request:
    return Request(command, canonical({"project_id": PROJECT, **said}))


def _stated(row_id: str, what: str, value: float) -> Row:
    return Row.stated(id=row_id, what=what, value=value, unit="ms")


def _took(do: Callable[[], None]) -> float:
    begin = time.perf_counter()
    do()
    return (time.perf_counter() - begin) * 1_000


def _p95(taken: list[float]) -> float:
    return quantiles(taken, n=20)[-1]
