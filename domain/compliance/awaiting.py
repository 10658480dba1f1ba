"""Say what is to be asked of departments now, and when to look again: requests, reminders, misses.

For a policy to ask: what was asked before is not asked again, so a tick more or less changes
nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from domain.compliance.matrix import Awaited, Matrix
from domain.compliance.open_work import open_lines
from domain.kernel.minutes import minute_of
from domain.network.project_network import ProjectNetwork
from domain.reports.commands import MissReport, RemindOfReport, RequestReport
from domain.reports.facts import Stage

Ask: TypeAlias = RequestReport | RemindOfReport | MissReport

LOOK_BACK_PERIODS: Final = 12
"""So many months back a report is still asked for that nobody asked for in time."""

_A_MOMENT: Final = timedelta(microseconds=1)
"""A report that comes at the last moment of its grace is in time."""


def asked_now(
    project_id: str, department: str, matrix: Matrix, now: datetime, template: Sequence[str]
) -> Iterator[Ask]:
    """Yield what is to be asked of a department's reports, the oldest first.

    A report is requested when its period begins, reminded of when it is due and has not come, and
    missed when the grace is over; one of a period that began with nothing left to report on is not
    asked for. `template` names the phases that one requested now has to be on.
    """
    for each in _standing(matrix, department, now):
        named: dict[str, Any] = {
            "project_id": project_id,
            "department_id": department,
            "period": each.period,
        }
        report = each.report
        if report.requested is None and each.asked.begins <= now:
            yield RequestReport(**named, template=tuple(template))
        if report.stage is Stage.WAIVED or report.stage is Stage.ACCEPTED:
            continue
        if now > each.asked.overdue_at:
            if report.missed_at is None and not report.came_by(each.asked.overdue_at):
                yield MissReport(**named)
        elif now > each.asked.due and not report.versions and report.reminded_at is None:
            yield RemindOfReport(**named)


def next_moment(department: str, matrix: Matrix, now: datetime) -> datetime | None:
    """Return the next moment at which time alone brings something to be asked."""
    return min(
        (
            moment
            for each in _standing(matrix, department, now)
            for moment in (
                each.asked.begins,
                each.asked.due + _A_MOMENT,
                each.asked.overdue_at + _A_MOMENT,
            )
            if moment > now
        ),
        default=None,
    )


def template_of(
    network: ProjectNetwork, department: str, now: datetime, look_ahead_days: int
) -> tuple[str, ...]:
    """Return the department's phases that run, or are to start within so many days, by id.

    Milestones are no work to report on; without a schedule only what runs is known.
    """
    schedule = network.schedule()
    horizon = minute_of(now + timedelta(days=look_ahead_days))
    found = []
    for line in open_lines(network):
        if line.department != department:
            continue
        row = None if schedule is None else schedule.phases.get(line.id)
        if line.known.has_started or (row is not None and row.start <= horizon):
            found.append(line.id)
    return tuple(found)


def _standing(matrix: Matrix, department: str, now: datetime) -> Iterator[Awaited]:
    return matrix.awaited(department, now, LOOK_BACK_PERIODS)
