"""Answer what a project was to cost, has cost and has earned, and with whose hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from consumers.question import Asked, Parameter, Question
from consumers.views import Views
from domain.costing.book import CostBook
from domain.costing.measured import MILESTONES, Measure, Scheduled, measure
from domain.costing.valued import InTime, Valued, in_time, valued
from domain.kernel.ids import stream_of
from domain.kernel.minutes import minute_of
from domain.kernel.refusals import UnknownSubject
from domain.kernel.work_axis import CalendarError
from domain.network.project_network import ProjectNetwork
from domain.planning.earned_value import Undefined
from domain.rates.facts import Rates, rates_of
from projections.costed import cost_document


def cost(views: Views, project_id: str, asked: Asked) -> dict[str, Any]:
    """Return the earned value of a project, its departments and phases at the status date.

    That is the data date; without one, the moment of the log. Raises WrongInput and UnknownSubject.
    """
    position = views.position_or_head(asked.get("as_of"))
    network = views.network(project_id, position)
    book = CostBook()
    now: datetime | None = None
    for recorded in views.history(project_id, 0, position):
        book.fold(recorded)
        now = recorded.recorded_at
    assert now is not None, "a project that is opened has an event"
    views.clock.reach(position)
    tick = views.clock.last(position)
    if tick is not None:
        now = max(now, tick.event.to)
    status_date = network.data_date or now
    measures = _measures(views, network, book, status_date, position)
    at = minute_of(status_date)

    def figures(some: Sequence[Measure]) -> tuple[Valued, InTime | Undefined]:
        value = valued(some, at)
        try:
            return value, in_time(some, value.value.ev, at, network.calendar)
        except CalendarError as wrong:
            return value, Undefined(str(wrong))

    departments: dict[str, list[Measure]] = {}
    for each in measures:
        departments.setdefault(each.department, []).append(each)
    return cost_document(
        project=project_id,
        name=network.name,
        position=position,
        status_date=status_date,
        whole=figures(measures),
        departments={name: figures(some) for name, some in departments.items()},
        phases=[(each, valued([each], at)) for each in measures],
    )


def _measures(
    views: Views, network: ProjectNetwork, book: CostBook, at: datetime, position: int
) -> list[Measure]:
    """Measure every phase that is work, and any other that cost something."""
    rates = {skill: _rates(views, skill, position) for skill in book.skills_booked()}
    scheduled = _scheduled(views, network.project_id, book)
    lines = {line.id: line for line in network.working_lines() if line.kind not in MILESTONES}
    for phase_id in book.costs:
        lines.setdefault(phase_id, network.line(phase_id))
    return [
        measure(line, book, rates, scheduled.get(phase_id), at=at, zone=network.zone)
        for phase_id, line in sorted(lines.items())
    ]


def _rates(views: Views, skill: str, position: int) -> Rates:
    history = views.feed.read_stream(stream_of("rate", skill))
    return rates_of(event for event in history if event.position <= position)


def _scheduled(views: Views, project_id: str, book: CostBook) -> Mapping[str, Scheduled]:
    """Return when each budgeted phase was to be worked, as of the position of its budget."""
    by_position: dict[int, list[str]] = {}
    for phase_id, known in book.costs.items():
        if known.baselined is not None:
            by_position.setdefault(known.baselined.at_position, []).append(phase_id)
    found: dict[str, Scheduled] = {}
    for position, phase_ids in sorted(by_position.items()):
        try:
            network = views.network(project_id, position)
        except UnknownSubject:
            continue  # The project was not open yet: its phases were not scheduled.
        schedule = network.schedule()
        for phase_id in phase_ids:
            row = None if schedule is None else schedule.phases.get(phase_id)
            if row is not None:
                axis = network.calendar_of(network.lines[phase_id]).axis
                found[phase_id] = Scheduled(row.start, row.finish, axis)
    return found


COST: Final = Question(
    "cost",
    "Say what a project was to cost, has cost and has earned, and with whose hours.",
    cost,
    (Parameter("as_of", "Position or time at which it is asked; the head of the log."),),
)
