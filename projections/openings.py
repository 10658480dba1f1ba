"""Find where in the log what may be open began: the last event after which somebody is to act."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from domain.commitments import events as commitments
from domain.contracts import events as contracts
from domain.disputes.events import DisputeSettled, ReasonDisputed
from domain.inquiries import events as inquiries
from domain.kernel.messages import DomainEvent, Recorded
from domain.meetings import events as meetings
from domain.notices import events as notices
from domain.plans import events as plans
from domain.projects import events as projects
from domain.reports import events as reports
from domain.special_requests import events as requests
from projections.open_conflicts import OpenConflicts

Key: TypeAlias = tuple[str, ...]
"""A kind of open point, and the ids that name one of it."""


class Opening(NamedTuple):
    """The event with which something became open: where it is in the log, and when it was true."""

    position: int
    at: datetime


class Openings:
    """What a project's events opened, by kind and ids; conflicts and proposals with their state."""

    def __init__(self) -> None:
        self.conflicts = OpenConflicts()
        self.proposals: dict[str, plans.CompletionDateProposed] = {}
        """Completion dates that were proposed and not answered, by phase."""
        self.disputes: dict[str, ReasonDisputed] = {}
        """Reasons that are disputed and not settled, by the event that named them."""
        self.coordinator: str | None = None
        self.handovers: list[Recorded[Any]] = []
        """The hand-overs issued and accepted, in the order of the log."""
        self.event_count = 0
        self._found: dict[Key, Opening] = {}

    def fold(self, recorded: Recorded[Any]) -> None:
        """Take one event of the project in, in the order of the log."""
        event = recorded.event
        self.event_count += 1
        self.conflicts.fold(recorded, self.event_count)
        key_of = _OPENS.get(type(event))
        if key_of is not None:
            self._found[key_of(recorded)] = Opening(recorded.position, recorded.effective_at)
        match event:
            case plans.CompletionDateProposed():
                self.proposals[event.phase_id] = event
            case (
                plans.CompletionDateAdjusted()
                | plans.CompletionDateRejected()
                | plans.PhaseRemoved()
            ):
                self.proposals.pop(event.phase_id, None)
            case ReasonDisputed():
                self.disputes[event.target] = event
            case DisputeSettled():
                self.disputes.pop(event.target, None)
            case projects.ProjectOpened():
                self.coordinator = event.coordinator_id
            case projects.HandoverIssued() | projects.HandoverAccepted():
                self.handovers.append(recorded)
            case _:
                pass
        phase_id = getattr(event, "phase_id", None)
        if recorded.stream.startswith("phase-"):
            phase_id = recorded.subject_id
        if isinstance(phase_id, str) and not isinstance(event, _TALK):
            self._found["start", phase_id] = Opening(recorded.position, recorded.effective_at)

    def of(self, kind: str, *ids: str) -> Opening | None:
        """Return where something became open; None where no event says."""
        return self._found.get((kind, *ids))


_TALK: Final = (plans.CompletionDateProposed, plans.CompletionDateRejected)
"""What is said of a phase and changes nothing in it."""


def _own(kind: str) -> Callable[[Recorded[Any]], Key]:
    """Return how a kind's points are named: by the id of the stream that they are on."""
    return lambda recorded: (kind, recorded.subject_id)


def _report(recorded: Recorded[Any]) -> Key:
    return ("report", *recorded.subject.ids[1:])


def _inner(kind: str, field: str) -> Callable[[Recorded[Any]], Key]:
    """Return how a kind's points are named that lie inside their stream's subject."""
    return lambda recorded: (kind, recorded.subject_id, getattr(recorded.event, field))


_OPENS: Final[Mapping[type[DomainEvent], Callable[[Recorded[Any]], Key]]] = {
    meetings.MeetingNeedAnticipated: _own("meeting"),
    meetings.MeetingPlanned: _own("meeting"),
    meetings.AgendaItemAdded: _inner("preparation", "item_id"),
    meetings.ActionCreated: _inner("action", "action_id"),
    inquiries.InquiryReceived: _own("inquiry"),
    inquiries.InquiryReopened: _own("inquiry"),
    reports.ReportRequested: _report,
    reports.ReportSubmitted: _report,
    reports.ReportCorrected: _report,
    reports.ReportReturned: _report,
    requests.RequestIdentified: _own("request"),
    requests.RequestClassified: _own("request"),
    requests.ImpactAssessed: _own("request"),
    requests.RequestQuoted: _own("request"),
    requests.RequestApproved: _own("request"),
    contracts.ContractReceived: _own("review"),
    contracts.ContractAmended: _own("review"),
    contracts.ReviewAssigned: _own("review"),
    contracts.ReviewInvalidated: _own("review"),
    contracts.ReviewFindingRaised: _inner("finding", "finding_id"),
    contracts.ClauseRecorded: _inner("obligation", "ref"),
    commitments.CommitmentRequested: _own("delivery"),
    commitments.CommitmentRevised: _own("delivery"),
    commitments.CommitmentSent: _own("answer"),
    commitments.PromiseDateMoved: _own("delivery"),
    commitments.CommitmentAcknowledged: _own("delivery"),
    notices.NoticePrepared: _own("notice"),
    ReasonDisputed: lambda recorded: ("dispute", recorded.event.target),
    plans.CompletionDateProposed: lambda recorded: ("proposal", recorded.event.phase_id),
}
"""What each event opens; what it is about then is open from that event on."""
