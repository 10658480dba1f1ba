"""Answer what a log is asked from the tables of a store: everything but how appends queue up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.kernel.messages import Recorded
from domain.log.feed import Feed
from domain.log.judgement import Call, Prepared
from domain.log.kept import parked_fact
from domain.log.mapper import EventMapper, micros_of
from domain.log.port import (
    DeadLetter,
    EventLog,
    KeptLetter,
    Lag,
    MessageKey,
    Outcome,
    ParkedFact,
    Submission,
    Tracked,
)
from domain.log.store import Store


class StoredLog(EventLog):
    """A log over a store's tables; `append` is left to who knows whom appends wait for."""

    def __init__(self, store: Store, mapper: EventMapper) -> None:
        self._mapper = mapper
        self._store = store
        self._feed = Feed(store, mapper)

    def _call(self, items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked]) -> Call:
        """Return what is to be committed together; raises Unreadable for an event of it."""
        return Call(
            [item if isinstance(item, DeadLetter) else self._prepared(item) for item in items],
            tracked,
        )

    def _prepared(self, submission: Submission) -> Prepared:
        return Prepared(submission, tuple(map(self._mapper.encode, submission.events)))

    def answers(self, keys: Iterable[MessageKey]) -> Mapping[MessageKey, tuple[bytes, Outcome]]:
        return {
            key: (answer.digest, answer.outcome(repeated=True))
            for key, answer in self._store.answers(keys).items()
        }

    def tracked(self, prefix: str) -> Mapping[str, int]:
        return self._store.offsets(prefix)

    def subjects(self, category: str, project_id: str | None = None) -> Sequence[str]:
        return sorted(self._store.subjects(f"{category}-", project_id))

    def dead_letters(self, after: int = 0, limit: int = 100) -> Sequence[KeptLetter]:
        return self._store.letters(after, limit)

    def parked(self, limit: int = 1000) -> Sequence[ParkedFact]:
        return [parked_fact(waiting) for waiting in self._store.waiting(limit)]

    def expire_lanes(self, parked_before: datetime, now: datetime) -> int:
        return self._store.expire(micros_of(parked_before), micros_of(now))

    def mark_redriven(self, letter_id: int, at: datetime) -> bool:
        return self._store.mark_redriven(letter_id, micros_of(at))

    def head(self) -> int:
        return self._feed.head()

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        return self._feed.read(after, limit)

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        return self._feed.read_stream(stream, after_version)

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        return self._feed.read_project(project_id, after, up_to, limit)

    def position_at(self, recorded_at: datetime) -> int:
        return self._feed.position_at(recorded_at)

    def lag(self, after: int, now: datetime) -> Lag:
        return self._feed.lag(after, now)

    def wait(self, after: int, timeout_s: float) -> bool:
        return self._feed.wait(after, timeout_s)
