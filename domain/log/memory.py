"""Remember what the log was last seen to hold, so that most appends need not ask it.

What is remembered may be out of date when another process writes too; whoever builds on it has it
verified under the writer lock, and judges again from the log itself where it was wrong.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from domain.log.judgement import Answer, Call, Judgement, Waiting
from domain.log.port import DeadLetter, MessageKey

STREAMS_REMEMBERED: Final = 50_000
MESSAGES_REMEMBERED: Final = 50_000

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """A map that forgets the half it has known longest when it has grown to its size."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def learn(self, entries: Mapping[K, V]) -> None:
        """Take entries in; what must be bounded is bounded here."""
        self.update(entries)
        if len(self) > self._size:
            for key in list(islice(self, len(self) // 2)):
                del self[key]


class Memory:
    """The newest versions, subjects and answers that this process has seen."""

    def __init__(self) -> None:
        self.versions: Recent[str, int] = Recent(STREAMS_REMEMBERED)
        self.subjects: Recent[str, str] = Recent(STREAMS_REMEMBERED)
        """The project of each known subject, empty where it has none."""
        self.answers: Recent[MessageKey, Answer] = Recent(MESSAGES_REMEMBERED)
        self.last_us: int | None = None

    def learn(self, judgement: Judgement) -> None:
        """Take in what has just been committed."""
        self.versions.learn(judgement.versions)
        self.subjects.learn(
            {stream: project_id or "" for stream, project_id in judgement.subjects.items()}
        )
        if judgement.events:
            self.last_us = judgement.events[-1].at_us
        self.answers.learn(
            {
                answer.key: answer
                for answer in (*judgement.new_answers, *judgement.changed_answers)
                if answer.kind != "parked"  # The others are final.
            }
        )

    def doubt(self) -> None:
        """Forget what another process may have changed: subjects and answers only ever grow."""
        self.versions.clear()
        self.last_us = None


class AskTheLog(Exception):
    """What is remembered does not suffice: lock the log and read."""


class Remembered:
    """Facts as they are remembered; `empty_lanes` is what was assumed and is to be verified."""

    def __init__(self, memory: Memory, last_us: int) -> None:
        self._memory = memory
        self._last_us = last_us
        self.empty_lanes: set[str] = set()

    def answer(self, key: MessageKey) -> Answer | None:
        return self._memory.answers.get(key)

    def version(self, stream: str) -> int:
        version = self._memory.versions.get(stream)
        if version is None:
            raise AskTheLog(stream)
        return version

    def knows(self, stream: str) -> bool:
        if self._memory.subjects.get(stream) is None:
            raise AskTheLog(stream)
        return True

    def project_of(self, stream: str) -> str | None:
        project_id = self._memory.subjects.get(stream)
        if project_id is None:
            raise AskTheLog(stream)
        return project_id or None

    def is_new(self, stream: str) -> bool:
        return self._memory.subjects.get(stream) is None

    def lane(self, stream: str) -> Sequence[Waiting]:
        self.empty_lanes.add(stream)
        return ()

    def has_letter(self, channel: str, place: str) -> bool:
        raise AskTheLog(channel, place)

    def offset(self, name: str) -> int | None:
        """Assume that there is none above: whoever writes the new one compares."""
        del name
        return None

    def last_us(self) -> int:
        return self._last_us


class Wanted:
    """The streams and messages that judging some calls will ask about."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.keys: list[MessageKey] = []
        self.streams: dict[str, None] = {}
        self.expected: dict[str, int] = {}
        self.subjects: dict[str, None] = {}
        self.names = [tracked.name for call in calls for tracked in call.tracked]
        for call in calls:
            for item in call.items:
                if isinstance(item, DeadLetter):
                    continue
                submission, events = item
                self.keys.append(submission.key)
                if submission.expected:
                    self.streams.update(dict.fromkeys(submission.expected))
                    self.expected.update(submission.expected)
                for event in events:
                    self.streams[event.stream] = None
                    if event.introduces:
                        self.subjects.update(dict.fromkeys(event.introduces))
                    if submission.parks or event.project_id is None:
                        self.subjects[event.stream] = None
