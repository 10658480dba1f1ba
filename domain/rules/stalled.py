"""S9: find phases that run and of which nothing is heard, or whose remainder does not fall."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.network.phase_line import PhaseLine
from domain.phases.events import ProgressRecorded
from domain.plans.events import PhaseDetailsRevised, PhasePlanned, PhaseRemoved
from domain.reports.events import ReportingScheduleSet
from domain.reports.periods import recurrence_of
from domain.rules.finding import Cleared, Finding, Found
from domain.rules.impact import NOTHING, severity_of, spare_days, working_days
from domain.rules.moments import JUST_AFTER, Moments
from domain.rules.parameters import Parameter
from domain.rules.watched import Watched

NAME: Final[str] = "stalled"
VERSION: Final[int] = 1

SILENCE: Final = Parameter(
    "silence", 150, "hundredths of the reporting interval",
    "A running phase of which nothing is heard for longer is stalled.",
)  # fmt: skip
INTERVAL: Final = Parameter(
    "interval", 7, "days", "The reporting interval of a department that has no rule of reporting."
)
LOOK_AGAIN: Final = timedelta(days=1)
SILENCE_MAX: Final = timedelta(days=36_600)
"""Whatever a project sets, no silence is waited for longer than a century."""

MARGIN_DAYS: Final = Decimal(1)
"""The finding is told again when its impact has changed by so many working days."""

DAY_MIN: Final = 1_440
MINUTE: Final = timedelta(minutes=1)
_INTERVALS: Final = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31}


class Stall(NamedTuple):
    """Why a phase is stalled, in words, since when, and what shows it."""

    text: str
    since: datetime
    evidence: tuple[int, ...]


@dataclass(slots=True)
class StalledState:
    """When each running phase is to be looked at again, and what was last found of it."""

    intervals: dict[str, int] = field(default_factory=dict)
    """Days between the reports of a department."""
    moments: Moments = field(default_factory=Moments)
    found: dict[str, Finding] = field(default_factory=dict)


class Stalled:
    """DOMAIN S9: running, and silent for 1.5 reporting intervals or alike in two reports on end.

    The interval is that of the rule by which the phase's department reports: a day, a week or 31
    days by the clock. Anything that is reported of the phase breaks the silence. Two reports are
    alike where the same work remains, and anything does. The impact is the working days since then
    (what the phase has stood still), less its total float; it is looked at again every day, and
    told again when it has changed by a working day. It is cleared when something is reported that
    is not alike, or the phase runs no more: news is there or not, so there is no margin.
    """

    name = NAME
    version = VERSION
    code = "S9"
    title = "A phase runs, and nothing is heard of it or its remainder does not fall."
    parameters: tuple[Parameter, ...] = (SILENCE, INTERVAL)
    weighs_impact = False
    at_once = False

    def initial(self) -> StalledState:
        """Return a project in which nothing runs."""
        return StalledState()

    def fold(
        self, state: StalledState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in, or a tick; return the findings it brings about, changes or ends."""
        del more
        told: list[Found] = []
        for phase_id in (*_concerned(state, recorded, project), *state.moments.come(project.now)):
            told.extend(_judged(state, phase_id, recorded, project))
        return tuple(told)

    def due(self, state: StalledState, project: Watched) -> datetime | None:
        """Return the next moment at which a phase has been silent for too long."""
        del project
        return state.moments.next()


def _concerned(state: StalledState, recorded: Recorded[Any], project: Watched) -> tuple[str, ...]:
    """Return the phases that an event can stall or free."""
    match recorded.event:
        case ReportingScheduleSet(rrule=rrule):
            department = recorded.subject_id
            state.intervals[department] = _INTERVALS[recurrence_of(rrule).frequency]
            lines = project.network.lines.values()
            return tuple(line.id for line in lines if line.department == department)
        case PhasePlanned() | PhaseRemoved() | PhaseDetailsRevised() as planned:
            return (planned.phase_id,)
        case _ if project.changed and subject_of(recorded.stream).category == "phase":
            return (recorded.subject_id,)
        case _:
            return ()


def _judged(
    state: StalledState, phase_id: str, recorded: Recorded[Any], project: Watched
) -> tuple[Found, ...]:
    line, before = project.network.lines.get(phase_id), state.found.get(phase_id)
    if line is None or not line.planned or line.known.stage != "running":
        state.moments.wait(phase_id, None)
        stall, because = None, "The phase does not run"
    else:
        stall, because = _stall(state, line, project), "Something else was reported of it"
    if line is None or stall is None:
        if before is None:
            return ()
        del state.found[phase_id]
        return (Cleared(NAME, before.subjects, because),)
    found = _finding(project, line, stall, recorded.position, before)
    if (
        before is not None
        and found.evidence == before.evidence
        and abs(found.impact_days - before.impact_days) < MARGIN_DAYS
    ):
        return ()
    state.found[phase_id] = found
    return (found,)


def _stall(state: StalledState, line: PhaseLine, project: Watched) -> Stall | None:
    """Return why a running phase is stalled; None: it is not, or not yet."""
    now, last = project.now, line.execution.facts[-1]
    days = state.intervals.get(line.department, project.number(NAME, INTERVAL))
    limit_min = days * DAY_MIN * project.number(NAME, SILENCE) // 100
    limit = min(limit_min, SILENCE_MAX // MINUTE) * MINUTE
    over = last.effective_at + limit + JUST_AFTER
    is_silent = now is not None and now >= over
    alike = _alike(line)
    if now is not None and (is_silent or alike is not None):
        state.moments.wait(line.id, now + LOOK_AGAIN)
    else:
        state.moments.wait(line.id, over)
    if is_silent:
        text = "nothing was reported of it since"
        return Stall(text, last.effective_at, (last.position,))
    return alike


def _alike(line: PhaseLine) -> Stall | None:
    """Return that the last two reports, with nothing else after them, say that as much remains."""
    progress = [each for each in line.execution.facts if isinstance(each.event, ProgressRecorded)]
    if len(progress) < 2:  # noqa: PLR2004  Two are compared.
        return None
    one, two = progress[-2:]
    left = two.event.remaining_min
    if left == 0 or one.event.remaining_min != left:
        return None
    if {one.event.basis, two.event.basis} != {"report"}:
        return None
    text = f"two reports say that {left} min remain, the first"
    return Stall(text, one.effective_at, tuple(sorted((one.position, two.position))))


def _finding(
    project: Watched, line: PhaseLine, stall: Stall, position: int, before: Finding | None
) -> Finding:
    network = project.network
    until = max(stall.since, project.now or stall.since)
    days = working_days(network.calendar_of(line), minute_of(stall.since), minute_of(until))
    impact = max(NOTHING, days - spare_days(network, line))
    day = stall.since.astimezone(network.zone).date()
    return Finding(
        rule=NAME,
        rule_version=VERSION,
        kind="schedule",
        subjects=(stream_of("phase", network.project_id, line.id),),
        severity=severity_of(impact),
        impact_days=impact,
        summary=f"“{line.name}” is stalled: {stall.text} {day}",
        evidence=stall.evidence,
        first_position=position if before is None else before.first_position,
        remedies=(f"Ask {line.department or 'who works on it'} how it stands",),
    )
