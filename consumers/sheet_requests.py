"""Turn what a sheet asks for into requests: one decision for all of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from consumers.canonical_json import canonical
from consumers.deciding import Request
from consumers.gateways.plan_file import link_ids
from consumers.gateways.plan_form import PlanLink
from consumers.requests import read_command
from consumers.sheet_cells import LinkCell, link_cells
from consumers.sheet_changes import PhaseEdits, Wrong
from domain.kernel.refusals import Malformed
from domain.kernel.values import Reason, rfc3339

_REVISED: Final = {
    "wbs": "wbs", "name": "name", "department": "department_id", "kind": "kind",
    "calendar": "calendar_id", "parent": "parent",
}  # fmt: skip
"""Columns of what a phase is, and the field of the request."""


class RowRequest(NamedTuple):
    """A request, and the row it comes from."""

    row: int
    request: Request


class _Asked(NamedTuple):
    order: int
    row: int
    column: str | None
    name: str
    data: Mapping[str, Any]


def requests_of(
    project_id: str,
    phases: Sequence[PhaseEdits],
    known: Mapping[str, Mapping[str, Any]],
    reason: Reason | None,
) -> tuple[list[RowRequest], list[Wrong]]:
    """Return the requests in the order they are decided in, or what is wrong with some.

    `known` are the phases of the schedule as it stands, by id. New phases come first, each after
    its parent; links come last, those that go before those that come.
    """
    taken = {link["id"] for phase in known.values() for link in phase["links"]}
    asked = [each for edits in phases for each in _asked(edits, known.get(edits.phase), taken)]
    asked.sort(key=lambda each: each.order)
    asked = [*_parents_first([each for each in asked if each.order == _NEW]),
             *(each for each in asked if each.order != _NEW)]  # fmt: skip
    why = {} if reason is None else {"reason": reason.model_dump(exclude_none=True)}
    found: list[RowRequest] = []
    wrong: list[Wrong] = []
    for each in asked:
        request = Request(each.name, canonical({"project_id": project_id, **each.data, **why}))
        try:
            read_command(request.name, request.body)
        except Malformed as refused:
            wrong.append(Wrong(each.row, each.column, str(refused)))
        found.append(RowRequest(each.row, request))
    return found, wrong


_NEW, _REVISE, _DURATION, _PROGRESS, _CONSTRAIN, _DEADLINE, _UNLINK, _LINK = range(8)


def _asked(edits: PhaseEdits, known: Mapping[str, Any] | None, taken: set[str]) -> Iterator[_Asked]:
    row, phase, values = edits.row, {"phase_id": edits.phase}, edits.values
    revised = {name: values[column] or "" for column, name in _REVISED.items() if column in values}
    if edits.is_new:
        told = {**phase, **revised, "duration_min": values["duration_min"]}
        yield _Asked(_NEW, row, None, "plan.plan_phase.v1", told)
    else:
        if revised:
            yield _Asked(_REVISE, row, None, "plan.revise_phase.v1", {**phase, **revised})
        if "duration_min" in values:
            told = {**phase, "duration_min": values["duration_min"]}
            yield _Asked(_DURATION, row, "duration_min", "plan.revise_duration.v1", told)
    yield from _progress(edits, known or {})
    if "constraint" in values or "constraint_at" in values:
        told = {**phase, **_constraint(values, (known or {}).get("constraint"))}
        yield _Asked(_CONSTRAIN, row, "constraint", "plan.constrain.v1", told)
    if "deadline" in values:
        told = {**phase, "at": _written(values["deadline"])}
        yield _Asked(_DEADLINE, row, "deadline", "plan.set_deadline.v1", told)
    if "predecessors" in values:
        stand = (known or {}).get("links", ())
        yield from _links(row, edits.phase, values["predecessors"], stand, taken)


def _progress(edits: PhaseEdits, known: Mapping[str, Any]) -> Iterator[_Asked]:
    values = edits.values
    if "remaining_min" not in values and "physical_bp" not in values:
        return
    told: dict[str, Any] = {"phase_id": edits.phase}
    told["remaining_min"] = values.get("remaining_min", known.get("remaining_min"))
    share = values.get("physical_bp", known.get("physical_bp"))
    if share is not None:
        told["physical_bp"] = share
    yield _Asked(_PROGRESS, edits.row, "remaining_min", "phase.record_progress.v1", told)


def _constraint(values: Mapping[str, Any], known: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return a constraint of which perhaps only one part was edited; without a kind it goes."""
    stands = known or {"kind": None, "at": None}
    kind = values["constraint"] if "constraint" in values else stands["kind"]
    at = _written(values["constraint_at"]) if "constraint_at" in values else stands["at"]
    if kind is None:
        return {"kind": "ASAP"}
    return {"kind": kind, "at": at}


def _links(
    row: int,
    phase: str,
    told: Any,  # noqa: ANN401
    stand: Sequence[Mapping[str, Any]],
    taken: set[str],
) -> Iterator[_Asked]:
    wanted = {(each.pred, each.type): each for each in told or ()}
    known = link_cells(stand)
    for pair, link in known.items():
        if pair not in wanted:
            named = {"link_id": link["id"]}
            yield _Asked(_UNLINK, row, "predecessors", "plan.unlink_phases.v1", named)
    for pair, cell in wanted.items():
        there = known.get(pair)
        if there is not None and cell == _as_cell(there):
            continue
        if there is None:
            (link_id,) = link_ids([PlanLink(pred=cell.pred, succ=phase, type=cell.type)], taken)
            taken.add(link_id)
            link = _link(phase, cell, link_id, None)
        else:
            # What a sheet does not show of a link that is there stays.
            calendar = (there["lag"] or {}).get("calendar")
            link = _link(phase, cell, there["id"], calendar) | {"strength": there["strength"]}
        yield _Asked(_LINK, row, "predecessors", "plan.link_phases.v1", link)


def _link(phase: str, cell: LinkCell, link_id: str, calendar: str | None) -> dict[str, Any]:
    link = {"link_id": link_id, "pred": cell.pred, "succ": phase, "link_type": cell.type}
    if not cell.value:
        return link
    return {**link, "lag": {"value": cell.value, "unit": cell.unit, "calendar": calendar}}


def _as_cell(link: Mapping[str, Any]) -> LinkCell:
    lag = link["lag"] or {"value": 0, "unit": "working_min"}
    return LinkCell(link["pred"], link["type"], lag["value"], lag["unit"])


def _written(value: Any) -> str | None:  # noqa: ANN401
    return None if value is None else rfc3339(value)


def _parents_first(asked: Sequence[_Asked]) -> Iterator[_Asked]:
    """Yield new phases in the sheet's order, but each after its parent."""
    by_id = {each.data["phase_id"]: each for each in asked}
    done: set[str] = set()
    for each in asked:
        chain = []
        at: _Asked | None = each
        while at is not None and at.data["phase_id"] not in done:
            done.add(at.data["phase_id"])
            chain.append(at)
            at = by_id.get(at.data.get("parent"))
        yield from reversed(chain)
