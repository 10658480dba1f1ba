"""Lay a schedule out as a chart: lanes, bars, links and lines as numbers, nothing drawn yet.

Lengths are units of the SVG's own coordinate system, one per CSS pixel at full size.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from domain.kernel.wording import counted
from projections.web.view import PhaseView, ProjectView
from projections.web.words import (
    day,
    days,
    finish_day,
    month,
    share,
    short_day,
)

LABELS: Final = 228
WIDTH: Final = 812
ROW: Final = 20
LANE: Final = 26
AXIS: Final = 40
BOTTOM: Final = 10
BAR: Final = 11
MARGIN_DAYS: Final = 2
ROWS_MAX: Final = 800
DAY_MIN_WIDTH: Final = 2.5
"""Below this width a day is too narrow to be shaded."""
LABEL_CHARS_MAX: Final = 36
DAY_S: Final = 86_400
WEEK_TICKS_MAX: Final = 40
STEP: Final = 7
"""How far a link leaves a bar before it turns."""
SUMMARY_LANE: Final = "Whole project"


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase's place in the chart; `x` and `width` are of its scheduled time."""

    phase: PhaseView
    label: str
    y: float
    x: float
    width: float
    done: float
    slack: float
    """Length of the line to its latest finish, 0 where there is no float."""
    baseline: tuple[float, float] | None
    deadline: float | None
    note: str
    spoken: str
    change_key: str
    """What of it is news when it changes: its dates and progress, not its place in the chart."""

    @property
    def height(self) -> float:
        """The height of its row."""
        return ROW

    @property
    def thickness(self) -> float:
        """The height of the bar itself."""
        return BAR

    @property
    def top(self) -> float:
        """The upper edge of the bar."""
        return self.y + (ROW - BAR) / 2

    @property
    def middle(self) -> float:
        """The height at which links leave and arrive."""
        return self.y + ROW / 2

    @property
    def end(self) -> float:
        """The right end of the bar."""
        return self.x + self.width


@dataclass(frozen=True, slots=True)
class Lane:
    """A department's band."""

    name: str
    y: float
    height: float
    bars: tuple[Bar, ...]

    @property
    def title_height(self) -> float:
        """The height of the strip with the lane's name."""
        return LANE


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis of time."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A moment marked from top to bottom; its sign is in the label, not only in its colour."""

    key: str
    x: float
    label: str
    anchor: str
    """Which end of the label stands at the line, so that it stays inside the chart."""


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch in which nobody works."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """A link, as the points of its way."""

    path: str
    critical: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole schedule as a drawing."""

    labels: float
    """Width of the column of names, left of the axis."""
    axis: float
    """Height of the axis of time, which is drawn by itself so that it can stay in sight."""
    width: float
    height: float
    lanes: tuple[Lane, ...]
    months: tuple[Tick, ...]
    weeks: tuple[Tick, ...]
    shades: tuple[Shade, ...]
    lines: tuple[Line, ...]
    arrows: tuple[Arrow, ...]
    hidden: int
    """Phases left out because there are too many to be drawn."""


class Axis:
    """Where a moment lies from left to right."""

    def __init__(self, start: datetime, end: datetime, width: float) -> None:
        self.start = start
        self.end = end
        self._per_second = width / max(1.0, (end - start).total_seconds())

    def x(self, when: datetime) -> float:
        """Return the place of a moment, held to the chart."""
        inside = min(max(when, self.start), self.end)
        return round(LABELS + (inside - self.start).total_seconds() * self._per_second, 1)

    def covers(self, when: datetime) -> bool:
        """Tell whether the moment lies inside the chart."""
        return self.start <= when <= self.end

    @property
    def day_width(self) -> float:
        """The width of 24 hours."""
        return DAY_S * self._per_second


def chart(view: ProjectView) -> Chart | None:
    """Return the chart of a project, None where no phase has dates."""
    dated = [phase for phase in view.phases if phase.start is not None and phase.finish is not None]
    if not dated:
        return None
    shown = _shown(dated)
    axis = _axis(view, shown)
    lanes, height = _lanes(view, shown, axis)
    bars = {bar.phase.id: bar for lane in lanes for bar in lane.bars}
    return Chart(
        labels=LABELS,
        axis=AXIS,
        width=LABELS + WIDTH,
        height=height,
        lanes=tuple(lanes),
        months=tuple(_months(view, axis)),
        weeks=tuple(_weeks(view, axis)),
        shades=tuple(_shades(view, axis)),
        lines=tuple(_lines(view, axis)),
        arrows=tuple(_arrows(bars)),
        hidden=len(dated) - len(shown),
    )


