"""Judge messages one by one against what the log already holds; say what is to be written.

Pure: the facts come in through `Facts`, the rows to write go out, and neither database is known
here. So SQLite and PostgreSQL cannot differ in what a repeat, a conflict or a stale message is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from domain.kernel.ids import CLOCK_STREAM
from domain.log.mapper import Encoded, micros_of
from domain.log.port import (
    DeadLetter,
    Fenced,
    MessageKey,
    Original,
    Outcome,
    OutcomeKind,
    Submission,
    Tracked,
)

_NOBODY: Final = MessageKey("", "")


class EventRow(NamedTuple):
    """An event as it is written; its position comes from the database."""

    stream: str
    version: int
    topic: str
    state: bytes
    project_id: str | None
    at_us: int


@dataclass(slots=True)
class Answer:
    """A row of the inbox: what a message was answered, and what it is answered for ever."""

    key: MessageKey
    digest: bytes
    kind: OutcomeKind
    first: int = 0
    """Position of its first event; until the rows are written, the row's number counted from 1."""
    last: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    code: str = ""
    text: str = ""

    def outcome(self, *, repeated: bool) -> Outcome:
        """Return the answer as the sender gets it."""
        return Outcome(
            self.kind, self.last, self.first, self.versions, self.code, self.text, repeated
        )


@dataclass(slots=True)
class Waiting:
    """A fact in its subject's lane; `id` is 0 while it is not stored."""

    lane: str
    answer: Answer
    events: tuple[Encoded, ...]
    parked_us: int
    original: Original | None
    id: int = 0


class Prepared(NamedTuple):
    """A submission whose events are encoded and proved readable."""

    submission: Submission
    events: tuple[Encoded, ...]


@dataclass(slots=True)
class Call:
    """What one caller wants committed together."""

    items: Sequence[Prepared | DeadLetter]
    tracked: Sequence[Tracked] = ()
    perhaps_written: bool = False
    """An attempt was cut off before its answer came: its own rows may be there already."""


class Judged(NamedTuple):
    """The result for one item: an answer whose positions are still to come, or an outcome."""

    answer: Answer | None
    other: Outcome | None
    repeated: bool = False

    def outcome(self) -> Outcome:
        """Return the outcome, once the rows are written."""
        if self.other is not None:
            return self.other
        assert self.answer is not None
        return self.answer.outcome(repeated=self.repeated)


class Facts(Protocol):
    """What the log held when the writer lock was taken (or is assumed to hold, and verified)."""

    def answer(self, key: MessageKey) -> Answer | None:
        """Return the inbox row of a message."""

    def version(self, stream: str) -> int:
        """Return a stream's version, 0 for none."""

    def knows(self, stream: str) -> bool:
        """Tell whether the stream's subject was introduced."""

    def project_of(self, stream: str) -> str | None:
        """Return the project of the event that introduced the stream's subject, if it named one."""

    def is_new(self, stream: str) -> bool:
        """Tell whether the subject has to be noted when introduced; True may be wrong."""

    def lane(self, stream: str) -> Sequence[Waiting]:
        """Return the facts that wait for the stream's subject, in order of arrival."""

    def has_letter(self, channel: str, place: str) -> bool:
        """Tell whether the message that stood there is a dead letter already."""

    def offset(self, name: str) -> int | None:
        """Return the stored position of a source."""

    def last_us(self) -> int:
        """Return `recorded_at` of the last event, µs since 1970, 0 for an empty log."""


