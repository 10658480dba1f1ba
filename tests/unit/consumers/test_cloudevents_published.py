"""What the log recorded is published in order, under the same id each time, none left out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from consumers.kafka.binding import from_kafka
from consumers.kafka.event_record import is_control, position_of
from consumers.kafka.outbound import Outbound, published
from consumers.kafka.ports import Place, Record
from domain.kernel.messages import Recorded
from domain.log.port import EventLog, LogUnavailable, Outcome, Tracked
from tests.bad_inputs.cases import TIME, written
from tests.bad_inputs.edges import ThroughFile, log_that_knows_one_phase
from tests.integration.memory_kafka import MemoryBroker, MemorySink
from tests.unit.consumers.test_intake_kafka import StopsAfter

TOPIC: Final = "takt.project.events.v1"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = log_that_knows_one_phase(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def broker() -> MemoryBroker:
    made = MemoryBroker()
    made.create_topic(TOPIC, 3)
    return made


def relay(broker: MemoryBroker, log: Any, batch_max: int = 5) -> Outbound:  # noqa: ANN401
    return Outbound(
        lambda: MemorySink(broker), log, source="/takt/test", topic=TOPIC, batch_max=batch_max
    )


def record_facts(log: EventLog, count: int, first: int = 0) -> None:
    edge = ThroughFile(log)
    for number in range(first, first + count):
        assert edge.send(written(f"m-{number}")) == "recorded"


def records_in(broker: MemoryBroker) -> list[Record]:
    """Return the events that were published: what is for projectors alone is none."""
    records = [record for partition in broker.topics[TOPIC] for record in partition]
    return [record for record in records if not is_control(record)]


def positions_in(broker: MemoryBroker) -> list[int]:
    return [position_of(record) for record in records_in(broker)]


def test_a_recorded_event_is_published_with_its_whole_envelope(log: EventLog) -> None:
    sent = written(
        "m-1", reasoncode="weather", reasontext="frost", responsible="Acme", zone="Europe/Berlin",
        externalref="WO 1", causationid="c-1", correlationid="shift",
    )  # fmt: skip
    assert ThroughFile(log).send(sent) == "recorded"
    (recorded,) = log.read(1, 10)
    event = published(recorded, "/takt/test")
    assert event.attributes() == {
        "id": "phase-PRJ-7/weld:1",
        "source": "/takt/test",
        "type": "phase.interrupted.v1",
        "subject": "phase-PRJ-7/weld",
        "time": TIME,
        "datacontenttype": "application/json",
        "dataschema": "/schemas/phase.interrupted.v1.json",
        "sequence": "00000000000000000002",
        "recordedtime": "2026-03-02T08:00:00Z",
        "partitionkey": "PRJ-7",
        "causationid": "c-1",
        "correlationid": "shift",
        "project": "PRJ-7",
        "zone": "Europe/Berlin",
        "responsible": "Acme",
        "externalref": "WO 1",
        "reasoncode": "weather",
        "reasontext": "frost",
    }
    assert event.data == {"at": TIME, "stop_code": "jam"}


def test_everything_recorded_is_published_once_in_order_under_its_projects_key(
    broker: MemoryBroker, log: EventLog
) -> None:
    record_facts(log, 10)
    relay(broker, log).run(StopsAfter(5))
    records = records_in(broker)
    assert {record.key for record in records} == {b"PRJ-7"}
    assert len({record.place for record in records}) == 1
    assert positions_in(broker) == list(range(1, 12))
    read = from_kafka(records[0].headers, records[0].value)
    assert (read.id, read.type) == ("plan-PRJ-7:1", "plan.phase_planned.v1")
    assert log.tracked("relay/") == {f"relay/memory/{TOPIC}-0": 11}


def test_a_relay_goes_on_where_the_last_one_stopped(broker: MemoryBroker, log: EventLog) -> None:
    record_facts(log, 3)
    relay(broker, log).run(StopsAfter(3))
    record_facts(log, 3, first=3)
    second = relay(broker, log)
    second.run(StopsAfter(3))
    assert second.published_count == 3
    assert positions_in(broker) == list(range(1, 8))


class ForgetsPosition:
    """The log, except that the relay dies before its position is stored."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def append(self, items: Sequence[Any], tracked: Sequence[Tracked] = ()) -> Sequence[Outcome]:
        del items, tracked
        raise ZeroDivisionError

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._log, name)


def test_what_the_topic_already_holds_is_skipped(broker: MemoryBroker, log: EventLog) -> None:
    record_facts(log, 7)
    with pytest.raises(ZeroDivisionError):
        relay(broker, ForgetsPosition(log)).run(StopsAfter(3))
    assert positions_in(broker) == [1, 2, 3, 4]
    relay(broker, log).run(StopsAfter(4))
    assert positions_in(broker) == list(range(1, 9))


def test_events_without_a_project_keep_their_order_by_stream(log: EventLog) -> None:
    record_facts(log, 1)
    (recorded,) = log.read(1, 10)
    envelope = recorded.envelope.model_copy(update={"project_id": None})
    alone = published(
        Recorded(recorded.event, envelope, recorded.stream, 1, recorded.position), "/takt/test"
    )
    assert alone.extension("partitionkey") == "phase-PRJ-7/weld"
    assert alone.extension("project") is None


class Unavailable(ForgetsPosition):
    """The log, away for one append."""

    def append(self, items: Sequence[Any], tracked: Sequence[Tracked] = ()) -> Sequence[Outcome]:
        if not hasattr(self, "was_away"):
            self.was_away = True
            raise LogUnavailable
        return self._log.append(items, tracked)


def test_outages_of_log_and_broker_are_waited_out(broker: MemoryBroker, log: EventLog) -> None:
    record_facts(log, 3)
    broker.away = True
    stop = StopsAfter(2)
    relay(broker, log).run(stop)
    assert stop.waits == [0.1, 0.2]
    broker.away = False
    stop = StopsAfter(4)
    relay(broker, Unavailable(log)).run(stop)
    assert stop.waits == [0.1]
    assert Counter(positions_in(broker)) == Counter(range(1, 5))


def test_a_text_of_people_may_be_long_and_have_lines(log: EventLog) -> None:
    long = "frost\n" * 5_000
    assert ThroughFile(log).send(written("m", reasoncode="other", reasontext=long)) == "recorded"
    (recorded,) = log.read(1, 10)
    assert published(recorded, "/takt/test").extension("reasontext") == long


@pytest.mark.parametrize(
    ("headers", "position"),
    [
        ((), 0),
        ((("ce_sequence", b"00000000000000000042"),), 42),
        ((("ce_sequence", None),), 0),
        ((("ce_sequence", b"x"),), 0),
    ],
)
def test_the_position_of_a_published_record(
    headers: tuple[tuple[str, bytes | None], ...], position: int
) -> None:
    assert position_of(Record(Place(TOPIC, 0), 0, None, None, headers, 0)) == position
