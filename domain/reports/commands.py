"""What may be asked of a department's reporting; the reports themselves come in as facts."""

from typing import Annotated, ClassVar

from pydantic import Field

from domain.kernel.ids import Id, stream_of
from domain.kernel.messages import COORDINATOR, SYSTEM, Command
from domain.kernel.values import Name, Text, ZoneName
from domain.reports.events import CheckName, ClockMinutes, Submission
from domain.reports.periods import PeriodId, RecurrenceRule

LOOK_AHEAD_DAYS: int = 14


class SetReportingSchedule(Command):
    """Let a department report on the project by a rule; the last rule set counts."""

    command_name = "report.set_schedule.v1"

    project_id: Id
    department_id: Id
    rrule: RecurrenceRule
    zone: ZoneName
    due_offset_min: ClockMinutes
    grace_min: ClockMinutes = 0
    look_ahead_days: Annotated[int, Field(ge=0, le=366)] = LOOK_AHEAD_DAYS
    sections: tuple[Name, ...] = ()

    def stream(self) -> str:
        return stream_of("report", self.project_id, self.department_id)


class ReportCommand(Command):
    """A request on the report of one department for one period."""

    project_id: Id
    department_id: Id
    period: PeriodId

    def stream(self) -> str:
        return stream_of("report", self.project_id, self.department_id, self.period)


class RequestReport(ReportCommand):
    """Await the report of a period; the template names the phases it has to be on."""

    command_name = "report.request.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, SYSTEM})

    template: tuple[Id, ...] = ()


class RemindOfReport(ReportCommand):
    """Remind the department of a report that has not come; at most once in a day."""

    command_name = "report.remind.v1"
    roles: ClassVar[frozenset[str]] = frozenset({COORDINATOR, SYSTEM})


class MissReport(ReportCommand):
    """Say that nothing had come when the grace was over."""

    command_name = "report.miss.v1"
    roles: ClassVar[frozenset[str]] = frozenset({SYSTEM})


class ReturnReport(ReportCommand):
    """Send a version back with what is to be mended; the latest one where none is named."""

    command_name = "report.return.v1"

    submission: Submission | None = None
    findings: Annotated[tuple[Text, ...], Field(min_length=1)]


class AcceptReport(ReportCommand):
    """Let a version count; a check that contradicts it can be overruled, with a reason."""

    command_name = "report.accept.v1"

    submission: Submission | None = None
    overrules: tuple[CheckName, ...] = ()


class WaiveReport(ReportCommand):
    """Wait for the report no longer."""

    command_name = "report.waive.v1"
    needs_reason: ClassVar[bool] = True


COMMANDS: tuple[type[Command], ...] = (
    SetReportingSchedule,
    RequestReport,
    RemindOfReport,
    MissReport,
    ReturnReport,
    AcceptReport,
    WaiveReport,
)
