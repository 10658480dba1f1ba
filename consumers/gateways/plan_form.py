"""Say what a plan file holds: the neutral form `takt.plan/1` as strict types.

Beyond DESIGN's fields the form has optional ones for what other tools know: a phase's actuals,
remaining duration and physical progress, effort, a resource's calendar and kind, the project's data
date and baseline, the dialect its dates are computed in, assignments, and what the other tool had
computed (for comparison only).

A time without an offset is a local time of the project's zone; a date alone is the beginning of
that day, for a promise, a deadline and a latest finish its end.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationInfo,
    model_validator,
)

from domain.kernel.calendar import WorkingCalendar
from domain.kernel.ids import Id
from domain.kernel.minutes import DAY_MIN
from domain.kernel.refusals import Malformed
from domain.kernel.values import (
    YEAR_MAX,
    YEAR_MIN,
    BasisPoints,
    CalendarDate,
    Milli,
    Name,
    Text,
    WorkingMinutes,
    ZoneName,
)
from domain.kernel.work_axis import CalendarError, Windows

FORMAT: Final = "takt.plan/1"
UNKNOWN_DEPARTMENT: Final = "unassigned"
"""The department of a phase whose source names none."""

_LAG_MAX_MIN: Final = 10 * 366 * DAY_MIN
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d([Tt]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII
)
_OFFSET: Final = re.compile(r"([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
_CLOCK: Final = re.compile(r"(\d\d):(\d\d)(:00)?", re.ASCII)
_DATE_CHARS: Final = len("2026-03-02")
_LATEST: Final = frozenset({"FNLT", "MFO"})


class PlanFileError(Malformed):
    """A plan that cannot be taken in: what to do, a code, and a JSON pointer to the place."""

    def __init__(self, message: str, code: str, pointer: str) -> None:
        super().__init__(message, pointer)
        self.code = code  # type: ignore[misc]  # A file can break any of the plan's rules.


def local_instant(text: str, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime:
    """Return the UTC instant of a time with an offset, of a local time, or of a date.

    Raises ValueError when the text is none of them, or a local time that the zone leaves out.
    """
    if _TIME.fullmatch(text) is None:
        msg = "write the time as 2026-03-02T08:00, with an offset if it is not the project's zone"
        raise ValueError(msg)
    moment = datetime.fromisoformat(text.upper())
    if len(text) == _DATE_CHARS and end_of_day:
        moment += timedelta(days=1)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
        if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(
            tzinfo=None
        ):
            msg = f"{text} is left out in {zone.key} (summer time begins): write an offset"
            raise ValueError(msg)
    moment = moment.astimezone(UTC)
    if not YEAR_MIN <= moment.year <= YEAR_MAX:
        msg = f"the year must lie in {YEAR_MIN} to {YEAR_MAX}"
        raise ValueError(msg)
    return moment


def _time_reader(*, end_of_day: bool) -> Callable[[object, ValidationInfo], datetime]:
    def read(value: object, info: ValidationInfo) -> datetime:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value
        if not isinstance(value, str):
            msg = "a time is a text such as 2026-03-02T08:00"
            raise ValueError(msg)  # noqa: TRY004  A ValueError is reported with its place.
        zone = (info.context or {}).get("zone", UTC_ZONE)
        try:
            return local_instant(value, zone, end_of_day=end_of_day)
        except OverflowError as error:
            msg = f"the year must lie in {YEAR_MIN} to {YEAR_MAX}"
            raise ValueError(msg) from error

    return read


UTC_ZONE: Final = ZoneInfo("UTC")
PlanTime = Annotated[AwareDatetime, BeforeValidator(_time_reader(end_of_day=False))]
PlanLimit = Annotated[AwareDatetime, BeforeValidator(_time_reader(end_of_day=True))]


def _window(value: object) -> object:
    """Read ``["08:00", "12:00"]``; a window may end at 24:00."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        msg = 'write a window as ["08:00", "12:00"]'
        raise ValueError(msg)
    minutes = []
    for text in value:
        found = _CLOCK.fullmatch(text)
        if found is None or int(found[2]) >= 60:  # noqa: PLR2004  Minutes of an hour.
            msg = f"{text!r} is no time of day: write 08:00, at most 24:00"
            raise ValueError(msg)
        minutes.append(int(found[1]) * 60 + int(found[2]))
    return minutes


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


PlanWindow = Annotated[tuple[StrictInt, StrictInt], BeforeValidator(_window)]
Minutes = Annotated[WorkingMinutes, Field(strict=True)]


class PlanDay(_Form):
    """What is worked on a weekday, 1 Monday to 7 Sunday."""

    day: Annotated[StrictInt, Field(ge=1, le=7)]
    windows: tuple[PlanWindow, ...] = ()


class PlanException(_Form):
    """What is worked on a date instead; no windows: nothing."""

    date: CalendarDate
    windows: tuple[PlanWindow, ...] = ()


