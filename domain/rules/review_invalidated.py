"""K2: find a contract whose review counts no more, with orders made on it still outstanding."""

from collections.abc import Hashable, Sequence
from typing import Any, Final

from domain.contracts.events import EVENTS as CONTRACT_EVENTS
from domain.contracts.events import ContractAmended, ReviewCompleted, ReviewInvalidated
from domain.contracts.facts import Paper
from domain.kernel.ids import stream_of
from domain.kernel.messages import Recorded
from domain.network.supplies import Supply
from domain.rules.by_subject import BySubject, Judgement
from domain.rules.finding import Finding
from domain.rules.heeding import Heeds
from domain.rules.impact import NOTHING
from domain.rules.spells import Spells
from domain.rules.watched import Watched

NAME: Final[str] = "review_invalidated"


class ReviewInvalid(BySubject[Spells]):
    """DOMAIN K2: an amendment changed what was reviewed, with commitments outstanding.

    The commitments are those that the invalidation lists and of which something is still to come.
    It lasts until a further review is completed, or nothing of them is to come any more; to assign
    a review ends nothing. What the amendment does to the dates other rules find.
    """

    name = NAME
    code = "K2"
    title = "A reviewed contract was amended while orders made on it are outstanding."
    at_once = True
    category = "contract"
    heeds = Heeds.of(*CONTRACT_EVENTS, network=True)

    def initial(self) -> Spells:
        """Return a project that nothing has happened to."""
        return Spells()

    def reads(self, state: Spells, key: str, project: Watched) -> Hashable:
        """Return which of the commitments are outstanding, of a review that counts no more."""
        del state
        invalidated = _invalidated(project.papers.get(key, Paper()))
        if invalidated is None:
            return None
        return tuple(each.id for each in _outstanding(project, invalidated.event))

    def judge(
        self, state: Spells, key: str, project: Watched, recorded: Recorded[Any]
    ) -> Judgement:
        """List what is outstanding of a contract whose review counts no more."""
        del state
        paper = project.papers.get(key, Paper())
        invalidated = _invalidated(paper)
        if invalidated is None:
            return Judgement(because=f"{key} was reviewed again")
        open_lines = _outstanding(project, invalidated.event)
        if not open_lines:
            return Judgement(because=f"Nothing that was ordered on {key} is outstanding")
        named = ", ".join(f"{each.item} ({each.id})" for each in open_lines)
        clauses = ", ".join(invalidated.event.clauses)
        positions = {invalidated.position, *(each.need_position for each in open_lines)}
        amendments = [each.position for each in paper.facts if _amends(each, invalidated)]
        positions.update(amendments[-1:])
        found = Finding(
            rule=NAME,
            rule_version=self.version,
            kind="contract",
            subjects=(stream_of("contract", key),),
            severity="high",
            impact_days=NOTHING,
            summary=f"{key} says otherwise in {clauses} since its review; outstanding: {named}",
            evidence=tuple(sorted(positions)),
            first_position=recorded.position,
            act_by=min(each.need_by for each in open_lines),
            remedies=(
                f"Review {key} again",
                "Look at each of the orders: revise or cancel what no longer fits",
            ),
        )
        return Judgement(found)


def _invalidated(paper: Paper) -> Recorded[ReviewInvalidated] | None:
    """Return what invalidated the last completed review; None where it counts."""
    for step in reversed(paper.requests):
        match step.event:
            case ReviewInvalidated():
                return step
            case ReviewCompleted():
                return None
            case _:
                pass
    return None


def _amends(fact: Recorded[Any], invalidated: Recorded[ReviewInvalidated]) -> bool:
    return isinstance(fact.event, ContractAmended) and fact.position < invalidated.position


def _outstanding(project: Watched, event: ReviewInvalidated) -> Sequence[Supply]:
    lines = (project.network.supplies.get(each) for each in event.commitments)
    return [line for line in lines if line is not None and line.is_open]
