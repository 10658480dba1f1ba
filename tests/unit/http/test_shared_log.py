"""Messages kept once for all, bounded, and handed on from any place they still reach back to."""

import json

from consumers.http.row_events import Interest, Message
from consumers.http.shared_log import ROW_BYTES, RUN_BYTES_MAX, SharedLog
from projections.contract import Change

ALL = Interest(frozenset({"schedule"}), None, None)
OTHER = Interest(frozenset({"schedule"}), "PRJ-8", None)


def message(position: int, text: str = "", project: str = "PRJ-7") -> Message:
    row = {"text": text}
    return Message(position, [Change("schedule", project, "weld", row, position)])


def ids(log: SharedLog, interest: Interest, position: int) -> list[int]:
    """Return the ids that a subscriber is sent from a place on, run after run."""
    found: list[int] = []
    while position < log.end:
        run = log.run(interest, position)
        assert run.position > position
        lines = run.chunk.decode().split("\n")
        found += [int(line[4:]) for line in lines if line.startswith("id: ")]
        position = run.position
    return found


def test_a_run_goes_from_a_place_to_the_end() -> None:
    log = SharedLog(0, messages_max=10, bytes_max=1_000_000)
    log.extend([message(2), message(3)], 3)
    log.extend([message(5)], 7)
    assert [ids(log, ALL, place) for place in (0, 2, 3, 5, 7)] == [[2, 3, 5], [3, 5], [5], [], []]
    assert log.run(ALL, 5).position == 7


def test_a_run_is_made_once_for_all_at_the_same_place() -> None:
    log = SharedLog(0, messages_max=10, bytes_max=1_000_000)
    log.extend([message(1)], 1)
    first = log.run(ALL, 0)
    assert log.run(Interest(frozenset({"schedule"}), None, None), 0) is first
    log.extend([message(2)], 2)
    assert log.run(ALL, 0) is not first


def test_a_run_is_one_chunk_of_whole_events() -> None:
    log = SharedLog(0, messages_max=10, bytes_max=1_000_000)
    log.extend([message(1, "ü")], 1)
    size, _, rest = log.run(ALL, 0).chunk.partition(b"\r\n")
    event = rest[:-2].decode()
    assert (len(rest) - 2, rest[-2:]) == (int(size, 16), b"\r\n")
    assert event.startswith("event: change\nid: 1\ndata: ")
    assert json.loads(event.partition("data: ")[2])["rows"][0]["row"] == {"text": "ü"}


def test_what_does_not_concern_a_subscriber_moves_its_place_only() -> None:
    log = SharedLog(0, messages_max=10, bytes_max=1_000_000)
    log.extend([message(1), message(2, project="PRJ-8")], 3)
    assert ids(log, OTHER, 0) == [2]
    run = log.run(OTHER, 2)
    assert (run.chunk, run.position, run.last_id) == (b"", 3, None)


def test_a_long_way_is_gone_in_runs_of_bounded_size() -> None:
    log = SharedLog(0, messages_max=100, bytes_max=100_000_000)
    text = "x" * (RUN_BYTES_MAX // 4)
    log.extend([message(position, text) for position in range(1, 12)], 11)
    assert ids(log, ALL, 0) == list(range(1, 12))
    assert max(len(log.run(ALL, place).chunk) for place in range(11)) <= RUN_BYTES_MAX + 100


def test_old_messages_go_by_count_and_who_needs_them_is_told() -> None:
    log = SharedLog(0, messages_max=3, bytes_max=1_000_000)
    for position in range(1, 6):
        log.extend([message(position)], position)
    assert [log.holds(place) for place in range(6)] == [False, False, True, True, True, True]
    assert ids(log, ALL, 2) == [3, 4, 5]


def test_old_messages_go_by_size() -> None:
    log = SharedLog(0, messages_max=1_000, bytes_max=5 * ROW_BYTES)
    for position in range(1, 20):
        log.extend([message(position)], position)
        assert log.bytes_kept <= 5 * ROW_BYTES
    assert log.begin == 14


def test_the_newest_batch_stays_however_large_it_is() -> None:
    log = SharedLog(0, messages_max=3, bytes_max=ROW_BYTES)
    log.extend([message(1)], 1)
    log.extend([message(position) for position in range(2, 12)], 11)
    assert not log.holds(0)
    assert ids(log, ALL, 1) == list(range(2, 12))
