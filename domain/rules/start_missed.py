"""S8: find work that nothing holds back and that should have started."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from domain.conflicts.events import Severity
from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, instant_of, minute_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.projects.events import (
    BaselineApproved,
    DataDateAdvanced,
    ProjectCancelled,
    ProjectCompleted,
    ProjectHeld,
    ProjectResumed,
)
from domain.rules.finding import Found
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, severity_of, working_days
from domain.rules.logic import FROM_START, TO_START, holding
from domain.rules.moments import Moments
from domain.rules.moved import Moved
from domain.rules.parameters import Parameter
from domain.rules.telling import MARGIN_DAYS, Condition, Conditions, Subjects
from domain.rules.watched import Watched

NAME: Final[str] = "start_missed"
VERSION: Final[int] = 1

_FROM_WITHOUT: Final = frozenset({"predecessor", "parent", "constraint", "material", "commitment"})
"""What holds a phase until a date of its own; a data date only says that it was not begun."""
_REMEDIES: Final = (
    "start it, or report the start that was",
    "give it other people or another machine",
    "re-sequence",
)


class Awaited(NamedTuple):
    """By when a phase that could start should have: as baselined, and at the latest.

    `not_before` is when it can start at all; None where that is past.
    """

    baselined: Minute | None
    latest: Minute
    not_before: Minute | None

    def moments(self) -> list[Minute]:
        """Return the first minutes of being late."""
        limits = (self.latest,) if self.baselined is None else (self.baselined, self.latest)
        held = self.not_before
        return [each + 1 if held is None else max(each + 1, held) for each in limits]


@dataclass(slots=True)
class StartsState:
    """The phases that wait for nothing but their own start."""

    awaited: dict[str, Awaited] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))
    moved: Moved = field(default_factory=Moved)
    all_again: bool = False
    """Whether something was said of the whole project that no row shows."""
    late: Moments = field(default_factory=Moments)
    """Of each the next moment at which it is late that was not."""
    now: Minute | None = None
    """What those moments lie after."""


class StartMissed:
    """DOMAIN S8: not started, and now is after its baselined start, or after its latest start.

    Now is the last tick, or the data date where that is later. Only phases that could start are
    told: whatever they wait for by finish-to-start and start-to-start links, their parents' too,
    has come so far. What stands behind them is late because of them. After the baselined start the
    finding weighs little and moves nothing; after the latest start its impact is the working days
    since then, the push less the total float.

    It is told again when its measure has changed by a working day, and cleared when work starts,
    when the phase waits for something again, or when the start is due a working day from now. A
    project that is not open starts nothing.
    """

    name = NAME
    version = VERSION
    code = "S8"
    title = "Work that nothing holds back should have started."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = False
    heeds = Heeds.of(network=True)

    def initial(self) -> StartsState:
        """Return a project that nothing has happened to."""
        return StartsState()

    def fold(
        self, state: StartsState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in, or a tick; return the findings it brings about, changes or ends."""
        network, event = project.network, recorded.event
        if isinstance(event, ClockAdvanced):
            due = state.late.next()
            if due is None or event.to < due:
                return ()
            return _told(state, project, set(state.awaited), recorded.position)
        if not project.changed:
            return ()
        state.moved.take(recorded)
        state.all_again |= isinstance(event, _OF_ALL)
        if more:
            return ()
        again = state.moved.since(network)
        if state.all_again:
            again.update(network.lines)
            state.all_again = False
        for phase_id in again:
            awaited = _awaited(network, phase_id, state)
            if awaited is not None:
                state.awaited[phase_id] = awaited
            elif state.awaited.pop(phase_id, None) is not None:
                state.late.wait(phase_id, None)
        if isinstance(event, DataDateAdvanced):
            again.update(state.awaited)
        return _told(state, project, again, recorded.position)

    def due(self, state: StartsState, project: Watched) -> datetime | None:
        """Return when the next phase will be late that is not."""
        del project
        return state.late.next()


_OF_ALL: Final = (
    BaselineApproved, ProjectHeld, ProjectResumed, ProjectCompleted, ProjectCancelled,
)  # fmt: skip


