"""A file of events is taken in line by line, and every line is accounted for."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from consumers.gateways.event_file import Report, Row, import_events, lines_of
from consumers.strict_json import MIB
from domain.log.port import EventLog
from tests.bad_inputs.cases import written
from tests.bad_inputs.edges import DOOR, MES, clock, log_that_knows_one_phase


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    opened = log_that_knows_one_phase(tmp_path)
    yield opened
    opened.close()


def imported(log: EventLog, content: bytes, name: str = "plant.jsonl") -> Report:
    return import_events(
        lines_of(io.BytesIO(content)),
        name=name,
        event_log=log,
        door=DOOR,
        principal=MES,
        clock=clock,
    )


GOOD = b"\n".join(written(f"m-{number}") for number in range(3)) + b"\n"


def test_every_line_of_a_mixed_file_is_accounted_for(log: EventLog) -> None:
    lines = [
        written("a"),
        b"{broken",
        written("b", subject="phase-PRJ-7/later"),
        written("a"),
        written("a", time="2026-03-02T06:00:00Z"),
        written("c", data={"at": "noon", "stop_code": "x"}),
        written("d", time="2027-01-01T00:00:00Z"),
        written("e"),
    ]
    assert imported(log, b"\n".join(lines)) == Report(
        recorded=2,
        repeated=1,
        parked=1,
        refused=3,
        conflicts=1,
        rows=[
            Row(
                2,
                "malformed",
                "",
                "this is no JSON: Expecting property name enclosed in double quotes "
                "at line 1, column 2",
            ),
            Row(
                5,
                "idempotency_conflict",
                "/id",
                "message a of /acme/berlin/hall-1 is known with another body",
            ),
            Row(
                6,
                "malformed",
                "/data/at",
                "write the time as RFC 3339 with an offset, e.g. 2026-03-02T08:00:00+01:00",
            ),
            Row(
                7,
                "malformed",
                "/time",
                "time lies in the future: check the clock of the source, then send it again",
            ),
        ],
    )
    assert [kept.letter.code for kept in log.dead_letters()] == [
        "idempotency_conflict",
        "malformed",
    ]


def test_the_same_file_again_is_all_repeats(log: EventLog) -> None:
    first = imported(log, GOOD)
    head = log.head()
    assert (first, first.clean) == (Report(recorded=3), True)
    assert imported(log, GOOD, "copy.jsonl") == Report(repeated=3)
    assert log.head() == head


def test_a_file_cut_in_the_middle_is_finished_by_importing_it_again(log: EventLog) -> None:
    assert imported(log, GOOD[: len(GOOD) // 2]) == Report(
        recorded=1, refused=1, rows=imported(log, GOOD[: len(GOOD) // 2]).rows
    )
    assert imported(log, GOOD) == Report(recorded=2, repeated=1)


def test_line_ends_of_other_systems_are_white_space(log: EventLog) -> None:
    assert imported(log, GOOD.replace(b"\n", b"\r\n")) == Report(recorded=3)


def test_a_last_line_without_an_end_is_a_line_and_an_empty_file_has_none(log: EventLog) -> None:
    assert imported(log, GOOD.rstrip(b"\n")).lines == 3
    assert imported(log, b"") == Report()


def test_an_empty_line_is_reported(log: EventLog) -> None:
    report = imported(log, written("a") + b"\n\n" + written("b"))
    assert (report.recorded, report.refused, report.rows[0].line) == (2, 1, 2)
    assert not report.clean


def test_a_line_longer_than_a_message_is_refused_and_the_next_one_read(log: EventLog) -> None:
    fitting = written("fits") + b" " * (MIB - len(written("fits")))
    long = b'{"x":"' + b"y" * (3 * MIB) + b'"}'
    report = imported(log, b"\n".join([fitting, fitting + b" ", long, written("next")]))
    assert (report.recorded, report.repeated, report.refused) == (2, 0, 2)
    assert [(row.line, row.text[:26]) for row in report.rows] == [
        (2, "at most 1048576 bytes are "),
        (3, "at most 1048576 bytes are "),
    ]


def test_a_long_file_is_taken_in_batch_by_batch(log: EventLog) -> None:
    content = b"\n".join(written(f"m-{number}") for number in range(1_203))
    assert imported(log, content) == Report(recorded=1_203)
    assert len(log.read(1, 10_000)) == 1_203


def test_rows_beyond_a_bound_are_counted_only(log: EventLog) -> None:
    report = imported(log, b"x\n" * 10_050)
    assert (report.refused, len(report.rows)) == (10_050, 10_000)
