"""Play the demo's story through the same doors that a plant and a coordinator use."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, Final

import structlog

from consumers.deciding import Ask, Request
from consumers.demo.mailroom import Mailroom
from consumers.demo.plant_beats import HEAD
from consumers.demo.telling import Beat
from consumers.dispatch import Dispatcher
from consumers.intake import FactDoor, judge_fact
from consumers.kafka.json_format import read_event
from domain.kernel.messages import PLANT_SYSTEM, Principal
from domain.kernel.refusals import DomainError
from domain.log.port import EventLog, MessageKey, Original, Submission

DEMO_SOURCE: Final = "takt/demo"
LOOK_EVERY_S: Final = 0.1

PLANT: Final = Principal(party_id="mes", role=PLANT_SYSTEM)

log = structlog.get_logger(__name__)


class DemoClock:
    """A clock that starts in the past and catches up with the real one in a few minutes.

    From then on it goes as every clock does. It never goes back.
    """

    def __init__(self, real: Callable[[], datetime], begin: datetime, play_s: float) -> None:
        self._real = real
        self._real_begin = real()
        self._begin = min(begin.astimezone(UTC), self._real_begin)
        self._rate = 1 + (self._real_begin - self._begin).total_seconds() / max(play_s, 0.001)
        self._caught_up = self._real_begin + timedelta(seconds=play_s)

    def __call__(self) -> datetime:
        now = self._real()
        if now >= self._caught_up:
            return now
        return self._begin + (now - self._real_begin) * self._rate


class Player:
    """Send each beat when its moment has come; what was sent before is only answered again."""

    def __init__(
        self,
        beats: Sequence[Beat],
        dispatcher: Dispatcher,
        event_log: EventLog,
        door: FactDoor,
        clock: Callable[[], datetime],
    ) -> None:
        self._beats = list(beats)
        self._dispatcher = dispatcher
        self._log = event_log
        self._door = door
        self._clock = clock
        self._mailroom = Mailroom(event_log)
        self._next = 0

    def play_until(self, moment: datetime) -> int:
        """Send the beats up to a moment, and what the mail did; return how many beats there were.

        The mail knows what was prepared before: at the next call it carries what came of this one.
        """
        self._report(list(self._mailroom.carried(moment)))
        sent = 0
        while self._next < len(self._beats) and self._beats[self._next].at <= moment:
            self._send(self._beats[self._next])
            self._next += 1
            sent += 1
        return sent

    def run(self, stop: Event) -> None:
        """Play along with the clock until the story or the program ends."""
        while self._next < len(self._beats) and not stop.wait(LOOK_EVERY_S):
            self.play_until(self._clock())

    def _send(self, beat: Beat) -> None:
        if beat.kind == "fact":
            self._report([beat])
            return
        key = MessageKey(DEMO_SOURCE, beat.id)
        if _names_head(beat) and key in self._log.answers([key]):
            return  # It named the head of that moment: the same cannot be asked again.
        principal = Principal(party_id=beat.party, role=beat.role)
        try:
            if beat.kind == "command":
                outcome = self._dispatcher.dispatch(
                    beat.name, beat.encoded(), key=key, principal=principal, received_at=beat.at
                )
            else:
                ask = Ask(key, principal, beat.at)
                outcome = self._dispatcher.dispatch_batch(self._requests(beat), ask)
        except DomainError as refused:
            log.warning("demo.command_failed", id=beat.id, code=refused.code, text=str(refused))
            return
        if outcome.kind == "refused" and not outcome.repeated:
            log.info("demo.command_refused", id=beat.id, code=outcome.code, text=outcome.text)

    def _requests(self, beat: Beat) -> list[Request]:
        head = self._log.head()
        return [
            Request(name, json.dumps(_at(body, head), ensure_ascii=False).encode())
            for name, body in beat.requests()
        ]

    def _report(self, beats: Sequence[Beat]) -> None:
        """Let facts in together: they are judged one by one, and appended once."""
        if beats:
            self._log.append([self._judged(beat) for beat in beats])

    def _judged(self, beat: Beat) -> Submission:
        raw = beat.encoded()
        return judge_fact(
            read_event(raw),
            door=self._door,
            principal=PLANT,
            received_at=max(beat.at, self._clock()),
            original=Original("file", f"demo/{beat.id}", raw),
        )


def _names_head(beat: Beat) -> bool:
    return any(HEAD in body.values() for _, body in beat.requests())


def _at(body: Mapping[str, Any], head: int) -> dict[str, Any]:
    """Return a request that names the position the log ends at."""
    return {key: head if value == HEAD else value for key, value in body.items()}
