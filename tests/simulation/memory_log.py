"""Keep a log in memory that several simulated processes share; it passes the log's contract tests.

`Tables` is what a database keeps when every process that used it has died. `MemoryLog` is one
process's way to it: it judges with the log's own code and remembers what SQLite's store remembers,
so a process that crashes forgets that and nothing else.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from operator import itemgetter
from typing import Final

from domain.kernel.registry import Registry
from domain.log.judgement import (
    Answer,
    Call,
    EventRow,
    Judged,
    Judgement,
    Waiting,
    judge_all,
)
from domain.log.kept import expired_letter
from domain.log.mapper import EventMapper, Row, moment_of
from domain.log.memory import Memory, Wanted
from domain.log.port import (
    DeadLetter,
    Fenced,
    KeptLetter,
    LogUnavailable,
    MessageKey,
    Outcome,
    Submission,
    Tracked,
)
from domain.log.stored_log import StoredLog

_POSITION: Final = itemgetter(0)
_EVER: Final = 2**62


class Known(Exception):
    """The inbox has one of the messages already."""


class Tables:
    """What is durable. One writer at a time; a second one is told that the log is locked."""

    def __init__(self) -> None:
        self.events: list[tuple[int, EventRow]] = []
        self.streams: dict[str, list[tuple[int, EventRow]]] = {}
        self.inbox: dict[MessageKey, Answer] = {}
        self.subjects: dict[str, str | None] = {}
        self.lanes: dict[int, Waiting] = {}
        self.letters: dict[int, KeptLetter] = {}
        self.offsets: dict[str, int] = {}
        self.locks = True
        """False: writers do not wait for each other, so a lower position may appear later."""
        self.gap: Callable[[], int] = lambda: 0
        """How many positions are used up by nobody before a commit, as rolled back ones are."""
        self.before_publishing: Callable[[], None] = lambda: None
        """Called while a transaction is open that has its positions."""
        self._locked = False
        self._last_position = 0
        self._last_id = 0

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer lock; raises LogUnavailable where another process holds it."""
        if self._locked and self.locks:
            msg = "the log is locked by another writer"
            raise LogUnavailable(msg)
        was, self._locked = self._locked, True
        try:
            yield
        finally:
            self._locked = was

    def head(self) -> int:
        return self.events[-1][0] if self.events else 0

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def positions(self, count: int) -> list[int]:
        """Hand out positions, as a sequence does: at once, and never again."""
        first = self._last_position + 1 + (self.gap() if count else 0)
        self._last_position = first + count - 1 if count else self._last_position
        return list(range(first, first + count))

    def keep(self, letter: DeadLetter) -> None:
        """Keep a dead letter; a place is kept once."""
        place = (letter.original.channel, letter.original.place)
        if not self.has_letter(*place):
            letter_id = self.next_id()
            self.letters[letter_id] = KeptLetter(letter_id, letter)

    def lane(self, stream: str) -> Sequence[Waiting]:
        """Return copies of the facts that wait for a subject, in order of arrival."""
        return [_waiting(one) for one in self.lanes.values() if one.lane == stream]

    def has_letter(self, channel: str, place: str) -> bool:
        return any(
            (kept.letter.original.channel, kept.letter.original.place) == (channel, place)
            for kept in self.letters.values()
        )


def _answer(kept: Answer) -> Answer:
    """Return a copy: what is durable changes by a commit only."""
    return replace(kept, versions=dict(kept.versions))


def _waiting(kept: Waiting) -> Waiting:
    return replace(kept, answer=_answer(kept.answer))


class LockedFacts:
    """What the log holds, beside what a process remembers; as SQLite's store gives it."""

    def __init__(self, tables: Tables, memory: Memory, keys: Sequence[MessageKey] | None) -> None:
        self._tables = tables
        self._memory = memory
        self._keys = keys

    def answer(self, key: MessageKey) -> Answer | None:
        if self._keys is None:
            return self._memory.answers.get(key)
        kept = self._tables.inbox.get(key)
        return None if kept is None else _answer(kept)

    def version(self, stream: str) -> int:
        version = self._memory.versions.get(stream)
        if version is None:
            rows = self._tables.streams.get(stream)
            return rows[-1][1].version if rows else 0
        return version

    def knows(self, stream: str) -> bool:
        return stream in self._tables.subjects

    def project_of(self, stream: str) -> str | None:
        return self._tables.subjects.get(stream)

    def is_new(self, stream: str) -> bool:
        return not self.knows(stream)

    def lane(self, stream: str) -> Sequence[Waiting]:
        return self._tables.lane(stream)

    def has_letter(self, channel: str, place: str) -> bool:
        return self._tables.has_letter(channel, place)

    def offset(self, name: str) -> int | None:
        return self._tables.offsets.get(name)

    def last_us(self) -> int:
        if self._memory.last_us is not None:
            return self._memory.last_us
        return self._tables.events[-1][1].at_us if self._tables.events else 0


