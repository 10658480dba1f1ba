"""Say what differs between two networks of one project: two positions of its log, or what-if.

Nothing here computes a date: both networks bring their schedules with them. A calendar that lost a
day is a difference of its own, whether or not a phase moved by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypeVar

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.minutes import Minute, minute_of
from domain.kernel.work_axis import CalendarError, Windows
from domain.network.phase_line import PhaseLine
from domain.network.project_network import LinkLine, ProjectNetwork
from domain.planning.network import Policy, ScheduledPhase

Value = TypeVar("Value")

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Change(NamedTuple):
    """A value before and after; None where there was, or is, none."""

    name: str
    before: Any
    after: Any


class PhaseMove(NamedTuple):
    """A phase that both plans have, with dates of which some differ."""

    phase_id: str
    before: ScheduledPhase
    after: ScheduledPhase
    worked_min: int
    """By how many working minutes of its own calendar the finish moved; later is positive."""


class Edit(NamedTuple):
    """What of one thing was planned otherwise: a phase, a link, a calendar."""

    id: str
    changes: tuple[Change, ...]


class Dates(NamedTuple):
    """A date before and after, of the project as a whole."""

    before: Minute | None
    after: Minute | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, each list by id; nothing that is alike is in it."""

    finish: Dates
    promise: Dates
    data_date: Dates
    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[PhaseMove, ...]
    edited: tuple[Edit, ...]
    links_added: tuple[str, ...]
    links_removed: tuple[str, ...]
    links_changed: tuple[Edit, ...]
    calendars: tuple[Edit, ...]
    policy: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both are the same plan with the same dates."""
        dates = (self.finish, self.promise, self.data_date)
        lists = (
            self.added, self.removed, self.moved, self.edited, self.links_added,
            self.links_removed, self.links_changed, self.calendars, self.policy,
        )  # fmt: skip
        return all(each.before == each.after for each in dates) and not any(lists)


def compare(before: ProjectNetwork, after: ProjectNetwork) -> Comparison:
    """Return what differs between two networks of one project."""
    old, new = _planned(before), _planned(after)
    both = sorted(old.keys() & new.keys())
    links_both = sorted(before.links.keys() & after.links.keys())
    edits = (Edit(each, tuple(_phase_changes(old[each], new[each]))) for each in both)
    relinked = (
        Edit(each, tuple(_link_changes(before.links[each], after.links[each])))
        for each in links_both
    )
    return Comparison(
        finish=Dates(_finish(before), _finish(after)),
        promise=Dates(_minute(before.promise_end), _minute(after.promise_end)),
        data_date=Dates(_minute(before.data_date), _minute(after.data_date)),
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        moved=tuple(_moved(before, after, both)),
        edited=tuple(edit for edit in edits if edit.changes),
        links_added=tuple(sorted(after.links.keys() - before.links.keys())),
        links_removed=tuple(sorted(before.links.keys() - after.links.keys())),
        links_changed=tuple(edit for edit in relinked if edit.changes),
        calendars=tuple(_calendar_edits(before, after)),
        policy=tuple(_policy_changes(before, after)),
    )


def _planned(network: ProjectNetwork) -> Mapping[str, PhaseLine]:
    return {line.id: line for line in network.planned}


def _finish(network: ProjectNetwork) -> Minute | None:
    schedule = network.schedule()
    return None if schedule is None else schedule.finish


def _minute(moment: datetime | None) -> Minute | None:
    return None if moment is None else minute_of(moment)


def _moved(
    before: ProjectNetwork, after: ProjectNetwork, both: Sequence[str]
) -> Iterator[PhaseMove]:
    old, new = before.schedule(), after.schedule()
    if old is None or new is None:
        return
    for phase_id in both:
        one, other = old.phases[phase_id], new.phases[phase_id]
        if _dates(one) != _dates(other):
            axis = after.calendar_of(after.lines[phase_id]).axis
            yield PhaseMove(phase_id, one, other, axis.between(one.finish, other.finish))


def _dates(row: ScheduledPhase) -> tuple[Minute, Minute, int, bool]:
    return row.start, row.finish, row.total_float_min, row.critical


def _differing(*pairs: tuple[str, Value, Value]) -> Iterator[Change]:
    return (Change(*pair) for pair in pairs if pair[1] != pair[2])


def _phase_changes(one: PhaseLine, other: PhaseLine) -> Iterator[Change]:
    yield from _differing(
        ("name", one.name, other.name),
        ("department", one.department, other.department),
        ("wbs", one.wbs, other.wbs),
        ("kind", one.kind, other.kind),
        ("calendar", one.calendar_id, other.calendar_id),
        ("parent", one.parent, other.parent),
    )
    yield from _differing(("duration_min", one.duration_min, other.duration_min))
    yield from _differing(("constraint", one.constraint, other.constraint))
    yield from _differing(("deadline", one.deadline, other.deadline))
    yield from _differing(("stage", one.known.stage, other.known.stage))


def _link_changes(one: LinkLine, other: LinkLine) -> Iterator[Change]:
    yield from _differing(
        ("pred", one.link.pred, other.link.pred),
        ("succ", one.link.succ, other.link.succ),
        ("type", one.link.type, other.link.type),
        ("unit", one.link.unit, other.link.unit),
        ("strength", one.strength, other.strength),
    )
    yield from _differing(("lag", one.link.lag, other.link.lag))
    yield from _differing(("lag_calendar", one.link.calendar, other.link.calendar))


def _calendar_edits(before: ProjectNetwork, after: ProjectNetwork) -> Iterator[Edit]:
    old, new = _calendars(before), _calendars(after)
    for calendar_id in sorted(old.keys() | new.keys()):
        one, other = old.get(calendar_id), new.get(calendar_id)
        if one is None or other is None:
            yield Edit(calendar_id, (Change("defined", one is not None, other is not None),))
        elif changes := tuple(_calendar_changes(one, other)):
            yield Edit(calendar_id, changes)
    if before.calendar_id != after.calendar_id:
        changed = Change("project_calendar", before.calendar_id, after.calendar_id)
        yield Edit(after.project_id, (changed,))


def _calendars(network: ProjectNetwork) -> Mapping[str, WorkingCalendar]:
    try:
        return network.calendars.all()
    except CalendarError:
        return {}  # The network's problem says which one nobody can work by.


def _calendar_changes(one: WorkingCalendar, other: WorkingCalendar) -> Iterator[Change]:
    yield from _differing(("zone", one.zone, other.zone))
    for name, old, new in zip(WEEKDAYS, one.weekly, other.weekly, strict=True):
        yield from _differing((name, old, new))
    dated, now = dict(one.exceptions), dict(other.exceptions)
    for day in sorted(dated.keys() | now.keys()):
        yield from _differing((day.isoformat(), _windows(one, day), _windows(other, day)))


def _windows(calendar: WorkingCalendar, day: date) -> Windows:
    """Return what is worked on a date, whether it is an exception or not."""
    return dict(calendar.exceptions).get(day, calendar.weekly[day.weekday()])


def _rules(policy: Policy) -> dict[str, object]:
    rules = {field.name: getattr(policy, field.name) for field in fields(Policy)}
    return {**rules, "lag_calendar": policy.lags_run_on}


def _policy_changes(before: ProjectNetwork, after: ProjectNetwork) -> Iterator[Change]:
    rules, others = _rules(before.policy), _rules(after.policy)
    yield from _differing(*((name, rule, others[name]) for name, rule in rules.items()))
    yield from _differing(("material_drives", before.material_drives, after.material_drives))
