"""Whenever a report's time comes, then ask for it, remind of it, and say that it was missed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.compliance.awaiting import Ask, asked_now, next_moment, template_of
from domain.compliance.matrix import Matrix
from domain.compliance.open_work import OVER, OpenWork
from domain.kernel.ids import derived_id
from domain.kernel.messages import Recorded
from domain.policies.policy import Request, nothing_else
from domain.reports.events import ReportingScheduleSet
from domain.rules.watched import Watched


@dataclass(slots=True)
class Standing:
    """One department's rule of reporting: which event set it, and what was asked by it."""

    set_by: str
    look_at: datetime | None
    """The next moment at which something is to be asked; None: there is none."""
    asked: set[tuple[str, str]] = field(default_factory=set)
    """By the name of the command and the period."""


@dataclass(slots=True)
class Awaiting:
    """What departments of one project report, and by which rules."""

    work: OpenWork = field(default_factory=OpenWork)
    matrix: Matrix = field(init=False)
    standing: dict[str, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.matrix = Matrix(self.work)


class ReportingClock:
    """Request a report when its period begins, remind when it is due, miss it after the grace.

    The moments are those of the department's own zone. Each is asked once while a rule stands:
    the message id derives from the command, the report, and the event that set the rule. A report
    that comes in the last moment of its grace is in time, so it is missed just after. Of a
    department that has no phase left when a period begins, the period's report is not asked for.
    """

    name = "reporting_clock"
    instead = staticmethod(nothing_else)

    def initial(self) -> Awaiting:
        """Return a project in which nobody reports."""
        return Awaiting()

    def fold(
        self, state: Awaiting, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> Sequence[Request]:
        """Take one event in, or a tick; return what is asked for by the moment that has come."""
        moment = project.moment_of(recorded)
        state.work.fold(recorded, project.network, moment, more=more)
        state.matrix.fold(recorded)
        if isinstance(recorded.event, ReportingScheduleSet):
            state.standing[recorded.subject_id] = Standing(recorded.event_id, moment)
        if more or project.network.standing in OVER:
            return ()
        return [
            request
            for department, standing in sorted(state.standing.items())
            if standing.look_at is not None and standing.look_at <= moment
            for request in _asked(state.matrix, department, standing, project, moment)
        ]

    def due(self, state: Awaiting, project: Watched) -> datetime | None:
        """Return the next moment at which a report is to be asked for, reminded of or missed."""
        del project
        moments = (each.look_at for each in state.standing.values())
        return min((moment for moment in moments if moment is not None), default=None)


def _asked(
    matrix: Matrix, department: str, standing: Standing, project: Watched, moment: datetime
) -> Iterator[Request]:
    """Yield what was not asked yet, the oldest report first, and know when to look again."""
    schedule = matrix.schedule(department)
    assert schedule is not None, "whoever stands has a schedule"
    template = template_of(project.network, department, moment, schedule.look_ahead_days)
    for ask in asked_now(project.project_id, department, matrix, moment, template):
        what = ask.command_name, ask.period
        if what not in standing.asked:
            standing.asked.add(what)
            yield Request(_message_id(ask, standing), ask)
    standing.look_at = next_moment(department, matrix, moment)


def _message_id(ask: Ask, standing: Standing) -> str:
    return derived_id("", ask.command_name, ask.stream(), standing.set_by)
