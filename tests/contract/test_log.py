"""What every backend promises as the event log, the one in memory included."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from domain.log.open_log import open_log
from domain.log.port import (
    STUCK_S,
    DeadLetter,
    EventLog,
    Fenced,
    Lag,
    MessageKey,
    Original,
    Outcome,
    Proposed,
    Submission,
    Tracked,
    Unreadable,
)
from tests.simulation.memory_log import MemoryLog, Tables
from tests.unit.log.samples import (
    MES,
    REGISTRY,
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
BACKENDS = ("memory", "sqlite", pytest.param("postgres", marks=pytest.mark.integration))


@pytest.fixture(params=BACKENDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str | Tables:
    if request.param == "memory":
        return Tables()
    if request.param == "sqlite":
        return str(tmp_path / "takt.db")
    return str(request.getfixturevalue("pg_url"))


def opened_at(address: str | Tables, *, create_tables: bool = True) -> EventLog:
    """Return the log as one process opens it."""
    if isinstance(address, Tables):
        return MemoryLog(address, REGISTRY)
    return open_log(address, registry=REGISTRY, create_tables=create_tables)


@pytest.fixture
def log(address: str | Tables) -> Iterator[EventLog]:
    opened = opened_at(address)
    yield opened
    opened.close()


@pytest.fixture
def other(address: str | Tables, log: EventLog) -> Iterator[EventLog]:
    """Another process on the same database."""
    del log
    opened = opened_at(address)
    yield opened
    opened.close()


def append(log: EventLog, *items: Submission | DeadLetter, **options: Any) -> list[Outcome]:  # noqa: ANN401
    return list(log.append(items, **options))


def kinds(log: EventLog, *items: Submission | DeadLetter) -> list[str]:
    return [outcome.kind for outcome in log.append(items)]


def events(log: EventLog) -> list[str]:
    return [recorded.event_id for recorded in log.read(0, 1000)]


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


# Dead letters


def test_a_dead_letter_is_kept_with_its_bytes_and_twice_is_once(log: EventLog) -> None:
    letter = DeadLetter(record("parts/0/7", b"\x00\xff"), "malformed", "not JSON", at(1))
    assert append(log, letter, letter) == [
        Outcome("dead", code="malformed", text="not JSON"),
        Outcome("dead", code="malformed", text="not JSON", repeated=True),
    ]
    assert append(log, letter)[0].repeated
    (kept,) = log.dead_letters()
    assert (kept.letter, kept.redriven_at) == (letter, None)


def test_dead_letters_are_listed_by_id_and_marked_when_redriven(log: EventLog) -> None:
    letters = [DeadLetter(record(f"p/0/{n}"), "malformed", "no", START) for n in range(3)]
    log.append([*letters, DeadLetter(Original("http", "p/0/0", None), "malformed", "no", START)])
    first, second, *_ = log.dead_letters()
    assert len(log.dead_letters()) == 4
    assert [kept.letter for kept in log.dead_letters(first.id, 2)] == letters[1:]
    assert log.mark_redriven(second.id, at(9)) is True
    assert log.mark_redriven(99, at(9)) is False
    assert [kept.redriven_at for kept in log.dead_letters()] == [None, at(9), None, None]


# Source positions


def test_source_positions_commit_with_their_items(log: EventLog) -> None:
    log.append([added("m-1")], tracked=[Tracked("c/parts/0", 4), Tracked("c/parts/1", 0)])
    log.append([], tracked=[Tracked("d/parts/0", 9)])
    log.append([counted("m-2")], tracked=[Tracked("c/parts/0", 7)])
    assert log.tracked("c/") == {"c/parts/0": 7, "c/parts/1": 0}
    assert log.tracked("") == {"c/parts/0": 7, "c/parts/1": 0, "d/parts/0": 9}


@pytest.mark.parametrize("offset", [3, 4])
def test_a_position_that_is_not_above_the_stored_one_refuses_the_whole_call(
    log: EventLog, other: EventLog, offset: int
) -> None:
    log.append([added("m-1")], tracked=[Tracked("c/parts/0", 4)])
    for process in (log, other):
        with pytest.raises(Fenced, match="c/parts/0"):
            process.append(
                [counted("m-2"), DeadLetter(record("p/0/1"), "malformed", "no", START)],
                tracked=[Tracked("c/parts/1", 1), Tracked("c/parts/0", offset)],
            )
    assert log.tracked("c/") == {"c/parts/0": 4}
    assert log.head() == 1
    assert log.dead_letters() == []


# Lanes


def test_a_fact_about_something_unknown_waits_and_is_recorded_after_it(log: EventLog) -> None:
    original = record("parts/0/1")
    (parked,) = log.append([counted("m-1", original=original, recorded_at=at(1))])
    assert parked == Outcome("parked")
    assert log.append([counted("m-1")]) == [Outcome("parked", repeated=True)]
    (waiting,) = log.parked()
    assert (waiting.lane, waiting.key.id, waiting.type_name) == ("part-1", "m-1", "part.counted.v2")
    assert (waiting.parked_at, waiting.original) == (at(1), original)
    assert log.head() == 0
    (introduced,) = log.append([added("m-2", recorded_at=at(2))])
    assert introduced.versions == {"part-1": 1}
    released = log.read_stream("part-1")[-1]
    assert (released.version, released.event) == (2, PartCounted(count=1))
    assert released.recorded_at == at(2)
    assert released.envelope.message_id == "m-1"
    assert log.append([counted("m-1")]) == [
        Outcome("recorded", released.position, released.position, {"part-1": 2}, repeated=True)
    ]
    assert log.parked() == []


def test_a_lane_is_released_in_the_order_of_arrival(log: EventLog) -> None:
    log.append([counted("m-1", 1), counted("x", 9, stream="part-2"), counted("m-2", 2)])
    log.append([counted("m-3", 3)])
    assert [fact.key.id for fact in log.parked()] == ["m-1", "x", "m-2", "m-3"]
    log.append([added("add"), counted("m-4", 4)])
    assert [recorded.event.count for recorded in log.read_stream("part-1", after_version=1)] == [
        1,
        2,
        3,
        4,
    ]
    assert [fact.key.id for fact in log.parked()] == ["x"]


def test_a_fact_and_what_it_waits_for_in_one_batch_are_both_recorded(log: EventLog) -> None:
    fact, introduced = log.append([counted("m-1"), added("m-2")])
    assert fact == Outcome("recorded", introduced.position + 1, introduced.position + 1,
                           {"part-1": 2})  # fmt: skip
    assert events(log) == ["part-1:1", "part-1:2"]
    assert log.parked() == []


def test_a_fact_that_introduces_its_own_subject_does_not_wait(log: EventLog) -> None:
    (outcome,) = log.append([message("m-1", PartAdded(), PartCounted(count=1), parks=True)])
    assert outcome.kind == "recorded"


def test_one_event_releases_every_lane_it_introduces(log: EventLog) -> None:
    log.append([counted("m-1", 1), counted("m-2", 2, stream="part-2")])
    log.append([message("m-3", KitAdded(parts=("2", "1")), stream="kit-1")])
    assert events(log) == ["kit-1:1", "part-2:1", "part-1:1"]


def test_what_was_released_may_release_others(log: EventLog) -> None:
    log.append([counted("m-1", stream="part-9")])
    log.append([message("m-2", KitAdded(parts=("9",)), stream="part-1", parks=True)])
    assert log.head() == 0
    log.append([added("m-3")])
    assert events(log) == ["part-1:1", "part-1:2", "part-9:1"]
    assert log.parked() == []


def test_a_request_about_something_unknown_does_not_wait(log: EventLog) -> None:
    assert kinds(log, message("m-1", PartCounted(count=1))) == ["recorded"]


def test_a_fact_that_names_no_project_takes_that_of_its_subject(
    log: EventLog, other: EventLog
) -> None:
    log.append([counted("early")])
    log.append([added("add", project_id="PRJ-7"), counted("beside")])
    other.append([counted("late")])
    found = log.read_project("PRJ-7", 0, log.head(), 10)
    assert [recorded.event_id for recorded in found] == [f"part-1:{n}" for n in range(1, 5)]
    assert [recorded.project_id for recorded in found] == ["PRJ-7"] * 4
    assert [recorded.envelope.message_id for recorded in found] == [
        "add",
        "early",
        "beside",
        "late",
    ]


def test_a_fact_that_names_a_project_keeps_it(log: EventLog) -> None:
    log.append([added("add", project_id="PRJ-7"), counted("m-1", project_id="PRJ-8")])
    assert [recorded.project_id for recorded in log.read_stream("part-1")] == ["PRJ-7", "PRJ-8"]


def test_a_subject_of_no_project_gives_none(log: EventLog) -> None:
    log.append([added("add", project_id=None), counted("m-1", project_id=None)])
    assert [recorded.project_id for recorded in log.read_stream("part-1")] == [None, None]


def test_a_subject_stays_known(log: EventLog, other: EventLog) -> None:
    log.append([added("m-1")])
    assert kinds(other, counted("m-2")) == ["recorded"]
    assert kinds(log, added("m-3"), counted("m-4")) == ["recorded", "recorded"]


def test_what_waited_too_long_becomes_a_dead_letter_and_may_be_redriven(log: EventLog) -> None:
    original = record("parts/0/1", b"raw")
    log.append([counted("m-1", original=original, recorded_at=at(0))])
    log.append([counted("m-2", recorded_at=at(60))])
    assert log.expire_lanes(at(60), at(61)) == 1
    assert log.expire_lanes(at(60), at(61)) == 0
    (kept,) = log.dead_letters()
    assert (kept.letter.code, kept.letter.original) == ("subject_unknown", original)
    assert (kept.letter.key, kept.letter.received_at) == (MessageKey(MES, "m-1"), at(61))
    assert [fact.key.id for fact in log.parked()] == ["m-2"]
    log.append([added("add")])
    assert kinds(log, counted("m-1", 7, body="edited")) == ["recorded"]
    assert [one.event.count for one in log.read_stream("part-1", 1)] == [1, 7]


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
