"""Set what departments reported against what was due, department by department, period by period.

Everything is a function of the events taken in and of the moment at which it is asked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

from domain.compliance.open_work import OpenWork
from domain.kernel.messages import Recorded
from domain.reports.checks import PhaseKnown, checked, is_outside
from domain.reports.events import ReportCheck, ReportingScheduleSet, ReportRequested
from domain.reports.facts import Report, Stage, Version, awaited
from domain.reports.periods import periods_between, recurrence_of

CellState: TypeAlias = Literal[
    "awaited", "due", "overdue", "missed", "submitted", "returned", "accepted", "waived",
    "not_asked",
]  # fmt: skip
"""Awaited: not due yet. Due: the grace runs. Overdue: it is over, and nobody has said so yet.

Not asked: when its period began, the department had nothing left to report on.
"""

PhasesAsOf: TypeAlias = Callable[[str, Sequence[str], datetime], Sequence[PhaseKnown]]
"""What was known of a department's phases, and of those named beside them, at a moment."""

DEPARTMENT_IDS: Final = 2
NO_REPORT: Final = Report()
MONTH: Final = timedelta(days=31)
"""The longest period; the shortest is a day."""

MARGIN: Final = timedelta(days=2)
"""A day in a zone may begin so much before or after the same day in UTC, and then some."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One department's report for one period; moments in UTC.

    `checks` are those of the acceptance, or what the version sent last fails now; `asked` is None
    for a report that no schedule has a period for.
    """

    period: str
    state: CellState
    asked: ReportRequested | None
    report: Report
    checks: tuple[ReportCheck, ...] = ()
    outside_period: bool = False

    @property
    def first(self) -> Version | None:
        """The version that came first."""
        return self.report.versions[0] if self.report.versions else None

    @property
    def shown(self) -> Version | None:
        """The version accepted, else the one sent last."""
        accepted = self.report.accepted
        if accepted is not None:
            return self.report.version(accepted.submission)
        return self.report.latest

    @property
    def late_by(self) -> timedelta | None:
        """How long after it was due the first version came; None: it was in time, or is none."""
        if self.first is None or self.asked is None or self.first.effective_at <= self.asked.due:
            return None
        return self.first.effective_at - self.asked.due


@dataclass(frozen=True, slots=True)
class Row:
    """How one department reports: its rule as it stands, and its reports, oldest first."""

    department: str
    schedule: ReportingScheduleSet | None
    cells: tuple[Cell, ...]
    figures_as_of: datetime | None
    """The moment of the last report accepted: how old what it claims is."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A report that a schedule asks for, and what is recorded of it."""

    period: str
    asked: ReportRequested
    report: Report


