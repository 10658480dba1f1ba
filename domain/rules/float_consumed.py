"""S5: find work whose float is being used up since the baseline."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from domain.conflicts.events import Severity
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import counted
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork
from domain.projects.events import BaselineApproved
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of
from domain.rules.moved import Moved
from domain.rules.parameters import Parameter
from domain.rules.telling import MARGIN_DAYS, Condition, Conditions, listed
from domain.rules.watched import Watched

NAME: Final[str] = "float_consumed"
VERSION: Final[int] = 1

AMBER: Final = Parameter(
    "amber", 50, "percent", "A phase counts once so much of its baselined float is used up."
)
RED: Final = Parameter("red", 80, "percent", "It weighs more once so much of it is.")
_REMEDIES: Final = ("start what leads to it sooner", "overtime or expediting on what leads to it")


@dataclass(slots=True)
class ConsumedState:
    """The float each phase had when the baseline was approved, and those that used it up."""

    baselined: dict[str, int] = field(default_factory=dict)
    """Working minutes of the phase's calendar; only float above none."""
    used: dict[str, int] = field(default_factory=dict)
    """Percent used up by the phases that count, or did and have not a day of margin."""
    moved: Moved = field(default_factory=Moved)
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))


class FloatConsumed:
    """DOMAIN S5: half of the float a phase had in the baseline is used up, or four fifths.

    Float shrinks on whole chains at once, so it is one finding of the project that names the phases
    that used most; it is red as soon as one of them is. Work that has ended has no float to use up.
    How fast float shrinks is not judged: between two data dates it jumps, and says little.

    Float that is left moves nothing, so there is no impact; float below none is S4's. The finding
    is told again when the number of phases or the colour changes, and a phase leaves it when its
    float is a working day above the limit. A baseline of an older position has no floats to compare
    with.
    """

    name = NAME
    version = VERSION
    code = "S5"
    title = "Work has used up most of the float it had in the baseline."
    parameters: tuple[Parameter, ...] = (AMBER, RED)
    weighs_impact = False
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

    def initial(self) -> ConsumedState:
        """Return a project that nothing has happened to."""
        return ConsumedState()

    def fold(
        self, state: ConsumedState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        network = project.network
        if not project.changed:
            return ()
        if isinstance(recorded.event, BaselineApproved):
            _approve(state, network)
        if not state.baselined:
            return ()
        state.moved.take(recorded)
        if more:
            return ()
        state.moved.find_anew(
            network, state.used, lambda phase_id: _used_percent(state, project, phase_id)
        )
        subjects = (stream_of("project", network.project_id),)
        if not state.used and subjects not in state.conditions.told:
            return ()
        now = _condition(state, project) if state.used else None
        because = "No phase has used up so much of its float"
        return tuple(state.conditions.tell(subjects, now, recorded.position, because))


def _approve(state: ConsumedState, network: ProjectNetwork) -> None:
    """Keep the floats of the schedule that is the baseline now."""
    schedule, baseline = network.schedule(), network.baseline
    state.used.clear()
    state.moved = Moved()
    state.baselined = {}
    if schedule is not None and baseline is not None and baseline.dates is not None:
        state.baselined = {
            row.id: row.total_float_min
            for row in schedule.phases.values()
            if row.total_float_min > 0 and not row.summary
        }


def _used_percent(state: ConsumedState, project: Watched, phase_id: str) -> int | None:
    had, row = state.baselined.get(phase_id), state.moved.rows.get(phase_id)
    line = project.network.lines.get(phase_id)
    if had is None or row is None or line is None or line.known.has_ended:
        return None
    left = row.total_float_min
    allowed = had * (100 - project.number(NAME, AMBER)) // 100
    margin = int(MARGIN_DAYS) * standard_day_min(project.network.calendar_of(line))
    if left > allowed and (phase_id not in state.used or left - allowed >= margin):
        return None
    return (had - left) * 100 // had


def _condition(state: ConsumedState, project: Watched) -> Condition:
    network, amber, red = (
        project.network,
        project.number(NAME, AMBER),
        project.number(NAME, RED),
    )
    most = sorted(state.used, key=lambda each: (-state.used[each], each))
    consumed = [each for each in most if state.used[each] >= amber]
    is_red = state.used[most[0]] >= red
    severity: Severity = "medium" if is_red else "low"
    row = state.moved.rows[most[0]]
    left = days_of(row.total_float_min, network.calendar_of(network.lines[most[0]]))
    baseline = network.baseline
    has = f"has {left} working days left" if left >= 0 else f"lacks {-left} working days"
    told = counted(len(consumed), "phase has", "phases have")
    return Condition(
        kind="schedule",
        severity=severity,
        impact_days=NOTHING,
        summary=(
            f"{told} used up {amber} % of the float since the baseline or "
            f"more, {network.name_of(most[0])} {has}: "
            f"{listed([network.name_of(each) for each in consumed])}"
        ),
        evidence=[] if baseline is None else [baseline.typed.position],
        measure=Decimal(len(consumed)),
        grade="red" if is_red else "amber",
        holds=bool(consumed),
        remedies=_REMEDIES,
    )
