"""Say what a projection is (keys and a pure fold), and what a store of rows must do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar

from domain.kernel.messages import Recorded

S = TypeVar("S")

Row: TypeAlias = Mapping[str, Any]
"""A row as plain JSON values, ready to be written, served and compared."""


class Projection(Protocol[S]):
    """Keys and a pure fold: same input, same output, nothing else touched.

    The fold owns its state and may change it in place. The engine gives a tick
    (`clock.advanced.v1`) only to the keys that are due.
    """

    name: str
    version: int
    keeps_state: bool
    """False: each event makes its own rows and nothing is remembered (the rows are the state)."""

    def keys(self, recorded: Recorded[Any]) -> Sequence[str]:
        """Say whom the event concerns."""

    def initial(self, key: str) -> S:
        """Return the state of a key that nothing has happened to."""

    def fold(self, state: S, recorded: Recorded[Any]) -> S:
        """Take one event in."""

    def rows(self, state: S) -> Mapping[str, Row]:
        """Return the key's rows by row id; a row that is no longer there is removed."""

    def due(self, state: S) -> datetime | None:
        """Return the next moment at which time alone changes the rows."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row as it became at a position; `row` is None where it was removed."""

    projection: str
    key: str
    row_id: str
    row: Row | None
    position: int


class StaleEngine(Exception):
    """Another engine wrote the rows up to this position or beyond: the loser steps back."""

    def __init__(self, name: str, position: int, stored: int) -> None:
        super().__init__(f"{name} is at position {stored}, {position} is not above it")
        self.stored = stored


class Rows(Protocol):
    """Rows of one projection version, with the position they reflect, written together."""

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
    ) -> None:
        """Write changed rows, the due moments of keys and the position in one transaction.

        Raises StaleEngine where the position is not above the stored one: nothing was written.
        """

    def replace(
        self, changes: Sequence[Change], position: int, dues: Mapping[str, datetime | None]
    ) -> None:
        """Put these rows in the place of all there are, in one transaction: a rebuild takes over.

        Raises StaleEngine where the position is below the stored one.
        """

    def amend(
        self, changes: Sequence[Change], position: int, dues: Mapping[str, datetime | None]
    ) -> None:
        """Mend rows at the position they are at: a key that stood still was folded again.

        Raises StaleEngine where the position is not the stored one.
        """

    def position(self) -> int:
        """Return the position up to which the rows are true; 0 at first."""

    def get(self, key: str, row_id: str) -> Change | None:
        """Return one row with the position that last changed it; None where there is none."""

    def of_key(self, key: str) -> Sequence[Change]:
        """Return the key's present rows by row id."""

    def changed_since(self, position: int, keys: Iterable[str] | None = None) -> Sequence[Change]:
        """Return rows (and tombstones) changed after a position, by position and row id."""

    def keys(self) -> Sequence[str]:
        """Return the keys that have rows."""

    def due_by(self, moment: datetime) -> Sequence[str]:
        """Return the keys whose due moment is at or before the moment, sorted."""

    def digest(self) -> str:
        """Return the SHA-256, in hex, of the canonical dump of all present rows."""

    def clear(self) -> None:
        """Forget rows, dues and position."""

    def close(self) -> None:
        """Release connections; nothing may be asked afterwards."""
