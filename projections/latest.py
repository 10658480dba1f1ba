"""Say in one sentence what an event changed, for people who were not there."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from domain.calendars import events as calendars
from domain.commitments import events as commitments
from domain.conflicts import events as conflicts
from domain.contracts import events as contracts
from domain.estimates import events as estimates
from domain.items import events as items
from domain.kernel import corrections
from domain.kernel.messages import DomainEvent, Recorded
from domain.kernel.wording import counted, money_text
from domain.phases import events as phases
from domain.plans import events as plans
from domain.projects import events as projects
from domain.rates import events as rates
from domain.reports import events as reports
from domain.requirements import events as requirements
from domain.resources import events as resources
from domain.special_requests import events as requests
from projections import latest_talk

NameOf: TypeAlias = Callable[[str], str | None]
"""The name of a phase by its id; None where it has none."""

_HOUR_MIN: Final = 60
_REPORT: Final = "report-"


class Teller:
    """Tell events: phases by their names, moments in the project's zone, durations in hours."""

    __slots__ = ("_name_of", "_zone", "subject")

    def __init__(self, name_of: NameOf, zone: ZoneInfo, subject: str) -> None:
        self._name_of = name_of
        self._zone = zone
        self.subject: str = subject

    def phase(self, phase_id: str) -> str:
        """Return the phase's name in quotation marks."""
        return f"“{self._name_of(phase_id) or phase_id}”"

    @property
    def this_phase(self) -> str:
        """The name of the phase the event's stream is about."""
        return self.phase(self.subject)

    def moment(self, at: datetime) -> str:
        """Return day and time, to the minute."""
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")


_Sentence: TypeAlias = Callable[[Any, Teller], str]


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


def hours(minutes: int) -> str:
    """Return working minutes as hours and minutes, e.g. `12 h 30 min`."""
    whole, rest = divmod(minutes, _HOUR_MIN)
    if not rest:
        return f"{whole} h"
    return f"{whole} h {rest} min" if whole else f"{rest} min"


def units(milli: int) -> str:
    """Return thousandths as units, without needless noughts."""
    whole, rest = divmod(milli, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


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


def _acknowledged(event: commitments.CommitmentAcknowledged, tell: Teller) -> str:
    status = event.status.replace("_", " ")
    told = f"{tell.subject}: the vendor answered revision {event.revision}: {status}"
    return told if event.promised_date is None else f"{told}, promised for {event.promised_date}"


def _revised(event: commitments.CommitmentRevised, tell: Teller) -> str:
    changes = []
    if event.need_by is not None:
        changes.append(f"needed by {event.need_by}")
    if event.qty is not None:
        changes.append(f"quantity {event.qty}")
    return f"{tell.subject}: revision {event.revision}, {', '.join(changes) or 'unchanged'}"


def _promise_moved(event: commitments.PromiseDateMoved, tell: Teller) -> str:
    before = f" (was {event.old})" if event.old is not None else ""
    return f"{tell.subject}: {event.told_by} now promises {event.new}{before}"


def _hastened(event: commitments.ExpediteAnswered, tell: Teller) -> str:
    told = f"{tell.subject}: asked to come sooner, the vendor {_HASTENED[event.answer]}"
    return told if event.date is None else f"{told}, promised for {event.date}"


_HASTENED: Final[Mapping[str, str]] = {
    "accepted": "agreed", "partly": "agreed in part", "refused": "refused",
}  # fmt: skip


def _required(event: requirements.RequirementChanged, tell: Teller) -> str:
    changes = []
    if event.qty is not None:
        changes.append(f"quantity {event.qty}")
    if event.offset_min is not None:
        changes.append(f"{hours(event.offset_min)} before the start")
    if event.priority is not None:
        changes.append(f"priority {event.priority}")
    return f"{tell.subject}: needed otherwise, {', '.join(changes) or 'unchanged'}"


def _lead_time(event: items.LeadTimeRevised, tell: Teller) -> str:
    lasts = counted(event.value, "day") if event.unit == "days" else f"{hours(event.value)} of work"
    vendor = f" ({event.vendor})" if event.vendor is not None else ""
    return f"{tell.subject}: takes {lasts} from order to receipt{vendor}"


def _substitute(event: items.SubstituteApproved, tell: Teller) -> str:
    until = f" until {event.until}" if event.until is not None else ""
    return f"{tell.subject}: {event.item} may stand in for it, approved by {event.by}{until}"


def _rules(event: items.PlanningRulesSet, tell: Teller) -> str:
    return f"{tell.subject}: planned with a safety stock of {event.safety_stock}"


def _at(location: str | None) -> str:
    return "" if location is None else f" at {location}"


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


def _words(value: str) -> str:
    return value.replace("_", " ")


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values) or "nothing named"


