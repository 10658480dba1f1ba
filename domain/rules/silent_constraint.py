"""S13: find typed dates that hold work later than what it depends on."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, minute_of
from domain.kernel.wording import counted
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.planning.network import ScheduledPhase
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, working_days
from domain.rules.logic import TO_START, bound_of, holding
from domain.rules.moved import Moved
from domain.rules.parameters import Parameter
from domain.rules.telling import MARGIN_DAYS, NAMED_MAX, Condition, Conditions, listed
from domain.rules.watched import Watched

NAME: Final[str] = "silent_constraint"
VERSION: Final[int] = 1

_REMEDIES: Final = (
    "replace the date by a link to what it stands for",
    "clear the constraint if nothing stands behind it",
)


class Held(NamedTuple):
    """By how many working days a typed date holds a phase, and what its float lacks by now."""

    days: Decimal
    lacking: Decimal


@dataclass(slots=True)
class HeldState:
    """The phases that a typed date holds."""

    held: dict[str, Held] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))
    moved: Moved = field(default_factory=Moved)


class SilentConstraint:
    """DOMAIN S13: a constraint holds a phase later than its predecessors would.

    The days held are working days of the phase's calendar from the start that its links, what it
    waits for, the project's start and the data date allow to the start that it has. A phase that
    work began on is held no more. Plans come with many typed dates, so it is one finding of the
    project that names the phases held longest.

    The impact is what the promise would gain by lifting a constraint: the days held, as far as the
    float is below zero. A phase counts from a whole working day on. It is told again when the
    number of phases or the impact changes by one, and cleared when none is left.
    """

    name = NAME
    version = VERSION
    code = "S13"
    title = "A typed date holds work later than what it depends on."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

    def initial(self) -> HeldState:
        """Return a project that nothing has happened to."""
        return HeldState()

    def fold(
        self, state: HeldState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        if not project.changed:
            return ()
        state.moved.take(recorded)
        if more:
            return ()
        network = project.network
        state.moved.find_anew(network, state.held, lambda phase_id: _held(network, phase_id, state))
        subjects = (stream_of("project", network.project_id),)
        if not state.held and subjects not in state.conditions.told:
            return ()
        now = _condition(network, state.held) if state.held else None
        because = "No typed date holds anything back"
        return tuple(state.conditions.tell(subjects, now, recorded.position, because))


def _held(network: ProjectNetwork, phase_id: str, state: HeldState) -> Held | None:
    row = state.moved.rows.get(phase_id)
    if row is None or row.summary or row.driver.kind != "constraint":
        return None
    line = network.lines[phase_id]
    if line.known.has_started:
        return None
    calendar = network.calendar_of(line)
    days = working_days(calendar, _without(network, line, row, state), row.early_start)
    if days < MARGIN_DAYS:
        return None
    return Held(days, max(NOTHING, -days_of(row.total_float_min, calendar)))


def _without(
    network: ProjectNetwork, line: PhaseLine, row: ScheduledPhase, state: HeldState
) -> Minute:
    """Return when the phase could start but for the constraint; before its start as it is."""
    axis = network.calendar_of(line).axis
    begins = [minute_of(each) for each in (network.start, network.data_date) if each is not None]
    begins += [each.at for each in (line.activity.earliest if line.activity else ())]
    for each in holding(network, line):
        bound = bound_of(network, state.moved.rows, each.link)
        if bound is not None:
            to_start = each.link.type in TO_START
            begins.append(bound if to_start else axis.subtract(bound, line.duration_min))
    return min(row.early_start, axis.next_start(max(begins))) if begins else row.early_start


def _condition(network: ProjectNetwork, held: dict[str, Held]) -> Condition:
    longest = sorted(held, key=lambda each: (-held[each].days, each))
    impact = max(min(each.days, each.lacking) for each in held.values())
    typed = [network.lines[each].typed.get("constraint") for each in longest[:NAMED_MAX]]
    return Condition(
        kind="schedule",
        severity="medium" if impact else "low",
        impact_days=impact,
        summary=(
            f"{counted(len(longest), 'phase is', 'phases are')} held by a typed date later than by "
            "the predecessors, "
            f"{network.name_of(longest[0])} by {held[longest[0]].days} working days: "
            f"{listed([network.name_of(each) for each in longest])}"
        ),
        evidence=[each.position for each in typed if each is not None],
        measure=Decimal(len(longest)),
        remedies=_REMEDIES,
    )
