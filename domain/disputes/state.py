"""Know of the disputes of one event's reason what decisions need: the last one, open or settled."""

from dataclasses import dataclass
from typing import Any

from domain.disputes.events import DisputeSettled, ReasonDisputed
from domain.disputes.facts import Dispute, after
from domain.kernel.messages import Recorded


@dataclass(frozen=True, slots=True)
class Disputed:
    """What was disputed last of one event's reason; nothing yet where it is None."""

    last: Dispute | None = None

    @property
    def is_open(self) -> bool:
        return self.last is not None and self.last.is_open


def evolve(disputed: Disputed, recorded: Recorded[Any]) -> Disputed:
    """Return the state after an event; a step nobody decided raises."""
    match recorded.event:
        case ReasonDisputed() if not disputed.is_open:
            return Disputed(after(disputed.last, recorded))
        case DisputeSettled() if disputed.is_open:
            return Disputed(after(disputed.last, recorded))
        case event:
            # `decide` never lets this step through; a log that contains it is corrupt.
            msg = f"{type(event).__name__} cannot follow {disputed}"
            raise AssertionError(msg)
