"""Write a project's disputes as a document: whose reason of what is contested, and what counts."""

from collections.abc import Mapping
from typing import Any

from domain.disputes.facts import Dispute
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from projections.contract import Row
from projections.explained import dispute_row
from projections.latest import sentence
from projections.moments import Moments


def disputes_document(
    network: ProjectNetwork,
    disputes: Mapping[str, Dispute],
    targets: Mapping[str, Recorded[Any]],
    position: int,
) -> dict[str, Any]:
    """Return each dispute with what it is about; the open ones first, then the newest.

    `targets` are the disputed events by their ids; one that is voided since is missing there.
    """
    moments = Moments(network.zone)
    rows = [_row(each, targets.get(target), network, moments) for target, each in disputes.items()]
    rows.sort(key=lambda row: (row["state"] != "open", -row["position"]))
    return {
        "project": network.project_id,
        "name": network.name,
        "position": position,
        "zone": network.zone.key,
        "open": sum(row["state"] == "open" for row in rows),
        "disputes": rows,
    }


def _row(
    dispute: Dispute, target: Recorded[Any] | None, network: ProjectNetwork, moments: Moments
) -> Row:
    said = None if target is None else target.envelope
    reason = None if said is None else said.reason
    settled, counts = dispute.settled, dispute.counts
    stated = None if reason is None else reason.code
    responsible = None if said is None else said.responsible
    return {
        "target": dispute.proposal.target,
        "what": None if target is None else sentence(target, network.name_of, network.zone),
        "stated_reason": stated,
        "stated_responsible": responsible,
        "counts_reason": stated if counts is None else counts.proposed_reason.code,
        "counts_responsible": responsible
        if counts is None
        else counts.proposed_responsible or responsible,
        **(dispute_row(dispute) or {}),
        "disputed_at": moments.of(dispute.raised.effective_at),
        "settled_at": None if settled is None else moments.of(settled.effective_at),
    }
