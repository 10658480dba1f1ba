"""Publish what the log recorded to Kafka: in order, under the same id each time, none left out.

The log is the outbox. The position is stored only after the broker acknowledged, so a relay that
died publishes again from there; what the topic already holds of that it skips.

Each partition is also told how far it is complete (a watermark), or one without events would look
behind for ever; and what names no project, as the clock's ticks, goes to every partition: to its
own as an event, to the others as a copy that is none (`event_record`).
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import structlog

from consumers.kafka.binding import to_kafka
from consumers.kafka.envelope import (
    CAUSATION_ID,
    CORRELATION_ID,
    EXTERNAL_REF,
    PARTITION_KEY,
    PROJECT,
    REASON_CODE,
    REASON_TEXT,
    RECORDED_TIME,
    RESPONSIBLE,
    SEQUENCE,
    ZONE,
    CloudEvent,
)
from consumers.kafka.event_record import (
    CONTROL_KEY,
    copy_of,
    for_projectors,
    last_of_each,
    position_of,
    watermark,
)
from consumers.kafka.inbound import Stop
from consumers.kafka.ports import BrokerUnavailable, Place, Sink
from consumers.kafka.topics import EVENTS
from domain.kernel.messages import Recorded
from domain.kernel.values import rfc3339
from domain.log.port import EventLog, LogUnavailable, Tracked
from projections.replay import messages_of, whole_page

BATCH_MAX: Final = 500
WAIT_S: Final = 1.0
BACKOFF_FIRST_S: Final = 0.1
BACKOFF_MAX_S: Final = 30.0
MARK_EVENTS: Final = 500
MARK_S: Final = 1.0
QUIET_S: Final = 0.05
"""While events flow, watermarks go out each second or each 500 events; and once it is quiet."""
SEQUENCE_DIGITS: Final = 20
"""Positions are compared as text by whoever reads them (CloudEvents extension `sequence`)."""

log = structlog.get_logger(__name__)


def published(recorded: Recorded[Any], source: str) -> CloudEvent:
    """Return a recorded event as it is published: `<stream>:<version>` from `/takt/<deployment>`.

    Its time is when it was true, its `recordedtime` when it became known.
    """
    envelope = recorded.envelope
    reason = envelope.reason
    extensions = {
        SEQUENCE: f"{recorded.position:0{SEQUENCE_DIGITS}d}",
        RECORDED_TIME: rfc3339(envelope.recorded_at),
        PARTITION_KEY: key_of(recorded),
        CAUSATION_ID: envelope.causation_id,
        CORRELATION_ID: envelope.correlation_id,
        PROJECT: envelope.project_id,
        ZONE: envelope.zone,
        RESPONSIBLE: envelope.responsible,
        EXTERNAL_REF: envelope.external_ref,
        REASON_CODE: None if reason is None else reason.code,
        REASON_TEXT: None if reason is None else reason.text,
    }
    return CloudEvent(
        id=recorded.event_id,
        source=source,
        type=recorded.event.type_name,
        subject=recorded.stream,
        time=envelope.effective_at,
        datacontenttype="application/json",
        dataschema=f"/schemas/{recorded.event.type_name}.json",
        data=recorded.event.model_dump(mode="json", exclude_none=True),
        extensions={name: value for name, value in extensions.items() if value is not None},
    )


def key_of(recorded: Recorded[Any]) -> str:
    """Return what keeps an event in order with its neighbours: its project, else its stream."""
    return recorded.envelope.project_id or recorded.stream


class Outbound:
    """The one relay of a log to a topic. Two at once would only repeat what is published."""

    def __init__(
        self,
        sink: Callable[[], Sink],
        event_log: EventLog,
        *,
        source: str,
        topic: str = EVENTS,
        batch_max: int = BATCH_MAX,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open = sink
        self._sink: Sink | None = None
        self._log = event_log
        self._source = source
        self._topic = topic
        self._batch_max = batch_max
        self._monotonic = monotonic
        self._name = ""
        self._after = 0
        self._held: dict[int, int] = {}
        self._marked = 0
        self._unmarked_count = 0
        self._next_mark = 0.0
        self._failures = 0
        self.published_count = 0

    def run(self, stop: Stop | threading.Event) -> None:
        """Publish until told to stop; an outage of log or broker is waited out.

        On the way out partitions are told how far they are: nobody else may come for long.
        """
        try:
            while not stop.is_set():
                try:
                    if self.step() == 0:
                        self._idle()
                except (BrokerUnavailable, LogUnavailable) as outage:
                    self._wait_out(outage, stop)
            if self._sink is not None and self._marked != self._after:
                with suppress(BrokerUnavailable):
                    self.mark()
        finally:
            self._close()

    def step(self) -> int:
        """Publish the next batch of whole messages; return how many events were in it."""
        sink = self._sink or self._resume()
        batch = whole_page(self._log, self._after, self._batch_max)
        if not batch:
            return 0
        self._publish(sink, batch)
        self._after = batch[-1].position
        self._log.append([], tracked=[Tracked(self._name, self._after)])
        self._failures = 0
        self._unmarked_count += len(batch)
        if self._unmarked_count >= MARK_EVENTS or self._monotonic() >= self._next_mark:
            self.mark()
        return len(batch)

    def mark(self) -> None:
        """Tell every partition up to where it is complete."""
        sink = self._sink or self._resume()
        for partition in range(sink.partitions(self._topic)):
            sink.produce(Place(self._topic, partition), CONTROL_KEY, None, watermark(self._after))
        sink.flush()
        self._marked, self._unmarked_count = self._after, 0
        self._next_mark = self._monotonic() + MARK_S

    def _idle(self) -> None:
        """Wait for more; what was published is marked as complete as soon as it is quiet."""
        if self._marked == self._after:
            self._log.wait(self._after, WAIT_S)
        elif not self._log.wait(self._after, QUIET_S):
            self.mark()

    def _resume(self) -> Sink:
        """Connect, find the stored position, and what the topic holds beyond it."""
        sink = self._open()
        try:
            self._name = f"relay/{sink.cluster_id()}/{sink.topic_id(self._topic)}"
            self._after = self._log.tracked(self._name).get(self._name, 0)
            self._held = {
                partition: max((position_of(record) for record in records), default=0)
                for partition, records in sink.last_records(self._topic).items()
            }
        except BaseException:
            sink.close()
            raise
        self._sink = sink
        log.info(
            "outbound.resumed", topic=self._topic, after=self._after, held=max(self._held.values())
        )
        self._marked, self._next_mark = 0, self._monotonic() + MARK_S
        return sink

    def _publish(self, sink: Sink, batch: Sequence[Recorded[Any]]) -> None:
        partitions = sink.partitions(self._topic)
        for message in messages_of(batch):
            homes = [sink.partition_of(key_of(each).encode(), partitions) for each in message]
            last = last_of_each(
                message,
                [
                    [home] if each.project_id is not None else range(partitions)
                    for home, each in zip(homes, message, strict=True)
                ],
            )
            for home, recorded in zip(homes, message, strict=True):
                self._produce(sink, recorded, home, last)
        sink.flush()

    def _produce(
        self, sink: Sink, recorded: Recorded[Any], home: int, last: Mapping[int, int]
    ) -> None:
        headers, value = to_kafka(published(recorded, self._source))
        key = key_of(recorded).encode()
        for partition in (home,) if recorded.project_id is not None else last:
            if recorded.position <= self._held.get(partition, 0):
                continue  # An earlier run published it and died before it could note that.
            place, more = Place(self._topic, partition), recorded.position < last[partition]
            if partition == home:
                own = [*headers, *for_projectors(recorded, more=more)]
                sink.produce(place, key, value, own)
                self.published_count += 1
            else:
                sink.produce(place, CONTROL_KEY, value, copy_of(recorded, more=more))

    def _wait_out(self, outage: Exception, stop: Stop | threading.Event) -> None:
        """Forget the connection: what was acknowledged is found out again from the topic."""
        self._failures += 1
        delay_s = min(BACKOFF_FIRST_S * 2 ** (self._failures - 1), BACKOFF_MAX_S)
        log.warning("outbound.outage", why=str(outage), retry_in_s=delay_s)
        self._close()
        stop.wait(delay_s)

    def _close(self) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.close()
