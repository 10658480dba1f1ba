"""S10: find phases whose reported finish is earlier than their pace allows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final, NamedTuple

from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.kernel.work_axis import WorkAxis
from domain.network.calendars import standard_day_min
from domain.network.phase_line import PhaseLine
from domain.phases.events import ProgressRecorded
from domain.plans.events import PhaseRemoved
from domain.rules.finding import Cleared, Finding, Found
from domain.rules.impact import NOTHING, days_of, severity_of, spare_days
from domain.rules.moments import Moments
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "implausible_finish"
VERSION: Final[int] = 1

WINDOW: Final = Parameter(
    "window", 10, "working days", "The pace is that of so many days before the last progress."
)
MARGIN_DAYS: Final = Decimal(1)
"""The finding is cleared when the pace reaches the reported finish by so many working days."""

DAYS_MAX: Final = 36_600
"""A finish further off than a century of days has no date."""


class Outlook(NamedTuple):
    """Working minutes that a phase still takes at its pace, against the finish it reported."""

    since: Minute
    """The last progress."""
    need_min: int
    expected: Minute
    evidence: tuple[int, ...]


@dataclass(slots=True)
class FinishesState:
    """When each phase's reported finish comes out of reach, and what was last found of it."""

    moments: Moments = field(default_factory=Moments)
    found: dict[str, Finding] = field(default_factory=dict)
    gaps: dict[str, Decimal] = field(default_factory=dict)
    """The gap in working days that each finding was told with."""


class ImplausibleFinish:
    """DOMAIN S10: now + remaining / rate lies after the finish that was reported with the progress.

    The rate is the working time that the remainder fell by, per working time that went by, over the
    last 10 working days before the last progress: from the start, with the planned duration, where
    it lies in them, else from the first progress in them. Without a whole working day between, or
    where nothing was earned, there is no rate and no finding (S9 tells what stands still). Now is
    the last tick, or the progress where that is later; time alone can put a finish out of reach.

    The gap is working time on the phase's calendar, the impact the gap less the phase's total
    float. It is told again when the gap changes by a working day, and cleared when the finish can
    be reached with a working day to spare, or is reported no more, or the phase has ended.
    """

    name = NAME
    version = VERSION
    code = "S10"
    title = "A phase is reported to finish earlier than its pace allows."
    parameters: tuple[Parameter, ...] = (WINDOW,)
    weighs_impact = False
    at_once = False

    def initial(self) -> FinishesState:
        """Return a project in which nothing runs."""
        return FinishesState()

    def fold(
        self, state: FinishesState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in, or a tick; return the findings it brings about, changes or ends."""
        del more
        phases = state.moments.come(project.now)
        if isinstance(recorded.event, PhaseRemoved):
            phases.append(recorded.event.phase_id)
        elif project.changed and subject_of(recorded.stream).category == "phase":
            phases.append(recorded.subject_id)
        told: list[Found] = []
        for phase_id in phases:
            told.extend(_judged(state, phase_id, recorded.position, project))
        return tuple(told)

    def due(self, state: FinishesState, project: Watched) -> datetime | None:
        """Return the next moment at which a reported finish comes out of reach."""
        del project
        return state.moments.next()


def _judged(
    state: FinishesState, phase_id: str, position: int, project: Watched
) -> tuple[Found, ...]:
    line, before = project.network.lines.get(phase_id), state.found.get(phase_id)
    outlook = None if line is None else _outlook(line, project)
    state.moments.wait(phase_id, None)
    if line is None or outlook is None:
        if before is None:
            return ()
        del state.found[phase_id]
        return (Cleared(NAME, before.subjects, "No finish out of reach is reported any more"),)
    calendar = project.network.calendar_of(line)
    axis, day_min = calendar.axis, standard_day_min(calendar)
    now = outlook.since if project.now is None else max(outlook.since, minute_of(project.now))
    # The working time from the expected finish to the one at its pace, which may have no date.
    gap_min = axis.between(outlook.expected, now) + outlook.need_min
    gap = days_of(gap_min, calendar)
    if before is not None and gap <= -MARGIN_DAYS:
        del state.found[phase_id]
        return (Cleared(NAME, before.subjects, f"Its pace reaches the finish by {-gap} days"),)
    if gap_min <= 0:
        # A minute later the finish is out of reach, if nothing is reported before.
        last = axis.subtract(outlook.expected, outlook.need_min)
        state.moments.wait(phase_id, instant_of(last + 1))
        return ()
    state.moments.wait(phase_id, instant_of(axis.add(now, day_min)))
    if before is not None and abs(gap - state.gaps[phase_id]) < MARGIN_DAYS:
        return ()
    state.gaps[phase_id] = gap
    found = state.found[phase_id] = _finding(project, line, outlook, gap, position, before)
    return (found,)


def _outlook(line: PhaseLine, project: Watched) -> Outlook | None:
    """Return how long a phase takes at its pace; None where there is no pace, or no finish."""
    known = line.known
    if not line.planned or known.stage != "running" or known.expected_finish is None:
        return None
    calendar = project.network.calendar_of(line)
    progress = [each for each in line.execution.facts if isinstance(each.event, ProgressRecorded)]
    last, left = progress[-1], progress[-1].event.remaining_min
    since = minute_of(last.effective_at)
    window_min = project.number(NAME, WINDOW) * standard_day_min(calendar)
    passed_min, left_before, evidence = _base(line, progress, calendar.axis, window_min)
    earned_min = left_before - left
    if passed_min < standard_day_min(calendar) or earned_min <= 0 or left == 0:
        return None
    need_min = ceil(Fraction(left * passed_min, earned_min))
    if need_min > DAYS_MAX * standard_day_min(calendar):  # No date is so far off.
        return None
    return Outlook(since, need_min, minute_of(known.expected_finish), (*evidence, last.position))


def _base(
    line: PhaseLine, progress: Sequence[Recorded[Any]], axis: WorkAxis, window_min: int
) -> tuple[int, int, tuple[int, ...]]:
    """Return how long ago the pace is taken from, what remained then, and the events that say so.

    That is the start where it lies in the window, else the first progress in it.
    """
    since, started = minute_of(progress[-1].effective_at), line.known.started_at
    assert started is not None, "what runs has started"
    passed_min = axis.between(minute_of(started), since)
    if passed_min <= window_min:
        start_of = line.known.start_of
        return passed_min, line.duration_min, () if start_of is None else (start_of.position,)
    for each in progress:
        passed_min = axis.between(minute_of(each.effective_at), since)
        if passed_min <= window_min:
            break
    return passed_min, each.event.remaining_min, (each.position,)


def _finding(
    project: Watched,
    line: PhaseLine,
    outlook: Outlook,
    gap: Decimal,
    position: int,
    before: Finding | None,
) -> Finding:
    network = project.network
    impact = max(NOTHING, gap - spare_days(network, line))
    expected = instant_of(outlook.expected).astimezone(network.zone)
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="schedule",
        subjects=(stream_of("phase", network.project_id, line.id),),
        severity=severity_of(impact),
        impact_days=impact,
        summary=(
            f"“{line.name}” is reported to finish on {expected:%Y-%m-%d %H:%M}; at its pace that "
            f"takes {gap} working days longer"
        ),
        evidence=tuple(sorted(set(outlook.evidence))),
        first_position=position if before is None else before.first_position,
        remedies=(f"Ask {line.department or 'who works on it'} what the finish rests on",),
    )
