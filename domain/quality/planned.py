"""Check how a plan is built: logic, leads, lags, link types, constraints, durations, resources.

Checks 1 to 10 of DCMA-EA PAM 200.1 (Earned Value Management System Program Analysis Pamphlet,
October 2012), section 4; thresholds as in DOMAIN 4, S14.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from domain.kernel.minutes import minute_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import LinkLine
from domain.quality.check import Check, Limit, Name, named
from domain.quality.plan import Plan

NONE: Final = Limit("at_most", 0.0)
FEW: Final = Limit("at_most", 0.05)
MOST: Final = Limit("at_least", 0.9)

LONG_DAYS: Final = 44
"""Two months of working days, the most a task may last or float (PAM 200.1, 4.6 and 4.8)."""

HARD: Final = frozenset({"MSO", "MFO", "SNLT", "FNLT"})
"""Constraints that hold a phase back from being as late as its logic says."""

NO_SCHEDULE: Final = "there is no schedule"
NO_DATA_DATE: Final = "there is no data date"


def logic(plan: Plan) -> Check:
    """Return the tasks without a predecessor or without a successor."""
    preds = {line.link.pred for line in plan.network.links.values()}
    succs = {line.link.succ for line in plan.network.links.values()}
    found = []
    for line in plan.open:
        own = plan.lies_under(line)
        if own.isdisjoint(preds) or own.isdisjoint(succs):
            found.append(line)
    return _share(1, "logic", FEW, found, plan.open)


def leads(plan: Plan) -> Check:
    """Return the links with a negative lag."""
    return _of_links(2, "leads", NONE, [each for each in plan.links if each.link.lag < 0], plan)


def lags(plan: Plan) -> Check:
    """Return the links with a lag."""
    return _of_links(3, "lags", FEW, [each for each in plan.links if each.link.lag > 0], plan)


def relationship_types(plan: Plan) -> Check:
    """Return the share of finish-to-start links, and the phases that other links lead to."""
    others = [line for line in plan.links if line.link.type != "FS"]
    return Check(
        4,
        "relationship_types",
        MOST,
        len(plan.links) - len(others),
        len(plan.links),
        named(line.link.succ for line in others),
        named(line.link.id for line in others),
    )


def hard_constraints(plan: Plan) -> Check:
    """Return the tasks that a typed date holds whatever they wait for."""
    found = [line for line in plan.open if line.constraint and line.constraint.kind in HARD]
    return _share(5, "hard_constraints", FEW, found, plan.open)


def high_float(plan: Plan) -> Check:
    """Return the tasks with more than 44 working days of total float, whose logic says little."""
    if plan.schedule is None:
        return Check(6, "high_float", FEW, undefined=NO_SCHEDULE)
    rows = plan.schedule.phases
    found = [line for line in plan.open if rows[line.id].total_float_min > _long(plan, line)]
    return _share(6, "high_float", FEW, found, plan.open)


def negative_float(plan: Plan) -> Check:
    """Return the tasks that are later than a date asks of them."""
    if plan.schedule is None:
        return Check(7, "negative_float", NONE, undefined=NO_SCHEDULE)
    rows = plan.schedule.phases
    found = [line for line in plan.open if rows[line.id].total_float_min < 0]
    return _share(7, "negative_float", NONE, found, plan.open)


def high_duration(plan: Plan) -> Check:
    """Return the tasks planned for more than 44 working days, which nobody can follow closely."""
    found = [line for line in plan.open if line.duration_min > _long(plan, line)]
    return _share(8, "high_duration", FEW, found, plan.open)


def invalid_dates(plan: Plan) -> Check:
    """Return the tasks to be worked before the data date, or reported as worked after it."""
    data_date, until = plan.data_date, plan.reported_until
    if plan.schedule is None or data_date is None or until is None:
        missing = NO_SCHEDULE if plan.schedule is None else NO_DATA_DATE
        return Check(9, "invalid_dates", NONE, undefined=missing)
    found = []
    for line in plan.tasks:
        row, known = plan.schedule.phases[line.id], line.known
        actuals = (minute_of(at) for at in (known.started_at, known.ended_at) if at is not None)
        in_the_past = not known.has_ended and (
            row.finish < data_date or (not known.has_started and row.start < data_date)
        )
        if in_the_past or any(actual > until for actual in actuals):
            found.append(line)
    return _share(9, "invalid_dates", NONE, found, plan.tasks)


def resources(plan: Plan) -> Check:
    """Return the tasks of a day and more for which nobody and nothing is required."""
    lasting = [line for line in plan.open if line.duration_min >= plan.day_min(line)]
    found = [line for line in lasting if not line.requirements]
    return _share(10, "resources", NONE, found, lasting)


def _long(plan: Plan, line: PhaseLine) -> int:
    return LONG_DAYS * plan.day_min(line)


def _share(
    number: int, name: Name, limit: Limit, found: Sequence[PhaseLine], of: Sequence[PhaseLine]
) -> Check:
    return Check(number, name, limit, len(found), len(of), _ids(found), undefined=_none(of))


def _of_links(
    number: int, name: Name, limit: Limit, found: Sequence[LinkLine], plan: Plan
) -> Check:
    return Check(
        number,
        name,
        limit,
        len(found),
        len(plan.links),
        named(line.link.succ for line in found),
        named(line.link.id for line in found),
        None if plan.links else "there is no link",
    )


def _ids(lines: Iterable[PhaseLine]) -> tuple[str, ...]:
    return named(line.id for line in lines)


def _none(of: Sequence[PhaseLine]) -> str | None:
    return None if of else "there is no such task"
