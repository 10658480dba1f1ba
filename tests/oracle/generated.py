"""Make up networks from seeds, feature by feature, so that disagreements can be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from random import Random
from typing import Final

from domain.kernel.calendar import ELAPSED, STANDARD_WEEK, WorkingCalendar
from domain.kernel.minutes import Minute
from domain.planning.network import (
    Activity,
    Constraint,
    ConstraintKind,
    Dialect,
    LagUnit,
    Link,
    LinkType,
    Network,
    Policy,
)
from tests.unit.planning.networks import MONDAY, SIX_DAYS

HOUR: Final = 60
DAY: Final = 480
CLOCK_DAY: Final = 1_440
HOLIDAYS: Final = WorkingCalendar(
    "UTC", STANDARD_WEEK, ((date(2026, 3, 6), ()), (date(2026, 3, 10), ((480, 720),)))
)
STANDARD: Final = WorkingCalendar("UTC", STANDARD_WEEK)
CALENDARS: Final = {"standard": STANDARD, "six": SIX_DAYS, "holidays": HOLIDAYS, "24h": ELAPSED}
SOFT: Final[tuple[ConstraintKind, ...]] = ("SNET", "FNET")
LATEST: Final[tuple[ConstraintKind, ...]] = ("SNLT", "FNLT")
MANDATORY: Final[tuple[ConstraintKind, ...]] = ("MSO", "MFO")


@dataclass(frozen=True, slots=True)
class Features:
    """What networks of a class may have beside finish-to-start links on one calendar."""

    types: tuple[LinkType, ...] = ("FS",)
    lag_units: tuple[LagUnit, ...] = ()
    leads: bool = False
    calendars: tuple[str, ...] = ("standard",)
    constraints: tuple[ConstraintKind, ...] = ()
    deadlines: bool = False
    milestones: bool = False
    summaries: bool = False
    progress: bool = False
    promise: bool = False


ALL_TYPES: Final[tuple[LinkType, ...]] = ("FS", "SS", "FF", "SF")
WORKING: Final[tuple[LagUnit, ...]] = ("working_min",)

CLASSES: Final[dict[str, Features]] = {
    "finish to start": Features(),
    "all link types": Features(types=ALL_TYPES),
    "lags": Features(lag_units=WORKING),
    "leads": Features(lag_units=WORKING, leads=True),
    "all types, lags": Features(types=ALL_TYPES, lag_units=WORKING),
    "elapsed lags": Features(lag_units=("elapsed_min",)),
    "percent lags": Features(lag_units=("percent_of_pred",)),
    "calendars": Features(calendars=tuple(CALENDARS)),
    "calendars, all types": Features(types=ALL_TYPES, calendars=tuple(CALENDARS)),
    "calendars, lags": Features(lag_units=WORKING, calendars=tuple(CALENDARS)),
    "no earlier than": Features(constraints=SOFT),
    "no later than": Features(constraints=LATEST),
    "must start or finish": Features(constraints=MANDATORY),
    "as late as possible": Features(constraints=("ALAP",)),
    "deadlines": Features(deadlines=True),
    "milestones": Features(milestones=True),
    "summaries": Features(summaries=True),
    "finish by": Features(promise=True),
    "progress": Features(progress=True),
}
ONLY_IN: Final[dict[str, Dialect]] = {
    "elapsed lags": "msproject",
    "percent lags": "msproject",
    "deadlines": "msproject",
    "finish by": "p6",
}
"""What the other tool does not have."""


def classes_of(dialect: Dialect) -> list[str]:
    """Return the classes both the dialect's tool and Takt have."""
    return [name for name in CLASSES if ONLY_IN.get(name, dialect) == dialect]


