"""Write what a what-if changes as a document: dates, floats, load, promises missed and their cost.

Instants are in the project's zone, float in working minutes, overload in minutes on the clock.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from domain.comparison.delay import Missed, missed, missed_days
from domain.comparison.differences import compare
from domain.levelling.load import Load, loads_of
from domain.network.project_network import ProjectNetwork
from domain.planning.network import ScheduledPhase
from projections.compared import compared_document
from projections.contract import Row


def effect_document(before: ProjectNetwork, after: ProjectNetwork) -> dict[str, Any]:
    """Return all that is otherwise in one network than in another of the same project.

    `load` and `delay` list what they are about whether or not it changed. What nobody said, e.g.
    what a day of delay costs, is null.
    """
    return {
        **compared_document(compare(before, after), before, after),
        "float": _floats(before, after),
        "load": _loads(before, after),
        "delay": {
            "missed_days": {
                "before": _days(missed_days(before)),
                "after": _days(missed_days(after)),
            },
            "promises": _promises(missed(before), missed(after)),
        },
    }


def _floats(before: ProjectNetwork, after: ProjectNetwork) -> Row:
    old, new = _worked(before), _worked(after)
    return {name: {"before": of(old), "after": of(new)} for name, of in _FLOATS.items()}


def _worked(network: ProjectNetwork) -> Sequence[ScheduledPhase]:
    schedule = network.schedule()
    return [] if schedule is None else [row for row in schedule.phases.values() if not row.summary]


_FLOATS: Final[Mapping[str, Callable[[Sequence[ScheduledPhase]], int | None]]] = {
    "least_min": lambda rows: min((row.total_float_min for row in rows), default=None),
    "critical_phases": lambda rows: sum(row.critical for row in rows),
    "negative_phases": lambda rows: sum(row.total_float_min < 0 for row in rows),
}


def _loads(before: ProjectNetwork, after: ProjectNetwork) -> Sequence[Row]:
    old, new = loads_of(before), loads_of(after)
    return [
        {
            "resource": resource_id,
            "name": _resource(resource_id, after),
            "before": _load(old.get(resource_id)),
            "after": _load(new.get(resource_id)),
        }
        for resource_id in sorted(old.keys() | new.keys())
    ]


def _load(load: Load | None) -> Row | None:
    if load is None:
        return None
    return {
        "peak_milli": load.peak_milli,
        "overload_min": load.overload_min,
        "most_missing_milli": load.most_missing_milli,
    }


def _resource(resource_id: str, network: ProjectNetwork) -> str:
    line = network.resources.get(resource_id)
    return resource_id if line is None else line.name


def _promises(before: Sequence[Missed], after: Sequence[Missed]) -> Sequence[Row]:
    old, new = _by_promise(before), _by_promise(after)
    return [
        {
            "party": party,
            "deliverable": deliverable,
            "before": _missed(old.get((party, deliverable))),
            "after": _missed(new.get((party, deliverable))),
        }
        for party, deliverable in sorted(old.keys() | new.keys())
    ]


def _by_promise(promises: Sequence[Missed]) -> Mapping[tuple[str, str], Missed]:
    return {(each.party, each.deliverable): each for each in promises}


def _missed(each: Missed | None) -> Row | None:
    if each is None:
        return None
    cost = None
    if each.cost_minor is not None:
        cost = {"minor": each.cost_minor, "currency": each.currency}
    return {"promised": each.promised.isoformat(), "missed_days": _days(each.days), "cost": cost}


def _days(days: Decimal | None) -> str | None:
    return None if days is None else str(days)
