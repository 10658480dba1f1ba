"""What only PostgreSQL can do wrong: roles, first starts, lost connections, restarts."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import psycopg
import pytest
from psycopg.sql import Composed

from domain.log.open_log import DatabaseLog, open_log
from domain.log.port import LogMisconfigured, LogUnavailable, Tracked
from domain.log.postgres_connections import Address, Connection, Connections
from domain.log.postgres_schema import grants
from tests.services.postgres import PostgresServer
from tests.services.waiting import wait_until
from tests.unit.log.proxy import Proxy
from tests.unit.log.samples import REGISTRY, START, PartAdded, added, at, counted, message, record

pytestmark = pytest.mark.integration


@pytest.fixture
def log(pg_url: str) -> Iterator[DatabaseLog]:
    opened = open_log(pg_url, registry=REGISTRY)
    yield opened
    opened.close()


def execute(url: str, *statements: str | Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def count(url: str, table: str = "takt_events") -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    assert row is not None
    return int(row[0])


def has_rows(url: str, query: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchone() is not None


def has_events(url: str, enough: int) -> bool:
    return count(url) >= enough


# Roles


@pytest.fixture
def clerk_url(pg_url: str, log: DatabaseLog) -> Iterator[str]:
    """Whom the application connects as: SELECT on the tables, EXECUTE on one function."""
    del log
    execute(pg_url, "DROP ROLE IF EXISTS takt_clerk", "CREATE ROLE takt_clerk LOGIN")
    execute(pg_url, *grants("public", "takt_clerk"))
    yield pg_url.replace("://takt@", "://takt_clerk@")
    execute(pg_url, "DROP OWNED BY takt_clerk", "DROP ROLE takt_clerk")


def test_a_role_that_may_only_select_and_execute_does_all_the_log_does(clerk_url: str) -> None:
    clerk = open_log(clerk_url, registry=REGISTRY, create_tables=False)
    (parked,) = clerk.append([counted("m-1", original=record("p/0/1"))])
    (late,) = clerk.append([counted("x", stream="part-2", original=record("p/0/2"))])
    assert (parked.kind, late.kind) == ("parked", "parked")
    (outcome,) = clerk.append([added("m-2")], tracked=[Tracked("c/p/0", 2)])
    assert outcome.versions == {"part-1": 1}
    assert [one.version for one in clerk.read_stream("part-1")] == [1, 2]
    assert clerk.append([added("m-2")])[0].repeated
    assert clerk.append([added("m-2", body="changed", original=record("p/0/3"))])[0].kind == (
        "conflict"
    )
    assert clerk.expire_lanes(at(1), at(2)) == 1
    first, second = clerk.dead_letters()
    assert (first.letter.code, second.letter.code) == ("idempotency_conflict", "subject_unknown")
    assert clerk.mark_redriven(first.id, START)
    assert clerk.tracked("c/") == {"c/p/0": 2}
    clerk.close()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO takt_events (originator_id, originator_version) VALUES ('part-9', 1)",
        "UPDATE takt_events SET state = 'x'",
        "DELETE FROM takt_events",
        "TRUNCATE takt_events",
        "INSERT INTO takt_inbox SELECT * FROM takt_inbox",
        "DELETE FROM takt_inbox",
        "UPDATE takt_tracking SET notification_id = 0",
        "INSERT INTO takt_subjects VALUES ('part-9')",
        "DELETE FROM takt_dead_letters",
        "DROP TABLE takt_events",
        "ALTER TABLE takt_events DISABLE TRIGGER ALL",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_same_role_can_write_nothing_by_itself(
    clerk_url: str, log: DatabaseLog, statement: str
) -> None:
    log.append([added("m-1")])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(clerk_url, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE takt_events SET state = 'x'",
        "DELETE FROM takt_events",
        "TRUNCATE takt_events",
        "UPDATE takt_index SET project = 'x'",
        "DELETE FROM takt_index",
        "TRUNCATE takt_index",
    ],
)
def test_the_owner_cannot_change_the_log_by_a_slip(
    log: DatabaseLog, pg_url: str, statement: str
) -> None:
    log.append([added("m-1")])
    with pytest.raises(psycopg.errors.RestrictViolation, match="is append-only"):
        execute(pg_url, statement)
    assert count(pg_url) == 1


# Settings


@pytest.mark.parametrize(
    "name", ["POSTGRES_ENABLE_DB_FUNCTIONS", "TAKT_POSTGRES_ENABLE_DB_FUNCTIONS"]
)
def test_the_mode_that_loses_events_is_refused_at_the_start(
    pg_url: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "y")
    with pytest.raises(LogMisconfigured, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        open_log(pg_url, registry=REGISTRY)


def test_a_server_that_forgets_commits_is_refused(pg_url: str) -> None:
    name = pg_url.rsplit("/", 1)[1]
    execute(pg_url, f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(LogMisconfigured, match="synchronous_commit is off"):
        open_log(pg_url, registry=REGISTRY)


def test_the_checks_see_the_present_whatever_the_database_prefers(pg_url: str) -> None:
    name = pg_url.rsplit("/", 1)[1]
    execute(pg_url, f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    test_two_processes_never_both_win_a_version(pg_url)


def test_two_processes_never_both_win_a_version(pg_url: str) -> None:
    processes = [open_log(pg_url, registry=REGISTRY) for _ in range(2)]
    processes[0].append([added("start")])

    def race(number: int) -> int:
        won = 0
        for attempt in range(1, 41):
            wanted = message(f"m-{number}-{attempt}", PartAdded(), expected={"part-1": attempt})
            won += processes[number].append([wanted])[0].kind == "recorded"
        return won

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(race, range(2))) == 40
    assert [one.version for one in processes[0].read_stream("part-1")] == list(range(1, 42))
    for process in processes:
        process.close()


def test_a_log_lies_in_the_schema_it_is_told(pg_url: str) -> None:
    execute(pg_url, "CREATE SCHEMA plant_7", "CREATE SCHEMA other")
    logs = [open_log(pg_url, registry=REGISTRY, schema=name) for name in ("plant_7", "other")]
    assert logs[0].append([added("m-1")])[0].position == 1
    assert [one.head() for one in logs] == [1, 0]
    assert logs[1].append([added("m-1")])[0].position == 1
    assert count(pg_url, "plant_7.takt_events") == 1
    for one in logs:
        one.close()


def test_a_schema_that_the_library_would_not_quote_is_refused(pg_url: str) -> None:
    with pytest.raises(LogMisconfigured, match="plant 7"):
        open_log(pg_url, registry=REGISTRY, schema="plant 7")


def test_eight_first_starts_at_once_make_one_log(pg_url: str) -> None:
    ready = threading.Barrier(8)

    def start(number: int) -> str:
        ready.wait()
        log = open_log(pg_url, registry=REGISTRY)
        (outcome,) = log.append([added(f"m-{number}", stream=f"part-{number}")])
        log.close()
        return outcome.kind

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(start, range(8))) == ["recorded"] * 8
    assert count(pg_url) == 8
    assert count(pg_url, "takt_log_schema") == 1


# Lost connections


def test_a_commit_whose_answer_was_lost_is_found_in_the_inbox(pg_url: str) -> None:
    with Proxy(pg_url) as proxy:
        log = open_log(proxy.url, registry=REGISTRY)
        log.append([added("m-1")], tracked=[Tracked("c/p/0", 1)])
        proxy.swallow_the_next_answer()
        (outcome,) = log.append([counted("m-2")], tracked=[Tracked("c/p/0", 2)])
        assert proxy.swallowed == 1
        assert (outcome.kind, outcome.versions) == ("recorded", {"part-1": 2})
        assert outcome.repeated is False
        assert outcome.position == log.head()
        assert count(pg_url) == 2
        assert log.tracked("c/") == {"c/p/0": 2}
        log.close()


def test_an_append_that_never_arrived_is_sent_again(pg_url: str) -> None:
    with Proxy(pg_url) as proxy:
        log = open_log(proxy.url, registry=REGISTRY)
        log.append([added("m-1")])
        proxy.cut()
        assert log.append([counted("m-2")])[0].versions == {"part-1": 2}
        assert [one.version for one in log.read_stream("part-1")] == [1, 2]
        log.close()


def test_a_database_that_stays_away_is_said_so(
    pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.log.postgres.RETRY_S", 0.2)
    with Proxy(pg_url) as proxy:
        log = open_log(proxy.url, registry=REGISTRY)
        log.append([added("m-1")])
        proxy.refuse()
        with pytest.raises(LogUnavailable, match="cannot be written"):
            log.append([added("m-2", stream="part-2")])
        with pytest.raises(LogUnavailable, match="cannot be read"):
            log.head()
        assert log.healthy
        proxy.allow()
        assert log.append([added("m-2", stream="part-2")])[0].kind == "recorded"
        assert count(pg_url) == 2
        log.close()


def test_the_log_works_on_after_the_server_was_restarted(
    postgres: PostgresServer, pg_url: str, log: DatabaseLog
) -> None:
    log.append([added("m-1")])
    assert len(log.read(0, 10)) == 1
    assert log.wait(1, 0.0) is False
    postgres.restart("immediate")
    assert len(log.read(0, 10)) == 1
    assert log.append([counted("m-2")])[0].versions == {"part-1": 2}
    other = open_log(pg_url, registry=REGISTRY)
    position = log.head()
    other.append([counted("m-3")])
    assert log.wait(position, 10.0) is True
    other.close()


def test_a_waiting_reader_is_woken_by_another_process(log: DatabaseLog, pg_url: str) -> None:
    seen: list[bool] = []
    reader = threading.Thread(target=lambda: seen.append(log.wait(0, 30.0)))
    reader.start()
    other = open_log(pg_url, registry=REGISTRY)
    other.append([added("m-1")])
    reader.join(10.0)
    assert seen == [True]
    other.close()


def test_a_waiting_reader_finds_what_it_was_never_notified_of(
    log: DatabaseLog, pg_url: str
) -> None:
    with psycopg.connect(pg_url, autocommit=True) as connection:
        (made,) = connection.execute(
            "SELECT pg_get_functiondef('takt_append'::regproc)"
        ).fetchone() or ("",)
        silent = made.replace("pg_notify('takt_events', '')", "1")
        assert silent != made
        connection.execute(silent)
    seen: list[bool] = []
    reader = threading.Thread(target=lambda: seen.append(log.wait(0, 30.0)))
    reader.start()
    other = open_log(pg_url, registry=REGISTRY, create_tables=False)
    other.append([added("m-1")])
    reader.join(10.0)
    assert seen == [True]
    other.close()


def test_readers_and_the_listener_come_back_when_their_connections_are_cut_off(
    log: DatabaseLog, pg_url: str
) -> None:
    log.append([added("m-1")])
    assert len(log.read(0, 10)) == 1
    assert log.wait(1, 0.0) is False
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    listening = f"SELECT 1 {others} AND query LIKE 'LISTEN%'"
    wait_until(partial(has_rows, pg_url, listening), "the listener", deadline_s=10.0)
    execute(pg_url, f"SELECT pg_terminate_backend(pid) {others}")
    assert [one.version for one in log.read_stream("part-1")] == [1]
    assert log.append([counted("m-2")])[0].versions == {"part-1": 2}
    wait_until(partial(has_rows, pg_url, listening), "the listener again", deadline_s=10.0)


def test_a_connection_in_use_while_all_is_closed_is_closed_by_its_reader(pg_url: str) -> None:
    connections = Connections(Address(pg_url, "public"))

    def closing(connection: Connection) -> Connection:
        connections.end()
        assert not connection.closed
        return connection

    used: Connection = connections.read(closing)
    assert used.closed


def test_a_held_lock_ends_in_a_refusal_and_not_in_a_hang(
    log: DatabaseLog, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.log.postgres.RETRY_S", 0.1)
    monkeypatch.setattr("domain.log.postgres_connections.LOCK_TIMEOUT_MS", 100)
    with psycopg.connect(pg_url) as holder:
        holder.execute("LOCK TABLE takt_events IN EXCLUSIVE MODE")
        with pytest.raises(LogUnavailable, match="lock timeout"):
            log.append([added("m-1")])
    assert log.append([added("m-1")])[0].repeated is False


def test_the_options_of_the_address_reach_the_server(pg_url: str) -> None:
    log = open_log(pg_url + "?application_name=weld-shop", registry=REGISTRY)
    log.append([added("m-1")])
    assert log.head() == 1
    log.close()


def test_nothing_is_lost_or_doubled_when_the_server_crashes_under_writers(
    postgres: PostgresServer, pg_url: str
) -> None:
    """Each writer sends a message until it is answered, as a client that retries by id does."""
    rounds, writers = 4, 4
    stop = threading.Event()

    def write(number: int) -> list[str]:
        log = open_log(pg_url, registry=REGISTRY)
        answered: list[str] = []
        pending = ""
        while pending or not stop.is_set():
            pending = f"m-{number}-{len(answered)}"
            sent = message(pending, PartAdded(), stream=f"part-{number}")
            with suppress(LogUnavailable):
                (outcome,) = log.append([sent])
                assert outcome.kind == "recorded"
                answered.append(pending)
                pending = ""
        log.close()
        return answered

    open_log(pg_url, registry=REGISTRY).close()
    with ThreadPoolExecutor(writers) as pool:
        done = [pool.submit(write, number) for number in range(writers)]
        for _ in range(rounds):
            enough = count(pg_url) + 50
            wait_until(partial(has_events, pg_url, enough), "events", deadline_s=60)
            postgres.restart("immediate")
        stop.set()
        answered = [name for each in done for name in each.result(60)]
    log = open_log(pg_url, registry=REGISTRY)
    stored = [recorded.envelope.message_id for recorded in log.read(0, 1_000_000)]
    assert sorted(stored) == sorted(answered)
    for number in range(writers):
        versions = [recorded.version for recorded in log.read_stream(f"part-{number}")]
        assert versions == list(range(1, len(versions) + 1))
    log.close()
