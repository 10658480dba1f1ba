"""What only a SQLite file can do wrong: triggers passed by, weak pragmas, a killed writer."""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.log import sqlite
from domain.log.open_log import DatabaseLog, open_log
from domain.log.port import LogMisconfigured, LogUnavailable
from domain.log.sqlite import SqliteLog, SqliteLogFactory, connect, harden
from projections.stores.sqlite import SqliteRows
from tests.unit.log.samples import REGISTRY, PartAdded, added, counted, message

pytestmark = pytest.mark.integration

KILLS = 20
REPLACE_EVENTS = """
INSERT OR REPLACE INTO takt_events
SELECT {}, originator_id, originator_version, topic, 'x' FROM takt_events"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "takt.db"


@pytest.fixture
def log(path: Path) -> Iterator[DatabaseLog]:
    opened = open_log(path, registry=REGISTRY)
    yield opened
    opened.close()


def rows(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT * FROM takt_events ORDER BY rowid").fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE takt_events SET state = 'x'",
        "DELETE FROM takt_events",
        REPLACE_EVENTS.format("rowid"),
        REPLACE_EVENTS.format("99"),
        "UPDATE takt_index SET project = 'x'",
        "DELETE FROM takt_index",
        "INSERT OR REPLACE INTO takt_index SELECT position, 'x', 0 FROM takt_index",
    ],
)
def test_the_log_cannot_be_changed_through_a_connection_of_ours(
    log: DatabaseLog, path: Path, statement: str
) -> None:
    log.append([added("m-1")])
    before = rows(path)
    library = SqliteLogFactory({"SQLITE_DBNAME": str(path), "ORIGINATOR_ID_TYPE": "text"})
    with library.datastore.get_connection(commit=True) as pooled:
        for connection in (connect(str(path)), pooled._sqlite_conn):  # noqa: SLF001  The library has no other way.
            with pytest.raises(sqlite3.IntegrityError, match="is append-only"):
                connection.execute(statement)
            connection.rollback()
    assert rows(path) == before
    library.close()


def test_the_same_statement_passes_without_recursive_triggers(log: DatabaseLog, path: Path) -> None:
    """Shows that the test above can fail, and why the pragma is set on every connection."""
    log.append([added("m-1")])
    careless = sqlite3.connect(path)
    careless.execute(REPLACE_EVENTS.format("99"))
    careless.commit()
    careless.close()
    assert rows(path) == [(99, "part-1", 1, "part.added.v1", "x")]


def test_every_connection_is_durable(log: DatabaseLog, path: Path) -> None:
    log.append([added("m-1")])
    connection = connect(str(path))
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


def test_a_file_that_cannot_be_in_wal_mode_is_refused() -> None:
    with pytest.raises(LogMisconfigured, match="journal_mode=memory"):
        harden(sqlite3.connect(":memory:"))
    with pytest.raises(LogMisconfigured, match="give it a file"):
        open_log(":memory:", registry=REGISTRY)


def test_a_position_survives_vacuum_and_a_dump(log: DatabaseLog, path: Path) -> None:
    log.append([added("m-1"), added("m-2", stream="part-2")])
    log.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER takt_events_keeps_deleted")
        connection.execute("DROP TRIGGER takt_index_keeps_deleted")
        connection.execute("DELETE FROM takt_events WHERE rowid = 1")
    with sqlite3.connect(path) as connection:
        connection.execute("VACUUM")
        dump = "\n".join(connection.iterdump())
    copy = sqlite3.connect(":memory:")
    copy.executescript(dump)
    assert copy.execute("SELECT rowid, originator_id FROM takt_events").fetchall() == [
        (2, "part-2")
    ]
    copy.close()


def test_connections_lent_while_all_is_closed_are_put_away_by_who_has_them(
    log: DatabaseLog, path: Path
) -> None:
    rows = SqliteRows(str(path), "seen", 1)
    store = log.application.store
    assert isinstance(store, SqliteLog)
    reading_log = store._reading()  # noqa: SLF001  As a thread that still reads.
    reading_rows = rows._connections.one()  # noqa: SLF001
    reading_by_library = store.datastore.get_connection(commit=False)
    with reading_rows, reading_log, reading_by_library as lent:
        rows.close()
        log.close()
        store.datastore.close()
        cursor = lent.cursor()
        cursor.execute("SELECT 1")
        assert cursor.fetchone()[0] == 1
    # Whoever closes a SQLite log last takes its journal along.
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_writer_that_holds_the_file_too_long_makes_the_log_unavailable(
    log: DatabaseLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogUnavailable, match="locked"):
        log.append([added("m-1")])
    other.execute("ROLLBACK")
    other.close()
    assert log.append([added("m-1")])[0].repeated is False


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(path: Path) -> None:
    """Twenty times: kill -9 at a random moment, then look for what it had printed."""
    chance = random.Random(7)
    acknowledged: list[str] = []
    writer = Path(__file__).with_name("log_writer.py")
    for attempt in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, writer, path, str(attempt)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        lines = chance.randint(1, 25)
        acknowledged += [child.stdout.readline().strip() for _ in range(lines)]
        child.kill()
        acknowledged += child.stdout.read().split()
        child.stdout.close()
        child.wait()
    log = open_log(path, registry=REGISTRY)
    stored = [recorded.envelope.message_id for recorded in log.read(0, 100_000)]
    assert set(acknowledged) <= set(stored)
    assert len(acknowledged) > KILLS
    assert len(stored) == len(set(stored))
    versions = [recorded.version for recorded in log.read_stream("part-1")]
    assert versions == list(range(1, len(stored) + 1))
    assert log.append([counted("again")])[0].position == log.head()
    log.close()


def test_a_full_disk_loses_nothing_and_the_log_works_again(log: DatabaseLog, path: Path) -> None:
    log.append([added("m-1")])
    writer = log.application.store._writer  # noqa: SLF001
    assert isinstance(writer, sqlite3.Connection)
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages + 2}")

    def fill() -> None:
        for number in range(100):
            log.append([message(f"big-{number}", PartAdded(name="x" * 4000))])

    with pytest.raises(LogUnavailable, match="full"):
        fill()
    stored = len(rows(path))
    assert 1 < stored < 100
    writer.execute("PRAGMA max_page_count = 1000000")
    (again,) = log.append([message(f"big-{stored - 1}", PartAdded(name="x" * 4000))])
    assert (again.kind, again.repeated, again.position) == ("recorded", False, stored + 1)
