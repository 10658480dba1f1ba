"""Write a comparison of two moments of a project as a document; instants in the project's zone."""

from collections.abc import Sequence
from typing import Any

from domain.comparison.differences import Change, Comparison, Dates, Edit, PhaseMove
from domain.kernel.minutes import Minute
from domain.network.project_network import ProjectNetwork
from domain.planning.network import Constraint
from projections.contract import Row
from projections.moments import Moments


def compared_document(
    found: Comparison, before: ProjectNetwork, after: ProjectNetwork
) -> dict[str, Any]:
    """Return every difference; lists are empty where there is none."""
    moments = Moments(after.zone)
    return {
        "project": after.project_id,
        "name": after.name,
        "zone": after.zone.key,
        "same": found.is_empty,
        "problem_before": None if before.problem is None else before.problem.text,
        "problem_after": None if after.problem is None else after.problem.text,
        "finish": _dates(found.finish, moments),
        "promise": _dates(found.promise, moments),
        "data_date": _dates(found.data_date, moments),
        "added": [_phase(each, after) for each in found.added],
        "removed": [_phase(each, before) for each in found.removed],
        "moved": [_moved(move, after, moments) for move in found.moved],
        "edited": [
            {**_phase(edit.id, after), "changes": _changes(edit.changes, moments)}
            for edit in found.edited
        ],
        "links": {
            "added": [_link(each, after) for each in found.links_added],
            "removed": [_link(each, before) for each in found.links_removed],
            "changed": _edits(found.links_changed, moments),
        },
        "calendars": _edits(found.calendars, moments),
        "policy": _changes(found.policy, moments),
    }


def _dates(dates: Dates, moments: Moments) -> Row:
    before, after = dates
    return {
        "before": _at(before, moments),
        "after": _at(after, moments),
        "moved_min": None if before is None or after is None else after - before,
    }


def _at(minute: Minute | None, moments: Moments) -> str | None:
    return None if minute is None else moments.at(minute)


def _phase(phase_id: str, network: ProjectNetwork) -> Row:
    line = network.lines[phase_id]
    return {"id": phase_id, "name": line.name, "department": line.department}


def _moved(move: PhaseMove, network: ProjectNetwork, moments: Moments) -> Row:
    one, other = move.before, move.after
    return {
        **_phase(move.phase_id, network),
        "start": _dates(Dates(one.start, other.start), moments),
        "finish": _dates(Dates(one.finish, other.finish), moments),
        "worked_min": move.worked_min,
        "total_float_min": {"before": one.total_float_min, "after": other.total_float_min},
        "critical": {"before": one.critical, "after": other.critical},
        "driver": {"kind": other.driver.kind, "ref": other.driver.ref},
    }


def _link(link_id: str, network: ProjectNetwork) -> Row:
    link = network.links[link_id].link
    return {"id": link_id, "pred": link.pred, "succ": link.succ, "type": link.type}


def _edits(edits: Sequence[Edit], moments: Moments) -> Sequence[Row]:
    return [{"id": edit.id, "changes": _changes(edit.changes, moments)} for edit in edits]


def _changes(changes: Sequence[Change], moments: Moments) -> Sequence[Row]:
    return [
        {
            "name": change.name,
            "before": _value(change.before, moments),
            "after": _value(change.after, moments),
        }
        for change in changes
    ]


def _value(value: Any, moments: Moments) -> Any:  # noqa: ANN401  As planned, as JSON.
    match value:
        case Constraint(kind=kind, at=at):
            return {"kind": kind, "at": _at(at, moments)}
        case tuple():
            return [[_clock(begin), _clock(end)] for begin, end in value]
        case None | str() | int():
            return value
        case _:
            return moments.of(value)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