def _shown(dated: Sequence[PhaseView]) -> Sequence[PhaseView]:
    """Return what is drawn: everything, or of too much what matters most."""
    if len(dated) <= ROWS_MAX:
        return dated
    ranked = sorted(
        dated,
        key=lambda phase: (
            not phase.summary,
            not phase.late,
            phase.ended,
            not phase.critical,
            phase.float_min,
            phase.id,
        ),
    )
    kept = {phase.id for phase in ranked[:ROWS_MAX]}
    return [phase for phase in dated if phase.id in kept]


def _axis(view: ProjectView, shown: Sequence[PhaseView]) -> Axis:
    moments = [each for phase in shown for each in (phase.start, phase.finish) if each is not None]
    if view.promise is not None:
        moments.append(_end_of(view.promise, view))
    first, last = min(moments).astimezone(view.zone), max(moments).astimezone(view.zone)
    margin = timedelta(days=MARGIN_DAYS)
    return Axis(_midnight(first.date(), view) - margin, last + margin, WIDTH)


def _midnight(when: date, view: ProjectView) -> datetime:
    return datetime(when.year, when.month, when.day, tzinfo=view.zone)


def _end_of(when: date, view: ProjectView) -> datetime:
    return _midnight(when + timedelta(days=1), view)


def _lanes(view: ProjectView, shown: Sequence[PhaseView], axis: Axis) -> tuple[list[Lane], float]:
    grouped: dict[str, list[PhaseView]] = {}
    for phase in shown:
        name = SUMMARY_LANE if phase.summary else phase.department
        grouped.setdefault(name, []).append(phase)
    # Summaries first, then the departments in the order in which they come in.
    names = sorted(grouped, key=lambda name: name != SUMMARY_LANE)
    lanes, y = [], 0.0
    for name in names:
        top = y
        y += LANE
        bars = []
        for phase in grouped[name]:
            bars.append(_bar(view, phase, axis, y))
            y += ROW
        lanes.append(Lane(name, top, y - top, tuple(bars)))
    return lanes, y + BOTTOM


def _bar(view: ProjectView, phase: PhaseView, axis: Axis, y: float) -> Bar:
    assert phase.start is not None
    assert phase.finish is not None
    x, end = axis.x(phase.start), axis.x(phase.finish)
    slack = 0.0
    if phase.late_finish is not None and phase.float_min > 0 and not phase.ended:
        slack = round(axis.x(phase.late_finish) - end, 1)
    baseline = None
    if phase.baseline_start is not None and phase.baseline_finish is not None:
        left = axis.x(phase.baseline_start)
        baseline = (left, round(axis.x(phase.baseline_finish) - left, 1))
    width = 0.0 if phase.milestone else max(2.0, round(end - x, 1))
    return Bar(
        phase=phase,
        label=_cut(phase.name),
        y=y,
        x=x,
        width=width,
        done=round(width * phase.done_bp / 10_000, 1),
        slack=max(0.0, slack),
        baseline=baseline,
        deadline=None if phase.deadline is None else axis.x(phase.deadline),
        note=_note(view, phase),
        spoken=_spoken(view, phase),
        change_key=f"{phase.start.isoformat()}/{phase.finish.isoformat()}/{phase.done_bp}/{phase.stage}",
    )


def _cut(name: str) -> str:
    return name if len(name) <= LABEL_CHARS_MAX else f"{name[: LABEL_CHARS_MAX - 1].rstrip()}…"


def _note(view: ProjectView, phase: PhaseView) -> str:
    """Return the words beside a bar: by how much it misses something, in days."""
    if phase.finish is None or phase.ended or phase.summary:
        return ""
    for limit in (phase.deadline, phase.baseline_finish):
        if limit is not None and phase.finish > limit:
            slip = finish_day(phase.finish, view.zone) - finish_day(limit, view.zone)
            return f"+{slip.days} d" if slip.days else ""
    return "late" if phase.late else ""


