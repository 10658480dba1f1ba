"""C4: find skills of which more work is left than there are people for until the promise."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import minute_of
from domain.network.calendars import standard_day_min
from domain.network.demand import span_of
from domain.network.manpower import MILLI, SkillGap, skill_gaps
from domain.network.project_network import ProjectNetwork
from domain.planning.load import Interval
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, severity_of
from domain.rules.load import LoadState
from domain.rules.parameters import Parameter
from domain.rules.telling import Condition, Conditions, listed
from domain.rules.watched import Watched

NAME: Final[str] = "manpower_gap"
VERSION: Final[int] = 1

_HUNDREDTH: Final = Decimal("0.01")
_REMEDIES: Final = (
    "take people on who have the skill",
    "authorise overtime",
    "have part of it done outside",
    "agree on another date",
)


class Short(NamedTuple):
    """A skill that is short: people lacking until the promise, and the days they are late by."""

    skill: str
    people: Decimal
    days: Decimal


@dataclass(slots=True)
class ManpowerState:
    """What was told of a project's skills."""

    load: LoadState = field(default_factory=lambda: LoadState(Conditions(NAME, VERSION)))
    were_short: set[str] = field(default_factory=set)
    """The skills that lacked people and have less than a person's day to spare."""


class ManpowerGap:
    """DOMAIN C4: until the promise, more work with a skill is left than free capacity with it.

    Work left is the effort that remains of the phases that require the skill, free capacity is what
    its resources have from the data date to the end of the promised day and no phase without the
    skill takes. A gap is told in people: its minutes over the minutes of the standard days between
    both dates. A skill is left out where nobody stated the capacity of one of its resources.

    The impact is the working days in which the people there are would do the rest. All skills are
    one finding of the project; it is told again when the people lacking or the impact change by
    one, and cleared when every skill has a person's day to spare, or when nothing is promised.
    """

    name = NAME
    version = VERSION
    code = "C4"
    title = "Until the promise more work with a skill is left than people can do."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = True
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

    def initial(self) -> ManpowerState:
        """Return a project that nothing has happened to."""
        return ManpowerState()

    def fold(
        self, state: ManpowerState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        if not state.load.is_due(recorded, project, more=more):
            return ()
        network, conditions = project.network, state.load.conditions
        subjects = (stream_of("project", network.project_id),)
        asked = any(line.manpower for line in network.working_lines())
        if not asked and subjects not in conditions.told:
            return ()
        now = _condition(project, state) if asked else None
        because = "Every skill has a person's day to spare until the promise"
        return tuple(conditions.tell(subjects, now, recorded.position, because))


def _condition(project: Watched, state: ManpowerState) -> Condition | None:
    network = project.network
    span = _until_promise(network)
    if span is None:
        state.were_short.clear()
        return None
    day_min = standard_day_min(network.calendar)
    worked_min = network.calendar.axis.between(*span)
    gaps = [
        (each, gap)
        for each in skill_gaps(network, project.loads(), span)
        if (gap := each.gap_milli_min) is not None
        and (gap > 0 or (each.skill in state.were_short and gap > -day_min * MILLI))
    ]
    state.were_short = {each.skill for each, _ in gaps}
    if not gaps or worked_min <= 0:
        return None
    short = [_short(each, gap, worked_min, day_min) for each, gap in gaps if gap > 0]
    impact = max((each.days for each in short), default=NOTHING)
    people = sum((each.people for each in short), NOTHING)
    phases = sorted({phase_id for each, _ in gaps for phase_id in each.phases})
    typed = [network.lines[each].typed.get("duration") for each in phases[:5]]
    promise = network.promise
    typed += [] if promise is None else [promise.typed]
    return Condition(
        kind="resource",
        severity=severity_of(impact),
        impact_days=impact,
        summary=(
            f"Until the promise {people} people are lacking: "
            f"{listed([f'{each.people} of {each.skill}' for each in short])}"
        ),
        evidence=[each.position for each in typed if each is not None],
        measure=people,
        holds=bool(short),
        remedies=_REMEDIES,
    )


def _until_promise(network: ProjectNetwork) -> Interval | None:
    """Return the time from the data date to the end of the promised day, if there is any."""
    schedule, end = network.schedule(), network.promise_end
    if schedule is None or end is None or network.standing != "open":
        return None
    begin, _ = span_of(network, schedule)
    return (begin, minute_of(end)) if begin < minute_of(end) else None


def _short(gap: SkillGap, lacking: int, worked_min: int, day_min: int) -> Short:
    """Return how many people are lacking, and how long those there are take for the rest.

    Where nobody is there it is one person who does it.
    """
    people = Decimal(lacking) / (worked_min * MILLI)
    there = Decimal(gap.free_milli_min or 0) / worked_min
    days = Decimal(lacking) / (there or MILLI) / day_min
    return Short(gap.skill, *(each.quantize(_HUNDREDTH, ROUND_HALF_UP) for each in (people, days)))
