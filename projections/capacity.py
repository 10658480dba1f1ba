"""Write a project's load as a document: overloads to the minute, a heat map, manpower by skill."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.network.calendars import standard_day_min
from domain.network.demand import ResourceLoad, loads, span_of
from domain.network.manpower import MILLI, SkillGap, skill_gaps
from domain.network.project_network import ProjectNetwork
from domain.planning.load import Cell, Interval, Overload, cells, overloads, stretches
from domain.planning.network import Schedule
from projections.contract import Row
from projections.moments import Moments

Bucket: TypeAlias = Literal["day", "week"]
BUCKETS: Final[tuple[Bucket, ...]] = ("day", "week")
FULL_BP: Final = 10_000
AMBER_BP: Final = 8_500
CELLS_MAX: Final = 50_000
"""So many cells all heat maps of a document have together; they end where there would be more."""
STANDARD_DAY_MIN: Final = 480
"""A full-time equivalent works so long on a working day."""


def load_document(project: ProjectNetwork, position: int, bucket: Bucket) -> dict[str, Any]:
    """Return load against capacity from the data date on; nothing where there is no schedule."""
    schedule, problem = project.schedule(), project.problem
    header: dict[str, Any] = {
        "project": project.project_id,
        "name": project.name,
        "position": position,
        "zone": project.zone.key,
        "problem": None if problem is None else problem.text,
        "bucket": bucket,
    }
    if schedule is None:
        return {
            **header,
            "from": None,
            "to": None,
            "cells_to": None,
            "resources": [],
            "manpower": None,
        }
    return {**header, **_load(project, schedule, bucket)}


def _load(project: ProjectNetwork, schedule: Schedule, bucket: Bucket) -> Row:
    moments = Moments(project.zone)
    span = span_of(project, schedule)
    found = loads(project, schedule, span)
    edges = edges_of(span, project.zone, bucket)
    edges = edges[: max(CELLS_MAX // max(len(found), 1), 1) + 1]
    return {
        "from": moments.at(span[0]),
        "to": moments.at(span[1]),
        "cells_to": moments.at(edges[-1]),
        "resources": [_resource(each, edges, project, moments) for each in found],
        "manpower": _manpower(project, found, span[0], moments),
    }


def edges_of(span: Interval, zone: ZoneInfo, bucket: Bucket) -> Sequence[Minute]:
    """Return where buckets begin, and where the last one ends: at midnights of the zone.

    A week begins on Monday. The first bucket begins at or before the span, the last ends after it.
    """
    day: date = instant_of(span[0]).astimezone(zone).date()
    step = timedelta(days=1)
    if bucket == "week":
        day, step = day - timedelta(days=day.weekday()), timedelta(days=7)
    edges = [_midnight(day, zone)]
    while edges[-1] < span[1]:
        day += step
        edges.append(_midnight(day, zone))
    return edges


def _midnight(day: date, zone: ZoneInfo) -> Minute:
    return minute_of(datetime.combine(day, time(), zone))


def _resource(
    load: ResourceLoad, edges: Sequence[Minute], project: ProjectNetwork, moments: Moments
) -> Row:
    line, capacity = load.resource, load.capacity
    swept = list(stretches(load.demands, capacity or (), edges))
    over = [] if capacity is None else overloads(swept)
    return {
        "id": line.id,
        "name": line.name,
        "class": line.resource_class,
        "department": line.department,
        "has_capacity": capacity is not None,
        "overload_min": sum(each.overload_min for each in over),
        "peak_milli": max((each.peak_milli for each in over), default=0),
        "overloads": [_overload(each, project, moments) for each in over],
        "outages": [
            {
                "kind": each.kind,
                "from": moments.of(each.since),
                "to": moments.of_optional(each.until),
                "ref": each.ref,
            }
            for each in line.outages
        ],
        "cells": [
            _cell(each, moments, is_known=capacity is not None)
            for each in cells(swept, edges)
            if each.load_milli_min or each.capacity_milli_min
        ],
    }


def _overload(over: Overload, project: ProjectNetwork, moments: Moments) -> Row:
    return {
        "from": moments.at(over.start),
        "to": moments.at(over.finish),
        "overload_min": over.overload_min,
        "peak_milli": over.peak_milli,
        "excess_milli": over.excess_milli,
        "phases": named(over.by, project),
    }


def _cell(cell: Cell, moments: Moments, *, is_known: bool) -> Row:
    """Return a bucket; without a capacity there is no ratio, and of an unknown one no colour."""
    load, there = cell.load_milli_min, cell.capacity_milli_min
    level = "none"
    if is_known:
        level = "ok"
        if load > there:
            level = "red"
        elif load * FULL_BP > there * AMBER_BP:
            level = "amber"
    return {
        "from": moments.at(cell.start),
        "to": moments.at(cell.finish),
        "load_milli_min": load,
        "capacity_milli_min": there,
        "ratio_bp": load * FULL_BP // there if there else None,
        "level": level,
        "overload_min": cell.overload_min if is_known else None,
        "phases": list(cell.by),
    }


def _manpower(
    project: ProjectNetwork, found: Sequence[ResourceLoad], begin: Minute, moments: Moments
) -> Row | None:
    """Return the gap of each skill until the promise; None where nothing was promised."""
    promise = project.promise_end
    if promise is None:
        return None
    until = max(minute_of(promise), begin)
    calendar = project.calendar
    days_min = calendar.axis.between(begin, until) * STANDARD_DAY_MIN // standard_day_min(calendar)
    gaps = skill_gaps(project, found, (begin, until))
    return {
        "from": moments.at(begin),
        "until": moments.at(until),
        "skills": [_skill(each, days_min, project) for each in gaps],
    }


def _skill(gap: SkillGap, days_min: int, project: ProjectNetwork) -> Row:
    lacking = gap.gap_milli_min
    return {
        "skill": gap.skill,
        "needed_min": gap.needed_milli_min // MILLI,
        "free_min": None if gap.free_milli_min is None else gap.free_milli_min // MILLI,
        "gap_min": None if lacking is None else _up(lacking, MILLI),
        "fte_milli": _up(lacking, days_min) if lacking is not None and days_min else None,
        "resources": list(gap.resources),
        "phases": named(gap.phases, project),
    }


def _up(amount: int, unit: int) -> int:
    """Return whole units, rounded up: a gap is not told smaller than it is."""
    return -(-amount // unit)


def named(ids: Iterable[str], project: ProjectNetwork) -> list[Row]:
    """Return phases with their names, in the order given."""
    return [{"id": each, "name": project.name_of(each)} for each in ids]
