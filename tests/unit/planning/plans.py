"""A plan file as a network, for tests that compare a file's dates with computed ones."""

from datetime import datetime

from consumers.gateways.plan_file import PlanFile, link_ids
from consumers.gateways.plan_form import PlanPhaseRow
from domain.kernel.minutes import Minute, minute_of
from domain.planning.network import Activity, Constraint, Link, Network, Policy


def network_of(plan: PlanFile) -> Network:
    """Return what a plan file says as a network to schedule."""
    return Network(
        project_start=minute_of(plan.project.start),
        calendars={each.id: each.working(plan.project.zone) for each in plan.calendars},
        default_calendar=plan.project.calendar,
        activities=tuple(_activity(phase) for phase in plan.phases),
        links=tuple(
            Link(
                id=name,
                pred=link.pred,
                succ=link.succ,
                type=link.type,
                lag=link.lag.value if link.lag else 0,
                unit=link.lag.unit if link.lag else "working_min",
                calendar=link.lag.calendar if link.lag else None,
            )
            for name, link in zip(link_ids(plan.links), plan.links, strict=True)
        ),
        data_date=_minute(plan.project.data_date),
        promise=_minute(plan.project.promise),
        policy=Policy(dialect=plan.project.dialect or "p6"),
    )


def _activity(phase: PlanPhaseRow) -> Activity:
    constraint = phase.constraint
    return Activity(
        id=phase.id,
        duration_min=phase.duration_min,
        kind=phase.kind,
        calendar=phase.calendar,
        parent=phase.parent,
        constraint=Constraint(constraint.kind, _minute(constraint.at)) if constraint else None,
        deadline=_minute(phase.deadline),
        actual_start=_minute(phase.actual_start),
        actual_finish=_minute(phase.actual_finish),
        remaining_min=phase.remaining_min,
    )


def _minute(at: datetime | None) -> Minute | None:
    return None if at is None else minute_of(at)
