"""What can become true of a progress report (stream `report-<project>/<department>/<period>`).

The schedule by which a department reports is a stream of its own, `report-<project>/<department>`.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from domain.kernel.ids import Id
from domain.kernel.messages import DomainEvent, Mark, MessageClass
from domain.kernel.values import BasisPoints, Instant, Name, Text, WorkingMinutes, ZoneName
from domain.reports.periods import RecurrenceRule

ClockMinutes: TypeAlias = Annotated[int, Field(ge=0, le=366 * 1440)]
"""Minutes by the clock on the wall, at most a year of them."""

Health: TypeAlias = Literal["on_track", "at_risk", "off_track"]
Submission: TypeAlias = Annotated[int, Field(ge=1)]
"""A version of a report, named by the version of its stream at which it came in."""

CheckName: TypeAlias = Literal["R2", "R3", "S11", "finish_in_past"]
"""What a report is checked for before it is accepted; R2, R3 and S11 are the rules so named."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ReportLine(_Part):
    """What a department says of one phase, as of the moment of the report."""

    phase_id: Id
    remaining_min: WorkingMinutes
    physical_bp: BasisPoints | None = None
    expected_finish: Instant | None = None
    issue: Text | None = None


class Passage(_Part):
    """A section of a report in words."""

    section: Name
    text: Text


class SkillHours(_Part):
    """Minutes that people of one skill worked in the period."""

    skill: Name
    minutes: Annotated[int, Field(ge=0, le=10_000_000)]


class Contradiction(_Part):
    """What a report says against what is known, both values as text; of a phase where of one."""

    text: Text
    phase_id: Id | None = None
    reported: Text | None = None
    known: Text | None = None


class ReportCheck(_Part):
    """One check of a report, with what it found; what was found may be overruled."""

    check: CheckName
    contradictions: tuple[Contradiction, ...] = ()
    overruled: bool = False


class ReportingScheduleSet(DomainEvent):
    """The department reports on the project by this rule; from now on, until it is set anew.

    A report is due `due_offset_min` after the day of its occurrence begins and counts as missed
    `grace_min` later, both by the clock on the wall of the department's zone.
    """

    type_name = "report.schedule_set.v1"
    message_class: ClassVar[MessageClass] = "revision"

    rrule: RecurrenceRule
    zone: ZoneName
    due_offset_min: ClockMinutes
    grace_min: ClockMinutes
    look_ahead_days: Annotated[int, Field(ge=0, le=366)]
    sections: tuple[Name, ...] = ()

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class ReportRequested(DomainEvent):
    """The report of the period is awaited: until when, with which sections, on which phases."""

    type_name = "report.requested.v1"
    message_class: ClassVar[MessageClass] = "clock"

    begins: Instant
    ends: Instant
    due: Instant
    overdue_at: Instant
    sections: tuple[Name, ...] = ()
    template: tuple[Id, ...] = ()

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)

    def lasts_over(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the period; both ends belong to it."""
        return self.begins <= moment <= self.ends


class ReportReminded(DomainEvent):
    """The department was reminded of a report that has not come."""

    type_name = "report.reminded.v1"
    message_class: ClassVar[MessageClass] = "clock"


class ReportMissed(DomainEvent):
    """Nothing had come when the grace was over."""

    type_name = "report.missed.v1"
    message_class: ClassVar[MessageClass] = "clock"

    overdue_at: Instant


class _Content(DomainEvent):
    """What a report says; it makes its stream known, asked for or not."""

    message_class: ClassVar[MessageClass] = "communication"
    mark: ClassVar[Mark] = "fact"

    as_of: Instant
    lines: tuple[ReportLine, ...] = ()
    narrative: tuple[Passage, ...] = ()
    health: Health | None = None
    hours: tuple[SkillHours, ...] = ()

    def introduces(self, stream: str) -> tuple[str, ...]:
        return (stream,)


class ReportSubmitted(_Content):
    """The department says how its phases stand; it is a claim until the report is accepted."""

    type_name = "report.submitted.v1"


class ReportCorrected(_Content):
    """The department says it again, in the place of a version it sent before; both are kept."""

    type_name = "report.corrected.v1"

    replaces: Submission


class ReportReturned(DomainEvent):
    """A version went back to the department, with what is to be mended."""

    type_name = "report.returned.v1"
    message_class: ClassVar[MessageClass] = "communication"

    submission: Submission
    findings: tuple[Text, ...]


class ReportAccepted(DomainEvent):
    """A version is accepted: what it says of its phases counts as progress, as of its moment."""

    type_name = "report.accepted.v1"
    message_class: ClassVar[MessageClass] = "communication"

    submission: Submission
    by: Name
    checks: tuple[ReportCheck, ...] = ()


class ReportWaived(DomainEvent):
    """Nobody waits for the report any more."""

    type_name = "report.waived.v1"
    message_class: ClassVar[MessageClass] = "communication"


EVENTS: tuple[type[DomainEvent], ...] = (
    ReportingScheduleSet,
    ReportRequested,
    ReportReminded,
    ReportMissed,
    ReportSubmitted,
    ReportCorrected,
    ReportReturned,
    ReportAccepted,
    ReportWaived,
)
