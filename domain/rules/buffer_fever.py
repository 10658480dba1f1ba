"""S6: find a project that uses up its buffer faster than it gets its longest chain done."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple

from domain.conflicts.events import Severity
from domain.kernel.ids import stream_of, subject_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, minute_of
from domain.network.project_network import ProjectNetwork
from domain.projects.events import BaselineApproved
from domain.rules.finding import Found, never
from domain.rules.impact import NOTHING, working_days
from domain.rules.parameters import Parameter
from domain.rules.telling import MARGIN_DAYS, Condition, Conditions
from domain.rules.watched import Watched

NAME: Final[str] = "buffer_fever"
VERSION: Final[int] = 1

AMBER_BEGIN: Final = Parameter(
    "amber_begin", 10, "percent", "Amber is more of the buffer used, while nothing is done."
)
AMBER_END: Final = Parameter(
    "amber_end", 70, "percent", "Amber is more of the buffer used, once all is done."
)
RED_BEGIN: Final = Parameter(
    "red_begin", 30, "percent", "Red is more of the buffer used, while nothing is done."
)
RED_END: Final = Parameter(
    "red_end", 90, "percent", "Red is more of the buffer used, once all is done."
)
_ALL: Final = Decimal(100)
_HUNDREDTH: Final = Decimal("0.01")


class Work(NamedTuple):
    """Working minutes of one phase of the chain: all of them, and those done."""

    planned_min: int
    done_min: int


@dataclass(slots=True)
class FeverState:
    """The finish of the baseline, how far its longest chain is, and what was found."""

    baselined: Minute | None = None
    position: int = 0
    """Of the approval."""
    chain: dict[str, Work] = field(default_factory=dict)
    planned_min: int = 0
    done_min: int = 0
    said: set[str] = field(default_factory=set)
    """The phases of the chain that something was recorded of since it was added up."""
    unjudged: bool = False
    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))


class BufferFever:
    """DOMAIN S6: more of the buffer is used than the work done accounts for.

    This is Takt's reading of the fever chart of critical chain project management, for a project
    that has no buffer of its own in the plan. The buffer is the working days of the project's
    calendar from the finish of the approved baseline to the end of the promised day; what is used
    of it are the working days that the finish lies after the baseline's now. The chain is the
    longest path of the baseline, and what is done of it is its working time less what remains, over
    all of it. Two sloped lines part the chart into green, amber and red: at the begin of the chain
    they stand at 10 and 30 % of the buffer, at its end at 70 and 90 %. The burn rate is the share
    of the buffer used over the share of the chain done.

    Without a baseline whose dates are known, without a promise, with a baseline that ends after the
    promise or a chain without work there is no buffer to use, and nothing is found. It moves no
    promise yet, so it has no impact: what comes too late is S2. It is told again when the colour is
    another or a working day more or less is used, and ends a working day below the amber line, or
    when all work is done.
    """

    name = NAME
    version = VERSION
    code = "S6"
    title = "The buffer before the promise is used up faster than work gets done."
    parameters: tuple[Parameter, ...] = (AMBER_BEGIN, AMBER_END, RED_BEGIN, RED_END)
    weighs_impact = False
    at_once = False
    due = staticmethod(never)

    def initial(self) -> FeverState:
        """Return a project without a baseline."""
        return FeverState()

    def fold(
        self, state: FeverState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the finding it brings about, changes or ends."""
        network = project.network
        if not project.changed:
            return ()
        if isinstance(recorded.event, BaselineApproved):
            _approve(state, network, recorded.position)
        if state.baselined is None and not state.conditions.told:
            return ()
        named = getattr(recorded.event, "phase_id", None)
        if subject_of(recorded.stream).category == "phase":
            named = recorded.subject_id
        if named in state.chain:
            state.said.add(named)
        if more:
            return ()
        for phase_id in state.said:
            _work(state, network, phase_id)
        state.said.clear()
        subjects = (stream_of("project", network.project_id),)
        now = _condition(state, project)
        because = "The buffer lasts for what is still to be done"
        return tuple(state.conditions.tell(subjects, now, recorded.position, because))


def _approve(state: FeverState, network: ProjectNetwork, position: int) -> None:
    """Keep the finish and the longest path of the schedule that is the baseline now."""
    schedule, baseline = network.schedule(), network.baseline
    state.baselined, state.position = None, position
    state.chain, state.planned_min, state.done_min = {}, 0, 0
    state.said.clear()
    if schedule is None or baseline is None or baseline.dates is None:
        return
    state.baselined = schedule.finish
    for row in schedule.phases.values():
        if row.on_longest_path and not row.summary:
            state.chain[row.id] = Work(0, 0)
            _work(state, network, row.id)


def _work(state: FeverState, network: ProjectNetwork, phase_id: str) -> None:
    """Add one phase of the chain up anew."""
    line, before = network.lines[phase_id], state.chain[phase_id]
    now = Work(0, 0)
    if line.planned and line.kind != "level_of_effort":
        left, known = line.remaining_min, line.known
        has_begun = known.has_started or known.has_ended
        done = max(0, line.duration_min - left) if has_begun else 0
        now = Work(done + left, done)
    state.chain[phase_id] = now
    state.planned_min += now.planned_min - before.planned_min
    state.done_min += now.done_min - before.done_min


def _condition(state: FeverState, project: Watched) -> Condition | None:
    """Return how the buffer stands; None where it is green by a working day, or there is none."""
    network, end = project.network, project.network.promise_end
    schedule = None if end is None else network.schedule()
    baselined = state.baselined
    if end is None or schedule is None or baselined is None or not state.planned_min:
        return None
    is_chain_done = state.done_min == state.planned_min
    if is_chain_done and all(line.known.has_ended for line in network.working_lines()):
        return None
    calendar = network.calendar
    buffer = working_days(calendar, baselined, minute_of(end))
    used = working_days(calendar, baselined, schedule.finish)
    if buffer <= 0 or used <= 0:
        return None
    done = Decimal(state.done_min) / state.planned_min
    amber = buffer * _line(project, AMBER_BEGIN, AMBER_END, done)
    if used <= amber - MARGIN_DAYS:
        return None
    is_red = used > buffer * _line(project, RED_BEGIN, RED_END, done)
    severity: Severity = "high" if is_red else "medium"
    return Condition(
        kind="schedule",
        severity=severity,
        impact_days=NOTHING,
        summary=(
            f"{_rounded(used)} of {_rounded(buffer)} working days before the promise are used "
            f"({_percent(used / buffer)} %) with {_percent(done)} % of the longest chain done: "
            f"{_burn(used / buffer, done)}"
        ),
        evidence=[state.position],
        measure=used,
        grade="red" if is_red else "amber",
        holds=used > amber,
        remedies=(
            "Act on the first open phase of the longest chain",
            "Keep what threatens it from starting other work",
        ),
    )


def _line(project: Watched, begin: Parameter, end: Parameter, done: Decimal) -> Decimal:
    """Return the share of the buffer at which a line stands when so much of the chain is done."""
    first, last = project.number(NAME, begin), project.number(NAME, end)
    return (first + (last - first) * done) / _ALL


def _burn(used: Decimal, done: Decimal) -> str:
    if not done:
        return "nothing is done yet"
    return f"a burn rate of {_rounded(used / done)}"


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_HUNDREDTH, ROUND_HALF_UP)


def _percent(share: Decimal) -> int:
    return int((share * _ALL).to_integral_value(ROUND_HALF_UP))
