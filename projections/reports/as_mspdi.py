"""Write a plan in Microsoft Project's XML (MSPDI), which planning programs open.

Times are local ones of the project's zone, ids become numbers, and every task is worked by a
calendar it names, so that no program takes that of a resource instead.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, Final
from zoneinfo import ZoneInfo

from lxml import etree

from domain.kernel.calendar import WorkingCalendar
from projections.reports.office import words

NAMESPACE: Final = "http://schemas.microsoft.com/project"
UID_MAX: Final = 2**31 - 1
_CONSTRAINTS: Final = ("ASAP", "ALAP", "MSO", "MFO", "SNET", "SNLT", "FNET", "FNLT")
_LINK_TYPES: Final = ("FF", "FS", "SF", "SS")
_RESOURCE_KINDS: Final = ("material", "work", "cost")
_DAYS, _MINUTES, _ELAPSED_MINUTES, _PERCENT, _ELAPSED_PERCENT = 7, 3, 4, 19, 20
_BY_DATE: Final = 1
"""How an exception says which days it is about: each day of its period."""

Plan = Mapping[str, Any]
"""A plan in the neutral form `takt.plan/1`."""


def plan_mspdi(plan: Plan) -> bytes:
    """Return the plan as an XML document in UTF-8; the same plan gives the same bytes."""
    head = plan["project"]
    writer = _Writer(plan, ZoneInfo(head["zone"]))
    root = etree.Element("Project", nsmap={None: NAMESPACE})
    calendars = _numbers(each["id"] for each in plan["calendars"])
    _add(
        root,
        SaveVersion=14,
        Name=head["id"],
        Title=head["name"],
        ScheduleFromStart=1,
        StartDate=writer.at(head["start"]),
        FinishDate=writer.last("finish"),
        CalendarUID=calendars[head["calendar"]],
        MinutesPerDay=480,
        MinutesPerWeek=2400,
        DaysPerMonth=20,
        DurationFormat=_DAYS,
        HonorConstraints=1,
        StatusDate=writer.at(head.get("data_date")),
        NewTasksAreManual=0,
    )
    each_calendar = etree.SubElement(root, "Calendars")
    for calendar in plan["calendars"]:
        _calendar(each_calendar, calendar, calendars[calendar["id"]])
    tasks = _numbers(each["id"] for each in plan["phases"])
    _tasks(etree.SubElement(root, "Tasks"), writer, tasks, calendars)
    resources = _numbers(each["id"] for each in plan["resources"])
    each_resource = etree.SubElement(root, "Resources")
    for place, resource in enumerate(plan["resources"], 1):
        _resource(each_resource, place, resource, resources, calendars)
    _assignments(etree.SubElement(root, "Assignments"), plan, tasks, resources)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def left_out(plan: Plan) -> Iterator[str]:
    """Yield what of a plan MSPDI has no place for, beside the plan's own notes."""
    yield from plan["notes"]
    yield "phases have no department there"
    zone = plan["project"]["zone"]
    for calendar in plan["calendars"]:
        if calendar.get("zone", zone) != zone:
            told = f"calendar {calendar['id']} is of {calendar['zone']}"
            yield f"{told}: its times stand there as if they were of {zone}"
    for link in plan["links"]:
        lag = link.get("lag") or {}
        told = f"the lag of {link['pred']} to {link['succ']}"
        if lag.get("unit") == "percent_of_pred" and lag["value"] % 100:
            yield f"{told} is rounded to a whole per cent"
        if lag.get("calendar") not in {None, "24h"}:
            yield f"{told} is counted by the successor's calendar there"


class _Writer:
    """Writes moments as that program does, and knows what follows from all phases."""

    def __init__(self, plan: Plan, zone: ZoneInfo) -> None:
        self.plan = plan
        self.zone = zone
        self.stored: Mapping[str, Mapping[str, Any]] = plan["stored"]
        self._calendars = {each["id"]: _working(each, zone.key) for each in plan["calendars"]}

    def at(self, moment: str | None) -> str | None:
        """Return a moment by the clock on the wall."""
        if moment is None:
            return None
        local = datetime.fromisoformat(moment).astimezone(self.zone)
        return local.replace(tzinfo=None).isoformat(timespec="seconds")

    def duration(self, phase: Mapping[str, Any]) -> int:
        """Return a duration as it counts there, working minutes: what is behind and what remains.

        A task that has begun would else end there so long after its start as was once planned.
        """
        begin = phase.get("actual_start")
        end = phase.get("actual_finish") or self.stored.get(phase["id"], {}).get("finish")
        planned: int = phase["duration_min"]
        if begin is None or end is None:
            return planned
        calendar = self._calendars[phase.get("calendar", self.plan["project"]["calendar"])]
        return calendar.between(datetime.fromisoformat(begin), datetime.fromisoformat(end))

    def last(self, name: str) -> str | None:
        """Return the latest of a date of all phases."""
        moments = (datetime.fromisoformat(each[name]) for each in self.stored.values())
        last = max(moments, default=None)
        return None if last is None else self.at(last.astimezone(UTC).isoformat())


