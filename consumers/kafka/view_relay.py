"""Publish the rows of a projection to its compacted topic: last value by key, null for removed.

Resumes behind its stored position. It stores that after the transaction, so after a crash the same
rows come again, as they are by then. Where rows were changed otherwise than by the log's going on
(a rebuild), everything is published anew, and what the topic has beyond that is removed.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import structlog

from consumers.kafka.event_record import POSITION, POSITION_DIGITS
from consumers.kafka.inbound import Stop
from consumers.kafka.ports import BrokerUnavailable, RowRecord, RowSink, SinkFenced
from domain.log.port import EventLog, Fenced, LogUnavailable, Tracked
from projections.contract import Change, Rows, RowsUnavailable
from projections.stores.bodies import body_of

TRANSACTION_ROWS: Final = 1_000
LOOK_S: Final = 0.1
FENCED_S: Final = 30.0
BACKOFF_FIRST_S: Final = 0.2
BACKOFF_MAX_S: Final = 30.0

log = structlog.get_logger(__name__)


def row_record(change: Change) -> RowRecord:
    """Return a row as its topic has it: key `<key>/<row id>`, the row as canonical JSON."""
    return RowRecord(
        key=f"{change.key}/{change.row_id}".encode(),
        value=None if change.row is None else body_of(change.row).encode(),
        headers=(
            ("content-type", b"application/json"),
            (POSITION, f"{change.position:0{POSITION_DIGITS}d}".encode()),
        ),
    )


class ViewRelay:
    """The one relay of a projection's rows; opening its sink fences any other."""

    def __init__(
        self,
        open_sink: Callable[[], RowSink],
        event_log: EventLog,
        rows: Rows,
        *,
        topic: str,
        transaction_rows: int = TRANSACTION_ROWS,
    ) -> None:
        self._open = open_sink
        self._log = event_log
        self._rows = rows
        self._topic = topic
        self._transaction_rows = transaction_rows
        self._sink: RowSink | None = None
        self._name = ""
        self._after = 0
        self._floor_passed = 0
        self._failures = 0
        self.published_count = 0

    def run(self, stop: Stop | threading.Event) -> None:
        """Publish until told to stop; outages are waited out, and so is a relay that took over."""
        try:
            while not stop.is_set():
                try:
                    if not self.step():
                        stop.wait(LOOK_S)
                except (SinkFenced, Fenced) as faster:
                    log.warning("views.fenced", topic=self._topic, why=str(faster))
                    self.close()
                    stop.wait(FENCED_S)
                except (BrokerUnavailable, LogUnavailable, RowsUnavailable) as outage:
                    self._wait_out(outage, stop)
        finally:
            self.close()

    def step(self) -> bool:
        """Publish what changed up to the watermark; False where nothing did.

        Raises SinkFenced where another relay took over: what it publishes is newer.
        """
        sink = self._sink or self._resume()
        floor, position = self._rows.floor(), self._rows.position()
        if self._after < floor and self._floor_passed < floor:
            self._publish(sink, self._everything(sink))
            self._floor_passed = floor
        elif position > self._after:
            self._publish(sink, self._changed(position))
        else:
            return False
        if position > self._after:
            self._log.append([], tracked=[Tracked(self._name, position)])
            self._after = position
        self._failures = 0
        return True

    def _resume(self) -> RowSink:
        sink = self._open()
        try:
            self._name = f"views/{sink.cluster_id()}/{sink.topic_id(self._topic)}"
            self._after = self._log.tracked(self._name).get(self._name, 0)
        except BaseException:
            sink.close()
            raise
        self._sink = sink
        log.info("views.resumed", topic=self._topic, after=self._after)
        return sink

    def _changed(self, position: int) -> Iterator[RowRecord]:
        for change in self._rows.changed_since(self._after):
            if change.position <= position:
                yield row_record(change)

    def _everything(self, sink: RowSink) -> Iterator[RowRecord]:
        """Yield every row, and the removal of every key of the topic that is no row any more."""
        gone = set(sink.present(self._topic))
        position = self._rows.position()
        for key in list(self._rows.keys()):
            for change in self._rows.of_key(key):
                record = row_record(change)
                gone.discard(record.key)
                yield record
        for name in sorted(gone):
            project, _, row_id = name.decode().partition("/")
            yield row_record(Change("", project, row_id, None, position))

    def _publish(self, sink: RowSink, records: Iterable[RowRecord]) -> None:
        batch: list[RowRecord] = []
        for record in records:
            batch.append(record)
            if len(batch) == self._transaction_rows:
                self._send(sink, batch)
                batch = []
        if batch:
            self._send(sink, batch)

    def _send(self, sink: RowSink, batch: list[RowRecord]) -> None:
        sink.publish(self._topic, batch)
        self.published_count += len(batch)

    def _wait_out(self, outage: Exception, stop: Stop | threading.Event) -> None:
        self._failures += 1
        delay_s = min(BACKOFF_FIRST_S * 2 ** (self._failures - 1), BACKOFF_MAX_S)
        log.warning("views.outage", why=str(outage), retry_in_s=delay_s)
        self.close()
        stop.wait(delay_s)

    def close(self) -> None:
        """Drop the connection; the next step opens another."""
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.close()
