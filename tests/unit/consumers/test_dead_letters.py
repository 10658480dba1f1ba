"""A dead letter can be looked at, mended and taken in again: once, whatever it is tried."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from consumers.dead_letters import (
    Redriven,
    Redriver,
    letter_document,
    letter_text,
    redriven_document,
    redriven_text,
)
from consumers.dispatch import Dispatcher
from consumers.failures import WrongInput
from consumers.intake import FactDoor, dead_letter
from consumers.kafka.inbound import Inbound, judge_record
from consumers.kafka.json_format import MEDIA_TYPE
from consumers.kafka.ports import Place, Record
from domain.kernel.messages import COORDINATOR, PLANT_SYSTEM, Principal
from domain.kernel.refusals import Malformed
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import DeadLetter, EventLog, KeptLetter, MessageKey, Original
from tests.bad_inputs.cases import CASES
from tests.bad_inputs.edges import log_that_knows_one_phase
from tests.integration.memory_kafka import MemoryBroker, MemorySource
from tests.simulation.memory_log import MemoryLog, Tables
from tests.unit.consumers.systems import OPEN, plan_phase
from tests.unit.consumers.test_intake_kafka import StopsAfter

NOW: Final = datetime(2026, 3, 9, 12, tzinfo=UTC)
PLANT: Final = Principal(party_id="takt.plant.events.v1", role=PLANT_SYSTEM)
STRUCTURED: Final = (("content-type", MEDIA_TYPE.encode()),)
BACKENDS: Final = (
    "memory",
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.integration),
)


@pytest.fixture(params=BACKENDS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    """Give a log on each backend that knows the phases a and b of project P."""
    opened: EventLog
    if request.param == "memory":
        opened = MemoryLog(Tables(), catalogue())
    else:
        sqlite = request.param == "sqlite"
        address = tmp_path / "takt.db" if sqlite else request.getfixturevalue("pg_url")
        opened = open_log(address, registry=catalogue())
    for number, (name, body) in enumerate((OPEN, plan_phase("a"), plan_phase("b"))):
        ask(opened, name, body, f"plan-{number}")
    yield opened
    opened.close()


def ask(log: EventLog, name: str, body: str, message_id: str) -> None:
    Dispatcher(log).dispatch(
        name,
        body.encode(),
        key=MessageKey("tests", message_id),
        principal=Principal(party_id="anna", role=COORDINATOR),
        received_at=NOW,
    )


def redriver(log: EventLog) -> Redriver:
    return Redriver(log, FactDoor(catalogue()), Dispatcher(log), lambda: NOW)


def event(message_id: str, phase: str = "a", **changes: Any) -> bytes:  # noqa: ANN401
    said = {
        "specversion": "1.0",
        "id": message_id,
        "source": "/plant/mes",
        "type": "phase.started.v1",
        "subject": f"phase-P/{phase}",
        "time": "2026-03-03T08:00:00Z",
        "data": {"actual_start": "2026-03-03T08:00:00Z"},
        **changes,
    }
    return json.dumps(said).encode()


def record(offset: int, value: bytes, topic: str = "takt.plant.events.v1", **about: Any) -> Record:  # noqa: ANN401
    headers = about.get("headers", STRUCTURED)
    return Record(Place(topic, 0), offset, None, value, headers, 0)


def taken(log: EventLog, *records: Record) -> list[KeptLetter]:
    """Take records in as the intake does; return the letters there are then."""
    door = FactDoor(catalogue())
    items = [judge_record(one, door=door, principal=PLANT, received_at=NOW) for one in records]
    log.append(items)
    return list(log.dead_letters())


def ids_in(log: EventLog) -> list[str]:
    events = log.read(0, 1_000)
    return [one.envelope.message_id for one in events if one.envelope.intake == "fact"]


def test_a_letter_is_taken_in_again_once_what_was_wrong_is_mended(log: EventLog) -> None:
    (kept,) = taken(log, record(7, event("m-1")[:-1]))
    drive = redriver(log)
    assert drive.redrive(kept).result == "refused"
    assert drive.letter(kept.id).redriven_at is None
    done = drive.redrive(kept, event("m-1"))
    assert done == Redriven(kept.id, "takt.plant.events.v1/0/7", "recorded", log.head())
    assert ids_in(log) == ["m-1"]
    assert drive.letter(kept.id).redriven_at == NOW
    (started,) = log.read_stream("phase-P/a")
    assert (started.envelope.actor, started.envelope.role) == (PLANT.party_id, PLANT_SYSTEM)


def test_a_letter_that_was_taken_in_is_not_taken_in_again(log: EventLog) -> None:
    (kept,) = taken(log, record(7, b"{"))
    drive = redriver(log)
    drive.redrive(kept, event("m-1"))
    again = drive.letter(kept.id)
    assert drive.redrive(again, event("m-2")).result == "redriven"
    assert list(drive.waiting()) == []
    assert ids_in(log) == ["m-1"]


def test_whoever_redrives_at_the_same_time_records_it_once(log: EventLog) -> None:
    (kept,) = taken(log, record(7, b"{"))
    results = [redriver(log).redrive(kept, event("m-1")).result for _ in range(2)]
    assert results == ["recorded", "repeated"]
    assert ids_in(log) == ["m-1"]


def test_a_mended_letter_keeps_its_place_and_what_it_was(log: EventLog) -> None:
    (kept,) = taken(log, record(7, b"\xff{"))
    redriver(log).redrive(kept, event("m-1", phase="later"))
    (parked,) = log.parked()
    assert parked.original is not None
    assert (parked.original.place, parked.original.value) == (
        kept.letter.original.place,
        event("m-1", phase="later"),
    )
    assert redriver(log).letter(kept.id).letter.original.value == b"\xff{"


def test_a_letter_whose_fact_waits_stays_open_until_it_is_recorded(log: EventLog) -> None:
    (kept,) = taken(log, record(7, b"{"))
    drive = redriver(log)
    later = event("m-1", phase="later")
    assert drive.redrive(kept, later).result == "parked"
    assert [one.id for one in drive.waiting()] == [kept.id]
    ask(log, *plan_phase("later"), "plan-9")
    assert drive.redrive(kept, later).result == "repeated"
    assert list(drive.waiting()) == []


def test_a_fact_that_waited_too_long_is_redriven_when_its_subject_came(log: EventLog) -> None:
    assert taken(log, record(7, event("m-1", phase="later"))) == []
    log.expire_lanes(NOW + timedelta(days=1), NOW + timedelta(days=1))
    (kept,) = log.dead_letters()
    assert kept.letter.code == "subject_unknown"
    ask(log, *plan_phase("later"), "plan-9")
    assert redriver(log).redrive(kept).result == "recorded"
    assert ids_in(log) == ["m-1"]


def test_an_id_that_is_taken_stays_a_conflict_until_it_has_its_own(log: EventLog) -> None:
    second = event("m-1", time="2026-03-03T09:00:00Z")
    (kept,) = taken(log, record(7, event("m-1")), record(8, second))
    drive = redriver(log)
    assert (drive.redrive(kept).result, len(log.dead_letters())) == ("conflict", 1)
    assert drive.redrive(kept, second.replace(b"m-1", b"m-2")).result == "recorded"
    assert ids_in(log) == ["m-1", "m-2"]


def test_what_stood_in_headers_is_mended_by_a_whole_event(log: EventLog) -> None:
    headers = (("ce_specversion", b"1.0"), ("ce_id", b"m-1"), ("content-type", b"application/json"))
    (kept,) = taken(log, record(7, b'{"actual_start":"2026-03-03T08:00:00Z"}', headers=headers))
    drive = redriver(log)
    assert drive.redrive(kept, b'{"actual_start":"2026-03-03T09:00:00Z"}').result == "refused"
    assert drive.redrive(kept, event("m-1")).result == "recorded"


def test_data_alone_is_mended_under_the_headers_that_came(log: EventLog) -> None:
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"m-1"),
        ("ce_source", b"/plant/mes"),
        ("ce_type", b"phase.started.v1"),
        ("ce_subject", b"phase-P/a"),
        ("ce_time", b"2026-03-03T08:00:00Z"),
        ("content-type", b"application/json"),
    )
    (kept,) = taken(log, record(7, b"{}", headers=headers))
    mended = b'{"actual_start":"2026-03-03T08:00:00Z"}'
    assert redriver(log).redrive(kept, mended).result == "recorded"
    assert ids_in(log) == ["m-1"]


def test_a_request_is_decided_again_by_its_own_door(log: EventLog) -> None:
    body = {"project_id": "P", "phase_id": "a", "remaining_min": 5}
    asked = event("r-1", type="phase.record_progress.v1", subject="phase-P/a", data=body)
    place = Original("kafka", "takt.project.commands.v1/0/3", asked[:-1], None, STRUCTURED)
    log.append([dead_letter(Malformed("no JSON"), place, NOW)])
    (kept,) = log.dead_letters()
    done = redriver(log).redrive(kept, asked)
    assert (done.result, done.code) == ("refused", "not_released")
    body["remaining_min"] = -1
    refused = redriver(log).redrive(kept, event("r-2", type="phase.record_progress.v1", data=body))
    assert (refused.result, refused.code) == ("refused", "malformed")
    release = event("r-3", type="phase.release.v1", data={"project_id": "P", "phase_id": "a"})
    assert redriver(log).redrive(kept, release).result == "recorded"
    assert log.read_stream("phase-P/a")[0].envelope.actor == "takt.project.commands.v1"


@pytest.mark.parametrize("channel", ["http", "file"])
def test_letters_of_every_edge_are_taken_in_again(log: EventLog, channel: str) -> None:
    place = Original(channel, "anna/c-1", event("m-1"), None, STRUCTURED)
    log.append([DeadLetter(place, "malformed", "/time: lies in the future", NOW)])
    (kept,) = log.dead_letters()
    assert redriver(log).redrive(kept).result == "recorded"
    assert ids_in(log) == ["m-1"]


def test_a_letter_without_its_message_says_so(log: EventLog) -> None:
    log.append([DeadLetter(Original("log", "mes/m-1", b"[]"), "subject_unknown", "late", NOW)])
    (kept,) = log.dead_letters()
    done = redriver(log).redrive(kept)
    assert (done.result, "send it again at its source" in done.text) == ("refused", True)


def test_a_letter_is_shown_with_every_byte(log: EventLog) -> None:
    (kept,) = taken(log, record(7, b"\xff", headers=(("a", None), ("b", b"\x80"), ("c", b"d"))))
    shown = letter_document(kept)
    assert shown["value"] == {"hex": "ff"}
    assert shown["headers"] == [
        {"name": "a"},
        {"name": "b", "hex": "80"},
        {"name": "c", "text": "d"},
    ]
    lines = letter_text(shown).splitlines()
    assert lines[-1] == "hex ff"
    assert "header       b: hex 80" in lines
    with pytest.raises(WrongInput, match="there is no dead letter 99"):
        redriver(log).letter(99)


def test_the_result_of_each_letter_is_told() -> None:
    results = [
        Redriven(1, "p/0/1", "recorded", 7),
        Redriven(2, "p/0/2", "refused", code="malformed", text="no"),
    ]
    document = redriven_document(results)
    assert (document["taken_in"], document["not_taken_in"]) == (1, 1)
    assert redriven_text(document) == "1: recorded at 7\n2: refused (malformed: no)"
    assert redriven_text(redriven_document([])) == "there is nothing to redrive"


def test_all_of_the_bad_inputs_land_once_when_each_is_mended(tmp_path: Path) -> None:
    """The corpus comes by Kafka; what it left is mended, and redriven twice."""
    log = log_that_knows_one_phase(tmp_path)
    broker = MemoryBroker()
    topic = broker.create_topic("takt.plant.events.v1", 2)
    number = 0
    for case in CASES:
        for value, _ in case.steps(f"case-{case.number}-{case.name}"):
            broker.put(Place(topic, number % 2), value, STRUCTURED)
            number += 1
    inbound = Inbound(
        MemorySource(broker, [topic]),
        log,
        door=FactDoor(catalogue()),
        principal_of=lambda _: PLANT,
        clock=lambda: NOW,
    )
    inbound.run(StopsAfter(4))
    assert sum(inbound.tally.values()) == number
    drive = redriver(log)
    letters = list(drive.waiting())
    assert len(letters) > 50
    head = log.head()
    for expected in ("recorded", "repeated"):
        results = [
            drive.redrive(kept, event(f"mended-{kept.id}", subject="phase-PRJ-7/weld"))
            for kept in letters
        ]
        assert {one.result for one in results} == {expected}
    landed = [one.envelope.message_id for one in log.read(head, 10_000)]
    assert landed == [f"mended-{kept.id}" for kept in letters]
    assert list(drive.waiting()) == []
    log.close()
