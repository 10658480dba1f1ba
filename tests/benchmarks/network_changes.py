"""Measure one change of a plan of ten thousand phases, from the event to the written rows."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from statistics import quantiles
from typing import Final

from domain.calendars.events import CalendarDefined, WeeklyWindow
from domain.kernel.messages import DomainEvent
from domain.planning.critical_path import schedule
from domain.planning.network import Network
from domain.plans.events import DependencyAdded, Lag, PhaseDurationRevised, PhasePlanned
from domain.projects.events import ProjectOpened, PromiseMade
from projections.engine import Engine
from projections.schedule import ScheduleProjection
from projections.stores import open_rows
from tests.benchmarks.network import PHASES, layered_network
from tests.benchmarks.stores import folder
from tests.benchmarks.table import Row
from tests.fakes import ListFeed

PROJECT: Final = "PRJ-1"
CHANGES: Final = 60
WORST_CHANGES: Final = 5
SLIP_MIN: Final = 2_400
TARGET_MS: Final = 5
START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)


def cpm_changes() -> Iterator[Row]:
    """Yield what a changed duration costs: of any phase, and of one early on the critical path.

    The schedule's engine reads the event, computes the network, and commits the rows that differ
    to SQLite on disk. An hour more is often lost in a night or a weekend, so the worst case is a
    week more: it moves nearly all that comes after.
    """
    network = layered_network(PHASES, Random(7))
    feed = ListFeed()
    durations = {activity.id: activity.duration_min for activity in network.activities}
    _plan(feed, network)
    with folder() as place:
        rows = open_rows(str(place / "rows.db"), "schedule", 1, None)
        engine = Engine(feed, [(ScheduleProjection(), rows)])
        engine.catch_up()
        dice = Random(3)
        ids = [dice.choice(sorted(durations)) for _ in range(CHANGES)]
        took = [_change(feed, engine, durations, phase_id) for phase_id in ids]
        value = quantiles(took, n=20)[-1]
        yield Row(
            id="cpm_change",
            what=f"one duration of {PHASES:,} phases changed, to rows written, p95 of any phase",
            value=value,
            unit="ms",
            against="the target",
            ratio=None,
            target=f"≤ {TARGET_MS} ms",
            met=value <= TARGET_MS,
        )
        first, head = _first_critical(network), feed.head()
        worst = [_change(feed, engine, durations, first, SLIP_MIN) for _ in range(WORST_CHANGES)]
        written = len(rows.changed_since(head))
        rows.close()
    yield Row.stated(
        id="cpm_change_worst",
        what=f"the same of a phase early on the critical path: {written:,} rows change",
        value=max(worst),
        unit="ms",
    )


def _first_critical(network: Network) -> str:
    """Return the phase that starts first on the longest path, and takes more than a moment."""
    computed = schedule(network).phases.values()
    return min((row for row in computed if row.on_longest_path), key=lambda row: row.start).id


def _change(
    feed: ListFeed, engine: Engine, durations: dict[str, int], phase_id: str, more_min: int = 60
) -> float:
    """Let a phase take so much more; return the milliseconds until its rows are written."""
    old = durations[phase_id]
    new = durations[phase_id] = old + more_min
    event = PhaseDurationRevised(phase_id=phase_id, old_min=old, new_min=new)
    feed.record(f"plan-{PROJECT}", event, project_id=PROJECT)
    begin = time.perf_counter()
    engine.catch_up()
    return (time.perf_counter() - begin) * 1_000


def _plan(feed: ListFeed, network: Network) -> None:
    opened = ProjectOpened(name="Works", zone="UTC", calendar_id="day", start=START)
    feed.record(f"project-{PROJECT}", opened, project_id=PROJECT)
    for calendar_id, days, windows in (
        ("day", range(1, 6), ((480, 720), (780, 1020))),
        ("shifts", range(1, 7), ((360, 1320),)),
    ):
        weekly = tuple(
            WeeklyWindow(dow=day, from_min=begin, to_min=end)
            for day in days
            for begin, end in windows
        )
        event = CalendarDefined(zone="UTC", weekly=weekly)
        feed.record(f"calendar-{PROJECT}/{calendar_id}", event, project_id=PROJECT)
    feed.record(f"plan-{PROJECT}", *_planned(network), project_id=PROJECT)
    finish = datetime.fromtimestamp(schedule(network).finish * 60, UTC).date()
    promise = PromiseMade(to_party="ACME", deliverable="all", promised_date=finish)
    feed.record(f"project-{PROJECT}", promise, project_id=PROJECT)


def _planned(network: Network) -> Sequence[DomainEvent]:
    phases = [
        PhasePlanned(
            phase_id=activity.id,
            wbs=activity.id,
            name=f"Phase {activity.id}",
            department_id="assembly",
            kind="task",
            duration_min=activity.duration_min,
            calendar_id=activity.calendar,
        )
        for activity in network.activities
    ]
    links = [
        DependencyAdded(
            link_id=link.id,
            pred=link.pred,
            succ=link.succ,
            link_type=link.type,
            lag=Lag(value=link.lag) if link.lag else None,
            strength="hard",
        )
        for link in network.links
    ]
    return [*phases, *links]
