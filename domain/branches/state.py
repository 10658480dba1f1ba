"""Know of a branch what its decisions need: its base, its requests, whether it is open."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from domain.branches.events import (
    BranchDropped,
    BranchMerged,
    BranchOpened,
    BranchRequestAdded,
)
from domain.kernel.messages import Recorded


class Stage(Enum):
    """Where a branch stands."""

    UNKNOWN = "unknown"
    OPEN = "open"
    MERGED = "merged"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch: what it starts from and what it asks for."""

    stage: Stage = Stage.UNKNOWN
    project_id: str | None = None
    title: str = ""
    base_position: int = 0
    requests: tuple[BranchRequestAdded, ...] = ()

    @property
    def exists(self) -> bool:
        return self.stage is not Stage.UNKNOWN


def evolve(branch: Branch, recorded: Recorded[Any]) -> Branch:
    """Return the branch after one more event."""
    match recorded.event:
        case BranchOpened(title=title, base_position=base):
            return Branch(Stage.OPEN, recorded.project_id, title, base)
        case BranchRequestAdded() as added:
            return replace(branch, requests=(*branch.requests, added))
        case BranchMerged():
            return replace(branch, stage=Stage.MERGED)
        case BranchDropped():
            return replace(branch, stage=Stage.DROPPED)
        case other:
            raise AssertionError(other)
