"""Write a levelled proposal as a document: dates, what each phase waits for, and what it moves."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from domain.kernel.minutes import minute_of
from domain.levelling.of_network import Shortage
from domain.levelling.problem import LevellingError, Placement, Wait
from domain.levelling.proposal import Proposal
from domain.levelling.requests import Hold, Unasked, asking_for
from domain.levelling.waits import Overbooking
from domain.network.project_network import ProjectNetwork
from domain.planning.network import ScheduledPhase
from domain.resources.facts import Outage
from projections.contract import Row
from projections.moments import Moments
from projections.schedule import in_breakdown

HOLDERS_MAX = 3
"""So many holders of a resource are named in a sentence."""


def levelled_document(project: ProjectNetwork, proposal: Proposal) -> dict[str, Any]:
    """Return the proposed dates of every phase in the plan, in the order of the breakdown."""
    moments = Moments(project.zone)
    before, after, fence = proposal.before, proposal.after, proposal.frozen_until
    solution, asking = proposal.solution, asking_for(project, proposal)
    return {
        **_header(project),
        "problem": None,
        "finish": moments.at(after.finish),
        "schedule_finish": moments.at(before.finish),
        "later_min": after.finish - before.finish,
        "capacity_kept": proposal.agrees and not proposal.overbooked,
        "overbooked": [_overbooking(each, project, moments) for each in proposal.overbooked],
        "frozen_until": None if fence is None else moments.at(fence),
        "disturbed_min": solution.disturbance,
        "schedules_tried": solution.schedules_tried,
        "stopped_by": solution.stopped_by,
        "shortages": [_shortage(each, project) for each in proposal.supply.shortages],
        "without_capacity": list(proposal.supply.without_capacity),
        "phases": [
            _phase(before.phases[row.id], row, proposal.placed.get(row.id), project, moments)
            for row in _in_breakdown(after.phases.values(), project)
        ],
        "requests": [_request(each, project, moments) for each in asking.holds],
        "unasked": [_unasked(each, moments) for each in asking.unasked],
        "elsewhere": [
            {"phase": row.id, "start": moments.at(row.start), "finish": moments.at(row.finish)}
            for row in asking.elsewhere
        ],
    }


def impossible_document(
    project: ProjectNetwork, wrong: LevellingError | None = None
) -> dict[str, Any]:
    """Return why there is no proposal: the schedule has a problem, or no schedule has room."""
    problem = project.problem
    code, text = "not_opened", "the project has no start"
    ids: tuple[str, ...] = ()
    if wrong is not None:
        code, text, ids = wrong.code, _named(str(wrong), wrong.ids, project), wrong.ids
    elif problem is not None:
        code, text, ids = problem
    return {
        **_header(project),
        "problem": {"code": code, "text": text, "ids": list(ids)},
        "finish": None,
        "phases": [],
        "requests": [],
        "unasked": [],
        "elsewhere": [],
    }


def waits_sentence(wait: Mapping[str, Any]) -> str:
    """Return why a phase waits, as one says it: `waits for the Press, held by P-17 until …`."""
    until, outage = _told(wait["until"]), wait["outage"]
    if outage is not None:
        named = " ".join(filter(None, (outage["kind"], outage["ref"])))
        return f"waits for {wait['name']}, out ({named}) until {until}"
    holders = wait["held_by"]
    if not holders:
        return f"waits for {wait['name']}, of which there is too little until {until}"
    named = ", ".join(holders[:HOLDERS_MAX])
    more = f" and {len(holders) - HOLDERS_MAX} more" if len(holders) > HOLDERS_MAX else ""
    return f"waits for {wait['name']}, held by {named}{more} until {until}"


def _header(project: ProjectNetwork) -> Row:
    return {"project": project.project_id, "name": project.name, "zone": project.zone.key}


def _in_breakdown(
    rows: Iterable[ScheduledPhase], project: ProjectNetwork
) -> Iterable[ScheduledPhase]:
    return sorted(rows, key=lambda row: (in_breakdown(project.lines[row.id].wbs), row.id))


def _phase(
    before: ScheduledPhase,
    after: ScheduledPhase,
    placed: Placement | None,
    project: ProjectNetwork,
    moments: Moments,
) -> Row:
    line = project.lines[after.id]
    waits = [] if placed is None else [_wait(each, project, moments) for each in placed.waits_for]
    return {
        "id": after.id,
        "wbs": line.wbs,
        "name": line.name,
        "summary": after.summary,
        "start": moments.at(after.start),
        "finish": moments.at(after.finish),
        "schedule_start": moments.at(before.start),
        "schedule_finish": moments.at(before.finish),
        "later_min": after.finish - before.finish,
        "requires": [{"resource": each, "milli": milli} for each, milli in line.requirements],
        "waits_for": waits,
        "because": [waits_sentence(each) for each in waits],
        "driver": {"kind": after.driver.kind, "ref": after.driver.ref},
    }


def _request(hold: Hold, project: ProjectNetwork, moments: Moments) -> Row:
    """Return the command that lays the date on a phase, with the reason in a code and in words."""
    waits = [_wait(each, project, moments) for each in hold.waits_for]
    at = moments.at(hold.at)
    present = hold.replaces
    why = "; ".join(map(waits_sentence, waits)) or (
        "would float to other dates than proposed"
        if present is not None and present.kind == "ALAP"
        else f"has its resources from {_told(at)} on"
    )
    if present is not None:
        dated = "" if present.at is None else f" {_told(moments.at(present.at))}"
        why = f"{why}, in place of {present.kind}{dated}"
    return {
        "command": "plan.constrain.v1",
        "data": {
            "project_id": project.project_id,
            "phase_id": hold.phase_id,
            "kind": "SNET",
            "at": at,
            "why": why,
            "reason": {"code": _reason_code(hold, project), "text": why},
        },
    }


def _reason_code(hold: Hold, project: ProjectNetwork) -> str:
    """Return the code of the cause where it is an outage; work in the way is told in words."""
    for wait in hold.waits_for[:1]:
        outage = _outage(wait, project)
        if outage is not None:
            return "labour_short" if outage.kind == "absence" else "machine_down"
    return "other"


def _unasked(unasked: Unasked, moments: Moments) -> Row:
    at = moments.at(unasked.at)
    text = f"work on it has begun, and no date holds the rest back to {_told(at)}"
    return {"phase": unasked.phase_id, "at": at, "text": text}


def _told(text: str) -> str:
    return f"{datetime.fromisoformat(text):%a %Y-%m-%d %H:%M}"


def _wait(wait: Wait, project: ProjectNetwork, moments: Moments) -> Row:
    outage = _outage(wait, project)
    return {
        "resource": wait.resource,
        "name": _resource(wait.resource, project),
        "held_by": list(wait.held_by),
        "outage": None if outage is None else {"kind": outage.kind, "ref": outage.ref},
        "until": moments.at(wait.until),
    }


def _outage(wait: Wait, project: ProjectNetwork) -> Outage | None:
    """Return the outage that ends when a wait does: whoever holds the resource till then, too."""
    line = project.resources.get(wait.resource)
    for outage in () if line is None else line.outages:
        if outage.until is not None and minute_of(outage.until) == wait.until:
            return outage
    return None


def _overbooking(over: Overbooking, project: ProjectNetwork, moments: Moments) -> Row:
    return {
        "resource": over.resource,
        "name": _resource(over.resource, project),
        "from": moments.at(over.start),
        "to": moments.at(over.finish),
        "missing_milli": over.missing_milli,
    }


def _shortage(shortage: Shortage, project: ProjectNetwork) -> Row:
    return {
        "phase": shortage.phase_id,
        "resource": shortage.resource_id,
        "name": _resource(shortage.resource_id, project),
        "needs_milli": shortage.needs_milli,
        "most_milli": shortage.most_milli,
    }


def _resource(resource_id: str, project: ProjectNetwork) -> str:
    line = project.resources.get(resource_id)
    return resource_id if line is None else line.name


def _named(text: str, ids: tuple[str, ...], project: ProjectNetwork) -> str:
    """Return the sentence with the names of the resources that are out without an end."""
    out = [
        line.name
        for line in project.resources.lines()
        if line.id in ids and any(each.until is None for each in line.outages)
    ]
    return f"{text}: {', '.join(out)} is out, and no end of it is known" if out else text
