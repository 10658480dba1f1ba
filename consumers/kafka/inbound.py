"""Take facts and requests in from Kafka: judged one by one, committed with their offsets.

The offsets in the log's database are the truth about what was taken in; what the broker is told
is a hint for displays of lag. So a crash at any point loses nothing and repeats nothing.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import structlog

from consumers.intake import Dispatcher, FactDoor, dead_letter, dispatch_request, judge_fact
from consumers.kafka.binding import from_kafka
from consumers.kafka.envelope import CloudEvent
from consumers.kafka.event_record import is_control
from consumers.kafka.ports import BrokerUnavailable, Place, Polled, Record, Source, Unreadable
from domain.kernel.messages import Principal
from domain.kernel.refusals import DomainError, Malformed, StaleVersion
from domain.log.port import (
    DeadLetter,
    EventLog,
    Fenced,
    LogUnavailable,
    MessageKey,
    Original,
    Outcome,
    Submission,
    Tracked,
)

POLL_S: Final = 0.5
BACKOFF_FIRST_S: Final = 0.1
BACKOFF_MAX_S: Final = 30.0
NEVER_READ: Final = -1

log = structlog.get_logger(__name__)


class Stop(Protocol):
    """What `threading.Event` is to a loop that runs until it is told to end."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> bool: ...


def original_of(record: Record) -> Original:
    """Return the record as it arrived, for the dead letters."""
    return Original(
        channel="kafka",
        place=place_of(record.place, record.offset),
        value=record.value,
        key=record.key,
        headers=record.headers,
    )


def place_of(place: Place, offset: int) -> str:
    """Return `<topic>/<partition>/<offset>`."""
    return f"{place.topic}/{place.partition}/{offset}"


def judge_record(
    record: Record, *, door: FactDoor, principal: Principal, received_at: datetime
) -> Submission | DeadLetter:
    """Judge a record of a topic of facts; what is refused becomes a dead letter."""
    original = original_of(record)
    key = None
    try:
        event = from_kafka(record.headers, record.value)
        key = MessageKey(event.source, event.id)
        return judge_fact(
            event, door=door, principal=principal, received_at=received_at, original=original
        )
    except DomainError as refusal:
        return _set_aside(refusal, original, received_at, key)


def unreadable_letter(unreadable: Unreadable, received_at: datetime) -> DeadLetter:
    """Return the letter that stands for records the client could not unpack."""
    place = unreadable.place
    refusal = Malformed(
        f"unreadable batch in {place.topic}/{place.partition}: offsets {unreadable.first} to "
        f"{unreadable.following - 1}, reading goes on at {unreadable.following}; "
        f"{unreadable.reason}"
    )
    original = Original(
        channel="kafka", place=place_of(place, unreadable.first), value=None, key=None
    )
    return _set_aside(refusal, original, received_at, None)


def _set_aside(
    refusal: DomainError, original: Original, received_at: datetime, key: MessageKey | None
) -> DeadLetter:
    letter = dead_letter(refusal, original, received_at, key)
    log.warning("inbound.message_refused", place=original.place, code=letter.code, why=letter.text)
    return letter


@dataclass(slots=True)
class _Batch:
    """What one poll brought, judged, and how far it reaches in each partition."""

    assigned: frozenset[Place]
    newest: dict[Place, int] = field(default_factory=dict)
    items: list[Submission | DeadLetter] = field(default_factory=list)
    answered: list[Outcome] = field(default_factory=list)
    """Outcomes of requests, which the dispatcher has committed by itself."""
    outcomes: Future[Sequence[Outcome]] | None = None


