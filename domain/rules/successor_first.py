"""S1: find work that was done before what it depends on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from domain.conflicts.events import Severity
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import Minute, minute_of
from domain.network.phase_line import PhaseLine
from domain.network.project_network import LinkLine, ProjectNetwork
from domain.planning.network import LinkType
from domain.rules.finding import Found, never
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, days_of
from domain.rules.logic import FROM_START, TO_START, bound_of
from domain.rules.moved import Moved
from domain.rules.parameters import Parameter
from domain.rules.telling import Condition, Conditions, Subjects
from domain.rules.watched import Watched

NAME: Final[str] = "successor_first"
VERSION: Final[int] = 1

_SAYS: Final[dict[LinkType, str]] = {
    "FS": "was started before “{pred}” was finished",
    "SS": "was started before “{pred}” was started",
    "FF": "was finished before “{pred}” was finished",
    "SF": "was finished before “{pred}” was started",
}
_REMEDIES: Final = (
    "ask both departments for the dates as they were",
    "inspect what was done too early",
    "revise the link if it does not hold",
)


class Violation(NamedTuple):
    """A link that what happened does not keep, and by how many working minutes."""

    line: LinkLine
    minutes: int
    is_open: bool
    """Whether what it waits for has not happened at all."""


@dataclass(slots=True)
class OrderState:
    """The pairs of phases of which the later was worked first."""

    conditions: Conditions = field(default_factory=lambda: Conditions(NAME, VERSION))
    moved: Moved = field(default_factory=Moved)
    found: dict[str, set[Subjects]] = field(default_factory=dict)
    """By successor, the pairs that were told of."""


class SuccessorFirst:
    """DOMAIN S1: an actual date of a phase violates one of its links, lag included.

    The start of a successor is held against finish-to-start and start-to-start links, its finish
    against the other two. Where the predecessor has not come so far at all, the violation is
    counted to the date it is scheduled for now, and weighs more. A start that nobody reported, only
    assumed from later reports, violates nothing. Of several links between two phases the one
    violated most is told.

    What happened is no move of the promise: what it does to the dates other rules find. The subject
    is the pair, and only pairs are judged that the event is about. There is no margin to restore:
    it is cleared as soon as the reported dates keep the links.
    """

    name = NAME
    version = VERSION
    code = "S1"
    title = "A phase was worked before what it depends on."
    parameters: tuple[Parameter, ...] = ()
    weighs_impact = False
    at_once = False
    due = staticmethod(never)
    heeds = Heeds.of(network=True)

    def initial(self) -> OrderState:
        """Return a project that nothing has happened to."""
        return OrderState()

    def fold(
        self, state: OrderState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in; return the findings it brings about, changes or ends."""
        if not project.changed:
            return ()
        state.moved.take(recorded)
        if more or not state.moved.said:
            return ()
        told: list[Found] = []
        said, state.moved.said = state.moved.said, set()
        for phase_id in sorted(said):
            told += _judged(state, project.network, phase_id, recorded.position)
        return tuple(told)


def _judged(
    state: OrderState, network: ProjectNetwork, phase_id: str, position: int
) -> Iterator[Found]:
    """Yield what is to be told of a phase and what it waits for."""
    known = state.found.get(phase_id, set())
    line = network.lines.get(phase_id)
    worst: dict[Subjects, Violation] = {}
    if line is not None and line.planned and line.known.has_started:
        for each in _violations(network, line):
            pair = _pair(network, each.line)
            if pair not in worst or _weight(each) > _weight(worst[pair]):
                worst[pair] = each
    for pair in sorted(known | worst.keys()):
        now = _condition(network, worst[pair]) if pair in worst else None
        yield from state.conditions.tell(pair, now, position, "The reported dates keep the link")
    if worst:
        state.found[phase_id] = set(worst)
    else:
        state.found.pop(phase_id, None)


def _violations(network: ProjectNetwork, succ: PhaseLine) -> Iterator[Violation]:
    schedule = network.schedule()
    if schedule is None:
        return
    for each in network.links_into(succ.id):
        link, pred = each.link, network.lines.get(each.link.pred)
        actual = _actual(succ, at_start=link.type in TO_START)
        bound = bound_of(network, schedule.phases, link)
        if pred is None or actual is None or bound is None or schedule.phases[pred.id].summary:
            continue
        known = pred.known
        is_open = not (known.has_started if link.type in FROM_START else known.has_ended)
        if actual < bound or is_open:
            minutes = max(0, network.calendar_of(succ).axis.between(actual, bound))
            if minutes or is_open:
                yield Violation(each, minutes, is_open)


def _actual(line: PhaseLine, *, at_start: bool) -> Minute | None:
    known = line.known
    at = known.ended_at
    if at_start:
        at = None if known.start_is_assumed else known.started_at
    elif known.stage != "finished":
        at = None
    return None if at is None else minute_of(at)


def _weight(violation: Violation) -> tuple[bool, int, str]:
    return violation.is_open, violation.minutes, violation.line.link.id


def _pair(network: ProjectNetwork, line: LinkLine) -> Subjects:
    of = network.project_id
    return tuple(sorted(stream_of("phase", of, each) for each in (line.link.pred, line.link.succ)))


def _condition(network: ProjectNetwork, violation: Violation) -> Condition:
    link = violation.line.link
    pred, succ = network.lines[link.pred], network.lines[link.succ]
    days = days_of(violation.minutes, network.calendar_of(succ))
    facts = [succ.known.start_of, succ.known.end_of, pred.known.start_of, pred.known.end_of]
    says = _SAYS[link.type].format(pred=pred.name)
    lag = " and its lag was over" if link.lag > 0 else ""
    severity: Severity = "high" if violation.is_open else "medium"
    return Condition(
        kind="schedule",
        severity=severity if violation.line.strength == "hard" else "low",
        impact_days=NOTHING,
        summary=f"“{succ.name}” {says}{lag}, {days} working days too early",
        evidence=[
            violation.line.typed.position, *(each.position for each in facts if each is not None),
        ],
        measure=days,
        grade="open" if violation.is_open else "",
        remedies=_REMEDIES,
    )  # fmt: skip