class PlanCalendar(_Form):
    """A calendar; days that are not named are free."""

    id: Id
    weekly: tuple[PlanDay, ...]
    exceptions: tuple[PlanException, ...] = ()
    name: Text = ""
    zone: ZoneName | None = None

    def working(self, zone: str) -> WorkingCalendar:
        """Return the calendar to compute with; raises CalendarError."""
        week: dict[int, Windows] = {}
        for day in self.weekly:
            if day.day in week:
                msg = f"weekday {day.day} is described twice"
                raise CalendarError(msg, "malformed")
            week[day.day] = day.windows
        dated: dict[date, Windows] = {}
        for exception in self.exceptions:
            if exception.date in dated:
                msg = f"{exception.date} has two exceptions"
                raise CalendarError(msg, "malformed")
            dated[exception.date] = exception.windows
        return WorkingCalendar.of(self.zone or zone, week, dated)


class PlanResource(_Form):
    """A person, machine or crew; material and cost are carried but have no capacity."""

    id: Id
    name: Name
    department: Name = UNKNOWN_DEPARTMENT
    capacity_milli: Annotated[Milli, Field(strict=True)] = 1000
    calendar: Id | None = None
    kind: Literal["work", "material", "cost"] = "work"


class PlanConstraint(_Form):
    """A typed date; ASAP and ALAP have none."""

    kind: Literal["ASAP", "ALAP", "SNET", "SNLT", "FNET", "FNLT", "MSO", "MFO"]
    at: PlanTime | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_latest_finish_is_the_end_of_its_day(cls, value: object) -> object:
        if isinstance(value, dict) and value.get("kind") in _LATEST:
            at = value.get("at")
            if isinstance(at, str) and len(at) == _DATE_CHARS and _TIME.fullmatch(at):
                following = date.fromisoformat(at) + timedelta(days=1)
                return {**value, "at": following.isoformat()}
        return value

    @model_validator(mode="after")
    def _a_dated_kind_has_a_date(self) -> Self:
        if self.at is None and self.kind not in {"ASAP", "ALAP"}:
            msg = f"{self.kind} needs a date in `at`"
            raise ValueError(msg)
        return self


class PlanRequirement(_Form):
    """How much of a resource a phase needs while it runs, in thousandths."""

    resource: Id
    milli: Annotated[Milli, Field(strict=True)] = 1000
    effort_min: Minutes | None = None


class PlanPhaseRow(_Form):
    """One phase; a phase that others name as their parent is a summary and has no duration."""

    id: Id
    wbs: Text = ""
    name: Name
    kind: Literal["task", "start_ms", "finish_ms", "level_of_effort", "procurement", "review"] = (
        "task"
    )
    department: Name = UNKNOWN_DEPARTMENT
    duration_min: Minutes = 0
    calendar: Id | None = None
    parent: Id | None = None
    constraint: PlanConstraint | None = None
    deadline: PlanLimit | None = None
    requires: tuple[PlanRequirement, ...] = ()
    actual_start: PlanTime | None = None
    actual_finish: PlanTime | None = None
    remaining_min: Minutes | None = None
    physical_bp: Annotated[BasisPoints, Field(strict=True)] | None = None


class PlanLag(_Form):
    """Waiting time in minutes, or in basis points of the predecessor's duration."""

    value: Annotated[StrictInt, Field(gt=-_LAG_MAX_MIN, lt=_LAG_MAX_MIN)]
    unit: Literal["working_min", "elapsed_min", "percent_of_pred"] = "working_min"
    calendar: Literal["pred", "succ", "project", "24h"] | None = None


class PlanLink(_Form):
    """One dependency."""

    pred: Id
    succ: Id
    type: Literal["FS", "SS", "FF", "SF"] = "FS"
    lag: PlanLag | None = None


class PlanProject(_Form):
    """The project; `promise` is when the customer was told it would be done."""

    id: Id
    name: Name
    start: PlanTime
    zone: ZoneName = "UTC"
    calendar: Id
    customer: Name | None = None
    promise: PlanLimit | None = None
    data_date: PlanTime | None = None
    baseline: Name | None = None
    dialect: Literal["p6", "msproject"] | None = None


class PlanAssignment(_Form):
    """A line of another tool's assignment sheet, as it stands there; `resource` may be nobody."""

    id: Id
    phase: Id
    resource: Id | None = None
    units_milli: Annotated[Milli, Field(strict=True)] = 0
    work_min: Annotated[StrictInt, Field(ge=0)] = 0


class StoredDates(_Form):
    """What the other tool had computed for a phase: compared with ours, never taken over."""

    start: PlanTime | None = None
    finish: PlanTime | None = None
    early_start: PlanTime | None = None
    early_finish: PlanTime | None = None
    late_start: PlanTime | None = None
    late_finish: PlanTime | None = None
    total_slack_min: StrictInt | None = None
    free_slack_min: StrictInt | None = None
    critical: StrictBool | None = None


class PlanFile(_Form):
    """A whole plan. Every id it names exists in it, and none twice."""

    format: Literal["takt.plan/1"]
    project: PlanProject
    calendars: tuple[PlanCalendar, ...]
    resources: tuple[PlanResource, ...] = ()
    phases: tuple[PlanPhaseRow, ...]
    links: tuple[PlanLink, ...] = ()
    assignments: tuple[PlanAssignment, ...] = ()
    stored: Mapping[Id, StoredDates] = Field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    """What the source said and this form does not carry, in sentences."""
