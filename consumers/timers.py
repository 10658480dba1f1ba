"""Turn time into events: a tick at the cadence set and at every moment that something waits for."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final

import structlog

from domain.kernel.clock import ClockAdvanced
from domain.kernel.ids import CLOCK_STREAM
from domain.kernel.messages import SYSTEM, Envelope
from domain.kernel.values import rfc3339
from domain.log.port import EventLog, Fenced, MessageKey, Outcome, Proposed, Submission, Tracked

TICK_SOURCE: Final = "takt/clock"
LOOK_EVERY_S: Final = 0.5
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


class Ticker:
    """Append `clock.advanced.v1`; time never goes back, even with two tickers on one log."""

    def __init__(
        self,
        event_log: EventLog,
        clock: Callable[[], datetime],
        *,
        due_by: Callable[[datetime], Iterable[str]],
        cadence: timedelta,
        parking_limit: timedelta,
    ) -> None:
        self._log = event_log
        self._clock = clock
        self._due_by = due_by
        self._cadence = cadence
        self._parking_limit = parking_limit
        self._last = self._last_told()

    def look(self) -> Outcome | None:
        """Tick if the cadence has passed or a key is due; None where there was nothing to do.

        Nothing is to be done either where another ticker, whose clock is ahead, was there before.
        """
        now = self._clock()
        if now <= self._last:
            return None
        if now - self._last < self._cadence and not any(True for _ in self._due_by(now)):
            return None
        try:
            return self.tick(now)
        except Fenced:
            self._last = self._last_told()
            return None

    def tick(self, now: datetime) -> Outcome:
        """Append one tick to `now` and let facts go that waited too long for their subject."""
        moment = rfc3339(now)
        envelope = Envelope(
            recorded_at=now,
            effective_at=now,
            intake="fact",
            actor="clock",
            role=SYSTEM,
            source=TICK_SOURCE,
            message_id=moment,
            causation_id=moment,
            correlation_id=moment,
        )
        submission = Submission(
            key=MessageKey(TICK_SOURCE, moment),
            digest=b"",
            received_at=now,
            events=(Proposed(CLOCK_STREAM, ClockAdvanced(to=now), envelope),),
        )
        microseconds = (now - EPOCH) // timedelta(microseconds=1)
        (outcome,) = self._log.append([submission], [Tracked(TICK_SOURCE, microseconds)])
        self._last = now
        expired = self._log.expire_lanes(now - self._parking_limit, now)
        if expired:
            log.warning("timers.lanes_expired", facts=expired)
        return outcome

    def _last_told(self) -> datetime:
        """Return the moment of the last tick, whoever told it."""
        microseconds = self._log.tracked(TICK_SOURCE).get(TICK_SOURCE, 0)
        return EPOCH + timedelta(microseconds=microseconds)

    def run(self, stop: Event) -> None:
        """Look again and again until told to stop."""
        while not stop.wait(LOOK_EVERY_S):
            self.look()
