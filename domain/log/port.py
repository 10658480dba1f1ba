"""Say what the rest of Takt may ask of the log, whatever database it lies in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from domain.kernel.messages import DomainEvent, Envelope, Recorded

STUCK_S: Final = 30.0
"""A reader whose oldest unread event is older than this, in seconds, is held to be stuck."""

OutcomeKind: TypeAlias = Literal["recorded", "refused", "parked", "dead", "conflict", "stale"]
"""How a message ended.

recorded: its events are in the log (perhaps none: a request that changed nothing) · refused: a
request was turned down · parked: a fact waits in its subject's lane · dead: kept as a dead
letter · conflict: its id is known with another body · stale: decide again, nothing was written.
"""


class LogError(Exception):
    """The log did not take something in; nothing of it was written unless a subclass says so."""


class Unreadable(LogError):
    """An event, offered or stored, that cannot be read: a defect of whoever made it."""


class Fenced(LogError):
    """A source position is not above the stored one: another consumer was there. Start again."""


class LogMisconfigured(LogError):
    """Something was asked for that breaks the log's promises: the program must not start."""


class LogUnavailable(LogError):
    """The database is away, locked or full; try again. Whether it was written, `answers` tells."""


class MessageKey(NamedTuple):
    """The identity of a message for ever: its id inside the system it came from."""

    source: str
    id: str


class Tracked(NamedTuple):
    """How far a named source was taken in, e.g. one partition of one Kafka topic."""

    name: str
    offset: int


class Lag(NamedTuple):
    """How far a reader is behind the head of the log."""

    positions: int
    """The head less the reader's position; gaps between positions count."""
    oldest_s: float
    """Seconds since the oldest event it has not read was recorded; 0 where it has read all."""

    @property
    def is_stuck(self) -> bool:
        """Tell whether the reader is not merely behind a burst: nobody who works waits so long."""
        return self.oldest_s > STUCK_S


@dataclass(frozen=True, slots=True)
class Original:
    """A message as it arrived, byte for byte, for the dead letters."""

    channel: str
    """`kafka`, `http` or `file`."""
    place: str
    """Where it stood: `<topic>/<partition>/<offset>`, `<file>:<line>`; twice is once."""
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """An event as decided or received; the log gives it version and position.

    `envelope.recorded_at` is the moment it was taken in; the log never lets it fall below the last.
    """

    stream: str
    event: DomainEvent
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Submission:
    """One message on its way into the log: judged alone, committed with its neighbours."""

    key: MessageKey
    digest: bytes
    """SHA-256 of the message's canonical body: tells a repeat from a conflict."""
    received_at: datetime
    events: tuple[Proposed, ...] = ()
    expected: Mapping[str, int] = field(default_factory=dict)
    """The version of each stream that the decision read or writes; 0: did not exist."""
    refusal: tuple[str, str] | None = None
    """Code and sentence of a refused request: remembered in the inbox like an answer."""
    parks: bool = False
    """A fact: where its stream's subject is unknown, or its lane not empty, it waits there."""
    original: Original | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that cannot become an event, kept with its bytes and the reason."""

    original: Original
    code: str
    text: str
    received_at: datetime
    key: MessageKey | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message; `repeated` when it is the first answer given again."""

    kind: OutcomeKind
    position: int = 0
    """The position of its last event; 0 where it has none."""
    first_position: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)
    """The version each written stream came to (current version of the stale stream if stale)."""
    code: str = ""
    text: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter as it lies in the log's database."""

    id: int
    letter: DeadLetter
    redriven_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParkedFact:
    """A fact that waits for its subject."""

    lane: str
    key: MessageKey
    type_name: str
    parked_at: datetime
    original: Original | None


class EventReader(Protocol):
    """The reading side: positions come in commit order, and none appears behind the head."""

    def head(self) -> int:
        """Return the last committed position, 0 for an empty log."""

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        """Return up to `limit` events with a position above `after`, in order."""

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        """Return one stream's events above a version, in order."""

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        """Return events that name the project in (after, up_to], at most `limit`, in order."""

    def position_at(self, recorded_at: datetime) -> int:
        """Return the last position recorded at or before the moment, 0 where there is none."""

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait until there is an event above `after`; False when the time ran out."""


class EventLog(EventReader, Protocol):
    """The log as intake and dispatcher see it."""

    def append(
        self, items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        """Commit the items and the source positions in one transaction, each item judged alone.

        In this order: writer lock; inbox; versions; recorded_at; events; audit index; lanes;
        dead letters; source positions. A stale item writes nothing and fails no neighbour.
        """

    def answers(self, keys: Iterable[MessageKey]) -> Mapping[MessageKey, tuple[bytes, Outcome]]:
        """Return digest and first answer of the messages already known."""

    def lag(self, after: int, now: datetime) -> Lag:
        """Return how far a reader at the position `after` is behind, in positions and seconds.

        Both are needed: a reader that has ended shows as one event that grows old, long before the
        positions add up. The age is 0 where the log's moments are ahead of `now`.
        """

    def tracked(self, prefix: str) -> Mapping[str, int]:
        """Return the source positions whose names begin with the prefix."""

    def subjects(self, category: str, project_id: str | None = None) -> Sequence[str]:
        """Return the streams of a category whose subjects are known, of one project or all, sorted.

        A subject is of the project that the event names which introduced it.
        """

    def dead_letters(self, after: int = 0, limit: int = 100) -> Sequence[KeptLetter]:
        """List dead letters by id."""

    def parked(self, limit: int = 1000) -> Sequence[ParkedFact]:
        """List parked facts, oldest first."""

    def expire_lanes(self, parked_before: datetime, now: datetime) -> int:
        """Turn facts parked before the moment into dead letters; return how many."""

    def mark_redriven(self, letter_id: int, at: datetime) -> bool:
        """Note that a dead letter was taken in again; False where there is none with this id."""

    def close(self) -> None:
        """Release connections and threads."""
