"""Know of a department's reporting what decisions need: its schedule, or one period's report.

Both are streams of one category, so one state serves them; a stream fills only its own half.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from domain.kernel.messages import Recorded
from domain.reports.events import (
    ReportAccepted,
    ReportingScheduleSet,
    ReportMissed,
    ReportReminded,
    ReportRequested,
    ReportReturned,
    ReportWaived,
)
from domain.reports.facts import FACTS, REMINDED_OF, Report

NOTHING_RECORDED: Final = Report()


@dataclass(frozen=True, slots=True)
class Reporting:
    """A department's reporting schedule, or its report for one period."""

    schedule: ReportingScheduleSet | None = None
    report: Report = NOTHING_RECORDED


def evolve(reporting: Reporting, recorded: Recorded[Any]) -> Reporting:
    """Return the reporting after an event; no fact raises, a request nobody decided does."""
    report = reporting.report
    match recorded.event:
        case ReportingScheduleSet() as schedule:
            return replace(reporting, schedule=schedule)
        case event if isinstance(event, FACTS):
            possible = True
        case ReportRequested():
            possible = report.requested is None
        case ReportReminded():
            possible = report.stage in REMINDED_OF
        case ReportMissed():
            possible = report.requested is not None and report.missed_at is None
        case ReportReturned(submission=submission):
            possible = report.version(submission) is not None and report.accepted is None
        case ReportAccepted(submission=submission):
            possible = report.version(submission) is not None and report.accepted is None
        case ReportWaived():
            possible = report.accepted is None and not report.is_waived
        case _:
            possible = False
    if not possible:
        # `decide` never lets this request through; a log that contains it is corrupt.
        msg = f"{type(recorded.event).__name__} cannot follow {reporting}"
        raise AssertionError(msg)
    return replace(reporting, report=report.after(recorded))