def _working(calendar: Mapping[str, Any], zone: str) -> WorkingCalendar:
    return WorkingCalendar.of(
        calendar.get("zone", zone),
        {each["day"]: _minutes(each["windows"]) for each in calendar["weekly"]},
        {
            date.fromisoformat(each["date"]): _minutes(each["windows"])
            for each in calendar["exceptions"]
        },
    )


def _minutes(windows: Sequence[Sequence[str]]) -> Sequence[tuple[int, int]]:
    return [(_clock(begin), _clock(end)) for begin, end in windows]


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _numbers(ids: Iterable[str]) -> Mapping[str, int]:
    """Return a number for each id: itself where it is one, else one that is free."""
    known = list(ids)
    found = {each: int(each) for each in known if _is_number(each)}
    taken = set(found.values())
    free = (number for number in count(1) if number not in taken)
    return {each: found[each] if each in found else next(free) for each in known}


def _is_number(text: str) -> bool:
    return (
        text.isascii()
        and text.isdecimal()
        and text == str(int(text))
        and (0 < int(text) <= UID_MAX)
    )


def _add(parent: etree._Element, **fields: str | int | None) -> None:
    """Add a child for each field that has a value, in their order, which the schema fixes."""
    for name, value in fields.items():
        if value is not None:
            etree.SubElement(parent, name).text = words(value)


def _calendar(parent: etree._Element, calendar: Mapping[str, Any], uid: int) -> None:
    element = etree.SubElement(parent, "Calendar")
    name = calendar.get("name") or calendar["id"]
    _add(element, UID=uid, Name=name, IsBaseCalendar=1, BaseCalendarUID=-1)
    days = etree.SubElement(element, "WeekDays")
    weekly = {each["day"]: each["windows"] for each in calendar["weekly"]}
    for day_type, day in enumerate((7, 1, 2, 3, 4, 5, 6), 1):  # Sunday first.
        week_day = etree.SubElement(days, "WeekDay")
        _add(week_day, DayType=day_type)
        _worked(week_day, weekly.get(day, ()))
    if not calendar["exceptions"]:
        return
    exceptions = etree.SubElement(element, "Exceptions")
    for each in calendar["exceptions"]:
        exception = etree.SubElement(exceptions, "Exception")
        _add(exception, EnteredByOccurrences=0)
        period = etree.SubElement(exception, "TimePeriod")
        _add(period, FromDate=f"{each['date']}T00:00:00", ToDate=f"{each['date']}T23:59:00")
        _add(exception, Occurrences=1, Name=each["date"], Type=_BY_DATE)
        _worked(exception, each["windows"])


def _worked(parent: etree._Element, windows: Sequence[Sequence[str]]) -> None:
    _add(parent, DayWorking=1 if windows else 0)
    if not windows:
        return
    times = etree.SubElement(parent, "WorkingTimes")
    for begin, end in windows:
        time = etree.SubElement(times, "WorkingTime")
        midnight = "00:00" if end == "24:00" else end
        _add(time, FromTime=f"{begin}:00", ToTime=f"{midnight}:00")


def _tasks(
    parent: etree._Element,
    writer: _Writer,
    numbers: Mapping[str, int],
    calendars: Mapping[str, int],
) -> None:
    plan = writer.plan
    incoming: dict[str, list[Mapping[str, Any]]] = {}
    for link in plan["links"]:
        incoming.setdefault(link["succ"], []).append(link)
    for place, (phase, outline, is_summary) in enumerate(_outlined(plan["phases"]), 1):
        task = etree.SubElement(parent, "Task")
        own = phase.get("calendar", plan["project"]["calendar"])
        _add(
            task,
            UID=numbers[phase["id"]],
            ID=place,
            Name=phase["name"],
            Type=1,
            IsNull=0,
            WBS=phase["wbs"] or outline,
            OutlineNumber=outline,
            OutlineLevel=outline.count(".") + 1,
            **_work(phase, writer, is_summary=is_summary),
            **_limits(phase, writer, None if is_summary else calendars[own]),
        )
        for link in incoming.get(phase["id"], ()):
            _link(task, link, numbers)


