"""What every backend promises as the event log, the one in memory included."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from domain.log.port import (
    STUCK_S,
    DeadLetter,
    EventLog,
    Lag,
    MessageKey,
    Outcome,
    Proposed,
    Submission,
    Tracked,
    Unreadable,
)
from tests.contract.logs import append, events, kinds, opened_at
from tests.simulation.memory_log import Tables
from tests.unit.log.samples import (
    MES,
    START,
    KitAdded,
    Measured,
    Opaque,
    PartAdded,
    PartCounted,
    added,
    at,
    counted,
    digest,
    envelope,
    message,
    proposed,
    record,
)

UNCHECKED = PartCounted.model_construct(count=cast("int", "three"))


def test_an_empty_log_has_nothing(log: EventLog) -> None:
    assert log.head() == 0
    assert log.read(0, 10) == []
    assert log.read_stream("part-1") == []
    assert log.position_at(START) == 0
    assert log.answers([MessageKey(MES, "m-1")]) == {}
    assert log.wait(0, 0.0) is False


def test_what_was_appended_is_read_back_typed_and_in_its_place(log: EventLog) -> None:
    event = PartCounted(count=3, weight=Decimal("2.50"), at=at(60), note="ä\u2028")
    about = envelope(
        "m-1",
        project_id="PRJ-7",
        recorded_at="2026-03-02T08:00:00.123456Z",
        reason={"code": "other", "text": "recount"},
        decided_on={"part-2": 4},
    )
    submission = Submission(
        MessageKey(MES, "m-1"), digest("m-1"), START, (Proposed("part-1", event, about),)
    )
    (outcome,) = log.append([submission])
    assert outcome == Outcome("recorded", 1, 1, {"part-1": 1})
    (recorded,) = log.read(0, 10)
    assert (recorded.event, recorded.envelope) == (event, about)
    assert (recorded.stream, recorded.version, recorded.position) == ("part-1", 1, 1)
    assert type(recorded.event) is PartCounted
    assert recorded.event.weight is not None
    assert str(recorded.event.weight) == "2.50"


def test_versions_count_per_stream_and_positions_over_all(log: EventLog) -> None:
    log.append([message("m-1", PartAdded(), PartCounted(count=1)), added("m-2", stream="part-2")])
    (outcome,) = log.append([message("m-3", PartCounted(count=2), PartCounted(count=3))])
    assert outcome.versions == {"part-1": 4}
    assert events(log) == ["part-1:1", "part-1:2", "part-2:1", "part-1:3", "part-1:4"]
    assert [recorded.version for recorded in log.read_stream("part-1", 2)] == [3, 4]
    assert outcome.position == log.head()
    assert [recorded.position for recorded in log.read(outcome.first_position - 1, 10)] == [
        outcome.first_position,
        outcome.position,
    ]


def test_a_page_holds_at_most_as_many_events_as_asked_for(log: EventLog) -> None:
    log.append([message("m-1", *[PartCounted(count=n) for n in range(5)])])
    assert len(log.read(0, 2)) == 2
    assert len(log.read(2, 10)) == 3


def test_a_project_is_read_without_the_others(log: EventLog) -> None:
    for number, project in enumerate(("A", "B", None, "A", "A")):
        stream = f"part-{number}"  # Of a subject with a project the fact would take that one.
        log.append([message(f"m-{number}", PartAdded(), stream=stream, project_id=project)])
    first, *_, last = log.read_project("A", 0, log.head(), 10)
    assert [one.position for one in log.read_project("A", 0, log.head(), 10)] == [1, 4, 5]
    assert [one.position for one in log.read_project("A", first.position, last.position, 10)] == [
        4,
        5,
    ]
    assert [one.position for one in log.read_project("A", 0, last.position - 1, 10)] == [1, 4]
    assert [one.position for one in log.read_project("A", 0, log.head(), 2)] == [1, 4]
    assert log.read_project("C", 0, log.head(), 10) == []


def test_the_known_subjects_of_a_category_are_listed(log: EventLog) -> None:
    log.append([added("m-1", stream="part-2"), added("m-2", stream="part-1")])
    log.append([added("m-3", stream="parting-3"), message("m-4", PartCounted(count=1))])
    assert log.subjects("part") == ["part-1", "part-2"]
    assert log.subjects("unheard") == []


def test_the_known_subjects_of_one_project_are_listed(log: EventLog) -> None:
    kit = KitAdded(parts=("2", "10"))
    log.append([message("m-1", kit, stream="kit-1", project_id="A")])
    log.append([message("m-2", PartAdded(), stream="part-3", project_id="A")])
    log.append([message("m-3", PartAdded(), stream="part-4", project_id="B")])
    log.append([message("m-4", PartAdded(), stream="part-5", project_id=None)])
    assert log.subjects("part", "A") == ["part-10", "part-2", "part-3"]
    assert log.subjects("part", "B") == ["part-4"]
    assert log.subjects("par", "A") == log.subjects("part", "C") == []


# Repeats and conflicts


def test_a_repeat_gets_the_first_answer_again_and_writes_nothing(log: EventLog) -> None:
    (first,) = log.append([message("m-1", PartAdded(), PartCounted(count=1))])
    (again,) = log.append([message("m-1", PartAdded(), PartCounted(count=1))])
    assert again == Outcome("recorded", 2, 1, {"part-1": 2}, repeated=True)
    assert first == Outcome("recorded", 2, 1, {"part-1": 2})
    assert log.head() == 2


def test_a_repeat_is_known_to_another_process_too(log: EventLog, other: EventLog) -> None:
    log.append([added("m-1"), message("m-2", refusal=("gate_open", "the gate is open"))])
    assert append(other, added("m-1"), message("m-2"), added("m-3", stream="part-3")) == [
        Outcome("recorded", 1, 1, {"part-1": 1}, repeated=True),
        Outcome("refused", code="gate_open", text="the gate is open", repeated=True),
        Outcome("recorded", other.head(), other.head(), {"part-3": 1}),
    ]


def test_two_equal_messages_in_one_batch_count_once(log: EventLog) -> None:
    first, second = log.append([added("m-1"), added("m-1")])
    assert (first.repeated, second.repeated) == (False, True)
    assert first.position == second.position == log.head()


def test_a_known_id_with_another_body_is_a_conflict(log: EventLog) -> None:
    log.append([added("m-1")])
    (conflict,) = log.append([added("m-1", body="changed")])
    assert conflict.kind == "conflict"
    assert conflict.code == "idempotency_conflict"
    assert log.head() == 1
    assert log.dead_letters() == []


def test_a_conflict_that_came_with_its_original_is_kept_as_a_dead_letter(log: EventLog) -> None:
    original = record("parts/0/7", b'{"qty": 2}')
    log.append([added("m-1")])
    (conflict,) = log.append([added("m-1", body="changed", original=original)])
    assert log.append([added("m-1", body="changed", original=original)]) == [conflict]
    (kept,) = log.dead_letters()
    assert kept.letter == DeadLetter(
        original, "idempotency_conflict", conflict.text, START, MessageKey(MES, "m-1")
    )


def test_a_conflict_inside_one_batch_is_found(log: EventLog) -> None:
    assert kinds(log, added("m-1"), added("m-1", body="changed")) == ["recorded", "conflict"]


def test_a_refused_request_is_remembered(log: EventLog) -> None:
    refusal = ("gate_open", "phase weld waits for the review")
    (refused,) = log.append([message("m-1", refusal=refusal)])
    assert refused == Outcome("refused", code=refusal[0], text=refusal[1])
    (again,) = log.append([message("m-1", refusal=("other", "another sentence"))])
    assert again == Outcome("refused", code=refusal[0], text=refusal[1], repeated=True)
    assert log.head() == 0


def test_a_request_that_changed_nothing_is_remembered(log: EventLog) -> None:
    assert log.append([message("m-1")]) == [Outcome("recorded")]
    assert log.append([message("m-1")]) == [Outcome("recorded", repeated=True)]


def test_answers_tell_digest_and_first_answer(log: EventLog) -> None:
    log.append([added("m-1"), message("m-2", refusal=("gate_open", "no"))])
    unknown, first, second = (MessageKey(MES, name) for name in ("m-0", "m-1", "m-2"))
    assert log.answers([unknown, first, second]) == {
        first: (digest("m-1"), Outcome("recorded", 1, 1, {"part-1": 1}, repeated=True)),
        second: (digest("m-2"), Outcome("refused", code="gate_open", text="no", repeated=True)),
    }


def test_the_same_id_of_another_source_is_another_message(log: EventLog) -> None:
    log.append([added("m-1")])
    elsewhere = Submission(
        MessageKey("erp", "m-1"), digest("x"), START, (proposed("part-1", PartCounted(count=1)),)
    )
    assert kinds(log, elsewhere) == ["recorded"]


# Versions


def test_a_stale_message_writes_nothing_and_fails_no_neighbour(log: EventLog) -> None:
    log.append([added("m-1"), added("m-2", stream="part-2")])
    outcomes = log.append(
        [
            message("m-3", PartCounted(count=1), expected={"part-1": 1}),
            message("m-4", PartCounted(count=2), expected={"part-1": 1}),
            message("m-5", PartCounted(count=3), stream="part-2", expected={"part-2": 1}),
        ]
    )
    assert [outcome.kind for outcome in outcomes] == ["recorded", "stale", "recorded"]
    assert outcomes[1] == Outcome("stale", versions={"part-1": 2})
    assert MessageKey(MES, "m-4") not in log.answers([MessageKey(MES, "m-4")])
    assert kinds(log, message("m-4", PartCounted(count=2), expected={"part-1": 2})) == ["recorded"]
    assert events(log) == ["part-1:1", "part-2:1", "part-1:2", "part-2:2", "part-1:3"]


def test_a_stream_that_was_only_read_is_checked_too(log: EventLog) -> None:
    log.append([added("m-1"), added("m-2", stream="part-2")])
    moved = message("m-3", PartCounted(count=1), stream="part-2", expected={"part-1": 0})
    assert log.append([moved]) == [Outcome("stale", versions={"part-1": 1})]


def test_a_refusal_decided_on_a_state_that_has_moved_is_stale(log: EventLog) -> None:
    log.append([added("m-1")])
    refused = message("m-2", refusal=("gate_open", "no"), expected={"part-1": 0})
    assert kinds(log, refused) == ["stale"]


def test_a_stream_expected_not_to_exist_must_not_exist(log: EventLog) -> None:
    assert kinds(log, added("m-1", expected={"part-1": 0})) == ["recorded"]
    assert kinds(log, added("m-2", expected={"part-1": 0})) == ["stale"]


def test_a_version_ahead_of_the_stream_is_stale(log: EventLog) -> None:
    """It was decided on a state that never came to be."""
    log.append([added("m-1")])
    ahead = message("m-2", PartCounted(count=1), expected={"part-1": 3})
    assert log.append([ahead]) == [Outcome("stale", versions={"part-1": 1})]


def test_another_process_moves_a_stream(log: EventLog, other: EventLog) -> None:
    log.append([added("m-1")])
    other.append([message("m-2", PartCounted(count=1), expected={"part-1": 1})])
    late = message("m-3", PartCounted(count=2), expected={"part-1": 1})
    assert log.append([late]) == [Outcome("stale", versions={"part-1": 2})]
    other.append([message("m-4", PartCounted(count=3))])
    assert kinds(log, message("m-3", PartCounted(count=2), expected={"part-1": 3})) == ["recorded"]
    assert log.append([counted("m-5")])[0].versions == {"part-1": 5}


# Time


def test_recorded_at_never_falls_below_the_last(log: EventLog, other: EventLog) -> None:
    log.append([added("m-1", recorded_at=at(10))])
    log.append([message("m-2", PartCounted(count=1), recorded_at=at(5), effective_at=at(3))])
    other.append([message("m-3", PartCounted(count=2), recorded_at=at(20))])
    log.append([message("m-4", PartCounted(count=3), recorded_at=at(15))])
    read = log.read(0, 10)
    assert [one.recorded_at for one in read] == [at(10), at(10), at(20), at(20)]
    assert read[1].effective_at == at(3)


def test_the_position_at_a_moment_is_the_last_recorded_by_then(log: EventLog) -> None:
    for number in range(10):
        log.append([message(f"m-{number}", PartAdded(), recorded_at=at(number - number % 2))])
    positions = [one.position for one in log.read(0, 100)]
    assert log.position_at(at(-1)) == 0
    assert log.position_at(at(0)) == positions[1]
    assert log.position_at(at(3.99)) == positions[3]
    assert log.position_at(at(4)) == positions[5]
    assert log.position_at(at(99)) == positions[9]


def test_a_reader_is_told_how_many_positions_it_is_behind_and_for_how_long(log: EventLog) -> None:
    assert log.lag(0, at(1)) == Lag(0, 0.0)
    for number in range(3):
        log.append([message(f"m-{number}", PartAdded(), recorded_at=at(number))])
    first, second, third = [one.position for one in log.read(0, 10)]
    assert log.lag(0, at(3)) == Lag(third, 180.0)
    assert log.lag(first, at(3)) == Lag(third - first, 120.0)
    assert log.lag(second, at(2.5)) == Lag(third - second, 30.0)
    assert log.lag(third, at(99)) == Lag(0, 0.0)
    assert log.lag(second, at(0)) == Lag(third - second, 0.0)


def test_one_event_left_unread_too_long_shows_a_stuck_reader(log: EventLog) -> None:
    log.append([message("m-1", PartAdded(), recorded_at=at(0))])
    just_then = at(0) + timedelta(seconds=STUCK_S)
    assert not log.lag(0, just_then).is_stuck
    assert log.lag(0, just_then + timedelta(microseconds=1)).is_stuck
    assert not log.lag(log.head(), at(10_000)).is_stuck


# Bytes


@pytest.mark.parametrize(
    "body",
    [
        {"_type_": "evil", "_data_": 1},
        {"_type_": "decimal_str", "_data_": "1E+999999999"},
        {"nested": [{"_type_": "datetime_iso", "_data_": "2026-01-01"}]},
        ["\u2028", "\ufeff", "😀", '\\u0000 as text, and "quotes"'],
        {"none": None, "deep": {"also": None}},
    ],
)
def test_a_payload_is_kept_exactly_whatever_it_looks_like(log: EventLog, body: Any) -> None:  # noqa: ANN401
    log.append([message("m-1", Opaque(body=body))])
    (recorded,) = log.read(0, 1)
    assert recorded.event == Opaque(body=body)


@pytest.mark.parametrize(
    "event",
    [
        Measured(value=float("nan")),
        Measured(value=float("inf")),
        Opaque(body="\ud800"),
        Opaque(body={1: "a key that is no text"}),
        Opaque(body=(1, 2)),
        Opaque(body=START),
        Opaque(body="NUL \x00"),
        Opaque(body={"\\\x00": 1}),
        UNCHECKED,
    ],
    ids=repr,
)
def test_what_would_not_read_back_the_same_is_refused(log: EventLog, event: Any) -> None:  # noqa: ANN401
    with pytest.raises(Unreadable):
        log.append([added("m-1"), message("m-2", event)])
    assert log.head() == 0
    assert log.answers([MessageKey(MES, "m-1")]) == {}


def test_an_event_that_is_in_no_catalogue_is_refused(log: EventLog) -> None:
    class Unnamed(PartAdded):
        type_name = "unnamed.v1"

    class Borrowed(PartAdded):
        pass

    for stranger in (Unnamed(), Borrowed()):
        with pytest.raises(Unreadable, match="is not the catalogue's name"):
            log.append([message("m-1", stranger)])


# Waiting


def test_a_reader_does_not_wait_for_what_is_there(log: EventLog) -> None:
    log.append([added("m-1")])
    assert log.wait(0, 5.0) is True
    assert log.wait(1, 0.0) is False


def test_a_log_is_opened_again_with_all_it_had(address: str | Tables, log: EventLog) -> None:
    log.append([added("m-1"), counted("x", stream="part-2")], tracked=[Tracked("c", 1)])
    log.close()
    again = opened_at(address, create_tables=False)
    assert events(again) == ["part-1:1"]
    assert again.tracked("") == {"c": 1}
    assert kinds(again, added("m-1"), added("m-2", stream="part-2")) == ["recorded", "recorded"]
    assert again.parked() == []
    again.close()
