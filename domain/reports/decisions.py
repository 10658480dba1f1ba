"""Decide on a department's reporting: when it reports, which version counts, what was missed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias

from domain.kernel.decider import Decider, Events, require_reason
from domain.kernel.messages import Asked, Command
from domain.kernel.refusals import (
    AlreadyAccepted,
    CheckFailed,
    InvalidTransition,
    OutsidePeriod,
    ProjectClosed,
    ReasonRequired,
    UnknownSubject,
)
from domain.kernel.values import rfc3339
from domain.reports.checks import PhaseKnown, checked, is_outside
from domain.reports.commands import (
    COMMANDS,
    AcceptReport,
    MissReport,
    RemindOfReport,
    ReportCommand,
    RequestReport,
    ReturnReport,
    SetReportingSchedule,
    WaiveReport,
)
from domain.reports.events import (
    EVENTS,
    ReportAccepted,
    ReportingScheduleSet,
    ReportMissed,
    ReportReminded,
    ReportRequested,
    ReportReturned,
    ReportWaived,
)
from domain.reports.facts import REMINDED_OF, Report, Stage, Version, awaited
from domain.reports.state import Reporting, evolve

REMIND_AGAIN_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decisions need to know beside the report: its project, its schedule, its phases.

    `phases` are those of the department as they were known at the moment of the version that is
    to be accepted.
    """

    project_exists: bool
    project_closed: bool = False
    schedule: ReportingScheduleSet | None = None
    phases: tuple[PhaseKnown, ...] = ()


def decide(
    command: SetReportingSchedule | ReportCommand,
    reporting: Reporting,
    asked: Asked,
    others: Surroundings,
) -> Events:
    """Return the events of a request on reporting, `()` for a repeat; raises Rejected."""
    require_reason(command)
    if not others.project_exists:
        msg = f"there is no project {command.project_id}: open it before asking for reports"
        raise UnknownSubject(msg)
    if others.project_closed and not isinstance(command, WaiveReport):
        msg = f"project {command.project_id} is closed: nobody reports on it any more"
        raise ProjectClosed(msg)
    if isinstance(command, SetReportingSchedule):
        return _set_schedule(command, reporting)
    return _DECISIONS[type(command)](command, reporting.report, asked, others)


def _set_schedule(command: SetReportingSchedule, reporting: Reporting) -> Events:
    schedule = ReportingScheduleSet(
        rrule=command.rrule,
        zone=command.zone,
        due_offset_min=command.due_offset_min,
        grace_min=command.grace_min,
        look_ahead_days=command.look_ahead_days,
        sections=command.sections,
    )
    return () if schedule == reporting.schedule else (schedule,)


def _request(command: RequestReport, report: Report, asked: Asked, others: Surroundings) -> Events:
    del asked
    if report.requested is not None:
        return ()
    return (_asked_for(command, report, others, command.template),)


def _asked_for(
    command: ReportCommand,
    report: Report,
    others: Surroundings,
    template: tuple[str, ...] = (),
) -> ReportRequested:
    """Return what was asked for, or what the schedule would ask for if nobody has yet."""
    if report.requested is not None:
        return report.requested
    who = f"department {command.department_id}"
    if others.schedule is None:
        msg = f"{who} has no reporting schedule for project {command.project_id}: set one"
        raise UnknownSubject(msg)
    found = awaited(others.schedule, command.period, template)
    if found is None:
        msg = f"{who} reports by {others.schedule.rrule}: {command.period} is no period of that"
        raise OutsidePeriod(msg)
    return found


def _remind(command: RemindOfReport, report: Report, asked: Asked, others: Surroundings) -> Events:
    del others
    if report.stage is Stage.UNKNOWN:
        raise _not_asked_for(command)
    if report.stage not in REMINDED_OF:
        return ()
    last = report.reminded_at
    if last is not None and asked.at < last + REMIND_AGAIN_AFTER:
        return ()
    return (ReportReminded(),)


