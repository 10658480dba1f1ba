"""The intake loses nothing and takes nothing twice, whatever fails between two records."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any, Final

import pytest

from consumers.kafka.inbound import Inbound
from consumers.kafka.ports import BrokerUnavailable, Place, Unreadable
from domain.kernel.messages import Principal
from domain.kernel.refusals import NotAuthorised, StaleVersion
from domain.log.port import DeadLetter, EventLog, LogUnavailable, Outcome, Submission, Tracked
from tests.bad_inputs.cases import written
from tests.bad_inputs.edges import (
    DOOR,
    MES,
    PLACE,
    STRUCTURED,
    clock,
    log_that_knows_one_phase,
)
from tests.integration.memory_kafka import MemoryBroker, MemorySource

TOPIC: Final = PLACE.topic
REQUESTS: Final = "takt.project.commands.v1"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = log_that_knows_one_phase(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def broker() -> MemoryBroker:
    made = MemoryBroker()
    made.create_topic(TOPIC, 2)
    made.create_topic(REQUESTS)
    return made


class Wrapped:
    """The log with one method bent; everything else is the log's own."""

    def __init__(self, log: EventLog, append: Callable[..., Sequence[Outcome]]) -> None:
        self._log = log
        self.append = append

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._log, name)


class StopsAfter:
    """Tells a loop to end once it has asked so often."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        self.waits: list[float] = []

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0

    def wait(self, timeout: float) -> bool:
        self.waits.append(timeout)
        return False


def intake(
    broker: MemoryBroker,
    log: Any,  # noqa: ANN401
    dispatcher: Any = None,  # noqa: ANN401
) -> tuple[Inbound, MemorySource]:
    source = MemorySource(broker, [TOPIC, REQUESTS])
    made = Inbound(
        source,
        log,
        door=DOOR,
        principal_of=lambda _topic: MES,
        clock=clock,
        dispatcher=dispatcher,
        requests=[REQUESTS],
    )
    return made, source


def put_facts(broker: MemoryBroker, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        place = Place(TOPIC, number % 2)
        broker.put(place, written(f"m-{number}"), STRUCTURED)


def ids_in(log: EventLog) -> Counter[str]:
    return Counter(event.envelope.message_id for event in log.read(1, 10_000))


def test_facts_and_their_offsets_are_committed_together(
    broker: MemoryBroker, log: EventLog
) -> None:
    put_facts(broker, 5)
    inbound, source = intake(broker, log)
    inbound.run(StopsAfter(3))
    assert ids_in(log) == Counter({f"m-{number}": 1 for number in range(5)})
    assert log.tracked("kafka/memory/") == {
        f"kafka/memory/{TOPIC}-0/0": 2,
        f"kafka/memory/{TOPIC}-0/1": 1,
    }
    assert source.committed == {Place(TOPIC, 0): 2, Place(TOPIC, 1): 1}
    assert inbound.tally == Counter(recorded=5)
    assert source.closed


def test_a_new_member_begins_behind_what_the_log_holds_whatever_the_broker_was_told(
    broker: MemoryBroker, log: EventLog
) -> None:
    put_facts(broker, 4)
    intake(broker, log)[0].run(StopsAfter(3))
    put_facts(broker, 3, first=4)
    inbound, _ = intake(broker, log)
    inbound.run(StopsAfter(3))
    assert inbound.tally == Counter(recorded=3)
    assert ids_in(log) == Counter({f"m-{number}": 1 for number in range(7)})


def test_a_topic_read_again_from_its_beginning_repeats_nothing(
    broker: MemoryBroker, log: EventLog
) -> None:
    put_facts(broker, 6)
    intake(broker, log)[0].run(StopsAfter(3))
    head = log.head()
    broker.cluster = "restored-elsewhere"
    inbound, _ = intake(broker, log)
    inbound.run(StopsAfter(3))
    assert inbound.tally == Counter(repeated=6)
    assert log.head() == head


def test_what_is_refused_is_set_aside_and_hinders_nobody(
    broker: MemoryBroker, log: EventLog
) -> None:
    place = Place(TOPIC, 0)
    broker.put(place, b"{broken", STRUCTURED, key=b"\xff")
    broker.put(place, written("m-1"), STRUCTURED)
    broker.put(place, written("m-1", time="2026-03-02T06:00:00Z"), STRUCTURED)
    broker.put(place, written("m-2", subject="phase-PRJ-7/later"), STRUCTURED)
    inbound, _ = intake(broker, log)
    inbound.run(StopsAfter(3))
    assert inbound.tally == Counter(dead=1, recorded=1, conflict=1, parked=1)
    letters = [kept.letter for kept in log.dead_letters()]
    assert [(one.code, one.original.place, one.original.key) for one in letters] == [
        ("malformed", f"{TOPIC}/0/0", b"\xff"),
        ("idempotency_conflict", f"{TOPIC}/0/2", None),
    ]
    assert letters[0].original.value == b"{broken"
    assert [fact.key.id for fact in log.parked()] == ["m-2"]


def test_an_outage_of_the_log_is_waited_out(broker: MemoryBroker, log: EventLog) -> None:
    put_facts(broker, 4)
    away = [True, True, False]

    def append(
        items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        if away.pop(0):
            raise LogUnavailable
        away.append(False)
        return log.append(items, tracked)

    inbound, source = intake(broker, Wrapped(log, append))
    stop = StopsAfter(8)
    inbound.run(stop)
    assert stop.waits == [0.1, 0.2]
    assert inbound.tally == Counter(recorded=4)
    assert ids_in(log) == Counter({f"m-{number}": 1 for number in range(4)})
    assert source.committed == {Place(TOPIC, 0): 1, Place(TOPIC, 1): 1}


def test_a_batch_is_never_taken_in_before_the_one_that_failed(
    broker: MemoryBroker, log: EventLog
) -> None:
    # More than one poll brings: while the second batch is judged, the first one fails.
    for number in range(1_300):
        broker.put(Place(TOPIC, 0), written(f"m-{number}"), STRUCTURED)
    calls = [0]

    def append(
        items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        calls[0] += 1
        if calls[0] % 2:
            raise LogUnavailable
        return log.append(items, tracked)

    inbound, _ = intake(broker, Wrapped(log, append))
    inbound.run(StopsAfter(20))
    stored = [event.envelope.message_id for event in log.read(1, 10_000)]
    assert stored == [f"m-{number}" for number in range(1_300)]
    assert inbound.tally == Counter(recorded=1_300)


def test_an_append_whose_answer_was_lost_is_not_repeated(
    broker: MemoryBroker, log: EventLog
) -> None:
    put_facts(broker, 4)
    lost = [True]

    def append(
        items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        outcomes = log.append(items, tracked)
        if lost.pop():
            lost.append(False)
            raise LogUnavailable
        lost.append(False)
        return outcomes

    inbound, _ = intake(broker, Wrapped(log, append))
    inbound.run(StopsAfter(6))
    assert ids_in(log) == Counter({f"m-{number}": 1 for number in range(4)})
    put_facts(broker, 2, first=4)
    intake(broker, log)[0].run(StopsAfter(3))
    assert ids_in(log) == Counter({f"m-{number}": 1 for number in range(6)})


def test_a_defect_ends_the_intake_before_the_offsets_move(
    broker: MemoryBroker, log: EventLog
) -> None:
    put_facts(broker, 2)

    def append(
        items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        del items, tracked
        msg = "a defect"
        raise ZeroDivisionError(msg)

    inbound, source = intake(broker, Wrapped(log, append))
    with pytest.raises(ZeroDivisionError):
        inbound.run(Event())
    assert source.committed == {}
    assert source.closed
    assert log.tracked("kafka/") == {}


def test_a_member_that_another_overtook_begins_again_behind_it(
    broker: MemoryBroker, log: EventLog
) -> None:
    put_facts(broker, 6)
    overtaken = [False]

    def append(
        items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        if not overtaken[0]:
            overtaken[0] = True
            intake(broker, log)[0].run(StopsAfter(3))
        return log.append(items, tracked)

    slow, _ = intake(broker, Wrapped(log, append))
    stop = StopsAfter(3)
    slow.run(stop)
    assert stop.waits == [0.1]
    assert slow.tally == Counter()
    put_facts(broker, 2, first=6)
    slow.run(StopsAfter(2))
    assert ids_in(log) == Counter({f"m-{number}": 1 for number in range(8)})
    assert slow.tally == Counter(recorded=2)


def test_records_nobody_can_unpack_become_a_letter_and_are_passed_over(
    broker: MemoryBroker, log: EventLog
) -> None:
    put_facts(broker, 12)
    place = Place(TOPIC, 1)
    broker.unreadable[place] = Unreadable(place, 2, 5, "CorruptRecordError: crc")
    inbound, _ = intake(broker, log)
    inbound.run(StopsAfter(6))
    lost = {f"m-{number}" for number in (5, 7, 9)}
    assert set(ids_in(log)) == {f"m-{number}" for number in range(12)} - lost
    (kept,) = log.dead_letters()
    assert kept.letter.original.place == f"{TOPIC}/1/2"
    assert kept.letter.text == (
        f"unreadable batch in {TOPIC}/1: offsets 2 to 4, reading goes on at 5; "
        "CorruptRecordError: crc"
    )
    assert log.tracked("kafka/")[f"kafka/memory/{TOPIC}-0/1"] == 5


def test_an_outage_of_the_broker_is_waited_out(broker: MemoryBroker, log: EventLog) -> None:
    put_facts(broker, 2)
    broker.away = True
    inbound, _ = intake(broker, log)
    stop = StopsAfter(12)
    inbound.run(stop)
    assert stop.waits[:3] == [0.1, 0.2, 0.4]
    assert max(stop.waits) == 30.0
    broker.away = False
    inbound.run(StopsAfter(3))
    assert inbound.tally == Counter(recorded=2)


def test_a_partition_whose_start_failed_is_started_later(
    broker: MemoryBroker, log: EventLog
) -> None:
    put_facts(broker, 2)
    failing = [True]

    class Slow(MemorySource):
        def topic_ids(self) -> Mapping[str, str]:
            if failing:
                failing.clear()
                raise BrokerUnavailable
            return super().topic_ids()

    source = Slow(broker, [TOPIC])
    inbound = Inbound(source, log, door=DOOR, principal_of=lambda _: MES, clock=clock)
    inbound.run(StopsAfter(4))
    assert inbound.tally == Counter(recorded=2)


# Requests


class Decides:
    """Answers each request by its command name."""

    def __init__(self, answers: dict[str, Outcome | Exception]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, bytes]] = []

    def dispatch(self, command_name: str, body: bytes, **_: Any) -> Outcome:  # noqa: ANN401
        self.asked.append((command_name, body))
        answer = self.answers[command_name]
        if isinstance(answer, Exception):
            raise answer
        return answer


def put_request(broker: MemoryBroker, name: str, **changes: Any) -> None:  # noqa: ANN401
    body = written(f"r-{name}", type=name, subject=None, data={"project_id": "P"}, **changes)
    broker.put(Place(REQUESTS, 0), body, STRUCTURED)


def test_requests_are_decided_and_what_is_turned_down_is_set_aside(
    broker: MemoryBroker, log: EventLog
) -> None:
    dispatcher = Decides(
        {
            "a.do.v1": Outcome("recorded", position=1),
            "a.refuse.v1": Outcome("refused", code="project_held", text="it is held"),
            "a.forbid.v1": NotAuthorised("not yours"),
            "a.old.v1": StaleVersion("it moved on", 7),
        }
    )
    put_request(broker, "a.do.v1")
    put_request(broker, "a.refuse.v1")
    put_request(broker, "a.forbid.v1")
    put_request(broker, "a.old.v1", expectedversion="3")
    broker.put(Place(REQUESTS, 0), b"{}", STRUCTURED)
    inbound, _ = intake(broker, log, dispatcher)
    inbound.run(StopsAfter(3))
    assert dispatcher.asked[0] == ("a.do.v1", b'{"project_id":"P"}')
    assert inbound.tally == Counter(recorded=1, dead=4)
    assert [
        (kept.letter.code, kept.letter.text, kept.letter.key) for kept in log.dead_letters()
    ] == [
        ("project_held", "it is held", ("/acme/berlin/hall-1", "r-a.refuse.v1")),
        ("not_authorised", "not yours", ("/acme/berlin/hall-1", "r-a.forbid.v1")),
        ("stale_version", "it moved on", ("/acme/berlin/hall-1", "r-a.old.v1")),
        ("malformed", '/specversion: specversion must be "1.0"', None),
    ]
    assert log.tracked("kafka/") == {f"kafka/memory/{REQUESTS}-1/0": 4}


def test_a_request_that_only_came_at_a_bad_moment_is_asked_again(
    broker: MemoryBroker, log: EventLog
) -> None:
    dispatcher = Decides({"a.do.v1": StaleVersion("too many at once", 0)})
    put_request(broker, "a.do.v1")
    inbound, _ = intake(broker, log, dispatcher)
    inbound.run(StopsAfter(2))
    assert inbound.tally == Counter()
    dispatcher.answers["a.do.v1"] = Outcome("recorded", position=1)
    inbound.run(StopsAfter(3))
    assert inbound.tally == Counter(recorded=1)


def test_without_a_dispatcher_a_request_is_set_aside(broker: MemoryBroker, log: EventLog) -> None:
    put_request(broker, "a.do.v1")
    inbound, _ = intake(broker, log)
    inbound.run(StopsAfter(3))
    assert [kept.letter.text for kept in log.dead_letters()] == [
        "/type: no requests are taken in here"
    ]


def test_who_reports_is_said_by_the_topic(broker: MemoryBroker, log: EventLog) -> None:
    put_facts(broker, 1)
    inbound = Inbound(
        MemorySource(broker, [TOPIC]),
        log,
        door=DOOR,
        principal_of=lambda topic: Principal(party_id=f"owner of {topic}", role="plant_system"),
        clock=clock,
    )
    inbound.run(StopsAfter(3))
    assert log.read(1, 10)[0].envelope.actor == f"owner of {TOPIC}"


def test_nothing_polled_is_nothing_written(broker: MemoryBroker, log: EventLog) -> None:
    head = log.head()
    inbound, source = intake(broker, log)
    inbound.run(StopsAfter(3))
    assert (log.head(), log.tracked("kafka/"), source.committed) == (head, {}, {})
    assert not source.poll(0).records
