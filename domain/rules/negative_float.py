"""S4: find work that is later than a date allows: a constraint, a deadline or the promise."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from domain.kernel.calendar import minute_of
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.network.calendars import standard_day_min
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.planning.network import ScheduledPhase
from domain.rules.finding import Found, never
from domain.rules.impact import NOTHING, days_of, severity_of
from domain.rules.moved import Moved
from domain.rules.parameters import Parameter
from domain.rules.telling import MARGIN_DAYS, Condition, Conditions, listed
from domain.rules.watched import Watched

NAME: Final[str] = "negative_float"
VERSION: Final[int] = 1

_PINNED: Final = frozenset({"MSO", "MFO"})
"""Constraints by which a phase has no float however early everything else is."""
_REMEDIES: Final = (
    "work overtime on what leads to it",
    "expedite or overlap what leads to it",
    "re-sequence",
    "agree on another date",
)


@dataclass(slots=True)
class FloatState:
    """The phases that are too late, or were and have less than a day of margin."""

    short: dict[str, Decimal] = field(default_factory=dict)
    """The float of each in working days of its calendar."""
    moved: Moved = field(default_factory=Moved)
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))
    unjudged: bool = False


class NegativeFloat:
    """DOMAIN S4: total float below zero against a constraint, a deadline or the promise.

    A whole chain of phases is late together, so it is one finding of the project that names the
    latest ones. Its impact is the most that is lacking, in working days of that phase's calendar.
    A deadline counts whether or not the project's dialect lets it limit late dates.

    It is told again when its impact has changed by a whole working day, and cleared when no phase
    that was too late has less than a working day of float; one that a constraint pins to a date, or
    that no promise and no deadline measures, when it is no longer too late.
    """

    name = NAME
    version = VERSION
    code = "S4"
    title = "Work is later than a constraint, a deadline or the promise allows."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = True
    at_once = False
    due = staticmethod(never)

    def initial(self) -> FloatState:
        """Return a project that nothing has happened to."""
        return FloatState()

    def fold(
        self, state: FloatState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        if not project.changed:
            return ()
        state.moved.take(recorded)
        if more:
            return ()
        network = project.network
        for phase_id in state.moved.since(network):
            spare = _spare_days(network, phase_id, state)
            if spare is None:
                state.short.pop(phase_id, None)
            else:
                state.short[phase_id] = spare
        subjects = (stream_of("project", network.project_id),)
        if not state.short and subjects not in state.conditions.told:
            return ()
        now = _condition(network, state) if state.short else None
        because = "No phase is later than its dates allow"
        return tuple(state.conditions.tell(subjects, now, recorded.position, because))


def _spare_days(network: ProjectNetwork, phase_id: str, state: FloatState) -> Decimal | None:
    """Return the float of a phase that is too late or has no margin yet, else None."""
    line, row = network.lines.get(phase_id), state.moved.rows.get(phase_id)
    if line is None or row is None or row.summary or line.known.has_ended:
        return None
    calendar = network.calendar_of(line)
    spare_min = _spare_min(network, line, row)
    if spare_min >= 0 and (
        phase_id not in state.short
        or spare_min >= MARGIN_DAYS * standard_day_min(calendar)
        or (network.promise is None and line.deadline is None)
        or (line.constraint is not None and line.constraint.kind in _PINNED)
    ):
        return None
    return days_of(spare_min, calendar)


def _spare_min(network: ProjectNetwork, line: PhaseLine, row: ScheduledPhase) -> int:
    if line.deadline is None:
        return row.total_float_min
    axis = network.calendar_of(line).axis
    return min(row.total_float_min, axis.between(row.finish, minute_of(line.deadline)))


def _condition(network: ProjectNetwork, state: FloatState) -> Condition:
    late = sorted((days, each) for each, days in state.short.items())
    days, worst = late[0]
    names = [network.name_of(each) for days, each in late if days < NOTHING]
    typed = [network.lines[worst].typed.get(field) for field in ("constraint", "deadline")]
    promise = network.promise
    typed += [] if promise is None else [promise.typed]
    impact = max(NOTHING, -days)
    return Condition(
        kind="schedule",
        severity=severity_of(impact),
        impact_days=impact,
        summary=(
            f"{len(names)} phases are later than their dates allow, the most by {impact} working "
            f"days: {listed(names)}"
            if names
            else "Nothing is later than its dates allow, and not all of it by a working day"
        ),
        evidence=[each.position for each in typed if each is not None],
        holds=days < NOTHING,
        remedies=_REMEDIES,
    )
