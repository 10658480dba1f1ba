"""R1: find departments whose reports were missed and have not come since."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain.conflicts.events import Severity
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import counted
from domain.reports.events import EVENTS as REPORT_EVENTS
from domain.reports.events import ReportMissed
from domain.rules.finding import Cleared, Finding, Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.reporting import ReportBook
from domain.rules.watched import Watched

NAME: Final[str] = "report_overdue"
VERSION: Final[int] = 1

MISSES: Final = Parameter(
    "misses", 3, "reports", "So many missed in a row weigh high instead of medium."
)
NAMED_MAX: Final = 6


@dataclass(frozen=True, slots=True)
class Missed:
    """A report that had not come when its grace was over, and the position that says so."""

    period: str
    due: datetime
    position: int


@dataclass(slots=True)
class MissesState:
    """Of each department what it missed since it reported last, and what was found of it."""

    book: ReportBook = field(default_factory=ReportBook)
    missed: dict[str, tuple[Missed, ...]] = field(default_factory=dict)
    told_until: dict[str, datetime] = field(default_factory=dict)
    """When the latest report that came was due."""
    found: dict[str, Finding] = field(default_factory=dict)


class ReportOverdue:
    """DOMAIN R1: due and grace are over and nothing has come; the moment is that of `ReportMissed`.

    One finding a department, told again with each report that it misses on end, and heavier from
    `misses` of them on. It is cleared as soon as a report comes that was due no earlier: it says
    more than the missing ones would; or when all of them are waived. A report is there or not, so
    there is no margin to restore.
    """

    name = NAME
    version = VERSION
    code = "R1"
    title = "A department has not reported, and the grace is over."
    parameters: tuple[Parameter, ...] = (MISSES,)
    weighs_impact = False
    at_once = True
    due = staticmethod(never)
    heeds = Heeds.of(*REPORT_EVENTS)

    def initial(self) -> MissesState:
        """Return a project in which nobody reports."""
        return MissesState()

    def fold(
        self, state: MissesState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        del more
        if not state.book.take(recorded):
            return ()
        _, department, period = subject_of(recorded.stream).ids
        missed = _missed(state, recorded, department, period)
        if missed == state.missed.get(department, ()):
            return ()
        before = state.found.get(department)
        state.missed[department] = missed
        if missed:
            subject = stream_of("report", project.project_id, department)
            weight: Severity = "high" if len(missed) >= project.number(NAME, MISSES) else "medium"
            found = _finding(subject, missed, weight, before, recorded.position)
            state.found[department] = found
            return (found,)
        if before is None:
            return ()
        del state.found[department]
        return (Cleared(NAME, before.subjects, f"{department} has reported, or need not"),)


def _missed(
    state: MissesState, recorded: Recorded[Any], department: str, period: str
) -> tuple[Missed, ...]:
    """Return what a department has missed since it reported last, the oldest first."""
    report, asked = state.book.of(recorded.stream), state.book.asked(recorded.stream)
    missed = {each.period: each for each in state.missed.get(department, ())}
    if report.versions and asked is not None:
        before = state.told_until.get(department, asked.due)
        state.told_until[department] = max(before, asked.due)
    if report.versions or report.is_waived:
        missed.pop(period, None)
    elif isinstance(recorded.event, ReportMissed) and asked is not None:
        missed[period] = Missed(period, asked.due, recorded.position)
    until = state.told_until.get(department)
    still = (each for each in missed.values() if until is None or each.due > until)
    return tuple(sorted(still, key=lambda each: (each.due, each.period)))


def _finding(
    subject: str,
    missed: Sequence[Missed],
    severity: Severity,
    before: Finding | None,
    position: int,
) -> Finding:
    department = subject_of(subject).ids[1]
    more = len(missed) - NAMED_MAX
    periods = ", ".join(each.period for each in missed[-NAMED_MAX:])
    named = f"{periods} and {more} before" if more > 0 else periods
    days = (missed[-1].due - missed[0].due).days
    since = f", the first of them due {counted(days, 'day')} before the last" if days else ""
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="communication",
        subjects=(subject,),
        severity=severity,
        impact_days=NOTHING,
        summary=f"{department} has not reported for {named}{since}",
        evidence=tuple(sorted(each.position for each in missed)),
        first_position=position if before is None else before.first_position,
        remedies=(f"Ask {department} for the report", "Waive it, with the reason"),
    )
