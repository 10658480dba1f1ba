"""Know of a commitment what its decisions need: its project, its revisions and what came."""

from dataclasses import dataclass
from typing import Any, Final

from domain.commitments.events import (
    CommitmentCancelled,
    CommitmentRequested,
    CommitmentRevised,
    CommitmentSent,
    CommitmentShortClosed,
    ExpediteRequested,
)
from domain.commitments.facts import FACTS, Line, Standing
from domain.kernel.messages import Recorded

NOTHING_RECORDED: Final = Line()


@dataclass(frozen=True, slots=True)
class Commitment:
    """One commitment as far as decisions care."""

    line: Line = NOTHING_RECORDED
    project_id: str | None = None

    @property
    def exists(self) -> bool:
        return self.line.requested is not None

    @property
    def standing(self) -> Standing:
        return self.line.standing()

    def was_sent(self, revision: int, channel: str) -> bool:
        """Tell whether it is recorded that the revision went out by the channel."""
        sent = CommitmentSent(revision=revision, channel=channel)
        return any(known.event == sent for known in self.line.facts)


def evolve(commitment: Commitment, recorded: Recorded[Any]) -> Commitment:
    """Return the commitment after an event; no fact raises, a request nobody decided does."""
    now = commitment.standing
    project_id = commitment.project_id
    match recorded.event:
        case event if isinstance(event, FACTS):
            possible = True
        case CommitmentRequested():
            possible = not commitment.exists
            project_id = recorded.project_id
        case CommitmentRevised(revision=revision):
            possible = commitment.exists and now.closed is None and revision == now.revision + 1
        case ExpediteRequested() | CommitmentShortClosed() | CommitmentCancelled():
            possible = commitment.exists and now.closed is None
        case _:
            possible = False
    if not possible:
        # `decide` never lets this request through; a log that contains it is corrupt.
        msg = f"{type(recorded.event).__name__} cannot follow {commitment}"
        raise AssertionError(msg)
    return Commitment(commitment.line.after(recorded), project_id)
