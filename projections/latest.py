"""Say in one sentence what an event changed, for people who were not there."""

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.calendars import events as calendars
from domain.conflicts import events as conflicts
from domain.kernel import corrections
from domain.kernel.messages import DomainEvent, Recorded
from domain.phases import events as phases
from domain.plans import events as plans
from domain.projects import events as projects
from domain.reports import events as reports
from domain.resources import events as resources
from projections import latest_talk, latest_trade
from projections.teller import NameOf, Sentence, Teller, hours, units, words

_REPORT: Final = "report-"


def sentence(recorded: Recorded[Any], name_of: NameOf, zone: ZoneInfo) -> str:
    """Return what happened; an event without words of its own is told by its name."""
    tell = _SENTENCES.get(type(recorded.event))
    if tell is None:
        return f"{recorded.event.type_name} on {recorded.stream}"
    subject = recorded.subject_id
    if recorded.stream.startswith(_REPORT):  # The period alone does not say whose report it is.
        subject = " ".join(recorded.subject.ids[1:])
    return tell(recorded.event, Teller(name_of, zone, subject))


def why(recorded: Recorded[Any]) -> str | None:
    """Return the reason given with an event: its code, its words, and who is answerable."""
    reason, responsible = recorded.envelope.reason, recorded.envelope.responsible
    parts = []
    if reason is not None:
        words = reason.code.replace("_", " ")
        parts.append(f"{words}: {reason.text}" if reason.text else words)
    if responsible is not None:
        parts.append(f"responsible: {responsible}")
    return "; ".join(parts) or None


def _corrected(event: corrections.EventCorrected, tell: Teller) -> str:
    told = [f"{name.replace('_', ' ')} {value}" for name, value in sorted(event.fields.items())]
    if event.effective_at is not None:
        told.append(f"true at {tell.moment(event.effective_at)}")
    return f"{event.target} should have said {', '.join(told)}: {event.why}"


def _rule(event: projects.RuleSet, _: Teller) -> str:
    told = [] if event.on is None else ["switched on" if event.on else "switched off"]
    told += [
        f"{name.replace('_', ' ')} {n}" for name, n in sorted((event.parameters or {}).items())
    ]
    return f"Rule {event.rule.replace('_', ' ')} set: {', '.join(told) or 'as it was'}"


def _policy(event: projects.SchedulingPolicySet, _: Teller) -> str:
    chosen = event.model_dump(exclude_none=True)
    return "Scheduling policy set: " + ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in sorted(chosen.items())
    )


def _exception(event: calendars.CalendarExceptionAdded, tell: Teller) -> str:
    kind = event.kind.replace("_", " ")
    return f"Calendar {tell.subject}: {event.date} is a {kind}"


def _progress(event: phases.ProgressRecorded, tell: Teller) -> str:
    told = f"{tell.this_phase}: {hours(event.remaining_min)} of work remain"
    if event.physical_bp is not None:
        told += f", {event.physical_bp // 100} % done"
    if event.qty_scrap:
        told += f", {event.qty_scrap} scrapped"
    return told


def _linked(event: plans.DependencyAdded, tell: Teller) -> str:
    return f"{tell.phase(event.succ)} now waits for {tell.phase(event.pred)} ({event.link_type})"


def _constrained(event: plans.ConstraintSet, tell: Teller) -> str:
    at = f" {tell.moment(event.at)}" if event.at is not None else ""
    return f"{tell.phase(event.phase_id)}: constraint {event.kind}{at} set by hand"


def _adjusted(event: plans.CompletionDateAdjusted, tell: Teller) -> str:
    before = f" (was {tell.moment(event.old)})" if event.old is not None else ""
    means = event.means.replace("_", " ")
    return (
        f"{tell.phase(event.phase_id)} is to be completed by {tell.moment(event.new)}{before}, "
        f"by its {means}"
    )


def _promise(event: projects.PromiseChanged, _: Teller) -> str:
    what = f"{event.deliverable} now promised to {event.to_party} for {event.new}"
    if event.old != event.new:
        return f"{what} (was {event.old})"
    return f"{event.deliverable} for {event.to_party}: what a day of delay costs was said"


def _outage(event: resources.OutageReported, tell: Teller) -> str:
    until = f" until {tell.moment(event.until)}" if event.until is not None else ""
    return f"{tell.subject}: {event.kind} since {tell.moment(event.since)}{until}"