class Matrix:
    """A project's reporting: schedules and reports as they were recorded.

    With `work`, which its owner keeps up to date, no report is awaited of a department that had
    nothing left when the period began, or when the rule was set if that came later.
    """

    def __init__(self, work: OpenWork | None = None) -> None:
        self._work = work
        self._schedules: dict[str, list[tuple[datetime, ReportingScheduleSet]]] = {}
        self._reports: dict[str, dict[str, Report]] = {}

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take one event of the project in; one that is about no report says nothing here."""
        category, ids = recorded.subject
        if category != "report":
            return
        department = ids[1]
        if len(ids) == DEPARTMENT_IDS:
            since = recorded.recorded_at, recorded.event
            self._schedules.setdefault(department, []).append(since)
            return
        reports = self._reports.setdefault(department, {})
        reports[ids[2]] = reports.get(ids[2], NO_REPORT).after(recorded)

    def departments(self) -> tuple[str, ...]:
        """Return the departments that report or ought to, sorted."""
        return tuple(sorted({*self._schedules, *self._reports}))

    def schedule(self, department: str) -> ReportingScheduleSet | None:
        """Return the rule a department reports by as it stands; None: it has none."""
        schedules = self._schedules.get(department)
        return schedules[-1][1] if schedules else None

    def awaited(self, department: str, now: datetime, periods_max: int) -> Iterator[Awaited]:
        """Yield the reports the schedules ask for, up to the first still to begin, oldest first.

        What was requested stands as it was requested, whatever the schedule became.
        """
        reports = self._reports.get(department, {})
        for each in self._due(department, now, periods_max):
            report = reports.get(each.period, NO_REPORT)
            asked = report.requested or each.asked
            if asked is not None and not self._is_left_out(department, each, report, now):
                yield Awaited(each.period, asked, report)

    def row(self, department: str, now: datetime, phases: PhasesAsOf, periods_max: int) -> Row:
        """Return the last so many reports of a department: sent, or of a period that has begun."""
        schedules = self._schedules.get(department, [])
        reports = self._reports.get(department, {})
        known = {
            each.period: each
            for each in self._due(department, now, periods_max)
            if each.asked is not None and each.asked.begins <= now
        }
        for period, report in reports.items():
            asked = report.requested or known.get(period, _Due(period, None)).asked
            if asked is None and schedules:
                asked = awaited(schedules[-1][1], period)
            known[period] = _Due(period, asked, known.get(period, _Due(period, None)).since)
        cells = (
            self._cell(each, reports.get(each.period, NO_REPORT), department, now, phases)
            for each in sorted(known.values(), key=_order)[-periods_max:]
        )
        accepted = (
            version.event.as_of
            for report in reports.values()
            if report.accepted is not None
            and (version := report.version(report.accepted.submission)) is not None
        )
        return Row(
            department,
            self.schedule(department),
            tuple(cells),
            max(accepted, default=None),
        )

    def _cell(
        self, due: "_Due", report: Report, department: str, now: datetime, phases: PhasesAsOf
    ) -> Cell:
        if self._is_left_out(department, due, report, now):
            return Cell(due.period, "not_asked", due.asked, report)
        return _cell(due, report, department, now, phases)

    def _is_left_out(self, department: str, due: "_Due", report: Report, now: datetime) -> bool:
        """Tell whether there was nothing to report on when a report was to be asked for.

        What was asked for all the same, or came, is as it was recorded.
        """
        if self._work is None or report.stage is not Stage.UNKNOWN or due.since is None:
            return False
        return due.since <= now and not self._work.has_any(department, due.since)

    def _due(self, department: str, now: datetime, periods_max: int) -> Iterator["_Due"]:
        """Yield what each schedule asked for while it stood, up to the first still to begin."""
        schedules = self._schedules.get(department, [])
        since = now - MONTH * (periods_max + 1)
        for place, (set_at, schedule) in enumerate(schedules):
            last = place + 1 == len(schedules)
            offset = timedelta(minutes=schedule.due_offset_min)
            until = now + offset + 2 * MONTH if last else schedules[place + 1][0]
            for period in periods_between(
                recurrence_of(schedule.rrule),
                (max(set_at, since) - offset - MARGIN).date(),
                (until - offset + MARGIN).date(),
            ):
                asked = awaited(schedule, period.id)
                if asked is None or not set_at < asked.due <= until:
                    continue
                yield _Due(period.id, asked, max(asked.begins, set_at))
                if asked.begins > now:
                    break


@dataclass(frozen=True, slots=True)
class _Due:
    period: str
    asked: ReportRequested | None
    since: datetime | None = None
    """From when on it is to be asked for; None: no rule asked for it while it stood."""


def _order(due: _Due) -> tuple[bool, datetime | None, str]:
    """Order by when it was due; what no schedule knows comes first, by name."""
    return (False, None, due.period) if due.asked is None else (True, due.asked.due, due.period)


def _cell(due: _Due, report: Report, department: str, now: datetime, phases: PhasesAsOf) -> Cell:
    state = _state(due, report, now)
    version, asked = report.latest, due.asked
    if report.accepted is not None:
        return Cell(due.period, state, asked, report, report.accepted.checks)
    if version is None or asked is None:
        return Cell(due.period, state, asked, report, outside_period=version is not None)
    content = version.event
    named = sorted({*asked.template, *(line.phase_id for line in content.lines)})
    known = phases(department, named, content.as_of)
    checks = checked(content, asked, known, version.effective_at)
    return Cell(due.period, state, asked, report, checks, is_outside(content, asked))


def _state(due: _Due, report: Report, now: datetime) -> CellState:
    match report.stage:
        case Stage.ACCEPTED:
            return "accepted"
        case Stage.WAIVED:
            return "waived"
        case Stage.SUBMITTED:
            return "submitted"
        case Stage.RETURNED:
            return "returned"
        case Stage.MISSED:
            return "missed"
        case Stage.UNKNOWN | Stage.REQUESTED:
            if due.asked is None or now <= due.asked.due:
                return "awaited"
            return "due" if now <= due.asked.overdue_at else "overdue"
