"""Write the inquiries about a project as a document: how far each is, and who still waits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.inquiries.facts import Dossier, Stage
from domain.network.project_network import ProjectNetwork
from projections.contract import Row
from projections.moments import Moments
from projections.registers import counts, head_of


def inquiries_document(
    network: ProjectNetwork,
    dossiers: Mapping[str, Dossier],
    position: int,
    now: datetime | None,
) -> dict[str, Any]:
    """Return each inquiry by id; `now` is None where no time has passed yet."""
    moments = Moments(network.zone)
    rows = [_inquiry(each, dossier, moments, now) for each, dossier in dossiers.items()]
    return {
        **head_of(network, position, now),
        "stages": counts(rows, Stage),
        "inquiries": rows,
    }


def _inquiry(inquiry_id: str, known: Dossier, moments: Moments, now: datetime | None) -> Row:
    asked = None if known.received is None else known.received.event
    due, draft = known.due, known.draft
    return {
        "inquiry": inquiry_id,
        "stage": known.stage.value,
        "from": None if asked is None else asked.from_party,
        "channel": None if asked is None else asked.channel,
        "text": None if asked is None else asked.text,
        "about": [] if asked is None else list(asked.about),
        "received_at": None if known.received is None else moments.of(known.received.effective_at),
        "due": moments.of_optional(due),
        "overdue": known.waits and due is not None and now is not None and due < now,
        "owner": None if known.assigned is None else known.assigned.owner,
        "department": None if known.assigned is None else known.assigned.department_id,
        "answer": None if draft is None else draft.text,
        "as_of_position": None if draft is None else draft.as_of_position,
        "evidence": [] if draft is None else [each.model_dump() for each in draft.evidence],
        "disclosure": None if known.approved is None else known.approved.disclosure,
        "approved_by": None if known.approved is None else known.approved.by,
        "notice": None if known.answered is None else known.answered.event.notice,
        "answered_at": None if known.answered is None else moments.of(known.answered.effective_at),
    }
