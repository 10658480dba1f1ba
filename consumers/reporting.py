"""Answer who reported on a project, when, and what contradicts what was reported."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from consumers.question import Asked, Parameter, Question, whole_number
from consumers.views import Views
from domain.compliance.known import known_to_report
from domain.compliance.matrix import Matrix
from domain.compliance.open_work import OpenWork
from domain.network.project_network import ProjectNetwork
from domain.network.walk import Walk
from domain.reports.checks import PhaseKnown
from projections.replay import messages_of
from projections.reported import compliance_document

PERIODS: Final = 8
PERIODS_MAX: Final = 400


def reports(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return the reports of each department, the last so many periods of them.

    Departments with phases in the plan are listed whether they report or not. Raises WrongInput
    and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    periods = whole_number(asked, "periods", PERIODS, 1, PERIODS_MAX)
    network = views.network(project_id, position)
    work, then = OpenWork(), Walk(ProjectNetwork(project_id))
    matrix = Matrix(work)
    now: datetime | None = None
    for message in messages_of(views.history(project_id, 0, position)):
        now = message[-1].recorded_at
        for recorded in message:
            then.take(recorded)
            work.fold(recorded, then.network, now, more=recorded is not message[-1])
            matrix.fold(recorded)
    assert now is not None, "a project that is opened has an event"
    views.clock.reach(position)
    tick = views.clock.last(position)
    if tick is not None:
        now = max(now, tick.event.to)

    def phases(department: str, named: Sequence[str], at: datetime) -> Sequence[PhaseKnown]:
        return _phases(network, department, frozenset(named), at)

    departments = {*matrix.departments(), *(line.department for line in network.working_lines())}
    rows = [matrix.row(each, now, phases, periods) for each in sorted(departments)]
    return compliance_document(project_id, network.name, position, now, rows)


def _phases(
    network: ProjectNetwork, department: str, named: frozenset[str], at: datetime
) -> Sequence[PhaseKnown]:
    """Return what was known at a moment of a department's phases, and of those named."""
    return [
        known_to_report(
            line.id, line.execution, at, planned=line.planned and line.department == department
        )
        for line in sorted(network.lines.values(), key=lambda line: line.id)
        if line.id in named
        or (line.planned and line.department == department and line.execution.facts)
    ]


REPORTS: Final = Question(
    "reports",
    "Say which department reported for which period, and what contradicts its reports.",
    reports,
    (
        Parameter("as_of", "Position or time at which it is asked; the head of the log."),
        Parameter("periods", f"So many of the last periods; {PERIODS}.", "integer"),
    ),
)
