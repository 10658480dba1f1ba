"""S12: find phases whose published start is moved again and again, or shortly before it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.minutes import instant_of, minute_of
from domain.kernel.wording import counted
from domain.network.calendars import standard_day_min
from domain.network.project_network import ProjectNetwork
from domain.publications.events import SchedulePublished
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding, Found
from domain.rules.impact import NOTHING
from domain.rules.parameters import Parameter
from domain.rules.published import WHOLE, Published
from domain.rules.spells import Spells
from domain.rules.watched import Watched

NAME: Final[str] = "date_churn"
MOVES: Final = Parameter("moves", 3, "moves", "So many moves within the window are too many.")
WINDOW: Final = Parameter("window", 20, "working days", "The moves of so long are counted.")
FENCE: Final = Parameter(
    "fence", 5, "working days", "What starts within so long is not to be moved any more."
)


class Move(NamedTuple):
    """One move of a published start: by which event and when, how far, inside the fence or not."""

    position: int
    at: datetime
    days: Decimal
    is_fenced: bool


@dataclass(slots=True)
class ChurnState(Spells):
    """What was found, what is published, and how the starts in it were moved of late."""

    published: Published = field(default_factory=Published)
    moves: dict[str, list[Move]] = field(default_factory=dict)
    """By phase, the moves of the window, in their order."""


class DateChurn(BySubject[ChurnState]):
    """DOMAIN S12: three moves of a published start in 20 working days, or one inside the fence.

    A move is a published schedule in which a phase that has not begun starts a working day or more
    from where it was published before, whoever that was for; smaller moves add up until they are
    one. It is inside the frozen fence when the earlier of both starts lies less than 5 working days
    after the publication. The window is counted on the project's calendar, each move on the
    phase's. It moves no promise by itself, so it has no impact. It ends when the moves are older
    than the window, or the phase has begun or left the plan: a move was made, so there is no margin
    to restore.
    """

    name = NAME
    code = "S12"
    title = "The published start of a phase is moved again and again, or shortly before it."
    parameters: tuple[Parameter, ...] = (MOVES, WINDOW, FENCE)
    category = "phase"

    def initial(self) -> ChurnState:
        """Return a project of which nothing was published."""
        return ChurnState()

    def fold(
        self, state: ChurnState, recorded: Recorded[Any], project: Watched, *, more: bool = False
    ) -> tuple[Found, ...]:
        """Take one event in, or a tick; note what a message moves."""
        is_moved = state.unjudged or project.changed
        found = super().fold(state, recorded, project, more=more)
        if is_moved and not more:
            state.published.follow(project.network, recorded.position)
        return found

    def concerned(
        self, state: ChurnState, recorded: Recorded[Any], project: Watched
    ) -> Iterable[str]:
        """Return the phases whose published starts an event moved, or the one it is about."""
        event = recorded.event
        if not isinstance(event, SchedulePublished):
            about = recorded.subject.ids[-1]
            named = getattr(event, "phase_id", about)
            return [each for each in dict.fromkeys((about, named)) if each in state.moves]
        network, at = project.network, project.moment_of(recorded)
        fence_min = project.number(NAME, FENCE) * standard_day_min(network.calendar)
        fence = network.calendar.axis.add(minute_of(at), fence_min)
        moved = []
        for move in state.published.publish(event, network):
            if move.edge == "start" and move.key != WHOLE:
                is_fenced = min(move.old.at, move.new) < fence
                made = Move(recorded.position, at, move.days, is_fenced)
                state.moves.setdefault(move.key, []).append(made)
                moved.append(move.key)
        return moved

    def subjects(self, state: ChurnState, project: Watched) -> Iterable[str]:
        """Return the phases that were moved of late."""
        del project
        return tuple(state.moves)

    def judge(
        self, state: ChurnState, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Count the moves of a phase's published start that are not too old."""
        network, line = project.network, project.network.lines.get(key)
        if line is None or not line.planned or line.known.has_started:
            state.moves.pop(key, None)
            left = "has begun" if line is not None and line.planned else "is not in the plan"
            return Judgement(because=f"{network.name_of(key)} {left}")
        moves = state.moves.get(key, [])
        now = max((each.at for each in moves), default=None)
        if now is not None and project.now is not None:
            now = max(now, project.now)
        ends = [_end(each, project) for each in moves]
        recent = [each for each, end in zip(moves, ends, strict=True) if now and end > now]
        if not recent:
            state.moves.pop(key, None)
            return Judgement(because=f"{network.name_of(key)} was not moved of late")
        state.moves[key] = recent
        again = ends[-len(recent)]
        often = len(recent) >= project.number(NAME, MOVES)
        fenced = sum(each.is_fenced for each in recent)
        if not often and not fenced:
            return Judgement(because=f"{network.name_of(key)} was moved seldom", again=again)
        return Judgement(self._finding(key, recent, fenced, project, recorded), again=again)

    def _finding(
        self,
        key: str,
        recent: list[Move],
        fenced: int,
        project: Watched,
        recorded: Recorded[Any],
    ) -> Finding:
        network = project.network
        times = "once" if len(recent) == 1 else counted(len(recent), "time")
        total = sum((abs(each.days) for each in recent), NOTHING)
        often = len(recent) >= project.number(NAME, MOVES)
        inside = f", {fenced} of them less than {project.number(NAME, FENCE)} before it"
        return Finding(
            rule=NAME,
            rule_version=self.version,
            kind="schedule",
            subjects=(stream_of("phase", network.project_id, key),),
            severity="high" if often and fenced else "medium",
            impact_days=NOTHING,
            summary=(
                f"The published start of {network.name_of(key)} was moved {times} in "
                f"{counted(project.number(NAME, WINDOW), 'working day')}, by {total} in all"
                + (inside if fenced else "")
            ),
            evidence=tuple(each.position for each in recent),
            first_position=recorded.position,
            remedies=(
                "Ask why it moved, and settle that before it is published again",
                "Keep its start as published and let what follows give way",
            ),
        )


def _end(move: Move, project: Watched) -> datetime:
    """Return when a move is too old to be counted."""
    network: ProjectNetwork = project.network
    minutes = project.number(NAME, WINDOW) * standard_day_min(network.calendar)
    return instant_of(network.calendar.axis.add(minute_of(move.at), minutes))