class Inbound:
    """One member of the intake's group: poll, judge, append, one batch after the other.

    Records of the topics in `requests` are commands for the dispatcher, all others are facts. What
    is refused is set aside. An outage of log or broker is waited out; anything else ends `run`
    before the offsets move. While a batch commits, the next one is judged; it is never appended
    before the one before it is in.
    """

    def __init__(
        self,
        source: Source,
        event_log: EventLog,
        *,
        door: FactDoor,
        principal_of: Callable[[str], Principal],
        clock: Callable[[], datetime],
        dispatcher: Dispatcher | None = None,
        requests: Iterable[str] = (),
    ) -> None:
        self._source = source
        self._log = event_log
        self._door = door
        self._principal_of = principal_of
        self._clock = clock
        self._dispatcher = dispatcher
        self._requests = frozenset(requests)
        self._names: dict[Place, str] = {}
        self._done: dict[Place, int] = {}
        self._committing: _Batch | None = None
        self._must_begin_again = False
        self._failures = 0
        self.tally: Counter[str] = Counter()
        """How many records ended how: recorded, repeated, parked, dead, conflict, refused."""

    def run(self, stop: Stop | threading.Event) -> None:
        """Take in until told to stop; leaves the group on the way out."""
        # Leaving waits for the append under way: nothing may close the log before it ended.
        with closing(self._source), self.committer() as committer:
            while not stop.is_set():
                try:
                    self._step(committer)
                except (BrokerUnavailable, LogUnavailable, Fenced) as outage:
                    self._wait_out(outage, stop)
            with suppress(LogUnavailable, Fenced):  # Then it is taken in after the next start.
                self._settle()

    def committer(self) -> Executor:
        """Return what commits a batch while the next one is judged."""
        return ThreadPoolExecutor(1, "intake-commit")

    def _step(self, committer: Executor) -> None:
        """Judge what one poll brings while the batch before it commits.

        Raises what the commit before it raised; then the records of this poll count for nothing.
        """
        if self._must_begin_again:
            self._begin(self._source.assignment())
            self._must_begin_again = False
        batch = self._judge(self._source.poll(POLL_S))
        self._settle()
        if batch.newest:
            batch.outcomes = committer.submit(self._append, batch)
            self._committing = batch
        if batch.assigned:
            self._settle()
            self._begin(batch.assigned)
        if not batch.newest:
            self._failures = 0

    def _begin(self, places: Iterable[Place]) -> None:
        """Start each partition behind what the log's database says was taken in."""
        places = sorted(places)
        if not places:
            return
        cluster = f"kafka/{self._source.cluster_id()}/"
        topics = self._source.topic_ids()
        stored = self._log.tracked(cluster)
        for place in places:
            name = f"{cluster}{topics[place.topic]}/{place.partition}"
            self._names[place] = name
            self._done[place] = stored.get(name, NEVER_READ)
        self._source.start(
            {
                place: None if self._done[place] == NEVER_READ else self._done[place] + 1
                for place in places
            }
        )
        log.info(
            "inbound.partitions_started",
            partitions={f"{place.topic}/{place.partition}": self._done[place] for place in places},
        )

    def _judge(self, polled: Polled) -> "_Batch":
        received_at = self._clock()
        batch = _Batch(assigned=polled.assigned)
        for record in polled.records:
            if record.offset <= self._done[record.place]:
                continue
            batch.newest[record.place] = record.offset
            if is_control(record):
                continue  # Another Takt's watermark: no event.
            if record.place.topic in self._requests:
                answer = self._ask(record, received_at)
                if isinstance(answer, DeadLetter):
                    batch.items.append(answer)
                else:
                    batch.answered.append(answer)
            else:
                batch.items.append(
                    judge_record(
                        record,
                        door=self._door,
                        principal=self._principal_of(record.place.topic),
                        received_at=received_at,
                    )
                )
        for unreadable in polled.unreadable:
            if unreadable.following - 1 > self._done[unreadable.place]:
                batch.newest[unreadable.place] = unreadable.following - 1
                batch.items.append(unreadable_letter(unreadable, received_at))
        return batch

    def _append(self, batch: "_Batch") -> Sequence[Outcome]:
        tracked = [Tracked(self._names[place], offset) for place, offset in batch.newest.items()]
        return self._log.append(batch.items, tracked=tracked)

    def _settle(self) -> None:
        """Wait for the batch that is being committed; raises what its append raised."""
        batch, self._committing = self._committing, None
        if batch is None or batch.outcomes is None:
            return
        outcomes = batch.outcomes.result()
        self._failures = 0
        self._done.update(batch.newest)
        self._source.commit(batch.newest)
        for outcome in (*outcomes, *batch.answered):
            self.tally["repeated" if outcome.repeated else outcome.kind] += 1
            if outcome.kind == "conflict":
                log.warning("inbound.identity_conflict", why=outcome.text)

    def _ask(self, record: Record, received_at: datetime) -> Outcome | DeadLetter:
        """Have a request decided; what is turned down is set aside like what is malformed."""
        original = original_of(record)
        event: CloudEvent | None = None
        try:
            event = from_kafka(record.headers, record.value)
            if self._dispatcher is None:
                msg = "no requests are taken in here"
                raise Malformed(msg, "/type")
            outcome = dispatch_request(
                event,
                dispatcher=self._dispatcher,
                principal=self._principal_of(record.place.topic),
                received_at=received_at,
            )
        except StaleVersion as stale:
            if event is not None and event.extension("expectedversion") is None:
                # Too many others wrote at once: nobody's fault, and asking again will help.
                msg = f"the request at {original.place} could not be decided yet"
                raise LogUnavailable(msg) from stale
            return _set_aside(stale, original, received_at, _key_of(event))
        except DomainError as refusal:
            return _set_aside(refusal, original, received_at, _key_of(event))
        if outcome.kind != "refused":
            return outcome
        log.warning("inbound.request_refused", place=original.place, code=outcome.code)
        return DeadLetter(original, outcome.code, outcome.text, received_at, _key_of(event))

    def _wait_out(self, outage: Exception, stop: Stop | threading.Event) -> None:
        """Let everything stand still for a while, then begin again at the stored offsets."""
        with suppress(LogUnavailable, Fenced):
            self._settle()
        self._failures += 1
        delay_s = min(BACKOFF_FIRST_S * 2 ** (self._failures - 1), BACKOFF_MAX_S)
        log.warning(
            "inbound.outage", kind=type(outage).__name__, why=str(outage), retry_in_s=delay_s
        )
        self._must_begin_again = True
        self._source.pause()
        stop.wait(delay_s)


def _key_of(event: CloudEvent | None) -> MessageKey | None:
    return None if event is None else MessageKey(event.source, event.id)