class Judgement:
    """The rows that a sequence of calls adds up to; every call sees what the ones before wrote."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._answers: dict[MessageKey, Answer] = {}
        self._lanes: dict[str, list[Waiting]] = {}
        self._places: set[tuple[str, str]] = set()
        self._last_us = facts.last_us()
        self._perhaps_written = False
        self.versions: dict[str, int] = {}
        self.versions_read: dict[str, int] = {}
        self.events: list[EventRow] = []
        self.new_answers: list[Answer] = []
        self.changed_answers: list[Answer] = []
        self.subjects: dict[str, str | None] = {}
        """Subjects introduced, each with the project that the introducing event names."""
        self.parked: list[Waiting] = []
        self.released: list[int] = []
        self.letters: list[DeadLetter] = []
        self.offsets: dict[str, int] = {}

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return not (self.new_answers or self.events or self.letters or self.offsets)

    def judge(self, call: Call) -> list[Judged]:
        """Judge one caller's items; raises Fenced, and then nothing of the call is written."""
        self._track(call)
        self._perhaps_written = call.perhaps_written
        return [
            self._letter(item) if isinstance(item, DeadLetter) else self._submission(item)
            for item in call.items
        ]

    def place(self, event: Encoded, version: int) -> None:
        """Write an event at a version of its own choosing, as the library's `save` does."""
        self.versions[event.stream] = version - 1
        self._append(Answer(_NOBODY, b"", "recorded"), (event,))

    def settle(self, positions: Sequence[int]) -> None:
        """Give the answers the positions that the written events got."""
        for answer in (*self.new_answers, *self.changed_answers):
            if answer.last:
                answer.first = positions[answer.first - 1]
                answer.last = positions[answer.last - 1]

    def _track(self, call: Call) -> None:
        stored = {
            tracked.name: self.offsets.get(tracked.name, self._facts.offset(tracked.name))
            for tracked in call.tracked
        }
        if call.perhaps_written and all(
            stored[tracked.name] == tracked.offset for tracked in call.tracked
        ):
            return
        offsets: dict[str, int] = {}
        for name, offset in call.tracked:
            known = offsets.get(name, stored[name])
            if known is not None and offset <= known:
                msg = f"{name} is taken in up to {known}, so {offset} is another consumer's"
                raise Fenced(msg)
            offsets[name] = offset
        self.offsets |= offsets

    def _letter(self, letter: DeadLetter) -> Judged:
        new = self._keep(letter)
        return Judged(None, Outcome("dead", code=letter.code, text=letter.text, repeated=not new))

    def _keep(self, letter: DeadLetter) -> bool:
        place = (letter.original.channel, letter.original.place)
        if place in self._places or self._facts.has_letter(*place):
            return False
        self._places.add(place)
        self.letters.append(letter)
        return True

    def _submission(self, prepared: Prepared) -> Judged:
        submission = prepared.submission
        key = submission.key
        known = self._answers.get(key) or self._facts.answer(key)
        if known is not None:
            if known.digest == submission.digest:
                return Judged(known, None, repeated=not self._perhaps_written)
            return self._conflict(submission)
        if submission.expected and (stale := self._stale(submission)):
            return Judged(None, Outcome("stale", versions=stale))
        answer = Answer(key, submission.digest, "recorded")
        self._answers[key] = answer
        self.new_answers.append(answer)
        if submission.refusal is not None:
            answer.kind = "refused"
            answer.code, answer.text = submission.refusal
        elif submission.parks and (lane := self._lane_for(prepared.events)) is not None:
            self._park(
                Waiting(
                    lane,
                    answer,
                    prepared.events,
                    micros_of(submission.received_at),
                    submission.original,
                )
            )
        else:
            self._append(answer, prepared.events)
        return Judged(answer, None)

    def _stale(self, submission: Submission) -> dict[str, int]:
        return {
            stream: version
            for stream, expected in submission.expected.items()
            if (version := self._version(stream)) != expected
        }

    def _conflict(self, submission: Submission) -> Judged:
        code = "idempotency_conflict"
        text = f"message {submission.key.id} of {submission.key.source} is known with another body"
        if submission.original is not None:
            self._keep(
                DeadLetter(submission.original, code, text, submission.received_at, submission.key)
            )
        return Judged(None, Outcome("conflict", code=code, text=text))

    def _version(self, stream: str) -> int:
        version = self.versions.get(stream)
        if version is None:
            version = self._facts.version(stream)
            self.versions[stream] = self.versions_read[stream] = version
        return version

    def _lane(self, stream: str) -> list[Waiting]:
        lane = self._lanes.get(stream)
        if lane is None:
            lane = self._lanes[stream] = list(self._facts.lane(stream))
        return lane

    def _lane_for(self, events: Sequence[Encoded]) -> str | None:
        """Return the lane that the events have to wait in, if any."""
        for event in events:
            stream = event.stream
            unknown = stream not in self.subjects and not self._facts.knows(stream)
            if (unknown or self._lane(stream)) and not any(
                stream in other.introduces for other in events
            ):
                return stream
        return None

    def _park(self, waiting: Waiting) -> None:
        waiting.answer.kind = "parked"
        self._lane(waiting.lane).append(waiting)
        self.parked.append(waiting)

    def _append(self, answer: Answer, events: Sequence[Encoded]) -> None:
        """Write events, then the facts that waited for what they introduce, and so on."""
        introduced = self._write(answer, events)
        while introduced:
            stream, project_id = introduced.pop(0)
            if stream in self.subjects or not self._facts.is_new(stream):
                continue
            self.subjects[stream] = project_id
            released, self._lanes[stream] = self._lane(stream), []
            for waiting in released:
                self._leave(waiting)
                lane = self._lane_for(waiting.events)
                if lane is None:
                    introduced += self._write(waiting.answer, waiting.events)
                else:
                    waiting.lane, waiting.id = lane, 0
                    self._park(waiting)

    def _leave(self, waiting: Waiting) -> None:
        if waiting.id:
            self.released.append(waiting.id)
            self.changed_answers.append(waiting.answer)
        else:
            self.parked = [other for other in self.parked if other is not waiting]
        waiting.answer.kind = "recorded"

    def _project_of(self, stream: str) -> str | None:
        if stream in self.subjects:
            return self.subjects[stream]
        return None if stream == CLOCK_STREAM else self._facts.project_of(stream)

    def _write(self, answer: Answer, events: Sequence[Encoded]) -> list[tuple[str, str | None]]:
        """Write one message's events; return the subjects they introduce, with their projects."""
        introduced: list[tuple[str, str | None]] = []
        if not events:
            return introduced
        rows, versions, last_us = self.events, self.versions, self._last_us
        answer.first = len(rows) + 1
        for proposed in events:
            event, stream = proposed, proposed.stream
            if event.project_id is None and (project_id := self._project_of(stream)) is not None:
                event = event.in_project(project_id)
            version = self._version(stream) + 1
            last_us = max(event.at_us, last_us)
            state = event.state if event.at_us == last_us else event.state_at(last_us)
            rows.append(EventRow(stream, version, event.topic, state, event.project_id, last_us))
            versions[stream] = answer.versions[stream] = version
            if event.introduces:
                introduced += [(subject, event.project_id) for subject in event.introduces]
        answer.last = len(rows)
        self._last_us = last_us
        return introduced


def judge_all(calls: Sequence[Call], facts: Facts) -> tuple[Judgement, list[list[Judged] | Fenced]]:
    """Judge calls in order; one that is fenced off writes nothing and hinders no other."""
    judgement = Judgement(facts)
    results: list[list[Judged] | Fenced] = []
    for call in calls:
        try:
            results.append(judgement.judge(call))
        except Fenced as fenced:
            results.append(fenced)
    return judgement, results