def generated(name: str, dialect: Dialect, seed: int) -> Network:
    """Return the network of a class, a dialect and a seed; the same each time."""
    random = Random(f"{name}/{seed}")
    features = CLASSES[name]
    count = random.randint(4, 12)
    activities = [_activity(random, features, number) for number in range(count)]
    links = _links(random, features, count)
    if features.progress:
        activities, data_date = _progress(random, activities, links)
    else:
        data_date = None
    if features.summaries:
        activities = _below_summaries(random, activities)
    return Network(
        project_start=MONDAY,
        calendars={key: CALENDARS[key] for key in ("standard", *features.calendars)},
        default_calendar="standard",
        activities=tuple(activities),
        links=tuple(links),
        data_date=data_date,
        promise=_instant(random, 17) if features.promise else None,
        policy=Policy(dialect=dialect),
    )


def _activity(random: Random, features: Features, number: int) -> Activity:
    phase = f"p{number:02}"
    calendar = random.choice(features.calendars)
    if features.milestones and random.random() < 0.3:
        return Activity(phase, 0, kind=random.choice(("start_ms", "finish_ms")), calendar=calendar)
    constraint = None
    if features.constraints and random.random() < 0.3:
        kind = random.choice(features.constraints)
        at = None if kind == "ALAP" else _instant(random, 17 if "F" in kind[0] + kind[1] else 8)
        constraint = Constraint(kind, at)
    deadline = _instant(random, 17) if features.deadlines and random.random() < 0.3 else None
    duration = random.randint(1, 40) * HOUR
    return Activity(phase, duration, calendar=calendar, constraint=constraint, deadline=deadline)


def _instant(random: Random, hour: int) -> Minute:
    """Return an hour of a working day of the first three weeks."""
    week, day = random.randint(0, 2), random.randint(0, 4)
    return MONDAY + (7 * week + day) * CLOCK_DAY + (hour - 8) * HOUR


def _links(random: Random, features: Features, count: int) -> list[Link]:
    pairs = [pair for pair in combinations(range(count), 2) if random.random() < 1.6 / count]
    return [
        _link(random, features, f"l{number:02}", f"p{one:02}", f"p{other:02}")
        for number, (one, other) in enumerate(pairs)
    ]


def _link(random: Random, features: Features, link_id: str, pred: str, succ: str) -> Link:
    lag, unit = 0, "working_min"
    if features.lag_units and random.random() < 0.6:
        unit = random.choice(features.lag_units)
        lag = random.randint(1, 24) * (HOUR if unit != "percent_of_pred" else 500)
        if features.leads and random.random() < 0.5:
            lag = -lag
    return Link(link_id, pred, succ, random.choice(features.types), lag, unit)  # type: ignore[arg-type]  # One of the units above.


def _progress(
    random: Random, activities: Sequence[Activity], links: Sequence[Link]
) -> tuple[list[Activity], Minute]:
    """Let the first phases be done and one or two be under way, in sequence, at a data date."""
    told: list[Activity] = []
    done: dict[str, Minute] = {}
    axis = STANDARD.axis
    data_date = MONDAY + random.randint(1, 4) * CLOCK_DAY
    for activity in activities:
        before = [link.pred for link in links if link.succ == activity.id]
        begin = max((done.get(each, data_date) for each in before), default=MONDAY)
        start = axis.next_start(begin)
        if any(each not in done for each in before) or start >= data_date:
            told.append(activity)
            continue
        finish = axis.add(start, activity.duration_min)
        if finish <= data_date:
            done[activity.id] = finish
            told.append(_begun(activity, start, finish, 0))
        else:
            worked = axis.between(start, data_date)
            told.append(_begun(activity, start, None, activity.duration_min - worked))
    return told, data_date


def _begun(activity: Activity, start: Minute, finish: Minute | None, left: int) -> Activity:
    return Activity(
        activity.id,
        activity.duration_min,
        calendar=activity.calendar,
        actual_start=start,
        actual_finish=finish,
        remaining_min=left,
    )


def _below_summaries(random: Random, activities: Sequence[Activity]) -> list[Activity]:
    """Put phases below two summaries, one of them in the other."""
    summaries = [Activity("s0", 0), Activity("s1", 0, parent="s0")]
    placed = [
        Activity(
            each.id,
            each.duration_min,
            kind=each.kind,
            calendar=each.calendar,
            parent=random.choice(("s0", "s1", None)) if number else "s1",
        )
        for number, each in enumerate(activities)
    ]
    return [*summaries, *placed]
