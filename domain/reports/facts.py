"""Add up what is known of one report: which versions came, which one counts, what became of them.

Versions are facts: a set, taken by (effective time, version), and none of them raises. What was
asked and decided keeps the order of the stream. Source of the rules: DOMAIN 3.11.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from domain.kernel.messages import DomainEvent, Recorded
from domain.reports.events import (
    ReportAccepted,
    ReportCorrected,
    ReportingScheduleSet,
    ReportMissed,
    ReportReminded,
    ReportRequested,
    ReportReturned,
    ReportSubmitted,
    ReportWaived,
)
from domain.reports.periods import local_instant, period_named, recurrence_of

FACTS: Final = (ReportSubmitted, ReportCorrected)
Version: TypeAlias = Recorded[Any]
"""One version of a report as recorded: a submission or a correction."""

ContradictionCode: TypeAlias = Literal["outside_period"]

E = TypeVar("E", bound=DomainEvent)


class Stage(Enum):
    """Where a report stands; what was accepted or waived stays so."""

    UNKNOWN = "unknown"
    REQUESTED = "requested"
    MISSED = "missed"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    WAIVED = "waived"
    ACCEPTED = "accepted"


REMINDED_OF: Final = frozenset({Stage.REQUESTED, Stage.MISSED, Stage.RETURNED})
"""Where the department is to do something, so that it can be reminded."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A version that contradicts what it was asked for; it stays, rule X1 reports it."""

    code: ContradictionCode
    fact: Version
    against: Recorded[Any] | None = None
    """The request it contradicts, where it was asked for."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is recorded of one report: its versions as a set, its requests in stream order."""

    versions: tuple[Version, ...] = ()
    requests: tuple[Recorded[Any], ...] = ()

    def after(self, recorded: Recorded[Any]) -> "Report":
        """Return the report with one more event; never raises, in whatever order they come."""
        if not isinstance(recorded.event, FACTS):
            return replace(self, requests=(*self.requests, recorded))
        placed = list(self.versions)
        insort(placed, recorded, key=_place)
        return replace(self, versions=tuple(placed))

    @property
    def latest(self) -> Version | None:
        """The version the department sent last."""
        return self.versions[-1] if self.versions else None

    def version(self, submission: int) -> Version | None:
        """Return the version that came in at a version of the stream."""
        return next((each for each in self.versions if each.version == submission), None)

    @property
    def requested(self) -> ReportRequested | None:
        return self._last_event(ReportRequested)

    @property
    def accepted(self) -> ReportAccepted | None:
        return self._last_event(ReportAccepted)

    @property
    def is_waived(self) -> bool:
        return self._last_event(ReportWaived) is not None

    @property
    def missed_at(self) -> datetime | None:
        """When the grace was over; None: nobody found it missed."""
        missed = self._last_event(ReportMissed)
        return None if missed is None else missed.overdue_at

    @property
    def reminded_at(self) -> datetime | None:
        """When the department was reminded last."""
        return max(
            (each.recorded_at for each in self.requests if isinstance(each.event, ReportReminded)),
            default=None,
        )

    def returned(self, submission: int) -> ReportReturned | None:
        """Return how a version was last sent back; None: it was not."""
        return next(
            (
                each.event
                for each in reversed(self.requests)
                if isinstance(each.event, ReportReturned) and each.event.submission == submission
            ),
            None,
        )

    def contradictions(self, asked: ReportRequested | None) -> tuple[Contradiction, ...]:
        """Return the versions that are as of a moment outside the period asked for."""
        if asked is None:
            return ()
        requests = (each for each in self.requests if isinstance(each.event, ReportRequested))
        against = next(requests, None)
        return tuple(
            Contradiction("outside_period", version, against)
            for version in self.versions
            if not asked.lasts_over(version.event.as_of)
        )

    def came_by(self, moment: datetime) -> bool:
        """Tell whether any version had come by then."""
        return any(each.effective_at <= moment for each in self.versions)

    @property
    def stage(self) -> Stage:
        """The furthest step taken with the version sent last."""
        if self.accepted is not None:
            return Stage.ACCEPTED
        if self.is_waived:
            return Stage.WAIVED
        if self.latest is not None:
            back = self.returned(self.latest.version) is not None
            return Stage.RETURNED if back else Stage.SUBMITTED
        if self.missed_at is not None:
            return Stage.MISSED
        return Stage.UNKNOWN if self.requested is None else Stage.REQUESTED

    def _last_event(self, kind: type[E]) -> E | None:
        for each in reversed(self.requests):
            if isinstance(each.event, kind):
                return each.event
        return None


def awaited(
    schedule: ReportingScheduleSet, period: str, template: tuple[str, ...] = ()
) -> ReportRequested | None:
    """Return what a schedule asks for in a period; None where it has no such period."""
    found = period_named(recurrence_of(schedule.rrule), period)
    if found is None:
        return None
    zone = ZoneInfo(schedule.zone)
    due_min = schedule.due_offset_min
    return ReportRequested(
        begins=local_instant(found.first, 0, zone),
        ends=local_instant(found.last + timedelta(days=1), 0, zone),
        due=local_instant(found.due_day, due_min, zone),
        overdue_at=local_instant(found.due_day, due_min + schedule.grace_min, zone),
        sections=schedule.sections,
        template=template,
    )


def report_of(history: Iterable[Recorded[Any]]) -> Report:
    """Return what is recorded of a report by its history."""
    report = Report()
    for recorded in history:
        report = report.after(recorded)
    return report


def _place(known: Recorded[Any]) -> tuple[datetime, int]:
    return known.effective_at, known.version
