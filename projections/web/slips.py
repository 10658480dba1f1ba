"""Lay out what was known when: from left to right when it was told, upwards which date it was.

The chart is the milestone trend chart of project controlling; nothing is drawn yet.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from projections.web.words import day, finish_day, short_day

WIDTH: Final = 1040
HEIGHT: Final = 260
LEFT: Final = 84
RIGHT: Final = 26
TOP: Final = 18
BOTTOM: Final = 34
TICKS_MAX: Final = 8
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Known:
    """A date as it was told from a moment on: who reads the log then finds this one."""

    at: datetime
    date: datetime
    position: int
    cause: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick of an axis, or a point of the line; `spoken` is what a screen reader says."""

    x: float
    y: float
    label: str
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class SlipChart:
    """A whole chart; the promise is a line across, None where there is none."""

    width: float
    height: float
    left: float
    line: str
    points: tuple[Mark, ...]
    told: tuple[Mark, ...]
    """The axis below: when it was told."""
    dates: tuple[Mark, ...]
    """The axis on the left: which date it was."""
    promise: Mark | None


def slip_chart(
    knowns: Sequence[Known], promise: date | None, zone: ZoneInfo, until: datetime
) -> SlipChart | None:
    """Return the chart of dates in the order in which they were told; None for fewer than two.

    `until` is the moment up to which the last one holds.
    """
    shown = last_of_each_day(knowns, zone)
    if len(shown) < 2:  # noqa: PLR2004  One date has no trend.
        return None
    end = max(until, shown[-1].at + timedelta(days=1))
    across = _Scale(shown[0].at, end, LEFT, WIDTH - RIGHT)
    due = None if promise is None else datetime.combine(promise, time(23, 59), zone)
    dates = [known.date for known in shown] + ([] if due is None else [due])
    margin = timedelta(days=1)
    upwards = _Scale(min(dates) - margin, max(dates) + margin, HEIGHT - BOTTOM, TOP)
    return SlipChart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        line=_steps(shown, across, upwards),
        points=tuple(_point(known, across, upwards, zone) for known in shown),
        told=tuple(_ticks(across, zone, lambda place: (place, HEIGHT - BOTTOM))),
        dates=tuple(_ticks(upwards, zone, lambda place: (LEFT, place))),
        promise=None
        if promise is None or due is None
        else Mark(LEFT, upwards.place(due), f"promised {short_day(promise)}"),
    )


def last_of_each_day(knowns: Sequence[Known], zone: ZoneInfo) -> Sequence[Known]:
    """Return of each local day the date that stood at its end, where that is another than before.

    Within a day a date may go to and fro, as reports come in one by one.
    """
    by_day = {known.at.astimezone(zone).date(): known for known in knowns}
    shown: list[Known] = []
    for known in by_day.values():
        if not shown or known.date != shown[-1].date:
            shown.append(known)
    return shown


class _Scale:
    """Where a moment lies between two ends of an axis."""

    def __init__(self, first: datetime, last: datetime, begin: float, end: float) -> None:
        self.first, self.last = first, last
        self._begin = begin
        self._per_second = (end - begin) / max(1.0, (last - first).total_seconds())

    def place(self, when: datetime) -> float:
        return round(self._begin + (when - self.first).total_seconds() * self._per_second, 1)


def _steps(shown: Sequence[Known], across: _Scale, upwards: _Scale) -> str:
    first, *others = shown
    begin = f"M{across.place(first.at)} {upwards.place(first.date)}"
    steps = (f"H{across.place(each.at)}V{upwards.place(each.date)}" for each in others)
    return f"{begin}{''.join(steps)}H{across.place(across.last)}"


def _point(known: Known, across: _Scale, upwards: _Scale, zone: ZoneInfo) -> Mark:
    told, finish = known.at.astimezone(zone).date(), finish_day(known.date, zone)
    spoken = f"Told {day(told)}: {day(finish)}. {known.cause}"
    return Mark(across.place(known.at), upwards.place(known.date), short_day(finish), spoken)


def _ticks(
    scale: _Scale, zone: ZoneInfo, at: Callable[[float], tuple[float, float]]
) -> Iterator[Mark]:
    """Yield midnights of a step that leaves room for their labels."""
    days = max(1, int((scale.last - scale.first).total_seconds() // DAY_S))
    step = next(
        (each for each in (1, 2, 7, 14, 28, 56) if days / each <= TICKS_MAX), days // TICKS_MAX
    )
    begin = scale.first.astimezone(zone).date() + timedelta(days=1)
    for number in range(0, days + 1, step):
        each = begin + timedelta(days=number)
        midnight = datetime.combine(each, time(), zone)
        if midnight <= scale.last:
            x, y = at(scale.place(midnight))
            yield Mark(x, y, short_day(each))
