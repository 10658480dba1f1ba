"""Say in a sentence what an event of an order, material, a contract, a request or cost changed."""

from collections.abc import Mapping
from typing import Final

from domain.commitments import events as commitments
from domain.contracts import events as contracts
from domain.estimates import events as estimates
from domain.items import events as items
from domain.kernel.messages import DomainEvent
from domain.kernel.wording import counted, money_text
from domain.rates import events as rates
from domain.requirements import events as requirements
from domain.special_requests import events as requests
from projections.teller import Sentence, Teller, at, hours, listed, words


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


def _impact(event: requests.ImpactAssessed, tell: Teller) -> str:
    money = "" if event.money is None else f" and {money_text(event.money)}"
    return f"Request {tell.subject}: it would take {counted(event.days, 'working day')} more{money}"


SENTENCES: Final[Mapping[type[DomainEvent], Sentence]] = {
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
        f"{t.subject}: {e.qty} issued for {e.requirement}{at(e.location)}"
    ),
    items.ReturnedFromPhase: lambda e, t: (
        f"{t.subject}: {e.qty} of {e.requirement} came back{at(e.location)}"
    ),
    items.StockAdjusted: lambda e, t: f"{t.subject}: stock adjusted by {e.delta:+}{at(e.location)}",
    items.Reserved: lambda e, t: f"{t.subject}: {e.qty} reserved for {e.requirement}",
    items.Unreserved: lambda e, t: f"{t.subject}: {e.qty} no longer reserved for {e.requirement}",
    items.SubstituteApproved: _substitute,
    items.PlanningRulesSet: _rules,
    contracts.ContractReceived: lambda e, t: (
        f"Contract {t.subject} with {e.party} received, version {e.version}"
    ),
    contracts.ContractAmended: lambda e, t: (
        f"Contract {t.subject} amended: version {e.version}, {listed(e.changed_clauses)} changed"
    ),
    contracts.ObligationMet: lambda e, t: f"Contract {t.subject}: clause {e.clause} was met",
    contracts.ObligationBreached: lambda e, t: (
        f"Contract {t.subject}: clause {e.clause} was breached"
    ),
    contracts.ClauseRecorded: lambda e, t: (
        f"Contract {t.subject}: clause {e.ref}, {words(e.kind)}: {e.value} {e.unit or ''}".rstrip()
    ),
    contracts.ReviewAssigned: lambda e, t: (
        f"Contract {t.subject}: {listed(e.reviewers)} to review version {e.version} by {e.due}"
    ),
    contracts.ReviewFindingRaised: lambda e, t: (
        f"Contract {t.subject}: finding {e.finding_id} on clause {e.clause}: {e.text}"
    ),
    contracts.FindingResolved: lambda e, t: f"Contract {t.subject}: {e.finding_id} {e.how}",
    contracts.AbilityConfirmed: lambda e, t: (
        f"Contract {t.subject}: {e.by} confirms that we can, as to {e.aspect}"
    ),
    contracts.ReviewCompleted: lambda e, t: (
        f"Contract {t.subject}: version {e.version} reviewed: {words(e.outcome)}"
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
}