class MemoryStore:
    """One process's store over shared tables; see `domain.log.store.Store`."""

    recheck_s = 0.01

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._memory = Memory()
        self._head: int | None = None

    def commit(self, calls: Sequence[Call]) -> list[list[Judged] | Fenced]:
        with self.tables.writing():
            try:
                return self._commit(calls, None)
            except Known:
                return self._commit(calls, Wanted(calls).keys)

    def _commit(
        self, calls: Sequence[Call], keys: Sequence[MessageKey] | None
    ) -> list[list[Judged] | Fenced]:
        if self.tables.head() != self._head:
            self._memory.doubt()
        facts = LockedFacts(self.tables, self._memory, keys)
        judgement, results = judge_all(calls, facts)
        if not judgement.is_empty:
            self._write(judgement)
        self._head = self.tables.head()
        self._memory.learn(judgement)
        return results

    def _write(self, judgement: Judgement) -> None:
        tables = self.tables
        if any(answer.key in tables.inbox for answer in judgement.new_answers):
            raise Known
        positions = tables.positions(len(judgement.events))
        tables.before_publishing()
        judgement.settle(positions)
        for position, event in zip(positions, judgement.events, strict=True):
            place = bisect_right(tables.events, position, key=_POSITION)
            tables.events.insert(place, (position, event))
            tables.streams.setdefault(event.stream, []).append((position, event))
        for answer in (*judgement.new_answers, *judgement.changed_answers):
            tables.inbox[answer.key] = _answer(answer)
        for stream, project_id in judgement.subjects.items():
            tables.subjects.setdefault(stream, project_id)
        for lane_id in judgement.released:
            del tables.lanes[lane_id]
        for waiting in judgement.parked:
            lane_id = tables.next_id()
            tables.lanes[lane_id] = replace(_waiting(waiting), id=lane_id)
        for letter in judgement.letters:
            tables.keep(letter)
        tables.offsets |= judgement.offsets

    def head(self) -> int:
        return self.tables.head()

    def page(self, after: int, limit: int) -> Sequence[Row]:
        start = bisect_right(self.tables.events, after, key=_POSITION)
        return [_row(*one) for one in self.tables.events[start : start + limit]]

    def stream_page(self, stream: str, after_version: int) -> Sequence[Row]:
        rows = self.tables.streams.get(stream, ())
        return [_row(*one) for one in rows if one[1].version > after_version]

    def project_page(self, project_id: str, after: int, up_to: int, limit: int) -> Sequence[Row]:
        start = bisect_right(self.tables.events, after, key=_POSITION)
        found = [
            _row(*one)
            for one in self.tables.events[start:]
            if one[1].project_id == project_id and one[0] <= up_to
        ]
        return found[:limit]

    def recorded_from(self, position: int) -> tuple[int, int] | None:
        start = bisect_right(self.tables.events, position - 1, key=_POSITION)
        for found, event in self.tables.events[start : start + 1]:
            return found, event.at_us
        return None

    def answers(self, keys: Iterable[MessageKey]) -> Mapping[MessageKey, Answer]:
        inbox = self.tables.inbox
        return {key: _answer(inbox[key]) for key in keys if key in inbox}

    def offsets(self, prefix: str) -> Mapping[str, int]:
        offsets = self.tables.offsets.items()
        return {name: offset for name, offset in offsets if name.startswith(prefix)}

    def subjects(self, prefix: str, project_id: str | None) -> Sequence[str]:
        return [
            stream
            for stream, project in self.tables.subjects.items()
            if stream.startswith(prefix) and project_id in {None, project}
        ]

    def letters(self, after: int, limit: int) -> Sequence[KeptLetter]:
        return [kept for kept in self.tables.letters.values() if kept.id > after][:limit]

    def waiting(self, limit: int) -> Sequence[Waiting]:
        return [_waiting(one) for one in self.tables.lanes.values()][:limit]

    def expire(self, parked_before_us: int, now_us: int) -> int:
        with self.tables.writing():
            expired = [
                waiting
                for waiting in self.tables.lanes.values()
                if waiting.parked_us < parked_before_us
            ]
            for waiting in expired:
                self.tables.keep(expired_letter(waiting, now_us))
                del self.tables.lanes[waiting.id]
                del self.tables.inbox[waiting.answer.key]
            return len(expired)

    def mark_redriven(self, letter_id: int, at_us: int) -> bool:
        with self.tables.writing():
            kept = self.tables.letters.get(letter_id)
            if kept is None:
                return False
            self.tables.letters[letter_id] = replace(kept, redriven_at=moment_of(at_us))
            return True

    def listen(self, heard: Callable[[], None]) -> None:
        """Nobody tells: readers of other processes look every `recheck_s`."""

    def close(self) -> None:
        """Hold on to nothing: there is nothing to release."""


def _row(position: int, event: EventRow) -> Row:
    return position, event.stream, event.version, event.topic, event.state


class MemoryLog(StoredLog):
    """The log over shared tables, as one process has it; without threads."""

    def __init__(
        self, tables: Tables, registry: Registry, mapper: EventMapper | None = None
    ) -> None:
        super().__init__(MemoryStore(tables), mapper or EventMapper(registry))

    def append(
        self, items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        (result,) = self._store.commit([self._call(items, tracked)])
        self._feed.signal()
        if isinstance(result, Fenced):
            raise result
        return [judged.outcome() for judged in result]

    def close(self) -> None:
        """Hold on to nothing: there is nothing to release."""