def _work(phase: Mapping[str, Any], writer: _Writer, *, is_summary: bool) -> dict[str, Any]:
    """Return when and how long a task is worked, in the order of the schema."""
    stored = writer.stored.get(phase["id"], {})
    dates = {"Start": writer.at(stored.get("start")), "Finish": writer.at(stored.get("finish"))}
    if is_summary:
        return {**dates, "Summary": 1}
    done = phase.get("actual_finish") is not None
    duration = writer.duration(phase)
    remaining = 0 if done else phase.get("remaining_min", duration)
    begun = done or phase.get("actual_start") is not None
    return {
        **dates,
        "Duration": _duration(duration),
        "DurationFormat": _DAYS,
        "EffortDriven": 0,
        "Estimated": 0,
        "Milestone": int(phase["kind"] in {"start_ms", "finish_ms"}),
        "Summary": 0,
        "Critical": None if stored.get("critical") is None else int(stored["critical"]),
        "PercentComplete": _percent(duration, remaining, begun=begun, done=done),
        "ActualStart": writer.at(phase.get("actual_start")),
        "ActualFinish": writer.at(phase.get("actual_finish")),
        "ActualDuration": _duration(max(0, duration - remaining) if begun else 0),
        "RemainingDuration": _duration(remaining),
    }


def _limits(
    phase: Mapping[str, Any], writer: _Writer, calendar: int | None
) -> dict[str, str | int | None]:
    """Return what a task is bound to, in the order of the schema; a summary has no calendar."""
    constraint = phase.get("constraint") or {"kind": "ASAP"}
    share = phase.get("physical_bp")
    return {
        "ConstraintType": _CONSTRAINTS.index(constraint["kind"]),
        "CalendarUID": calendar,
        "ConstraintDate": writer.at(constraint.get("at")),
        "Deadline": writer.at(phase.get("deadline")),
        "IgnoreResourceCalendar": None if calendar is None else 1,
        "PhysicalPercentComplete": None if share is None else share // 100,
    }


def _percent(duration: int, remaining: int, *, begun: bool, done: bool) -> int:
    """Return how much of a duration is behind, in whole per cent; what is not done is below 100."""
    if done:
        return 100
    if not begun or not duration:
        return 0
    return max(0, min(99, (duration - remaining) * 100 // duration))


def _duration(minutes: int) -> str:
    return f"PT{minutes // 60}H{minutes % 60}M0S"


def _outlined(
    phases: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[Mapping[str, Any], str, bool]]:
    """Yield phases from the top, each summary before what is below it, with their numbers."""
    below: dict[str | None, list[Mapping[str, Any]]] = {}
    for phase in phases:
        below.setdefault(phase.get("parent"), []).append(phase)
    waiting = [(each, str(place)) for place, each in enumerate(below.get(None, ()), 1)][::-1]
    while waiting:
        phase, outline = waiting.pop()
        children = below.get(phase["id"], ())
        yield phase, outline, bool(children)
        waiting += [(each, f"{outline}.{place}") for place, each in enumerate(children, 1)][::-1]


def _link(task: etree._Element, link: Mapping[str, Any], numbers: Mapping[str, int]) -> None:
    element = etree.SubElement(task, "PredecessorLink")
    lag = link.get("lag") or {"value": 0, "unit": "working_min"}
    value, form = lag["value"] * 10, _MINUTES  # Tenths of a minute.
    if lag["unit"] == "elapsed_min" or (
        lag["unit"] == "working_min" and lag.get("calendar") == "24h"
    ):
        form = _ELAPSED_MINUTES
    elif lag["unit"] == "percent_of_pred":
        value = round(lag["value"] / 100)
        form = _ELAPSED_PERCENT if lag.get("calendar") == "24h" else _PERCENT
    _add(
        element,
        PredecessorUID=numbers[link["pred"]],
        Type=_LINK_TYPES.index(link["type"]),
        CrossProject=0,
        LinkLag=value,
        LagFormat=form,
    )


def _resource(
    parent: etree._Element,
    place: int,
    resource: Mapping[str, Any],
    numbers: Mapping[str, int],
    calendars: Mapping[str, int],
) -> None:
    element = etree.SubElement(parent, "Resource")
    kind, own = resource.get("kind", "work"), resource.get("calendar")
    _add(
        element,
        UID=numbers[resource["id"]],
        ID=place,
        Name=resource["name"],
        Type=_RESOURCE_KINDS.index(kind),
        IsNull=0,
        Group=resource.get("department"),
        MaxUnits=_units(resource["capacity_milli"]) if kind == "work" else None,
        CalendarUID=None if own is None else calendars[own],
    )


def _assignments(
    parent: etree._Element,
    plan: Plan,
    tasks: Mapping[str, int],
    resources: Mapping[str, int],
) -> None:
    numbers = count(1)
    for phase in plan["phases"]:
        for need in phase.get("requires", ()):
            element = etree.SubElement(parent, "Assignment")
            effort = need.get("effort_min")
            if effort is None:
                effort = phase["duration_min"] * need["milli"] // 1_000
            _add(
                element,
                UID=next(numbers),
                TaskUID=tasks[phase["id"]],
                ResourceUID=resources[need["resource"]],
                Units=_units(need["milli"]),
                Work=_duration(effort),
            )


def _units(milli: int) -> str:
    return f"{milli // 1_000}.{milli % 1_000:03}"