def _overtime(event: resources.OvertimeAuthorised, tell: Teller) -> str:
    if not event.minutes:
        return f"{tell.subject}: no overtime on {event.date}"
    return f"{tell.subject}: {hours(event.minutes)} of overtime on {event.date}"


def _accepted(event: resources.AllocationMade | resources.AllocationChanged) -> str:
    by = event.overbooking_accepted_by
    return "" if by is None else f", overbooking accepted by {by}"


_SENTENCES: Final[Mapping[type[DomainEvent], Sentence]] = {
    projects.ProjectOpened: lambda e, _: f"Project “{e.name}” opened",
    projects.PromiseMade: lambda e, _: (
        f"{e.deliverable} promised to {e.to_party} for {e.promised_date}"
    ),
    projects.PromiseChanged: _promise,
    projects.DataDateAdvanced: lambda e, t: f"Actuals are in up to {t.moment(e.data_date)}",
    projects.BaselineApproved: lambda e, _: (
        f"Baseline “{e.name}” approved by {e.approved_by} at position {e.at_position}"
    ),
    projects.SchedulingPolicySet: _policy,
    projects.RuleSet: _rule,
    corrections.EventCorrected: _corrected,
    corrections.EventVoided: lambda e, _: f"{e.target} counts for nothing: {e.why}",
    projects.ProjectReferenceChanged: lambda e, _: f"{e.subject} changed: {e.content_type}",
    projects.ProjectHeld: lambda *_: "Project held: nothing more is released",
    projects.ProjectResumed: lambda *_: "Project resumed",
    projects.ProjectCompleted: lambda *_: "Project completed",
    projects.DelegateAppointed: lambda e, _: (
        f"{e.to_party} may act for {e.from_party} ({words(e.role)}) from {e.first_day}"
        f"{'' if e.last_day is None else f' to {e.last_day}'}"
    ),
    projects.HandoverIssued: lambda e, _: (
        f"{e.from_party} hands {words(e.role)} over to {e.to_party}, as of position {e.at_position}"
    ),
    projects.HandoverAccepted: lambda e, _: (
        f"{e.to_party} takes {words(e.role)} over from {e.from_party},"
        f" as of position {e.at_position}"
    ),
    projects.ProjectCancelled: lambda *_: "Project cancelled",
    calendars.CalendarDefined: lambda _, t: f"Calendar {t.subject} defined",
    calendars.CalendarExceptionAdded: _exception,
    calendars.CalendarExceptionRemoved: lambda e, t: (
        f"Calendar {t.subject}: {e.date} is an ordinary day again"
    ),
    plans.PhasePlanned: lambda e, _: (
        f"Phase “{e.name}” planned for {e.department_id}, {hours(e.duration_min)}"
    ),
    plans.PhaseDetailsRevised: lambda e, t: f"{t.phase(e.phase_id)}: details revised",
    plans.PhaseDurationRevised: lambda e, t: (
        f"{t.phase(e.phase_id)} is planned to take {hours(e.new_min)} (was {hours(e.old_min)})"
    ),
    plans.DependencyAdded: _linked,
    plans.DependencyChanged: lambda e, _: f"Link {e.link_id} is now {e.link_type}",
    plans.DependencyRemoved: lambda e, _: f"Link {e.link_id} removed",
    plans.ConstraintSet: _constrained,
    plans.ConstraintCleared: lambda e, t: f"{t.phase(e.phase_id)}: constraint cleared",
    plans.DeadlineSet: lambda e, t: f"{t.phase(e.phase_id)}: deadline {t.moment(e.at)}",
    plans.DeadlineCleared: lambda e, t: f"{t.phase(e.phase_id)}: deadline cleared",
    plans.ResourceRequirementSet: lambda e, t: (
        f"{t.phase(e.phase_id)} needs {e.resource_id}, {units(e.milli)} of it"
    ),
    plans.ResourceRequirementCleared: lambda e, t: (
        f"{t.phase(e.phase_id)} no longer needs {e.resource_id}"
    ),
    plans.GateAdded: lambda e, t: f"{t.phase(e.phase_id)} now waits for a {e.kind} gate",
    plans.GateWaived: lambda e, _: f"Gate {e.gate_id} waived by {e.by}: {e.why}",
    plans.GateSatisfied: lambda e, _: f"Gate {e.gate_id} satisfied: {e.evidence}",
    plans.CompletionDateProposed: lambda e, t: (
        f"{e.proposed_by} proposes to complete {t.phase(e.phase_id)} by {t.moment(e.new)}"
    ),
    plans.CompletionDateAdjusted: _adjusted,
    plans.CompletionDateRejected: lambda e, t: (
        f"{t.phase(e.phase_id)}: the proposed completion {t.moment(e.proposed)} was turned down"
    ),
    plans.PhaseRemoved: lambda e, t: f"{t.phase(e.phase_id)} removed from the plan",
    phases.PhaseReleased: lambda e, t: f"{t.this_phase} released by {e.by}",
    phases.PhaseReleaseRevoked: lambda e, t: f"{t.this_phase}: release revoked by {e.by}",
    phases.PhaseStarted: lambda e, t: f"{t.this_phase} started {t.moment(e.actual_start)}",
    phases.ProgressRecorded: _progress,
    phases.PhaseInterrupted: lambda e, t: (
        f"{t.this_phase} stands still since {t.moment(e.at)} ({e.stop_code})"
    ),
    phases.PhaseResumed: lambda e, t: f"{t.this_phase} goes on since {t.moment(e.at)}",
    phases.PhaseFinished: lambda e, t: f"{t.this_phase} finished {t.moment(e.actual_finish)}",
    phases.PhaseReopened: lambda _, t: f"{t.this_phase} reopened: there is work to do again",
    phases.PhaseAborted: lambda _, t: f"{t.this_phase} aborted",
    resources.ResourceRegistered: lambda e, _: f"Resource “{e.name}” of {e.department_id} known",
    resources.CapacitySet: lambda e, t: f"{t.subject}: capacity {units(e.milli_units)}",
    resources.OvertimeAuthorised: _overtime,
    resources.AllocationMade: lambda e, t: (
        f"{t.subject}: {units(e.milli_units)} held for {t.phase(e.phase_id)},"
        f" {t.moment(e.since)} to {t.moment(e.until)}{_accepted(e)}"
    ),
    resources.AllocationChanged: lambda e, t: (
        f"{t.subject}: allocation {e.allocation_id} is now {units(e.milli_units)},"
        f" {t.moment(e.since)} to {t.moment(e.until)}{_accepted(e)}"
    ),
    resources.AllocationReleased: lambda e, t: (
        f"{t.subject}: allocation {e.allocation_id} released"
    ),
    resources.OutageReported: _outage,
    resources.OutageEnded: lambda e, t: f"{t.subject} available again since {t.moment(e.at)}",
    conflicts.ConflictDetected: lambda e, _: f"Conflict found: {e.summary}",
    conflicts.ConflictUpdated: lambda e, _: f"Conflict is now {e.severity}: {e.summary}",
    conflicts.ConflictCleared: lambda e, _: f"Conflict gone by itself: {e.because}",
    conflicts.ConflictReopened: lambda e, _: f"Conflict is back: {e.because}",
    conflicts.ConflictRaised: lambda e, _: f"Conflict raised: {e.summary}",
    conflicts.ConflictAcknowledged: lambda e, _: f"Conflict seen by {e.by}",
    conflicts.ConflictAssigned: lambda e, t: (
        f"Conflict assigned to {e.owner} until {t.moment(e.due)}"
    ),
    conflicts.OptionProposed: lambda e, _: f"Way out proposed: {e.effect}",
    conflicts.ConflictResolved: lambda e, _: f"Conflict resolved ({e.mode}): {e.decision}",
    conflicts.ConflictDismissed: lambda *_: "Conflict dismissed",
    reports.ReportingScheduleSet: lambda e, t: f"{t.subject} now reports by {e.rrule}",
    reports.ReportRequested: lambda e, t: f"Report {t.subject} wanted by {t.moment(e.due)}",
    reports.ReportReminded: lambda _, t: f"Reminded of report {t.subject}",
    reports.ReportMissed: lambda e, t: f"Report {t.subject} missed {t.moment(e.overdue_at)}",
    reports.ReportSubmitted: lambda e, t: f"Report {t.subject} came, as of {t.moment(e.as_of)}",
    reports.ReportCorrected: lambda e, t: (
        f"Report {t.subject} corrected, as of {t.moment(e.as_of)}"
    ),
    reports.ReportReturned: lambda e, t: f"Report {t.subject} returned: {'; '.join(e.findings)}",
    reports.ReportAccepted: lambda e, t: f"Report {t.subject} accepted by {e.by}",
    reports.ReportWaived: lambda _, t: f"Report {t.subject} waived",
    **latest_talk.SENTENCES,
    **latest_trade.SENTENCES,
}
TOLD: Final = frozenset(_SENTENCES)
"""The events with words of their own."""
