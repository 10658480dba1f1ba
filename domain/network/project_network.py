"""Hold one project's network, and schedule it when something in it has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.minutes import Minute, minute_of
from domain.kernel.work_axis import CalendarError
from domain.network.calendars import ASSUMED, ProjectCalendars
from domain.network.capacity import ProjectResources
from domain.network.phase_line import PhaseLine, Typed
from domain.network.remembered import REMEMBERED, same_object
from domain.network.supplies import Supplies
from domain.planning.incremental import Planner
from domain.planning.network import Activity, Bound, Link, Network, PlanningError, Policy, Schedule
from domain.plans.events import Strength

Standing: TypeAlias = Literal["open", "held", "completed", "cancelled"]


class Promise(NamedTuple):
    """The day by whose end a party was promised a deliverable, and who said so.

    What a working day of delay costs is in the minor unit of its currency, None if nobody said.
    """

    party: str
    deliverable: str
    day: date
    typed: Typed
    delay_cost_minor: int | None = None
    delay_currency: str | None = None


class Baseline(NamedTuple):
    """What the project is measured against: start and finish of each phase when it was approved.

    `dates` is None for a baseline at an older position than the approval found the network at: it
    can be computed by folding up to that position, but a fold does not look back.
    """

    name: str
    at_position: int
    approved_by: str
    typed: Typed
    dates: Mapping[str, tuple[Minute, Minute]] | None


@lru_cache(maxsize=1024)
def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day ends in a zone: what is due on a day may come until then.

    The day after the last one of the calendar does not exist; years end long before.
    """
    return datetime.combine(day + timedelta(days=1), time(), zone)


