"""Take facts in from a file of CloudEvents, one JSON object a line, and say what became of each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import BinaryIO, Final, NamedTuple

from consumers.intake import ClockAhead, FactDoor, dead_letter, judge_fact
from consumers.kafka.json_format import read_event
from consumers.strict_json import MESSAGE_LIMITS
from domain.kernel.messages import Principal
from domain.kernel.refusals import DomainError
from domain.log.port import DeadLetter, EventLog, MessageKey, Original, Outcome, Submission

BATCH_MAX: Final = 500
ROWS_MAX: Final = 10_000
"""So many rows are listed; what goes beyond is only counted."""


class Row(NamedTuple):
    """What is wrong with one line: its number from 1, the code, the place in it, the sentence."""

    line: int
    code: str
    pointer: str
    text: str


@dataclass(slots=True)
class Report:
    """What became of the lines of a file."""

    recorded: int = 0
    repeated: int = 0
    parked: int = 0
    refused: int = 0
    conflicts: int = 0
    """Lines whose id is known with another body; what was recorded first stays."""
    rows: list[Row] = field(default_factory=list)

    @property
    def lines(self) -> int:
        return self.recorded + self.repeated + self.parked + self.refused + self.conflicts

    @property
    def clean(self) -> bool:
        """Tell whether every line was taken in, now or before."""
        return self.refused == self.conflicts == 0


class _Judged(NamedTuple):
    """A line as it goes into the log, or the row that says why it does not."""

    item: Submission | DeadLetter | None
    row: Row | None
    number: int


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a stream; one too long for a message is cut there, its rest skipped."""
    limit = MESSAGE_LIMITS.bytes_max + 1
    while line := stream.readline(limit + 1):
        if len(line) > limit and not line.endswith(b"\n"):
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(limit)
        yield line.removesuffix(b"\n")


def import_events(
    lines: Iterable[bytes],
    *,
    name: str,
    event_log: EventLog,
    door: FactDoor,
    principal: Principal,
    clock: Callable[[], datetime],
) -> Report:
    """Judge each line alone, append in batches, and return the report.

    `name` says in dead letters and parked facts where a message came from. A line that cannot be
    read is reported and keeps no other from being taken in. Raises LogUnavailable when the
    database is away: importing the file again takes in the rest and repeats nothing.
    """
    report = Report()
    numbered = enumerate(lines, start=1)
    while chunk := list(islice(numbered, BATCH_MAX)):
        received_at = clock()
        judged = [
            _judge(line, number, name, door, principal, received_at) for number, line in chunk
        ]
        items = [one.item for one in judged if one.item is not None]
        outcomes = iter(event_log.append(items) if items else ())
        for one in judged:
            _count(report, one, None if one.item is None else next(outcomes))
    return report


def _judge(
    line: bytes,
    number: int,
    name: str,
    door: FactDoor,
    principal: Principal,
    received_at: datetime,
) -> _Judged:
    # The digest tells the lines of one file from those of another under its name.
    place = f"{name}:{number}:{sha256(line).hexdigest()[:16]}"
    original = Original(channel="file", place=place, value=line)
    key = None
    try:
        event = read_event(line)
        key = MessageKey(event.source, event.id)
        submission = judge_fact(
            event, door=door, principal=principal, received_at=received_at, original=original
        )
    except DomainError as refusal:
        row = Row(number, refusal.code, getattr(refusal, "pointer", ""), str(refusal))
        kept = isinstance(refusal, ClockAhead)
        letter = dead_letter(refusal, original, received_at, key) if kept else None
        return _Judged(letter, row, number)
    return _Judged(submission, None, number)


def _count(report: Report, judged: _Judged, outcome: Outcome | None) -> None:
    row = judged.row
    if row is not None or outcome is None:
        report.refused += 1
    elif outcome.kind == "conflict":
        report.conflicts += 1
        row = Row(judged.number, outcome.code, "/id", outcome.text)
    elif outcome.repeated:
        report.repeated += 1
    elif outcome.kind == "parked":
        report.parked += 1
    else:
        report.recorded += 1
    if row is not None and len(report.rows) < ROWS_MAX:
        report.rows.append(row)
