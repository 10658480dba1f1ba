"""S4: find work that is later than a constraint or a deadline allows."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.kernel.wording import counted
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of, severity_of, working_days
from domain.rules.moved import Moved
from domain.rules.parameters import Parameter
from domain.rules.telling import MARGIN_DAYS, NAMED_MAX, Condition, Conditions, listed
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


class Spare(NamedTuple):
    """How many working days a phase has to spare: by its total float, and to its own deadline."""

    total: Decimal
    deadline: Decimal | None

    @property
    def least(self) -> Decimal:
        """The smaller of both."""
        return self.total if self.deadline is None else min(self.total, self.deadline)


@dataclass(slots=True)
class FloatState:
    """The phases that are too late, or were and have less than a day of margin."""

    short: dict[str, Spare] = field(default_factory=dict)
    moved: Moved = field(default_factory=Moved)
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))


class NegativeFloat:
    """DOMAIN S4: total float below zero against a constraint, a deadline or the promise.

    A whole chain of phases is late together, so it is one finding of the project that names the
    latest ones. Its impact is the most that is lacking, in working days of that phase's calendar.
    A deadline counts whether or not the project's dialect lets it limit late dates.

    Where the project misses its promise S2 says so, once, and by how much: here only that counts
    which is later by more than a working day beyond it, and what misses a deadline of its own.

    It is told again when its impact has changed by a whole working day, and cleared when no phase
    that was too late has less than a working day of float; one that a constraint pins to a date, or
    that no promise and no deadline measures, when it is no longer too late.
    """

    name = NAME
    version = VERSION
    code = "S4"
    title = "Work is later than a constraint or a deadline allows."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = True
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

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
        state.moved.find_anew(
            network, state.short, lambda phase_id: _spare(network, phase_id, state)
        )
        subjects = (stream_of("project", network.project_id),)
        if not state.short and subjects not in state.conditions.told:
            return ()
        now = _condition(network, state)
        because = "No phase is later than its dates allow"
        return tuple(state.conditions.tell(subjects, now, recorded.position, because))


def _spare(network: ProjectNetwork, phase_id: str, state: FloatState) -> Spare | None:
    """Return what a phase has to spare that is too late or has no margin yet, else None."""
    line, row = network.lines.get(phase_id), state.moved.rows.get(phase_id)
    if line is None or row is None or row.summary or line.known.has_ended:
        return None
    calendar = network.calendar_of(line)
    spare_min, deadline = row.total_float_min, None
    if line.deadline is not None:
        to_deadline_min = calendar.axis.between(row.finish, minute_of(line.deadline))
        spare_min = min(spare_min, to_deadline_min)
        deadline = days_of(to_deadline_min, calendar)
    if spare_min >= 0 and (
        phase_id not in state.short
        or spare_min >= MARGIN_DAYS * standard_day_min(calendar)
        or (network.promise is None and line.deadline is None)
        or (line.constraint is not None and line.constraint.kind in _PINNED)
    ):
        return None
    return Spare(days_of(row.total_float_min, calendar), deadline)


def _missed_days(network: ProjectNetwork) -> Decimal:
    """Return by how many working days the project misses its promise."""
    schedule, end = network.schedule(), network.promise_end
    if schedule is None or end is None or schedule.finish <= minute_of(end):
        return NOTHING
    return max(NOTHING, working_days(network.calendar, minute_of(end), schedule.finish))


def _lacking(spare: Spare, missed: Decimal) -> Decimal:
    """Return the days a phase lacks that S2 does not tell."""
    lacking = max(NOTHING, -(spare.deadline or NOTHING))
    beyond = missed + MARGIN_DAYS if missed else NOTHING
    return max(lacking, -spare.total) if -spare.total > beyond else lacking


def _condition(network: ProjectNetwork, state: FloatState) -> Condition | None:
    missed = _missed_days(network)
    lacking = {each: _lacking(spare, missed) for each, spare in state.short.items()}
    late = sorted((each for each in lacking if lacking[each]), key=lambda x: (-lacking[x], x))
    if not late and not any(each.least >= NOTHING for each in state.short.values()):
        return None
    impact = lacking[late[0]] if late else NOTHING
    lines = [network.lines[each] for each in late[:NAMED_MAX]]
    typed = [line.typed.get(of) for line in lines for of in ("constraint", "deadline")]
    return Condition(
        kind="schedule",
        severity=severity_of(impact),
        impact_days=impact,
        summary=(
            f"{counted(len(late), 'phase is', 'phases are')} later than the dates allow, the most "
            f"by {impact} working days: {listed([network.name_of(each) for each in late])}"
            if late
            else "Nothing is later than its dates allow, and not all of it by a working day"
        ),
        evidence=[each.position for each in typed if each is not None],
        holds=bool(late),
        remedies=_REMEDIES,
    )
