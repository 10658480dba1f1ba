"""Add up the disputes of one event's reason: who proposes what, and what counts by now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from domain.disputes.events import DisputeSettled, ReasonDisputed
from domain.kernel.messages import Recorded

State: TypeAlias = Literal["open", "upheld", "changed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Dispute:
    """The last dispute of an event's reason, and the proposal that counts in its place, if any."""

    raised: Recorded[ReasonDisputed]
    settled: Recorded[DisputeSettled] | None = None
    counts: ReasonDisputed | None = None
    """The proposal to which the reason was changed last; a later dispute does not undo it."""

    @property
    def proposal(self) -> ReasonDisputed:
        """What is proposed, or was."""
        return self.raised.event

    @property
    def is_open(self) -> bool:
        return self.settled is None

    @property
    def state(self) -> State:
        """How it stands: open, or as it was settled."""
        return "open" if self.settled is None else self.settled.event.outcome


def after(dispute: Dispute | None, recorded: Recorded[Any]) -> Dispute | None:
    """Return the dispute after one more event of its stream; any other event changes nothing."""
    match recorded.event:
        case ReasonDisputed():
            counts = None if dispute is None else dispute.counts
            return Dispute(recorded, None, counts)
        case DisputeSettled(outcome=outcome) if dispute is not None:
            counts = dispute.proposal if outcome == "changed" else dispute.counts
            return replace(dispute, settled=recorded, counts=counts)
        case _:
            return dispute


def disputes_of(history: Iterable[Recorded[Any]]) -> Mapping[str, Dispute]:
    """Return the disputes of a history of any streams, by the id of the event that each is of."""
    by_stream: dict[str, Dispute] = {}
    for recorded in history:
        found = after(by_stream.get(recorded.stream), recorded)
        if found is not None:
            by_stream[recorded.stream] = found
    return {dispute.proposal.target: dispute for dispute in by_stream.values()}


def as_settled(recorded: Recorded[Any], disputes: Mapping[str, Dispute]) -> Recorded[Any]:
    """Return an event with the reason and the responsible party that count by now."""
    dispute = disputes.get(recorded.event_id)
    if dispute is None or dispute.counts is None:
        return recorded
    said = recorded.envelope
    changed = said.model_copy(
        update={
            "reason": dispute.counts.proposed_reason,
            "responsible": dispute.counts.proposed_responsible or said.responsible,
        }
    )
    return Recorded(recorded.event, changed, recorded.stream, recorded.version, recorded.position)
