"""Say what a projection is (keys and a pure fold), and what a store of rows must do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, TypeVar

from domain.kernel.messages import Recorded

S = TypeVar("S")

Row: TypeAlias = Mapping[str, Any]
"""A row as plain JSON values, ready to be written, served and compared; never changed in place."""


class Sorted(dict[str, Any]):
    """A row whose names stand in order, at every depth, and whose numbers have no fractions.

    Its canonical text is what any fast encoder writes; a projection that makes a row for each
    event builds its rows so. Who says so of a row that is not gets another digest than was meant.
    """

    __slots__ = ()


class Edited(dict[str, Row]):
    """A key's rows that tell which of them are not as in `before`, the rows given before these.

    Where they tell, the ids are the same and in the same order; `before` is None where they do not.
    """

    __slots__ = ("before", "changed")

    def __init__(self, rows: Mapping[str, Row]) -> None:
        super().__init__(rows)
        self.before: Mapping[str, Row] | None = None
        self.changed: Sequence[str] = ()


NO_PROJECT: Final = "/"
"""The key of events that name no project; a slash is in no project's id."""


class Projection(Protocol[S]):
    """Keys and a pure fold: same input, same output, nothing else touched.

    The fold owns its state and may change it in place. The engine gives a tick
    (`clock.advanced.v1`) only to the keys that are due; where nothing is remembered, nothing is
    ever due, and a tick is an event like any other. What keeps a state is keyed by project.
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


class Change(NamedTuple):
    """One row as it became at a position; `row` is None where it was removed."""

    projection: str
    key: str
    row_id: str
    row: Row | None
    position: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """A key that stands still: from the event at `position` on, its events wait for a release."""

    key: str
    position: int
    error: str


class RowsUnavailable(Exception):
    """The store of rows is away, locked or full; try again."""


class NotCaughtUp(Exception):
    """A new version would show older rows than the one that is read now."""


class StaleEngine(Exception):
    """Another engine wrote the rows up to this position or beyond: the loser steps back."""

    def __init__(self, name: str, position: int, stored: int) -> None:
        super().__init__(f"{name} is at position {stored}, {position} is not above it")
        self.stored = stored


class Superseded(Exception):
    """Other rows than those an engine writes count now, or they were mended: it begins again."""


class StillShown(Exception):
    """Readers use these rows: they are not to be dropped."""


class Edition(NamedTuple):
    """One set of a projection's rows: of a version of its code, and the how-manieth built by it."""

    version: int
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """What belongs together in one transaction; None takes a due moment or a stop away."""

    changes: Sequence[Change] = ()
    dues: Mapping[str, datetime | None] = field(default_factory=dict)
    stopped: Mapping[str, Stopped | None] = field(default_factory=dict)


class Rows(Protocol):
    """Rows of one projection version, with the position they reflect, written together.

    Safe to use from many threads. Every method raises RowsUnavailable where the store is away.
    """

    def write(
        self,
        changes: Sequence[Change],
        position: int,
        dues: Mapping[str, datetime | None] | None = None,
        stopped: Mapping[str, Stopped | None] | None = None,
    ) -> None:
        """Write changed rows, due moments, stopped keys and the position in one transaction.

        Raises StaleEngine where the position is not above the stored one: nothing was written.
        """

    def replace(self, batch: Batch, position: int) -> None:
        """Put a batch in the place of all there is, in one transaction: a rebuild takes over.

        Raises StaleEngine where the position is below the stored one. Raises the floor.
        """

    def amend(self, batch: Batch, position: int) -> None:
        """Mend rows at the position they are at: a key that stood still was folded again.

        Raises StaleEngine where the position is not the stored one. Raises the floor.
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

    def dues(self) -> Mapping[str, datetime]:
        """Return every due moment by key."""

    def stopped(self) -> Sequence[Stopped]:
        """Return the keys that stand still, by key."""

    def floor(self) -> int:
        """Return the position below which a reader cannot be told what changed since.

        It rises each time rows change otherwise than by the log's going on (rebuilt, mended,
        cleared), and where tombstones are purged. Who has read up to less, and whoever reads while
        it rises, begins again with a snapshot.
        """

    def purge(self, before: int) -> None:
        """Forget tombstones below a position, and raise the floor to it."""

    def digest(self) -> str:
        """Return the SHA-256, in hex, of the canonical dump of all present rows."""

    def clear(self) -> None:
        """Forget rows, dues, stopped keys and position; the floor stays above what there was."""

    def page(self, key: str | None, after: tuple[str, str], limit: int) -> Sequence[Change]:
        """Return up to `limit` present rows above a (key, row id), in order; of one key, or all."""

    def close(self) -> None:
        """Release connections; nothing may be asked afterwards."""


class VersionedRows(Rows, Protocol):
    """One edition of rows in a database, where a new one builds beside the one that is read."""

    edition: Edition

    def shown(self) -> Edition | None:
        """Return the edition of this projection that readers use; None before the first."""

    def active(self) -> int | None:
        """Return the version of this projection that readers use; None before the first."""

    def activate(self) -> None:
        """Have readers use this edition from now on, in one transaction; raises the floor.

        Raises NotCaughtUp where it is behind the one they use, whose position is locked meanwhile.
        """

    def editions(self) -> Mapping[Edition, int]:
        """Return the editions of this projection that there are, with their positions.

        A position below zero is that of one whose dropping was interrupted.
        """

    def watch(self) -> None:
        """Have every later write raise Superseded where another engine mended rows since now."""

    def discard(self) -> None:
        """Drop this edition in small pieces; raises StillShown where readers use it."""