class Problem(NamedTuple):
    """Why there is no schedule: a code of the catalogue, a sentence, and whom it is about."""

    code: str
    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A dependency as planned, and who typed it last."""

    link: Link
    strength: Strength
    typed: Typed


class ProjectNetwork:
    """One project's network: changed by `domain.network.fold`, read as lines, scheduled on demand.

    Facts about a phase are kept whether it is planned or not, so a phase that is removed and
    planned again has its actuals. Goods that are waited for hold a phase back only where the
    project's policy says that material drives, and never where `material` is False.
    """

    def __init__(self, project_id: str, *, material: bool = True) -> None:
        self.project_id = project_id
        self.position = 0
        """The position of the last event taken in."""
        self.name = ""
        self.zone = ZoneInfo("UTC")
        self.start: datetime | None = None
        self.calendar_id: str | None = None
        self.data_date: datetime | None = None
        self.data_date_typed: Typed | None = None
        self.standing: Standing = "open"
        self.policy = Policy()
        self.material_drives = False
        self.customer_id: str | None = None
        self.baseline: Baseline | None = None
        self.promises: dict[tuple[str, str], Promise] = {}
        self.lines: dict[str, PhaseLine] = {}
        self.links: dict[str, LinkLine] = {}
        self.supplies = Supplies()
        self.calendars = ProjectCalendars()
        self.resources = ProjectResources()
        self.opened: Typed | None = None
        self.problem: Problem | None = None
        self._material = material
        self._children: dict[str, set[str]] = {}
        """By parent, whatever was below it at any time: enough to know what to read again."""
        self._activities: dict[str, Activity] | None = None
        """The phases that are in the plan, as planning last saw them."""
        self._touched: set[str] = set()
        """Those of which something may have changed since."""
        self.revised: set[str] = set()
        """Those of which a row may have changed since whoever shows rows emptied it."""
        self._planned: tuple[PhaseLine, ...] | None = None
        self._working: tuple[PhaseLine, ...] | None = None
        self._planning_links: tuple[Link, ...] | None = None
        self._incoming: dict[str, list[LinkLine]] | None = None
        self._scheduled: Network | None = None
        self._planner = Planner()
        self._schedule: Schedule | None = None
        self._dirty = True

    @property
    def planned(self) -> tuple[PhaseLine, ...]:
        """The phases that are in the plan."""
        if self._planned is None:
            self._planned = tuple([line for line in self.lines.values() if line.planned])
        return self._planned

    def working_lines(self) -> tuple[PhaseLine, ...]:
        """Return the phases in the plan that are worked themselves, no summaries, by id."""
        if self._working is None:
            parents = {line.parent for line in self.planned}
            working = (line for line in self.planned if line.id not in parents)
            self._working = tuple(sorted(working, key=lambda line: line.id))
        return self._working

    def name_of(self, phase_id: str) -> str:
        """Return a phase's name, its id where it has none."""
        line = self.lines.get(phase_id)
        return phase_id if line is None else line.name

    def links_into(self, phase_id: str) -> tuple[LinkLine, ...]:
        """Return the links a phase waits by, by id."""
        if self._incoming is None:
            self._incoming = {}
            for _, line in sorted(self.links.items()):
                self._incoming.setdefault(line.link.succ, []).append(line)
        return tuple(self._incoming.get(phase_id, ()))

    def schedule(self) -> Schedule | None:
        """Return the schedule as of all events taken in.

        None where there is a `problem`, and before the project is opened.
        """
        if self._dirty:
            self._dirty = False
            if self.start is not None:
                self._reschedule(self.start)
        return self._schedule

    def network(self, start: datetime) -> Network:
        """Return what planning needs of the project; raises CalendarError for a bad calendar."""
        promise = self.promise_end
        return Network(
            project_start=minute_of(start),
            calendars=self.calendars.all(),
            default_calendar=self._default_calendar(),
            activities=self._activities_of_planning(),
            links=self._links_of_planning(),
            data_date=None if self.data_date is None else minute_of(self.data_date),
            promise=None if promise is None else minute_of(promise),
            policy=self.policy,
        )

    @property
    def promise(self) -> Promise | None:
        """The day by which the whole project must be done.

        Of one deliverable promised to several parties it is the first day, of several deliverables
        the last: all of them are done when the project is.
        """
        if len(self.promises) <= 1:
            return next(iter(self.promises.values()), None)
        first: dict[str, Promise] = {}
        for promise in self.promises.values():
            known = first.get(promise.deliverable)
            if known is None or promise.day < known.day:
                first[promise.deliverable] = promise
        return max(first.values(), key=lambda promise: promise.day, default=None)

    @property
    def promise_end(self) -> datetime | None:
        """The instant at which the promised day ends in the project's zone."""
        promise = self.promise
        return None if promise is None else end_of_day(promise.day, self.zone)

    @property
    def calendar_is_assumed(self) -> bool:
        """Whether the project's own calendar is not defined: then the standard week stands in."""
        return not self.calendars.known(self.calendar_id)

    @property
    def calendar(self) -> WorkingCalendar:
        """The project's calendar; raises CalendarError for one that nobody can work by."""
        return self.calendars.all()[self._default_calendar()]

    def calendar_of(self, line: PhaseLine) -> WorkingCalendar:
        """Return the calendar a phase is worked by: its own where it is defined."""
        own = line.calendar_id
        if own is None:
            return self.calendar
        known = self.calendars.all()  # Without those that are not defined.
        return known.get(own) or self.calendar

    def line(self, phase_id: str) -> PhaseLine:
        """Return what is known of a phase, and make room for it where it is not known yet.

        Whoever changes a phase has it from here.
        """
        self._touched.add(phase_id)
        self.revised.add(phase_id)
        line = self.lines.get(phase_id)
        if line is None:
            line = self.lines[phase_id] = PhaseLine(phase_id)
        return line

    def use_zone(self, zone: ZoneInfo) -> None:
        """Let the project's days begin and end in this zone."""
        self.zone = zone
        self.calendars.assume_zone(zone.key)
        self.supplies.use_zone(zone)
        self.refit()

    @property
    def waits_for_material(self) -> bool:
        """Whether goods that are waited for hold phases back."""
        return self._material and self.material_drives

    def ignore_material(self) -> None:
        """Let goods hold nothing back from now on: dates as if they were there when needed."""
        self._material = False
        self.refit()

    def moved(self) -> None:
        """Say that the schedule must be computed again."""
        self._dirty = True

    def relink(self, succ: str) -> None:
        """Say that the links to a phase are others than before."""
        self._planning_links = self._incoming = None
        self.line(succ).touch()
        self._dirty = True

    def reconnect(self, phase_id: str) -> None:
        """Say that a phase came into the plan or left it, so that what names it is read again."""
        self._planned = self._working = self._activities = self._planning_links = None
        for child in self._children.get(phase_id, ()):
            self.lines[child].refit()
        self._dirty = True

    def place(self, line: PhaseLine) -> None:
        """Say that a phase may lie under another parent than before."""
        if line.parent is not None:
            self._children.setdefault(line.parent, set()).add(line.id)
        self._working = None
        self._dirty = True

    def refit(self) -> None:
        """Say that every activity must be made again, e.g. because a calendar became known."""
        for line in self.lines.values():
            line.refit()
        self.revised.update(self.lines)
        self._activities = None
        self._dirty = True

    def _reschedule(self, start: datetime) -> None:
        try:
            network = self.network(start)
            if network == self._scheduled:
                return  # What happened moved nothing, e.g. a repeated report.
            self._scheduled = network
            self._schedule = REMEMBERED.schedule(network, self._planner)
            self.problem = None
        except (PlanningError, CalendarError) as impossible:
            ids = impossible.ids if isinstance(impossible, PlanningError) else ()
            self.problem = Problem(impossible.code, str(impossible), ids)
            self._scheduled = self._schedule = None

    def _default_calendar(self) -> str:
        known = self.calendar_id is not None and self.calendars.known(self.calendar_id)
        return self.calendar_id if known and self.calendar_id is not None else ASSUMED

    def _activity(self, line: PhaseLine) -> Activity:
        activity = line.activity
        if activity is None:
            parent = self.lines.get(line.parent) if line.parent is not None else None
            activity = line.activity = same_object(
                line.as_activity(
                    calendar=line.calendar_id if self.calendars.known(line.calendar_id) else None,
                    parent=line.parent if parent is not None and parent.planned else None,
                    earliest=self._goods_for(line) if self.waits_for_material else (),
                )
            )
        return activity

    def _activities_of_planning(self) -> tuple[Activity, ...]:
        lines, known = self.lines, self._activities
        if known is None:
            known = {line.id: line.activity or self._activity(line) for line in self.planned}
            self._activities = known
        else:  # The places stay as they are.
            for phase_id in self._touched & known.keys():
                known[phase_id] = self._activity(lines[phase_id])
        self._touched.clear()
        return tuple(known.values())

    def _goods_for(self, line: PhaseLine) -> tuple[Bound, ...]:
        bounds = self.supplies.bounds(line.id)
        if not self.supplies.needs(line.id):
            return bounds
        return bounds + self.supplies.bounds_of_needs(line.id, self.calendar_of(line).axis)

    def _links_of_planning(self) -> tuple[Link, ...]:
        if self._planning_links is None:
            self._planning_links = tuple(
                each.link
                for each in self.links.values()
                if self._is_planned(each.link.pred) and self._is_planned(each.link.succ)
            )
        return self._planning_links

    def _is_planned(self, phase_id: str) -> bool:
        line = self.lines.get(phase_id)
        return line is not None and line.planned
