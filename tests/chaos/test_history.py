"""Show that the checker of histories sees what it is for: each fault is planted and reported."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.history import (
    Entry,
    History,
    Identity,
    Letter,
    Published,
    Report,
    Stored,
    check,
    check_outbox,
    check_topic_order,
    digest_of_body,
    read_history,
)

MES: Final = "/mes"


def body(number: int) -> str:
    return digest_of_body("phase-P/weld", "phase.interrupted.v1", {"stop_code": str(number)})


def tries(number: int, *endings: str, says: int | None = None) -> list[Entry]:
    """Return the entries of one message, each ending with its invoke before it."""
    entries = []
    for nth, ending in enumerate(endings):
        at = number * 1_000 + nth * 10
        said = body(number if says is None else says)
        entries.append(Entry(at, "a", "invoke", MES, str(number), "P", said))
        if ending == "ok":
            entries.append(Entry(at + 1, "a", "ok", MES, str(number), "P", said, number))
        elif ending == "fail":
            entries.append(Entry(at + 1, "a", "fail", MES, str(number), "P", said))
        elif ending == "info":
            entries.append(Entry(at + 1, "a", "info", MES, str(number), "P", said))
    return entries


def event(number: int, position: int | None = None, says: int | None = None) -> Stored:
    said = body(number if says is None else says)
    return Stored(position or number, MES, str(number), "P", said, f"phase-P/weld:{number}")


HISTORY: Final = [
    *tries(1, "ok"),
    *tries(2, "info", "ok"),
    *tries(3, "ok", "ok"),
    *tries(4, "info"),
    *tries(5, "killed"),
    *tries(6, "fail"),
    *tries(7, "ok"),
]
LOG: Final = [event(1), event(2), event(3), event(5), event(7)]


def test_a_log_that_keeps_every_promise_has_no_fault() -> None:
    report = check(HISTORY, LOG)
    assert report == Report(acknowledged=4, unknown=2, refused=1)


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param([*LOG[:3], event(4), *LOG[3:]], id="an-unknown-one-is-there"),
        pytest.param([*LOG[:3], *LOG[4:]], id="one-without-an-answer-is-not"),
        pytest.param(LOG, id="as-it-was"),
    ],
)
def test_a_message_of_which_nobody_knows_may_be_there_or_not(stored: list[Stored]) -> None:
    assert check(HISTORY, stored).faults == []


def test_what_others_wrote_is_no_client_s() -> None:
    stored = [*LOG, Stored(8, "takt/clock", "t", "clock", "")]
    assert check(HISTORY, stored, others=frozenset({"takt/clock"})).faults == []
    assert "events that nobody sent" in check(HISTORY, stored).faults[0]


Planted = Callable[[list[Stored]], list[Stored]]
PLANTED: Final[dict[str, tuple[Planted, str]]] = {
    "lost": (lambda log: log[1:], "acknowledged messages are lost"),
    "doubled": (lambda log: [*log, event(7, 8)], "messages count twice"),
    "moved": (lambda log: [*log[:-1], event(7, 9)], "are not where they were acknowledged"),
    "descending": (lambda log: [log[1], log[0], *log[2:]], "positions that do not ascend"),
    "repeated position": (lambda log: [log[0], *log], "positions that do not ascend"),
    "changed": (lambda log: [event(1, says=99), *log[1:]], "events do not say what was sent"),
    "refused": (
        lambda log: [*log[:4], event(6), log[4]],
        "refused messages had an effect",
    ),
    "from nowhere": (lambda log: [*log, event(8)], "events that nobody sent"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_reported(name: str) -> None:
    plant, sentence = PLANTED[name]
    report = check(HISTORY, plant(list(LOG)))
    assert any(sentence in fault for fault in report.faults), report.faults


def test_lost_and_doubled_are_counted() -> None:
    report = check(HISTORY, [*LOG[2:], event(7, 8), event(3, 9)])
    assert (report.lost, report.doubled) == (2, 2)


def test_two_that_were_sent_one_after_the_other_may_not_be_swapped() -> None:
    """The unknown one began after the first was acknowledged, and lies before it."""
    history = [*tries(2, "ok"), *tries(5, "info")]
    found = check(history, [event(5, 1), event(2)]).faults
    assert ["lie before what was acknowledged earlier" in fault for fault in found] == [True]


def test_two_that_were_under_way_together_may_lie_either_way() -> None:
    history = sorted(
        [*tries(2, "ok"), Entry(1, "b", "invoke", MES, "5", "P", body(5))],
        key=lambda entry: entry.at_ns,
    )
    assert check(history, [event(5, 1), event(2)]).faults == []


def test_the_other_body_of_a_known_id_must_not_be_the_one_that_counts() -> None:
    history = [*tries(1, "ok"), *tries(1, "fail", says=2)]
    assert check(history, [event(1)]).faults == []
    assert "events do not say what was sent" in check(history, [event(1, says=2)]).faults[0]


def aside(fate: str) -> list[Entry]:
    entry = tries(1, "ok")[1]
    assert fate in {"dead", "parked"}
    return [
        tries(1, "killed")[0],
        Entry(entry.at_ns, "a", "ok", MES, "1", "P", body(1), 0, "dead")
        if fate == "dead"
        else Entry(entry.at_ns, "a", "ok", MES, "1", "P", body(1), 0, "parked"),
    ]


def test_what_must_be_set_aside_lies_among_the_letters_once() -> None:
    letter = Letter(MES, "1")
    assert check(aside("dead"), [], letters=[letter]).faults == []
    assert check(aside("dead"), []).lost == 1
    assert check(aside("dead"), [], letters=[letter] * 2).lost == 1
    both = check(aside("dead"), [event(1)], letters=[letter])
    assert "both set aside and counted" in both.faults[0]


def test_what_was_parked_waits_or_is_recorded() -> None:
    assert check(aside("parked"), [], waiting=[Letter(MES, "1")]).faults == []
    assert check(aside("parked"), [event(1)]).faults == []
    assert check(aside("parked"), []).lost == 1
    recorded = check(tries(1, "ok"), [], waiting=[Letter(MES, "1")])
    assert "wait though they were said to be recorded" in recorded.faults[0]


def test_each_key_keeps_the_order_of_its_topic() -> None:
    names = [Identity(MES, str(number)) for number in (1, 2, 3)]
    stored = [event(1), event(2), event(3)]
    in_order = [("P", names[0]), ("Q", names[2]), ("P", names[1]), ("P", names[0])]
    assert check_topic_order(in_order, stored).faults == []
    swapped = check_topic_order([("P", names[1]), ("P", names[0])], stored)
    assert "before what stood before them" in swapped.faults[0]


def record(number: int, key: str = "P", position: int | None = None) -> Published:
    return Published(key, f"phase-P/weld:{number}", position or number)


OUTBOX: Final = [record(number) for number in (1, 2, 3, 5, 7)]


def test_an_outbox_may_repeat_what_it_published() -> None:
    assert check_outbox([*OUTBOX[:3], *OUTBOX], LOG, 7).faults == []
    assert check_outbox(OUTBOX[:3], LOG, 3).faults == []


@pytest.mark.parametrize(
    ("published", "sentence"),
    [
        pytest.param(OUTBOX[1:], "positions were never published", id="lost"),
        pytest.param([OUTBOX[1], OUTBOX[0], *OUTBOX[2:]], "published out of order", id="swapped"),
        pytest.param([*OUTBOX, record(7, position=8)], "not what the log has", id="other-position"),
        pytest.param([*OUTBOX, record(8, position=7)], "not what the log has", id="other-id"),
        pytest.param([*OUTBOX, record(7, "Q")], "have two keys", id="other-key"),
    ],
)
def test_a_fault_of_the_outbox_is_reported(published: list[Published], sentence: str) -> None:
    faults = check_outbox(published, LOG, 7).faults
    assert any(sentence in fault for fault in faults), faults


def test_what_was_written_down_is_read_back_without_the_line_that_a_kill_tore(
    tmp_path: Path,
) -> None:
    with History(tmp_path / "one") as one, History(tmp_path / "two") as two:
        first = one.invoke("a", Identity(MES, "1"), "P", body(1))
        second = two.invoke("b", Identity(MES, "2"), "P", body(2))
        third = one.ended(first, "ok", 1)
    with (tmp_path / "two").open("a") as torn:
        torn.write('{"at_ns": 1, "cli')
    assert read_history(tmp_path / "one", tmp_path / "two") == [first, second, third]
    with History(tmp_path / "two") as next_one:
        fourth = next_one.ended(second, "ok", 2)
    assert read_history(tmp_path / "one", tmp_path / "two") == [first, second, third, fourth]
