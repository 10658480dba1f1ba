"""Say what a checkpoint is, and what a store of them must do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Folded(Protocol):
    """What is folded: a projection of one version."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def version(self) -> int:
        """The version of its fold; another version reads no checkpoint of this one."""


@dataclass(slots=True)
class Kept:
    """What a checkpoint says of a key: its state, and the last tick that it was given."""

    position: int
    state: Any
    ticked: int
    begun: bool


class KeptStates(Protocol):
    """Where a fold may begin instead of at the beginning."""

    def newest(self, folded: Folded, key: str, up_to: int) -> Kept | None:
        """Return the last state kept at or before a position, the caller's own to fold on."""


class Checkpoint(NamedTuple):
    """A key's state as bytes, as of a position of the log."""

    position: int
    body: bytes


class CheckpointStore(Protocol):
    """Checkpoints by fold, key and position; safe to use from many threads.

    `fold` is a name, version and fingerprint in one text. Every method raises RowsUnavailable
    where the store is away.
    """

    def put(self, fold: str, key: str, checkpoint: Checkpoint) -> None:
        """Store a checkpoint, in the place of one at the same position."""

    def newest(self, fold: str, key: str, up_to: int) -> Checkpoint | None:
        """Return the last checkpoint at or before a position."""

    def position_of(self, fold: str, key: str, up_to: int) -> int:
        """Return the position of the last checkpoint at or before a position; 0: none."""

    def drop(self, fold: str, key: str, position: int) -> None:
        """Forget one checkpoint."""

    def keep_only(self, folds: Sequence[str]) -> None:
        """Forget the checkpoints of all other folds."""

    def clear(self) -> None:
        """Forget everything."""

    def followed(self, by: str) -> tuple[int, Mapping[str, int]]:
        """Return how far the log was followed, and each key's events since its checkpoint.

        Where somebody else followed it last, that is nothing.
        """

    def follow(self, by: str, position: int, counts: Mapping[str, int]) -> None:
        """Store how far the log was followed by whom, and the counts, in one transaction."""

    def size(self) -> int:
        """Return the bytes of all checkpoints."""

    def close(self) -> None:
        """Release connections."""
