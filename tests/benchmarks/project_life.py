"""Measure what one event costs everything that follows its project: schedule, status, rules."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from domain.calendars.events import CalendarDefined, WeeklyWindow
from domain.commitments.events import (
    CommitmentAcknowledged,
    CommitmentRequested,
    PromiseDateMoved,
    ReceiptPosted,
)
from domain.kernel.calendar import STANDARD_WEEK, WorkingCalendar
from domain.kernel.messages import DomainEvent, Envelope, Recorded
from domain.phases.events import PhaseFinished, PhaseReleased, PhaseStarted, ProgressRecorded
from domain.plans.events import DependencyAdded, PhaseDurationRevised, PhasePlanned
from domain.projects.events import DataDateAdvanced, ProjectOpened, PromiseMade
from domain.rules import RULES
from domain.rules.heeding import Heeding, Waiting
from domain.rules.watched import Watched
from projections.contract import Projection
from projections.schedule import ScheduleProjection
from projections.status import StatusProjection
from tests.benchmarks.table import Row

PROJECTS: Final = 16
PHASES: Final = (10, 76)
EVENTS: Final = 3_000
BELOW_A_SUMMARY: Final = 8
DEPARTMENTS: Final = 6
TARGET_US: Final = 500
WATCHED: Final = "shared network"
START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
HEEDING: Final = Heeding(RULES)
STANDARD: Final = WorkingCalendar("UTC", STANDARD_WEEK)


def project_event() -> Row:
    """Return the CPU time of one event in all that recomputes a project of 10 to 76 phases.

    Plans are taken in before the clock starts; what is measured is the mix of events of the weeks
    in which they are carried out.
    """
    projects = [Life(f"PRJ-{number}", Random(number)) for number in range(PROJECTS)]
    parts = dict.fromkeys(("schedule", "status", WATCHED, *(rule.name for rule in RULES)), 0)
    for project in projects:
        for recorded in project.plan():
            project.take(recorded, dict(parts), more=True)
        project.take(project.last(), dict(parts))
    dice = Random(0)
    events = 0
    while events < EVENTS:
        project = dice.choice([each for each in projects if each.is_open])
        for recorded in project.day():
            project.take(recorded, parts)
            events += 1
    each = {name: spent / events / 1_000 for name, spent in parts.items()}
    value = sum(each.values())
    return Row(
        id="project_event",
        what=f"one event in all that follows its project, {PHASES[0]} to {PHASES[1]} phases",
        value=value,
        unit="µs of CPU",
        against=", ".join(f"{name} {spent:,.0f}" for name, spent in each.items()),
        ratio=None,
        target=f"≤ {TARGET_US} µs",
        met=value <= TARGET_US,
    )


@dataclass
class Task:
    """A phase as reality has it."""

    id: str
    duration_min: int
    preds: list["Task"] = field(default_factory=list)
    started: bool = False
    left_min: int = 0
    finished: bool = False


class Life:
    """A project that is planned and then carried out, and everything that follows it."""

    def __init__(self, project_id: str, dice: Random) -> None:
        self.id = project_id
        self._dice = dice
        self._position = 0
        self._versions: dict[str, int] = {}
        self._now = START
        self._tasks: list[Task] = []
        self._orders: list[str] = []
        self._projections: tuple[Projection[Any], ...] = (ScheduleProjection(), StatusProjection())
        self._states = [each.initial(project_id) for each in self._projections]
        self._watched = Watched(project_id)
        self._judged = {rule.name: rule.initial() for rule in RULES}
        self._waiting = Waiting()

    @property
    def is_open(self) -> bool:
        return not all(task.finished for task in self._tasks)

    def take(self, recorded: Recorded[Any], spent: dict[str, int], *, more: bool = False) -> None:
        """Have every projection and rule take one event in; add up the nanoseconds of each."""
        for place, projection in enumerate(self._projections):
            begin = time.process_time_ns()
            if projection.keys(recorded):
                state = projection.fold(self._states[place], recorded)
                self._states[place] = state
                if not more:
                    projection.due(state)
                    projection.rows(state)
            spent[projection.name] += time.process_time_ns() - begin
        begin = time.process_time_ns()
        self._watched.take(recorded)
        spent[WATCHED] += time.process_time_ns() - begin
        for rule in self._waiting.asked(HEEDING, recorded, more=more):
            begin = time.process_time_ns()
            rule.fold(self._judged[rule.name], recorded, self._watched, more=more)
            spent[rule.name] += time.process_time_ns() - begin

    def plan(self) -> Iterator[Recorded[Any]]:
        """Yield the plan: summaries of about eight phases, links forwards, goods, a promise."""
        dice = self._dice
        yield self._of_project(
            ProjectOpened(name=self.id, zone="Europe/Berlin", calendar_id="plant", start=START)
        )
        for calendar_id, days in (("plant", range(1, 6)), ("six", range(1, 7))):
            windows = tuple(
                WeeklyWindow(dow=day, from_min=begin, to_min=end)
                for day in days
                for begin, end in ((480, 720), (780, 1020))
            )
            yield self._recorded(
                f"calendar-{self.id}/{calendar_id}",
                CalendarDefined(zone="Europe/Berlin", weekly=windows),
            )
        count = dice.randint(*PHASES)
        for number in range(0, count, BELOW_A_SUMMARY):
            yield self._planned(f"s{number}", f"Part {number}", 0, None)
        for number in range(count):
            task = Task(f"p{number}", dice.randrange(120, 2_880, 60))
            above = f"s{number - number % BELOW_A_SUMMARY}"
            yield self._planned(task.id, f"Phase {number}", task.duration_min, above)
            task.preds = dice.sample(self._tasks[-6:], min(len(self._tasks), dice.choice((1, 2))))
            self._tasks.append(task)
            for pred in task.preds:
                linked = DependencyAdded(
                    link_id=f"{pred.id}-{task.id}", pred=pred.id, succ=task.id,
                    link_type="FS", strength="hard",
                )  # fmt: skip
                yield self._recorded(f"plan-{self.id}", linked)
        for number in range(0, count, 7):
            order = f"PO-{self.id}-{number}"
            self._orders.append(order)
            event = CommitmentRequested(
                vendor="Nord", kind="goods", item="Plate", qty=Decimal(4), uom="H87",
                need_by=self._day(dice.randint(10, 40)), for_phases=(f"p{number}",),
            )  # fmt: skip
            yield self._recorded(f"commitment-{order}", event)
        promise = PromiseMade(to_party="ACME", deliverable="all", promised_date=self._day(60))
        yield self._of_project(promise)

    def last(self) -> Recorded[Any]:
        """Return the event that ends planning: the first data date."""
        return self._of_project(DataDateAdvanced(data_date=START))

    def day(self) -> Iterator[Recorded[Any]]:
        """Yield what happens on one working day: reports, goods, a changed mind, the data date."""
        dice = self._dice
        begin, self._now = self._now, STANDARD.next_start(STANDARD.add(self._now, 480))
        for task in self._tasks:
            if task.finished or any(not pred.finished for pred in task.preds):
                continue
            yield from self._worked(task, begin)
        if self._orders and dice.random() < 0.3:
            yield self._delivery(dice.choice(self._orders))
        if dice.random() < 0.1:
            task = dice.choice(self._tasks)
            old, task.duration_min = task.duration_min, dice.randrange(120, 2_880, 60)
            event = PhaseDurationRevised(phase_id=task.id, old_min=old, new_min=task.duration_min)
            yield self._recorded(f"plan-{self.id}", event)
        yield self._of_project(DataDateAdvanced(data_date=self._now))

    def _worked(self, task: Task, begin: datetime) -> Iterator[Recorded[Any]]:
        dice, stream = self._dice, f"phase-{self.id}/{task.id}"
        if not task.started:
            at = begin + timedelta(minutes=dice.randrange(0, 120))
            task.started = True
            task.left_min = int(task.duration_min * dice.uniform(0.8, 1.4))
            yield self._recorded(stream, PhaseReleased(by="anna", plan_version=1))
            yield self._recorded(stream, PhaseStarted(actual_start=at))
        for hour in range(1, dice.randint(2, 4)):
            task.left_min -= dice.randrange(60, 240)
            if task.left_min <= 0:
                task.finished = True
                at = begin + timedelta(minutes=120 + 60 * hour)
                yield self._recorded(stream, PhaseFinished(actual_finish=at))
                return
            report = ProgressRecorded(remaining_min=task.left_min, basis="report")
            yield self._recorded(stream, report)

    def _delivery(self, order: str) -> Recorded[Any]:
        dice, day = self._dice, self._day(self._dice.randint(5, 45))
        event: DomainEvent = dice.choice(
            (
                CommitmentAcknowledged(revision=1, status="accepted", promised_date=day),
                PromiseDateMoved(new=day, told_by="Nord", channel="mail"),
                ReceiptPosted(qty=Decimal(1), at=self._now),
            )
        )
        return self._recorded(f"commitment-{order}", event)

    def _planned(
        self, phase_id: str, name: str, duration_min: int, parent: str | None
    ) -> Recorded[Any]:
        dice = self._dice
        event = PhasePlanned(
            phase_id=phase_id, wbs=phase_id, name=name,
            department_id=f"D{dice.randrange(DEPARTMENTS)}", kind="task",
            duration_min=duration_min, parent=parent,
            calendar_id=dice.choice((None, None, "six")),
        )  # fmt: skip
        return self._recorded(f"plan-{self.id}", event)

    def _day(self, days: int) -> date:
        return (self._now + timedelta(days=days)).date()

    def _of_project(self, event: DomainEvent) -> Recorded[Any]:
        return self._recorded(f"project-{self.id}", event)

    def _recorded(self, stream: str, event: DomainEvent) -> Recorded[Any]:
        self._position += 1
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        message_id = f"m{self._position}"
        envelope = Envelope(
            recorded_at=self._now,
            effective_at=getattr(event, "actual_start", None)
            or getattr(event, "actual_finish", None)
            or self._now,
            intake="request" if event.mark == "request" else "fact",
            actor="anna",
            role="coordinator",
            source="bench",
            message_id=message_id,
            causation_id=message_id,
            correlation_id=message_id,
            project_id=self.id,
        )
        return Recorded(event, envelope, stream, version, self._position)
