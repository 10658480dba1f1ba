"""Measure replay: stored bytes to typed events, against raw SQL and a fast JSON parser."""

import gc
import sqlite3
import time
from datetime import timedelta
from statistics import median
from typing import Final

import orjson
import psycopg

from domain.log.port import EventLog
from domain.log.sqlite_schema import EVENTS as EVENTS_TABLE
from tests.benchmarks.messages import START, fact, introduce, judged
from tests.benchmarks.rounds import rates, ratio
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

EVENTS: Final = 20_000
PAGE: Final = 500
ROUNDS: Final = 5
RECEIVED: Final = START + timedelta(days=30)


def fill(event_log: EventLog, events: int) -> None:
    """Put so many progress records on 40 phases of 4 projects into the log."""
    introduce(event_log, projects=4, phases=10)
    for begin in range(0, events, PAGE):
        event_log.append(
            [judged(fact(n, n % 4, n % 10), RECEIVED) for n in range(begin, begin + PAGE)]
        )


def read_all(event_log: EventLog) -> int:
    """Read and decode the whole log in pages, collector paused; return how many events."""
    after, done = 0, 0
    gc.disable()
    try:
        while page := event_log.read(after, PAGE):
            after = page[-1].position
            done += len(page)
    finally:
        gc.enable()
    return done


def replay(stores: Stores) -> Row:
    """Read and decode the whole log in pages, collector paused as in a rebuild."""
    address = stores.address()
    event_log = stores.log(address)
    fill(event_log, EVENTS)

    found = rates(
        {"takt": lambda: read_all(event_log), "raw": lambda: _raw(stores.name, address)}, ROUNDS
    )
    event_log.close()
    share = ratio(found["takt"], found["raw"])
    return Row(
        id=f"replay_{stores.name}",
        what="replay: read and decode to typed events",
        value=median(found["takt"]),
        unit="events/s",
        against=f"raw SQL + orjson, {median(found['raw']):,.0f}/s",
        ratio=share,
        target="≥ 0.5",
        met=share >= 0.5,
    )


def _raw(kind: str, address: str) -> int:
    select = (
        "SELECT notification_id, originator_id, originator_version, topic, state FROM {table}"
        " WHERE notification_id > {place} ORDER BY notification_id LIMIT {place}"
    )
    after, done = 0, 0
    if kind == "sqlite":
        connection = sqlite3.connect(address)
        statement = select.format(table=EVENTS_TABLE, place="?").replace("notification_id", "rowid")
        while page := connection.execute(statement, (after, PAGE)).fetchall():
            for row in page:
                orjson.loads(row[4])
            after, done = page[-1][0], done + len(page)
        connection.close()
        return done
    with psycopg.connect(address) as opened, opened.cursor(binary=True) as cursor:
        table = _events_table(cursor)
        statement = select.format(table=table, place="%s")
        while rows := cursor.execute(statement, (after, PAGE), prepare=True).fetchall():
            for row in rows:
                orjson.loads(row[4])
            after, done = rows[-1][0], done + len(rows)
    return done


def _events_table(cursor: "psycopg.Cursor[tuple[object, ...]]") -> str:
    found = cursor.execute(
        "SELECT table_schema || '.' || table_name FROM information_schema.columns"
        " WHERE column_name = 'notification_id' ORDER BY 1 LIMIT 1"
    ).fetchone()
    assert found is not None
    return str(found[0])


def read_own_write(stores: Stores) -> Row:
    """Save, and see it in a waiting reader of the same process: the 95th percentile."""
    event_log = stores.log()
    introduce(event_log, projects=1, phases=10)
    waits: list[float] = []
    for number in range(300):
        (outcome,) = event_log.append([judged(fact(number, 0, number % 10), RECEIVED)])
        begin = time.perf_counter()
        assert event_log.wait(outcome.position - 1, 5.0)
        assert event_log.read(outcome.position - 1, 10)
        waits.append((time.perf_counter() - begin) * 1_000)
    event_log.close()
    slowest = sorted(waits)[int(len(waits) * 0.95)]
    return Row(
        id=f"read_own_write_{stores.name}",
        what="saved → read by a waiting reader of the same process, p95",
        value=slowest,
        unit="ms",
        against="the library's wait(): 100 ms",
        ratio=None,
        target="≤ 3 ms",
        met=slowest <= 3,
    )
