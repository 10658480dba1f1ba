"""Write a project's meetings as a document: how ready each is, and what is left to do of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.meetings.events import ActionCreated, AgendaItemAdded
from domain.meetings.facts import Dossier, Stage
from domain.network.project_network import ProjectNetwork
from projections.contract import Row
from projections.moments import Moments
from projections.registers import counts, head_of


def meetings_document(
    network: ProjectNetwork,
    dossiers: Mapping[str, Dossier],
    position: int,
    now: datetime | None,
) -> dict[str, Any]:
    """Return each meeting by its start; `now` is None where no time has passed yet.

    What is still to come is ready when no required department or role is missing and every item
    is prepared.
    """
    moments = Moments(network.zone)
    rows = [_meeting(each, dossier, moments, now) for each, dossier in dossiers.items()]
    rows.sort(key=lambda row: (row["start"] is None, row["start"] or "", row["meeting"]))
    return {
        **head_of(network, position, now),
        "stages": counts(rows, Stage),
        "meetings": rows,
    }


def _meeting(meeting_id: str, known: Dossier, moments: Moments, now: datetime | None) -> Row:
    steps, slot, answers = known.steps, known.steps.slot, known.answers
    unprepared = {item.item_id for item in known.unprepared}
    missing, roles = list(known.missing_departments), list(known.missing_roles)
    to_come = known.stage is Stage.PLANNED
    return {
        "meeting": meeting_id,
        "stage": known.stage.value,
        "purpose": None if steps.planned is None else steps.planned.purpose,
        "why": None if steps.need is None else steps.need.why,
        "before": None if steps.need is None else moments.of_optional(steps.need.before),
        "start": None if slot is None else moments.of(slot.start),
        "duration_min": None if slot is None else slot.duration_min,
        "place": None if slot is None else slot.place,
        "link": None if slot is None else slot.link,
        "sequence": steps.sequence,
        "called_at": moments.of_optional(steps.called_at),
        "external_parties": _from_outside(known),
        "ready": not (missing or roles or unprepared) if to_come else None,
        "missing_departments": missing if to_come else [],
        "missing_roles": roles if to_come else [],
        "agenda": [
            _item(item, moments, now, unprepared=to_come and item_id in unprepared)
            for item_id, item in steps.items.items()
        ],
        "invited": [
            {
                "party": party,
                "attendance": invited.attendance,
                "department": invited.department_id,
                "role": invited.role,
                "answer": answers[party].answer if party in answers else None,
                "delegate": answers[party].delegate if party in answers else None,
            }
            for party, invited in steps.invited.items()
        ],
        "present": None if known.present is None else list(known.present),
        "decisions": [
            {"decision": each.decision_id, "text": each.text, "refs": list(each.refs)}
            for each in steps.decisions.values()
        ],
        "actions": [
            _action(each, moments, now, done=each.action_id in known.completed)
            for each in steps.actions.values()
        ],
        "minutes": len(steps.minutes),
        "said": [{"item": each.item_id, "text": each.text} for each in steps.minutes],
        "minutes_approved_by": None if steps.approved is None else steps.approved.by,
    }


def _from_outside(known: Dossier) -> list[str]:
    """Return who comes from outside; before it is planned, whom it is about."""
    planned, need = known.steps.planned, known.steps.need
    if planned is not None:
        return list(planned.external_parties)
    return [] if need is None else list(need.external_parties or ())


def _item(
    item: AgendaItemAdded, moments: Moments, now: datetime | None, *, unprepared: bool
) -> Row:
    due = item.prep_due
    return {
        "item": item.item_id,
        "topic": item.topic,
        "lead": item.lead,
        "required_departments": list(item.required_departments),
        "required_roles": list(item.required_roles),
        "prep_due": moments.of_optional(due),
        "unprepared": unprepared,
        "overdue": unprepared and due is not None and now is not None and due < now,
    }


def _action(action: ActionCreated, moments: Moments, now: datetime | None, *, done: bool) -> Row:
    return {
        "action": action.action_id,
        "text": action.text,
        "owner": action.owner,
        "due": moments.of(action.due),
        "done": done,
        "overdue": not done and now is not None and action.due < now,
    }
