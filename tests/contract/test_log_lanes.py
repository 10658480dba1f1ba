"""What every backend promises of what is no event yet: lanes, dead letters, source positions."""

import pytest

from domain.log.port import (
    DeadLetter,
    EventLog,
    Fenced,
    MessageKey,
    Original,
    Outcome,
    Tracked,
)
from tests.contract.logs import append, events, kinds
from tests.unit.log.samples import (
    MES,
    START,
    KitAdded,
    PartAdded,
    PartCounted,
    added,
    at,
    counted,
    message,
    record,
)

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
