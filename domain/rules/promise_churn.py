"""M8: find a promise of a vendor that is moved again and again."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from domain.commitments.events import EVENTS as COMMITMENT_EVENTS
from domain.deliveries.promises import Promise, promises_of
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.kernel.wording import counted
from domain.network.project_network import ProjectNetwork
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING, working_days
from domain.rules.parameters import Parameter
from domain.rules.spells import Spells
from domain.rules.waiting import day_end
from domain.rules.watched import Watched

NAME: Final[str] = "promise_churn"
MOVES: Final = Parameter("moves", 3, "moves", "So many moves within the window are too many.")
WINDOW: Final = Parameter("window", 30, "days", "The moves of so many days are counted.")
MOVED: Final = Parameter(
    "moved", 10, "working days", "Moves that add up to so much, either way, are too much."
)


class PromiseChurn(BySubject[Spells]):
    """DOMAIN M8: three moves of one promise in 30 days, or moves of ten working days in all.

    A move is a promise of another day than before; the first promise moves nothing. The moves of
    the window are counted, the lengths of all moves are added up without their signs, in working
    days of the project's calendar. It moves no date by itself, so it has no impact. It ends when
    enough moves are older than the window and they do not add up, or nothing more is to come.
    """

    name = NAME
    code = "M8"
    title = "A vendor moves one promise again and again."
    parameters: tuple[Parameter, ...] = (MOVES, WINDOW, MOVED)
    category = "commitment"
    heeds = Heeds.of(*COMMITMENT_EVENTS)

    def initial(self) -> Spells:
        """Return a project that nothing has happened to."""
        return Spells()

    def judge(
        self, state: Spells, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """Count the moves of a commitment's promise, and add them up."""
        del state
        network = project.network
        supply = network.supplies.get(key)
        if supply is None or not supply.is_open:
            return Judgement(because=f"Nothing more is to come of {key}")
        moves = [each for each in promises_of(supply.line) if each.before is not None]
        if not moves:
            return Judgement(because=f"The promise of {key} was not moved")
        last = moves[-1].fact.effective_at
        now = last if project.now is None else max(last, project.now)
        window = timedelta(days=project.number(NAME, WINDOW))
        recent = [each for each in moves if each.fact.effective_at + window > now]
        most = project.number(NAME, MOVES)
        total = sum((_length(each, network) for each in moves), NOTHING)
        often, far = len(recent) >= most, total >= project.number(NAME, MOVED)
        again = recent[-most].fact.effective_at + window if often else None
        if not often and not far:
            return Judgement(
                because=f"{supply.vendor} moved {key} {counted(len(recent), 'time')} of late"
            )
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="vendor",
            subjects=(stream_of("commitment", key),),
            severity="high" if often and far else "medium",
            impact_days=NOTHING,
            summary=(
                f"{supply.vendor} moved the promise of {supply.item} ({key}) "
                f"{counted(len(moves), 'time')}, {len(recent)} of them in "
                f"{counted(window.days, 'day')}, by {total} working days in all"
            ),
            evidence=tuple(sorted(each.fact.position for each in moves)),
            first_position=recorded.position,
            act_by=supply.need_by,
            remedies=(
                f"Agree on one day with somebody at {supply.vendor} who can keep it",
                "Look for another source",
            ),
        )
        return Judgement(found, again=again)


def _length(move: Promise, network: ProjectNetwork) -> Decimal:
    """Return by how many working days a promise was moved, earlier or later."""
    begin = day_end(move.day if move.before is None else move.before, network)
    return abs(working_days(network.calendar, begin, day_end(move.day, network)))
