"""C5: find resources that need overtime week after week."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.kernel.wording import counted
from domain.network.capacity import ResourceLine
from domain.network.project_network import ProjectNetwork
from domain.projects.events import DataDateAdvanced
from domain.resources.events import EVENTS as RESOURCE_EVENTS
from domain.resources.events import CapacitySet, OvertimeAuthorised
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.telling import Condition, Conditions
from domain.rules.watched import Watched

NAME: Final[str] = "overtime_dependence"
VERSION: Final[int] = 1

SHARE: Final = Parameter(
    "share", 15, "percent", "More overtime than this in a week counts, of all its minutes."
)
WEEKS: Final = Parameter("weeks", 3, "weeks", "So many weeks in a row are a dependence.")
_WEEK: Final = timedelta(weeks=1)
_REMEDIES: Final = ("plan with more people", "move work to another resource", "re-sequence")


@dataclass(slots=True)
class OvertimeState:
    """Who authorised which overtime, and what was told of it."""

    positions: dict[str, list[int]] = field(default_factory=dict)
    """By resource."""
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))


class OvertimeDependence:
    """DOMAIN C5: in three weeks in a row, more than 15 % of a resource's minutes are overtime.

    A week is one of the calendar, Monday to Sunday; its minutes are the working time of the
    resource's calendar (else the project's) and the overtime authorised in it. It is what was
    authorised, not what was worked: nobody records hours by person. Weeks that are over by the data
    date count while one of the row is not.

    Overtime moves no date, so there is no impact. It is judged at the resource's own events, told
    again when one more week is in the row, and cleared when the row is shorter or past.
    """

    name = NAME
    version = VERSION
    code = "C5"
    title = "A resource works overtime week after week."
    parameters: tuple[Parameter, ...] = (SHARE, WEEKS)
    weighs_impact = False
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(*RESOURCE_EVENTS, DataDateAdvanced)

    def initial(self) -> OvertimeState:
        """Return a project that nothing has happened to."""
        return OvertimeState()

    def fold(
        self, state: OvertimeState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        del more
        told: list[Found] = []
        if not project.changed:
            return ()
        match recorded.event:
            case OvertimeAuthorised():
                state.positions.setdefault(recorded.subject_id, []).append(recorded.position)
                told += _judged(state, project, recorded.subject_id, recorded.position)
            case CapacitySet() if recorded.subject_id in state.positions:
                told += _judged(state, project, recorded.subject_id, recorded.position)
            case DataDateAdvanced():
                for (stream,) in sorted(state.conditions.told):
                    told += _judged(state, project, subject_of(stream).ids[-1], recorded.position)
            case _:
                pass
        return tuple(told)


def _judged(
    state: OvertimeState, project: Watched, resource_id: str, position: int
) -> Iterator[Found]:
    network = project.network
    resource, now = network.resources.get(resource_id), None
    row = [] if resource is None else _longest_row(project, network, resource)
    if resource is not None and len(row) >= project.number(NAME, WEEKS):
        now = Condition(
            kind="resource",
            severity="medium",
            impact_days=NOTHING,
            summary=(
                f"{resource.name} works more than {project.number(NAME, SHARE)} % of its time "
                f"overtime in {counted(len(row), 'week')} in a row, from {row[0]} on"
            ),
            evidence=state.positions[resource_id],
            measure=Decimal(len(row)),
            remedies=_REMEDIES,
        )
    subjects = (stream_of("resource", network.project_id, resource_id),)
    yield from state.conditions.tell(subjects, now, position, "No row of weeks needs overtime")


def _longest_row(project: Watched, network: ProjectNetwork, resource: ResourceLine) -> list[date]:
    """Return the Mondays of the longest row of weeks that is not past."""
    own, calendar = resource.calendar_id, network.calendar
    if own is not None and network.calendars.known(own):
        calendar = network.calendars.all()[own]
    today = None if network.data_date is None else network.data_date.astimezone(network.zone).date()
    share = project.number(NAME, SHARE)
    longest: list[date] = []
    row: list[date] = []
    for monday, overtime_min in sorted(_by_week(resource.overtime).items()):
        if overtime_min * 100 <= share * (overtime_min + _worked_min(calendar, monday)):
            continue
        row = [*row, monday] if row and monday - row[-1] == _WEEK else [monday]
        if (today is None or monday + _WEEK > today) and len(row) > len(longest):
            longest = row
    return longest


def _by_week(overtime: Mapping[date, int]) -> Mapping[date, int]:
    minutes: dict[date, int] = {}
    for day, length in overtime.items():
        monday = day - timedelta(days=day.weekday())
        minutes[monday] = minutes.get(monday, 0) + length
    return minutes


def _worked_min(calendar: WorkingCalendar, monday: date) -> int:
    zone = ZoneInfo(calendar.zone)
    begin, end = (datetime.combine(each, time(), zone) for each in (monday, monday + _WEEK))
    return calendar.axis.between(minute_of(begin), minute_of(end))
