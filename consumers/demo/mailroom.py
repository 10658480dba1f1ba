"""Carry the notices that the demo's policies prepare: send them, and let most of them be read."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Final

from consumers.demo.project import PROJECT_ID
from consumers.demo.telling import OFFICE, PORTAL, Beat, fact
from domain.kernel.messages import SYSTEM, Recorded
from domain.kernel.values import rfc3339
from domain.log.port import EventReader
from domain.notices.events import NoticePrepared

PAGE: Final = 1_000
NEVER_READS: Final = "Fluxtec"
"""Its order desk moves dates, and acknowledges none that others move."""
STEPS: Final = (
    ("sent", timedelta(minutes=10), OFFICE),
    ("delivered", timedelta(minutes=11), PORTAL),
    ("acknowledged", timedelta(hours=3), PORTAL),
)


class Mailroom:
    """Say of each notice that policies prepared when it went out, arrived and was read.

    Read again from the beginning of the log it says the same, so a restart repeats it.
    """

    def __init__(self, event_log: EventReader) -> None:
        self._log = event_log
        self._position = 0
        self._waiting: list[tuple[datetime, str, Beat]] = []

    def carried(self, moment: datetime) -> Iterator[Beat]:
        """Yield what has become of notices by a moment, in the order of time."""
        while page := self._log.read(self._position, PAGE):
            self._position = page[-1].position
            for recorded in page:
                for beat in _ways(recorded):
                    heappush(self._waiting, (beat.at, beat.id, beat))
        while self._waiting and self._waiting[0][0] <= moment:
            yield heappop(self._waiting)[-1]


def _ways(recorded: Recorded[Any]) -> Iterator[Beat]:
    event = recorded.event
    if not isinstance(event, NoticePrepared) or recorded.project_id != PROJECT_ID:
        return
    if recorded.envelope.role != SYSTEM:
        return  # What the coordinator tells, the story carries itself.
    data: dict[str, dict[str, str]] = {"sent": {"channel": "email"}, "delivered": {}}
    if event.recipients[0] != NEVER_READS:
        read = rfc3339(recorded.envelope.recorded_at + STEPS[-1][1])
        data["acknowledged"] = {"by": event.recipients[0], "at": read}
    for step, after, source in STEPS:
        if step in data:
            yield fact(
                recorded.envelope.recorded_at + after,
                f"{recorded.subject_id}-{step}",
                f"notice.{step}.v1",
                recorded.stream,
                data[step],
                source,
                project=PROJECT_ID,
            )
