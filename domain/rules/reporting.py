"""Know of a project's reports what the rules on reports share: what is asked for, what came."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain.compliance.known import known_to_report
from domain.kernel.ids import subject_of
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from domain.reports.checks import PhaseKnown, checked
from domain.reports.events import CheckName, ReportCheck, ReportingScheduleSet, ReportRequested
from domain.reports.facts import Report, awaited

NOTHING_RECORDED: Final = Report()
_OF_A_DEPARTMENT: Final = 2


@dataclass(slots=True)
class ReportBook:
    """The rules that departments report by, and their reports by the name of the stream."""

    schedules: dict[str, ReportingScheduleSet] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)

    def take(self, recorded: Recorded[Any]) -> bool:
        """Take one event of the project in; tell whether it is about one report."""
        if not recorded.stream.startswith("report-"):
            return False
        ids = subject_of(recorded.stream).ids
        if len(ids) == _OF_A_DEPARTMENT:
            self.schedules[ids[1]] = recorded.event
            return False
        self.reports[recorded.stream] = self.of(recorded.stream).after(recorded)
        return True

    def of(self, stream: str) -> Report:
        """Return what is recorded of a report."""
        return self.reports.get(stream, NOTHING_RECORDED)

    def asked(self, stream: str) -> ReportRequested | None:
        """Return what was asked for, or what the rule would ask for; None: it has no such period.

        `stream` is that of one report.
        """
        requested = self.of(stream).requested
        if requested is not None:
            return requested
        _, department, period = subject_of(stream).ids
        schedule = self.schedules.get(department)
        return None if schedule is None else awaited(schedule, period)


def check_of(
    name: CheckName, book: ReportBook, stream: str, network: ProjectNetwork
) -> ReportCheck | None:
    """Return one check of the version sent last, by what is known now of the report's moment.

    None where nothing was sent, where no rule says what was asked for, and once the report is
    accepted, whatever was overruled then, or waived.
    """
    report, asked = book.of(stream), book.asked(stream)
    version = report.latest
    if version is None or asked is None or report.accepted is not None or report.is_waived:
        return None
    department = subject_of(stream).ids[1]
    named = {*asked.template, *(line.phase_id for line in version.event.lines)}
    phases = _known(network, department, named, version.event.as_of)
    checks = checked(version.event, asked, phases, version.effective_at)
    return next(check for check in checks if check.check == name)


def _known(
    network: ProjectNetwork, department: str, named: set[str], at: datetime
) -> Sequence[PhaseKnown]:
    """Return the phases of a department that have begun, and those named, as known of a moment."""
    return [
        known_to_report(
            line.id, line.execution, at, planned=line.planned and line.department == department
        )
        for line in network.lines.values()
        if line.id in named
        or (line.planned and line.department == department and line.execution.facts)
    ]
