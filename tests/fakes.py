"""Stand in for the log's reading side: events in a list, with the same promises."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from threading import Condition
from typing import Any, Final

from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import CLOCK_STREAM
from domain.kernel.messages import DomainEvent, Envelope, Recorded

BEGUN: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
POSITION: Final = attrgetter("position")


class ListFeed:
    """An `EventReader` over a list; whoever records wakes those who wait."""

    def __init__(self, events: Sequence[Recorded[Any]] = ()) -> None:
        self.events = list(events)
        self.recorded = Condition()
        self._versions: dict[str, int] = {}

    def record(
        self,
        stream: str,
        *events: DomainEvent,
        project_id: str | None = None,
        gap: int = 0,
        **about: Any,  # noqa: ANN401  Fields of the envelope.
    ) -> int:
        """Record events as one message, a minute after the last; return the last position."""
        with self.recorded:
            at = BEGUN + timedelta(minutes=len(self.events))
            message_id = f"m{self.head() + 1}"
            envelope = Envelope(
                **{
                    "recorded_at": at,
                    "effective_at": at,
                    "intake": "fact",
                    "actor": "anna",
                    "role": "coordinator",
                    "source": "test",
                    "message_id": message_id,
                    "causation_id": message_id,
                    "correlation_id": message_id,
                    "project_id": project_id,
                    **about,
                }
            )
            for event in events:
                version = self._versions[stream] = self._versions.get(stream, 0) + 1
                position = self.head() + 1 + gap
                self.events.append(Recorded(event, envelope, stream, version, position))
            self.recorded.notify_all()
            return self.head()

    def tick(self, to: datetime, gap: int = 0) -> int:
        """Record that time has come to a moment; return the position."""
        return self.record(
            CLOCK_STREAM,
            ClockAdvanced(to=to),
            gap=gap,
            actor="clock",
            role="system",
            source="takt/clock",
        )

    def up_to(self, position: int) -> "ListFeed":
        """Return the log as it was when this was its last position."""
        return ListFeed([event for event in self.events if event.position <= position])

    def head(self) -> int:
        return self.events[-1].position if self.events else 0

    def read(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        start = bisect_right(self.events, after, key=POSITION)
        return self.events[start : start + limit]

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded[Any]]:
        return [
            event
            for event in self.events
            if event.stream == stream and event.version > after_version
        ]

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        return [
            event
            for event in self.events
            if event.project_id == project_id and after < event.position <= up_to
        ][:limit]

    def position_at(self, recorded_at: datetime) -> int:
        known = [event.position for event in self.events if event.recorded_at <= recorded_at]
        return known[-1] if known else 0

    def wait(self, after: int, timeout_s: float) -> bool:
        with self.recorded:
            return self.recorded.wait_for(lambda: self.head() > after, timeout_s)