def _impact(event: requests.ImpactAssessed, tell: Teller) -> str:
    money = "" if event.money is None else f" and {money_text(event.money)}"
    return f"Request {tell.subject}: it would take {counted(event.days, 'working day')} more{money}"


_SENTENCES: Final[Mapping[type[DomainEvent], _Sentence]] = {
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
        f"{e.to_party} may act for {e.from_party} ({_words(e.role)}) from {e.first_day}"
        f"{'' if e.last_day is None else f' to {e.last_day}'}"
    ),
    projects.HandoverIssued: lambda e, _: (
        f"{e.from_party} hands {_words(e.role)} over to {e.to_party},"
        f" as of position {e.at_position}"
    ),
    projects.HandoverAccepted: lambda e, _: (
        f"{e.to_party} takes {_words(e.role)} over from {e.from_party},"
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
    commitments.CommitmentRequested: lambda e, t: (
        f"{t.subject}: {e.qty} {e.uom} {e.item} wanted from {e.vendor} by {e.need_by}"
    ),
    commitments.CommitmentRevised: _revised,
    commitments.CommitmentSent: lambda e, t: (
        f"{t.subject}: revision {e.revision} sent by {e.channel}"
    ),
    commitments.CommitmentAcknowledged: _acknowledged,
    commitments.PromiseDateMoved: _promise_moved,
    commitments.ExpediteRequested: lambda e, t: (
        f"{t.subject}: the vendor is asked to come by {e.wanted}"
    ),
    commitments.ExpediteAnswered: _hastened,
    commitments.ShipmentNotified: lambda e, t: f"{t.subject}: {e.qty} on the way for {e.eta}",
    commitments.ReceiptPosted: lambda e, t: f"{t.subject}: {e.qty} received {t.moment(e.at)}",
    commitments.InspectionPassed: lambda e, t: f"{t.subject}: {e.qty} passed inspection",
    commitments.InspectionFailed: lambda e, t: f"{t.subject}: {e.qty} failed inspection",
    commitments.CommitmentShortClosed: lambda _, t: f"{t.subject}: closed, nothing more expected",
    commitments.CommitmentCancelled: lambda _, t: f"{t.subject}: cancelled",
    requirements.RequirementIdentified: lambda e, t: (
        f"{t.phase(e.phase)} needs {e.qty} {e.uom} of {e.item} ({t.subject})"
    ),
    requirements.RequirementChanged: _required,
    requirements.RequirementCancelled: lambda _, t: f"{t.subject}: needed no more",
    items.StockCounted: lambda e, t: f"{t.subject}: {e.qty} counted at {e.location}",
    items.BomRevised: lambda e, t: (
        f"{t.subject}: bill of materials {e.revision}, {counted(len(e.lines), 'line')}"
    ),
    items.LeadTimeRevised: _lead_time,
    items.IssuedToPhase: lambda e, t: (
        f"{t.subject}: {e.qty} issued for {e.requirement}{_at(e.location)}"
    ),
    items.ReturnedFromPhase: lambda e, t: (
        f"{t.subject}: {e.qty} of {e.requirement} came back{_at(e.location)}"
    ),
    items.StockAdjusted: lambda e, t: (
        f"{t.subject}: stock adjusted by {e.delta:+}{_at(e.location)}"
    ),
    items.Reserved: lambda e, t: f"{t.subject}: {e.qty} reserved for {e.requirement}",
    items.Unreserved: lambda e, t: f"{t.subject}: {e.qty} no longer reserved for {e.requirement}",
    items.SubstituteApproved: _substitute,
    items.PlanningRulesSet: _rules,
    contracts.ContractReceived: lambda e, t: (
        f"Contract {t.subject} with {e.party} received, version {e.version}"
    ),
    contracts.ContractAmended: lambda e, t: (
        f"Contract {t.subject} amended: version {e.version}, {_listed(e.changed_clauses)} changed"
    ),
    contracts.ObligationMet: lambda e, t: f"Contract {t.subject}: clause {e.clause} was met",
    contracts.ObligationBreached: lambda e, t: (
        f"Contract {t.subject}: clause {e.clause} was breached"
    ),
    contracts.ClauseRecorded: lambda e, t: (
        f"Contract {t.subject}: clause {e.ref}, {_words(e.kind)}: {e.value} {e.unit or ''}".rstrip()
    ),
    contracts.ReviewAssigned: lambda e, t: (
        f"Contract {t.subject}: {_listed(e.reviewers)} to review version {e.version} by {e.due}"
    ),
    contracts.ReviewFindingRaised: lambda e, t: (
        f"Contract {t.subject}: finding {e.finding_id} on clause {e.clause}: {e.text}"
    ),
    contracts.FindingResolved: lambda e, t: f"Contract {t.subject}: {e.finding_id} {e.how}",
    contracts.AbilityConfirmed: lambda e, t: (
        f"Contract {t.subject}: {e.by} confirms that we can, as to {e.aspect}"
    ),
    contracts.ReviewCompleted: lambda e, t: (
        f"Contract {t.subject}: version {e.version} reviewed: {_words(e.outcome)}"
    ),
    contracts.ReviewInvalidated: lambda e, t: (
        f"Contract {t.subject}: the review of version {e.version} counts no more"
    ),
    contracts.ContractSigned: lambda e, t: f"Contract {t.subject}: version {e.version} signed",
    requests.RequestIdentified: lambda e, t: (
        f"Request {t.subject} of {e.from_party} found ({e.found_in}): {e.verbatim}"
    ),
    requests.RequestWithdrawn: lambda e, t: f"Request {t.subject} withdrawn by {e.by}",
    requests.RequestClassified: lambda e, t: f"Request {t.subject} is about {e.kind}",
    requests.ImpactAssessed: _impact,
    requests.RequestQuoted: lambda e, t: f"Request {t.subject} quoted at {money_text(e.money)}",
    requests.RequestRejected: lambda e, t: f"Request {t.subject} turned down by {e.by}",
    requests.RequestApproved: lambda e, t: f"Request {t.subject} approved by {e.by}",
    requests.RequestApplied: lambda e, t: (
        f"Request {t.subject} applied: {counted(len(e.events), 'event')} came of it"
    ),
    requests.RequestVerified: lambda e, t: f"Request {t.subject} verified: {e.evidence}",
    requests.CustomerInformed: lambda e, t: (
        f"Request {t.subject}: the customer was told by {e.notice}"
    ),
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
    estimates.EstimateSubmitted: lambda e, t: (
        f"{t.this_phase}: {e.element} estimated at {money_text(e.money)} by {e.by}"
    ),
    estimates.EstimateApproved: lambda e, t: (
        f"{t.this_phase}: estimate of {money_text(e.money)} approved by {e.by}"
    ),
    estimates.BudgetBaselined: lambda e, t: f"{t.this_phase}: {money_text(e.money)} budgeted",
    estimates.ActualHoursBooked: lambda e, t: (
        f"{t.this_phase}: {hours(e.minutes)} of {e.resource} on {e.work_date}"
    ),
    estimates.ActualCostBooked: lambda e, t: (
        f"{t.this_phase}: {money_text(e.money)} spent ({e.ref})"
    ),
    estimates.EstimateToCompleteGiven: lambda e, t: (
        f"{t.this_phase}: the rest will cost {money_text(e.etc)}, says {e.by}"
    ),
    rates.RateChanged: lambda e, t: (
        f"An hour of {t.subject} costs {money_text(e.rate)} from {e.valid_from}"
    ),
    **latest_talk.SENTENCES,
}
TOLD: Final = frozenset(_SENTENCES)
"""The events with words of their own."""
