"""Measure appending: many writers of one event each, and a hundred events a transaction."""

import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any, Final

import psycopg

from domain.log.port import Submission
from tests.benchmarks.messages import START, fact, introduce, judged
from tests.benchmarks.peers import save_plainly
from tests.benchmarks.rounds import in_threads, rates, ratio
from tests.benchmarks.same_work import noting_application, save_noted
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

WRITERS: Final = 32
ROUNDS: Final = 3
EACH: Final = 60
PLAIN_EACH: Final = 12
BATCH: Final = 100
BATCHES: Final = 30
RECEIVED: Final = START + timedelta(days=30)


def concurrent_writers(stores: Stores) -> Iterator[Row]:
    """32 writers of one event each through the whole path, against the library's own saves.

    Once against its plain save of a bare event, once against its pieces doing the same work: the
    same judgement, the same bytes, inbox and index in the same commit. Messages are made before
    the clock starts, as they are made elsewhere.
    """
    event_log, plain, noting = (
        stores.log(),
        stores.plain(),
        noting_application(stores.environment()),
    )
    introduce(event_log, projects=WRITERS, phases=50)
    ours_sent, theirs_sent = _messages(EACH), _messages(PLAIN_EACH)
    versions: dict[str, Iterator[int]] = defaultdict(partial(itertools.count, 1))

    def ours() -> int:
        sent = next(ours_sent)

        def write(writer: int) -> int:
            for raw in sent[writer]:
                (outcome,) = event_log.append([judged(raw, RECEIVED)])
                assert outcome.kind == "recorded", outcome
            return EACH

        return in_threads(WRITERS, write)

    def theirs() -> int:
        return in_threads(WRITERS, lambda _: save_plainly(plain, PLAIN_EACH))

    def their_same_work() -> int:
        sent = next(theirs_sent)

        def write(writer: int) -> int:
            for raw in sent[writer]:
                submission = judged(raw, RECEIVED)
                # Nobody else writes to a writer's streams, so it knows their versions.
                version = next(versions[submission.events[0].stream])
                save_noted(noting, submission, version)
            return PLAIN_EACH

        return in_threads(WRITERS, write)

    found = rates({"takt": ours, "library": theirs, "same": their_same_work}, ROUNDS)
    event_log.close()
    plain.close()
    noting.close()
    aims = (10, 15) if stores.name == "pg" else (3, 5)
    for peer, suffix, said, aim in (
        ("library", "", "library's plain save of a bare event", aims[0]),
        ("same", "_same", "library's pieces doing the same work", aims[1]),
    ):
        times = ratio(found["takt"], found[peer])
        yield Row(
            id=f"append_{stores.name}_32{suffix}",
            what="append, whole path, 32 writers of one event",
            value=median(found["takt"]),
            unit="events/s",
            against=f"{said}, {median(found[peer]):,.0f}/s",
            ratio=times,
            target=f"≥ {aim}",
            met=times >= aim,
        )


def _messages(each: int) -> Iterator[list[list[bytes]]]:
    """Make messages for one round after the other: each writer has streams of its own."""
    numbers = itertools.count()
    made = [
        [
            [fact(next(numbers), writer, place % 50) for place in range(each)]
            for writer in range(WRITERS)
        ]
        for _ in range(ROUNDS)
    ]
    return iter(made)


def batches_of_a_hundred(stores: Stores) -> Row:
    """100 typed events a transaction, encoded and proved readable, against raw writes."""
    event_log = stores.log()
    introduce(event_log, projects=4, phases=50)
    prepared = batches_judged(BATCHES * ROUNDS, BATCH)

    def ours() -> int:
        for items in itertools.islice(prepared, BATCHES):
            event_log.append(items)
        return BATCH * BATCHES

    raw = RawTables(stores.name, stores.address())
    found = rates({"takt": ours, "raw": lambda: raw.write(BATCHES, BATCH)}, ROUNDS)
    event_log.close()
    raw.close()
    share = ratio(found["takt"], found["raw"])
    return Row(
        id=f"append_100_{stores.name}",
        what="append, 100 typed events a transaction",
        value=median(found["takt"]),
        unit="events/s",
        against=f"raw writes of the same rows, {median(found['raw']):,.0f}/s",
        ratio=share,
        target="≥ 0.5",
        met=share >= 0.5,
    )


def batches_judged(count: int, size: int, first: int = 0) -> Iterator[list[Submission]]:
    """Return batches of submissions, judged beforehand: what is measured is the log alone."""
    numbers = range(first, first + count * size)
    items = [judged(fact(n, n % 4, n % 50), RECEIVED) for n in numbers]
    return iter([items[begin : begin + size] for begin in range(0, len(items), size)])


class RawTables:
    """The same rows in tables of the same keys and indexes, written by the driver alone."""

    def __init__(self, kind: str, target: str) -> None:
        self._kind = kind
        self._rows = itertools.count(1)
        self._connection: Any
        if kind == "sqlite":
            self._connection = sqlite3.connect(target, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
        else:
            self._connection = psycopg.connect(target, autocommit=True)
        types = ("INTEGER", "TEXT", "BLOB") if kind == "sqlite" else ("BIGINT", "TEXT", "BYTEA")
        for statement in _tables(*types):
            self._connection.execute(statement)

    def write(self, batches: int, size: int) -> int:
        for _ in range(batches):
            numbers = [next(self._rows) for _ in range(size)]
            self._write_one(numbers)
        return batches * size

    def _write_one(self, numbers: list[int]) -> None:
        state = b"x" * 420
        digest = b"d" * 32
        events = [
            (n, f"phase-PRJ-{n % 4}/p{n % 50}", n, "phase.progress_recorded.v1", state)
            for n in numbers
        ]
        inbox = [("/plant/hall-1/mes", f"m{n:09d}", digest, n) for n in numbers]
        audit = [(n, f"PRJ-{n % 4}", n) for n in numbers]
        if self._kind == "sqlite":
            run = self._connection
            run.execute("BEGIN IMMEDIATE")
            run.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", events)
            run.executemany("INSERT INTO inbox VALUES (?, ?, ?, ?)", inbox)
            run.executemany("INSERT INTO audit VALUES (?, ?, ?)", audit)
            run.execute("COMMIT")
            return
        with self._connection.transaction(), self._connection.cursor(binary=True) as cursor:
            for table, rows in (("events", events), ("inbox", inbox), ("audit", audit)):
                columns = [list(column) for column in zip(*rows, strict=True)]
                casts = {
                    "events": "int8[], %s::text[], %s::int8[], %s::text[], %s::bytea[]",
                    "inbox": "text[], %s::text[], %s::bytea[], %s::int8[]",
                    "audit": "int8[], %s::text[], %s::int8[]",
                }[table]
                cursor.execute(
                    f"INSERT INTO {table} SELECT * FROM unnest(%s::{casts})",  # noqa: S608  Our own table names.
                    columns,
                )

    def close(self) -> None:
        self._connection.close()


def _tables(number: str, text: str, blob: str) -> tuple[str, ...]:
    return (
        f"""CREATE TABLE events (position {number} PRIMARY KEY, stream {text},
            version {number}, topic {text}, state {blob}, UNIQUE (stream, version))""",
        f"""CREATE TABLE inbox (source {text}, id {text}, digest {blob}, position {number},
            PRIMARY KEY (source, id))""",
        f"CREATE TABLE audit (position {number} PRIMARY KEY, project {text}, at {number})",
        "CREATE INDEX audit_project ON audit (project, position)",
    )
