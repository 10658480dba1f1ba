"""S7: find work that is not critical and soon will be."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import counted
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of
from domain.rules.moved import Moved
from domain.rules.parameters import Parameter
from domain.rules.telling import MARGIN_DAYS, Condition, Conditions, listed
from domain.rules.watched import Watched

NAME: Final[str] = "near_critical"
VERSION: Final[int] = 1

FLOAT: Final = Parameter(
    "float", 2, "working days", "A phase with no more total float than this is near critical."
)
_REMEDIES: Final = ("follow these phases as closely as the critical ones",)


@dataclass(slots=True)
class NearState:
    """The phases that are near critical, or were and have not a day of margin."""

    near: dict[str, int] = field(default_factory=dict)
    """Their total float in working minutes."""
    moved: Moved = field(default_factory=Moved)
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))


class NearCritical:
    """DOMAIN S7: total float between none and two working days, and not on the longest path.

    Such phases come in whole paths, so they are one finding of the project that names those with
    the least float and tells where to look. It weighs little and moves nothing. Milestones and
    level of effort, which nobody works on, are left out.

    It is told again when the number of phases changes, and a phase leaves it when its float is a
    working day above the limit, when it comes onto the longest path, or when it ends.
    """

    name = NAME
    version = VERSION
    code = "S7"
    title = "Work that is not critical has little float left."
    parameters: tuple[Parameter, ...] = (FLOAT,)
    weighs_impact = False
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

    def initial(self) -> NearState:
        """Return a project that nothing has happened to."""
        return NearState()

    def fold(
        self, state: NearState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        if not project.changed:
            return ()
        state.moved.take(recorded)
        if more:
            return ()
        network, most_days = project.network, project.number(NAME, FLOAT)
        state.moved.find_anew(
            network, state.near, lambda phase_id: _float_min(network, phase_id, state, most_days)
        )
        subjects = (stream_of("project", network.project_id),)
        if not state.near and subjects not in state.conditions.told:
            return ()
        now = _condition(network, state, most_days) if state.near else None
        float_days = counted(most_days, "working day")
        because = f"Nothing beside the longest path has {float_days} of float or less"
        return tuple(state.conditions.tell(subjects, now, recorded.position, because))


def _float_min(
    network: ProjectNetwork, phase_id: str, state: NearState, most_days: int
) -> int | None:
    line, row = network.lines.get(phase_id), state.moved.rows.get(phase_id)
    if line is None or row is None or row.summary or row.on_longest_path:
        return None
    if line.known.has_ended or line.kind in {"start_ms", "finish_ms", "level_of_effort"}:
        return None
    day_min = standard_day_min(network.calendar_of(line))
    limit = most_days * day_min
    if phase_id in state.near:
        limit += int(MARGIN_DAYS) * day_min - 1
    return row.total_float_min if 0 <= row.total_float_min <= limit else None


def _condition(network: ProjectNetwork, state: NearState, most_days: int) -> Condition:
    least = sorted(state.near, key=lambda each: (state.near[each], each))
    line = network.lines[least[0]]
    left = days_of(state.near[least[0]], network.calendar_of(line))
    typed = line.typed.get("duration")
    many = "phases beside the longest path have"
    beside = counted(len(least), "phase beside the longest path has", many)
    return Condition(
        kind="schedule",
        severity="low",
        impact_days=NOTHING,
        summary=(
            f"{beside} {counted(most_days, 'working day')} of float "
            f"or hardly more, {line.name} has {left}: "
            f"{listed([network.name_of(each) for each in least])}"
        ),
        evidence=[] if typed is None else [typed.position],
        measure=Decimal(len(least)),
        remedies=_REMEDIES,
    )
