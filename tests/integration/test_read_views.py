"""People who write SQL read the rows through views: plain columns, never a rebuild's half."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import psycopg
import pytest

from domain.log.catalogue import catalogue
from domain.log.open_log import DatabaseLog, open_log
from projections.audit_trail import AuditProjection
from projections.contract import Projection
from projections.engine import Engine
from projections.rebuilding import build
from projections.schedule import HEADER, ScheduleProjection
from projections.status import StatusProjection
from projections.stores.editions import ShownRows, WrittenRows
from tests.benchmarks.messages import fact, introduce, judged
from tests.benchmarks.replaying import RECEIVED
from tests.integration.blue_green_child import editions

PROJECTIONS: Final[tuple[Projection[Any], ...]] = (
    ScheduleProjection(),
    StatusProjection(),
    AuditProjection(),
)

Ask: TypeAlias = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.integration])])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("pg_url"))
    return str(tmp_path / "takt.db")


@pytest.fixture
def log(address: str) -> Iterator[DatabaseLog]:
    """Give a log of two projects with what happened, and its rows as views show them."""
    opened = open_log(address, registry=catalogue())
    introduce(opened, projects=2, phases=3)
    opened.append([judged(fact(n, n % 2, n % 3), RECEIVED) for n in range(12)])
    parts = [(each, WrittenRows(editions(address, each, opened.gate))) for each in PROJECTIONS]
    Engine(opened, parts).catch_up()
    yield opened
    for _, rows in parts:
        rows.close()
    opened.close()


@pytest.fixture
def ask(address: str, log: DatabaseLog) -> Iterator[Ask]:
    """Give what runs a query; `{name}` in it stands for a view."""
    del log
    if address.startswith("postgresql://"):
        with psycopg.connect(address, autocommit=True) as connection:
            yield lambda query: connection.execute(
                query.replace("{", "takt_read.").replace("}", "").encode()
            ).fetchall()
        return
    opened = sqlite3.connect(address)
    yield lambda query: opened.execute(query.replace("{", "takt_read_").replace("}", "")).fetchall()
    opened.close()


def test_every_column_of_a_view_says_what_the_row_says(
    ask: Ask, address: str, log: DatabaseLog
) -> None:
    rows = ShownRows(editions(address, PROJECTIONS[0], log.gate))
    shown = [
        (each.key, each.row_id, each.position, each.row["name"], each.row["remaining_min"])
        for project in ("PRJ-0", "PRJ-1")
        for each in rows.of_key(project)
        if each.row is not None and each.row_id != HEADER
    ]
    assert len(shown) == 6
    query = "SELECT key, row_id, position, name, remaining_min FROM {schedule_v1} ORDER BY 1, 2"
    assert ask(query) == shown
    assert ask("SELECT project, name, phase_count FROM {projects_v1} ORDER BY 1") == [
        ("PRJ-0", "PRJ-0", 3),
        ("PRJ-1", "PRJ-1", 3),
    ]
    assert ask("SELECT project, phase_count FROM {status_v1} ORDER BY 1") == [
        ("PRJ-0", 3),
        ("PRJ-1", 3),
    ]
    assert ask("SELECT sum(phase_count) FROM {departments_v1}") == [(6,)]
    assert ask("SELECT type, count(*) FROM {audit_v1} WHERE actor = 'mes' GROUP BY type") == [
        ("phase.progress_recorded.v1", 12)
    ]
    rows.close()


def test_a_rebuild_is_not_to_be_seen_in_a_view(ask: Ask, address: str, log: DatabaseLog) -> None:
    query = "SELECT key, row_id, position, what, reason FROM {audit_v1} ORDER BY 1, 2"
    before = ask(query)
    shelf = editions(address, PROJECTIONS[2], log.gate)
    seen = []
    build(PROJECTIONS[2], log, shelf, lambda *_: seen.append(ask(query)))
    seen.append(ask(query))
    shelf.discard_old()
    seen.append(ask(query))
    assert len(before) == 20
    assert seen == [before] * 3
    shelf.close()


@pytest.mark.integration
def test_whoever_may_read_the_views_may_read_nothing_else(pg_url: str) -> None:
    log = open_log(pg_url, registry=catalogue())
    rows = WrittenRows(editions(pg_url, PROJECTIONS[2]))
    introduce(log, projects=1, phases=1)
    Engine(log, [(PROJECTIONS[2], rows)]).catch_up()
    with psycopg.connect(pg_url, autocommit=True) as reader:
        reader.execute("SET ROLE takt_reader")
        assert reader.execute("SELECT count(*) FROM takt_read.audit_v1").fetchone() == (2,)
        for statement in (
            b"SELECT * FROM takt_audit_v1",
            b"SELECT * FROM takt_projection_active",
            b"DELETE FROM takt_read.audit_v1",
            b"CREATE TABLE takt_read.mine (a int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)
    rows.close()
    log.close()