def _miss(command: MissReport, report: Report, asked: Asked, others: Surroundings) -> Events:
    del others
    request = report.requested
    if request is None:
        raise _not_asked_for(command)
    over = request.overdue_at
    if report.missed_at is not None or report.accepted is not None or report.is_waived:
        return ()
    if report.came_by(over):
        return ()
    if asked.at <= over:
        msg = f"the report of {command.period} may come until {rfc3339(over)}"
        raise InvalidTransition(msg)
    return (ReportMissed(overdue_at=over),)


def _return(command: ReturnReport, report: Report, asked: Asked, others: Surroundings) -> Events:
    del asked, others
    version = _named(command, command.submission, report)
    if report.accepted is not None:
        raise _accepted_before(command, report.accepted)
    returned = ReportReturned(submission=version.version, findings=command.findings)
    return () if report.returned(version.version) == returned else (returned,)


def _accept(command: AcceptReport, report: Report, asked: Asked, others: Surroundings) -> Events:
    version = _named(command, command.submission, report)
    before = report.accepted
    if before is not None:
        if before.submission == version.version:
            return ()
        raise _accepted_before(command, before)
    if command.overrules and command.reason is None:
        msg = f"give a reason why {', '.join(command.overrules)} should not count"
        raise ReasonRequired(msg)
    request = _asked_for(command, report, others)
    if is_outside(version.event, request):
        msg = (
            f"the report is as of {rfc3339(version.event.as_of)}, and {command.period} lasts from "
            f"{rfc3339(request.begins)} to {rfc3339(request.ends)}: return it"
        )
        raise OutsidePeriod(msg)
    checks = tuple(
        check.model_copy(update={"overruled": True})
        if check.contradictions and check.check in command.overrules
        else check
        for check in checked(version.event, request, others.phases, version.effective_at)
    )
    against = [
        f"{check.check}: {each.text}"
        for check in checks
        if not check.overruled
        for each in check.contradictions
    ]
    if against:
        msg = f"{'; '.join(against)}. Return the report, or overrule the check with a reason"
        raise CheckFailed(msg)
    by = asked.principal.party_id
    return (ReportAccepted(submission=version.version, by=by, checks=checks),)


def _waive(command: WaiveReport, report: Report, asked: Asked, others: Surroundings) -> Events:
    del asked
    if report.is_waived:
        return ()
    if report.accepted is not None:
        raise _accepted_before(command, report.accepted)
    _asked_for(command, report, others)
    return (ReportWaived(),)


def _named(command: ReportCommand, submission: int | None, report: Report) -> Version:
    """Return the version a request is about: the one named, or the one sent last."""
    version = report.latest if submission is None else report.version(submission)
    if version is None:
        which = "no version" if submission is None else f"no version {submission}"
        msg = f"department {command.department_id} has sent {which} of {command.period}"
        raise UnknownSubject(msg)
    return version


def _not_asked_for(command: ReportCommand) -> InvalidTransition:
    msg = f"the report of {command.period} was never asked for: request it first"
    return InvalidTransition(msg)


def _accepted_before(command: ReportCommand, accepted: ReportAccepted) -> AlreadyAccepted:
    msg = (
        f"version {accepted.submission} of {command.period} was accepted by {accepted.by}: "
        "there is one accepted report in a period"
    )
    return AlreadyAccepted(msg)


# Each takes the command of its own key, which no type can say.
_Decision: TypeAlias = Callable[[Any, Report, Asked, Surroundings], Events]
_DECISIONS: Final[Mapping[type[Command], _Decision]] = {
    RequestReport: _request,
    RemindOfReport: _remind,
    MissReport: _miss,
    ReturnReport: _return,
    AcceptReport: _accept,
    WaiveReport: _waive,
}

DECIDER: Final[Decider[Reporting, Surroundings]] = Decider(
    category="report",
    commands=COMMANDS,
    events=EVENTS,
    initial=Reporting,
    evolve=evolve,
    decide=decide,
)
