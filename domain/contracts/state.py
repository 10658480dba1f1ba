"""Know of a contract what its decisions need: its project, its version, its review, its clauses."""

from dataclasses import dataclass
from typing import Any, Final

from domain.contracts.events import (
    AbilityConfirmed,
    ClauseRecorded,
    ContractReceived,
    FindingResolved,
    ReviewAssigned,
    ReviewCompleted,
    ReviewFindingRaised,
    ReviewInvalidated,
)
from domain.contracts.facts import FACTS, Paper, Standing
from domain.kernel.messages import Recorded

NOTHING_RECORDED: Final = Paper()


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract as far as decisions care."""

    paper: Paper = NOTHING_RECORDED
    project_id: str | None = None

    @property
    def exists(self) -> bool:
        return self.paper.received is not None

    @property
    def standing(self) -> Standing:
        return self.paper.standing()


def evolve(contract: Contract, recorded: Recorded[Any]) -> Contract:
    """Return the contract after an event; no fact raises, a request nobody decided does."""
    project_id = contract.project_id
    if isinstance(recorded.event, ContractReceived):
        project_id = project_id or recorded.project_id
    if not (isinstance(recorded.event, FACTS) or _is_possible(contract, recorded.event)):
        # `decide` never lets this request through; a log that contains it is corrupt.
        msg = f"{type(recorded.event).__name__} cannot follow {contract}"
        raise AssertionError(msg)
    return Contract(contract.paper.after(recorded), project_id)


def _is_possible(contract: Contract, event: object) -> bool:
    now = contract.standing
    is_open = now.review is not None and now.review.completed is None
    match event:
        case ClauseRecorded() | ReviewAssigned() | AbilityConfirmed():
            return contract.exists
        case ReviewFindingRaised(finding_id=finding_id):
            return is_open and finding_id not in now.findings
        case FindingResolved(finding_id=finding_id):
            return finding_id in now.open_findings
        case ReviewCompleted():
            return is_open and not now.open_findings
        case ReviewInvalidated():
            review = now.review
            return review is not None and review.completed is not None and not review.invalidated
        case _:
            return False