def _awaited(network: ProjectNetwork, phase_id: str, state: StartsState) -> Awaited | None:
    line, row = network.lines.get(phase_id), state.moved.rows.get(phase_id)
    if line is None or row is None or row.summary or network.standing != "open":
        return None
    if line.known.has_started or line.kind == "level_of_effort" or not _is_ready(network, line):
        return None
    baseline = network.baseline
    dates = None if baseline is None or baseline.dates is None else baseline.dates.get(phase_id)
    return Awaited(
        baselined=None if dates is None else dates[0],
        latest=row.late_start,
        not_before=row.early_start if row.driver.kind in _FROM_WITHOUT else None,
    )


def _is_ready(network: ProjectNetwork, line: PhaseLine) -> bool:
    for each in holding(network, line):
        if each.link.type not in TO_START:
            continue
        known = network.lines[each.link.pred].known
        if not (known.has_started if each.link.type in FROM_START else known.has_ended):
            return False
    return True


def _told(
    state: StartsState, project: Watched, phases: set[str], position: int
) -> tuple[Found, ...]:
    now = _now(project)
    told: list[Found] = []
    for phase_id in sorted(phases):
        subjects: Subjects = (stream_of("phase", project.project_id, phase_id),)
        awaited = state.awaited.get(phase_id)
        if awaited is None and subjects not in state.conditions.told:
            continue
        condition = _condition(project.network, phase_id, awaited, now)
        because = _because(project, phase_id) if condition is None else ""
        told += state.conditions.tell(subjects, condition, position, because)
    _wait(state, phases, now)
    return tuple(told)


def _wait(state: StartsState, phases: set[str], now: Minute | None) -> None:
    """Note when phases are late next: these, and those whose moment has come."""
    again = {*phases, *state.late.come(None if now is None else instant_of(now))}
    if now is not None and state.now is not None and now < state.now:
        again = set(state.awaited)
    state.now = now
    for phase_id in again & state.awaited.keys():
        moments = state.awaited[phase_id].moments()
        late = min((each for each in moments if now is None or each > now), default=None)
        state.late.wait(phase_id, None if late is None else instant_of(late))


def _now(project: Watched) -> Minute | None:
    moments = [each for each in (project.now, project.network.data_date) if each is not None]
    return minute_of(max(moments)) if moments else None


def _condition(
    network: ProjectNetwork, phase_id: str, awaited: Awaited | None, now: Minute | None
) -> Condition | None:
    if awaited is None or now is None:
        return None
    if awaited.not_before is not None and now < awaited.not_before:
        return None
    line, baseline = network.lines[phase_id], network.baseline
    calendar = network.calendar_of(line)
    first = awaited.latest
    if awaited.baselined is not None:
        first = min(first, awaited.baselined)
    if now <= first and working_days(calendar, now, first) >= MARGIN_DAYS:
        return None
    impact = working_days(calendar, awaited.latest, now) if now > awaited.latest else NOTHING
    days = max(NOTHING, working_days(calendar, first, now)) if now > first else NOTHING
    day, last = (
        instant_of(each).astimezone(network.zone).date() for each in (first, awaited.latest)
    )
    severity: Severity = severity_of(impact) if now > awaited.latest else "low"
    return Condition(
        kind="schedule",
        severity=severity,
        impact_days=impact,
        summary=(
            f"“{line.name}” has not started, {days} working days after {day}; it must by {last}"
        ),
        evidence=_evidence(line, None if baseline is None else baseline.typed.position),
        measure=days,
        grade="red" if now > awaited.latest else "amber",
        holds=now > first,
        act_by=last if now <= awaited.latest else None,
        remedies=_REMEDIES,
    )


def _evidence(line: PhaseLine, baseline: int | None) -> list[int]:
    typed = line.typed.get("duration")
    return [each for each in (baseline, None if typed is None else typed.position) if each]


def _because(project: Watched, phase_id: str) -> str:
    line = project.network.lines.get(phase_id)
    if line is None or not line.planned:
        return f"{phase_id} is not in the plan any more"
    if line.known.has_started:
        return f"“{line.name}” has started"
    if project.network.standing != "open":
        return f"The project is {project.network.standing}"
    if not _is_ready(project.network, line):
        return f"“{line.name}” waits for what comes before it"
    return f"“{line.name}” is to start later"