def _spoken(view: ProjectView, phase: PhaseView) -> str:
    """Return what a screen reader says of a bar."""
    assert phase.start is not None
    assert phase.finish is not None
    start, finish = phase.start.astimezone(view.zone).date(), finish_day(phase.finish, view.zone)
    when = day(finish) if phase.milestone or start >= finish else f"{day(start)} to {day(finish)}"
    parts = [phase.name, phase.department, when, phase.stage]
    if 0 < phase.done_bp < 10_000:  # noqa: PLR2004  A whole, in basis points.
        parts.append(f"{share(phase.done_bp)} done")
    if phase.critical and not phase.ended:
        parts.append("critical")
    elif phase.float_min > 0 and not phase.ended:
        parts.append(f"{days(phase.float_min)} of float")
    if phase.late:
        parts.append("late")
    if phase.ties:
        parts.append(f"waits for {counted(len(phase.ties), 'phase')}")
    return ", ".join(parts)


def _months(view: ProjectView, axis: Axis) -> Iterator[Tick]:
    first = axis.start.astimezone(view.zone).date()
    yield Tick(axis.x(axis.start), month(first))
    year, number = first.year, first.month
    while True:
        year, number = (year + 1, 1) if number == 12 else (year, number + 1)  # noqa: PLR2004
        begin = _midnight(date(year, number, 1), view)
        if not axis.covers(begin):
            return
        yield Tick(axis.x(begin), month(begin.date()))


def _weeks(view: ProjectView, axis: Axis) -> Iterator[Tick]:
    at = axis.start.astimezone(view.zone).date()
    monday = at + timedelta(days=-at.weekday() % 7)
    weeks = int((axis.end - axis.start).days / 7) + 1
    step = 1 + weeks // WEEK_TICKS_MAX
    while axis.covers(begin := _midnight(monday, view)):
        yield Tick(axis.x(begin), str(monday.day))
        monday += timedelta(weeks=step)


def _shades(view: ProjectView, axis: Axis) -> Iterator[Shade]:
    """Yield stretches of days off, neighbours joined, where days are wide enough to be seen."""
    if axis.day_width < DAY_MIN_WIDTH:
        return
    at = axis.start.astimezone(view.zone).date()
    last = axis.end.astimezone(view.zone).date()
    begin: date | None = None
    while at <= last + timedelta(days=1):
        off = at <= last and (
            at.isoweekday() not in view.working_weekdays or at in view.closed_days
        )
        if off and begin is None:
            begin = at
        if not off and begin is not None:
            x = axis.x(_midnight(begin, view))
            yield Shade(x, round(axis.x(_midnight(at, view)) - x, 1))
            begin = None
        at += timedelta(days=1)


def _lines(view: ProjectView, axis: Axis) -> Iterator[Line]:
    marks: list[tuple[str, datetime | None, str]] = [
        ("data-date", view.data_date, "data date"),
        ("today", view.now, "as of" if view.shown.is_past else "today"),
    ]
    if view.promise is not None:
        end = _end_of(view.promise, view)
        marks.append(("promise", end, f"promised {short_day(view.promise)}"))
    for key, when, label in marks:
        if when is not None and axis.covers(when):
            x = axis.x(when)
            anchor = "end" if x > LABELS + WIDTH * 0.85 else "start"
            yield Line(key, x, label, anchor)


def _arrows(bars: Mapping[str, Bar]) -> Iterator[Arrow]:
    for bar in bars.values():
        for tie in bar.phase.ties:
            pred = bars.get(tie.pred)
            if pred is not None:
                critical = pred.phase.critical and bar.phase.critical and not bar.phase.ended
                yield Arrow(_way(pred, bar, tie.type), critical)


def _way(pred: Bar, succ: Bar, link_type: str) -> str:
    """Return the way of a link: out of one bar's end, down or up, into the other's."""
    leaves_start, enters_finish = link_type[:1] == "S", link_type[1:] == "F"
    x1 = pred.x if leaves_start else pred.end
    x2 = succ.end if enters_finish else succ.x
    y1, y2 = pred.middle, succ.middle
    plain = not enters_finish and not leaves_start
    if plain and x2 - x1 >= 2 * STEP:
        return f"M{x1:g} {y1:g}H{x2 - STEP:g}V{y2:g}H{x2:g}"
    if plain and x2 >= x1 - 1:
        # One follows at once on the other: into the bar from above or below.
        edge = y2 - BAR / 2 if y2 > y1 else y2 + BAR / 2
        return f"M{x1:g} {y1:g}H{x2 + min(succ.width / 2, STEP / 2):g}V{edge:g}"
    # The ends overlap in time: go round between the rows.
    out, into = (-STEP if leaves_start else STEP), (STEP if enters_finish else -STEP)
    between = y2 - ROW / 2 if y2 > y1 else y2 + ROW / 2
    return f"M{x1:g} {y1:g}h{out:g}V{between:g}H{x2 + into:g}V{y2:g}H{x2:g}"
