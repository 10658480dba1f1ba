"""Say what the log needs of a database; each database has one class that does it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from domain.log.judgement import Answer, Call, Judged, Waiting
from domain.log.mapper import Row
from domain.log.port import Fenced, KeptLetter, MessageKey


class Store(Protocol):
    """The tables of the log. Every method may be called from any thread."""

    recheck_s: float
    """How often a waiting reader looks for itself, for what other processes commit."""

    def commit(self, calls: Sequence[Call]) -> list[list[Judged] | Fenced]:
        """Judge and write in one transaction; the answers have their positions."""

    def head(self) -> int:
        """Return the last committed position, 0 for none."""

    def page(self, after: int, limit: int) -> Sequence[Row]:
        """Return events above a position."""

    def stream_page(self, stream: str, after_version: int) -> Sequence[Row]:
        """Return events of one stream."""

    def project_page(self, project_id: str, after: int, up_to: int, limit: int) -> Sequence[Row]:
        """Return events that name the project in (after, up_to]."""

    def recorded_from(self, position: int) -> tuple[int, int] | None:
        """Return position and `recorded_at` (µs) of the first event at or above a position."""

    def answers(self, keys: Iterable[MessageKey]) -> Mapping[MessageKey, Answer]:
        """Return the inbox rows of those messages that have one."""

    def offsets(self, prefix: str) -> Mapping[str, int]:
        """Return the stored source positions whose names begin so."""

    def subjects(self, prefix: str, project_id: str | None) -> Sequence[str]:
        """Return the known streams whose names begin so, of one project or all, in any order."""

    def letters(self, after: int, limit: int) -> Sequence[KeptLetter]:
        """Return dead letters by id."""

    def waiting(self, limit: int) -> Sequence[Waiting]:
        """Return parked facts, oldest first."""

    def expire(self, parked_before_us: int, now_us: int) -> int:
        """Turn parked facts older than that into dead letters, in one transaction."""

    def mark_redriven(self, letter_id: int, at_us: int) -> bool:
        """Set when a dead letter was taken in again."""

    def listen(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever another process may have committed, if the database can tell."""

    def close(self) -> None:
        """Close every connection."""
