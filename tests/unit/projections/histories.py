"""Tell a project's history event by event, with constants for everything that does not matter."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from domain.calendars.events import CalendarDefined, WeeklyWindow
from domain.commitments.events import CommitmentRequested
from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import subject_of
from domain.kernel.messages import DomainEvent, Envelope, Recorded
from domain.kernel.values import Reason
from domain.phases.events import PhaseFinished, PhaseStarted, ProgressRecorded
from domain.plans.events import DependencyAdded, Lag, LinkType, PhasePlanned
from domain.projects.events import DataDateAdvanced, ProjectOpened, PromiseMade

PROJECT = "PRJ-7"
DAY = 480
"""A working day of the standard week, in minutes."""


def at(text: str) -> datetime:
    """Return a UTC time such as `2026-03-02 08:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MONDAY = at("2026-03-02 08:00")


class History:
    """The log of one project: each method records one event and returns the history itself."""

    def __init__(self, zone: str = "UTC", calendar: str = "plant") -> None:
        self.events: list[Recorded[Any]] = []
        self.zone = zone
        self.calendar_id = calendar
        self._versions: dict[str, int] = {}
        self._links = count(1)

    def record(
        self,
        stream: str,
        event: DomainEvent,
        *,
        effective_at: datetime | None = None,
        actor: str = "anna",
        reason: Reason | None = None,
        responsible: str | None = None,
    ) -> "History":
        """Record an event a minute after the last one."""
        position = len(self.events) + 1
        recorded_at = at("2026-02-01 09:00") + timedelta(minutes=position)
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        envelope = Envelope(
            recorded_at=recorded_at,
            effective_at=effective_at or recorded_at,
            intake="fact" if event.mark != "request" else "request",
            actor=actor,
            role="coordinator",
            source="test",
            message_id=f"m{position}",
            causation_id=f"m{position}",
            correlation_id=f"m{position}",
            project_id=None if stream == "clock" else PROJECT,
            reason=reason,
            responsible=responsible,
        )
        self.events.append(Recorded(event, envelope, stream, version, position))
        return self

    def opened(self, start: datetime = MONDAY) -> "History":
        event = ProjectOpened(
            name="Mixer", zone=self.zone, calendar_id=self.calendar_id, start=start
        )
        return self.record(f"project-{PROJECT}", event)

    def calendar(self, calendar_id: str, days: str = "12345", zone: str | None = None) -> "History":
        """Define a calendar of 08 to 12 and 13 to 17 on ISO weekdays."""
        weekly = tuple(
            WeeklyWindow(dow=int(day), from_min=begin, to_min=end)
            for day in days
            for begin, end in ((480, 720), (780, 1020))
        )
        event = CalendarDefined(zone=zone or self.zone, weekly=weekly)
        return self.record(f"calendar-{PROJECT}/{calendar_id}", event)

    def plan(self, event: DomainEvent) -> "History":
        return self.record(f"plan-{PROJECT}", event)

    def project(self, event: DomainEvent) -> "History":
        return self.record(f"project-{PROJECT}", event)

    def phase(self, phase_id: str, days: int = 1, **details: Any) -> "History":  # noqa: ANN401
        event = PhasePlanned(
            **{
                "phase_id": phase_id,
                "wbs": phase_id,
                "name": phase_id.title(),
                "department_id": "shop",
                "kind": "task",
                "duration_min": days * DAY,
                **details,
            }
        )
        return self.plan(event)

    def link(self, pred: str, succ: str, link_type: LinkType = "FS", lag_min: int = 0) -> "History":
        event = DependencyAdded(
            link_id=f"L{next(self._links)}",
            pred=pred,
            succ=succ,
            link_type=link_type,
            lag=Lag(value=lag_min) if lag_min else None,
        )
        return self.plan(event)

    def fact(self, phase_id: str, event: DomainEvent, effective_at: datetime) -> "History":
        stream = f"phase-{PROJECT}/{phase_id}"
        return self.record(stream, event, effective_at=effective_at, actor="mes")

    def started(self, phase_id: str, when: str) -> "History":
        return self.fact(phase_id, PhaseStarted(actual_start=at(when)), at(when))

    def finished(self, phase_id: str, when: str) -> "History":
        return self.fact(phase_id, PhaseFinished(actual_finish=at(when)), at(when))

    def progressed(self, phase_id: str, remaining_min: int, when: str) -> "History":
        event = ProgressRecorded(remaining_min=remaining_min, basis="report")
        return self.fact(phase_id, event, at(when))

    def data_date(self, when: str) -> "History":
        return self.project(DataDateAdvanced(data_date=at(when)))

    def promise(self, day: str) -> "History":
        event = PromiseMade(
            to_party="customer", deliverable="mixer", promised_date=date.fromisoformat(day)
        )
        return self.project(event)

    def ordered(self, line: str, need_by: str, *for_phases: str) -> "History":
        event = CommitmentRequested(
            vendor="Fluxtec",
            kind="goods",
            item="valves",
            qty=Decimal(24),
            uom="H87",
            need_by=date.fromisoformat(need_by),
            for_phases=for_phases,
        )
        return self.record(f"commitment-{line}", event)

    def commitment(self, line: str, event: DomainEvent) -> "History":
        return self.record(f"commitment-{line}", event, actor="erp")

    def tick(self, when: str) -> "History":
        return self.record("clock", ClockAdvanced(to=at(when)), actor="clock")


def folded(projection: Any, events: list[Recorded[Any]]) -> Any:  # noqa: ANN401
    """Return the state of the project after the events that concern it, rows never looked at."""
    state = projection.initial(PROJECT)
    for recorded in events:
        if subject_of(recorded.stream).category == "clock" or projection.keys(recorded):
            state = projection.fold(state, recorded)
    return state


def rows_of(projection: Any, history: History) -> Mapping[str, Any]:  # noqa: ANN401
    """Return the rows after a whole history."""
    rows: Mapping[str, Any] = projection.rows(folded(projection, history.events))
    return rows
