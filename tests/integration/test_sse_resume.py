"""The stream over a real server: cut anywhere, resumed, and nothing is missed."""

import http.client
import json
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

import pytest

from consumers.http.app import create_app
from consumers.http.bodies import Bounds
from consumers.http.protocol import RAW_HEADER_BYTES_MAX
from consumers.http.services import Credential
from domain.kernel.messages import Principal
from domain.kernel.refusals import NotAuthorised
from tests.fakes_http import ANNA, Fakes, fakes, open_project_in
from tests.served import EventReader, Picture, Served, Told, cut_off, served

pytestmark = pytest.mark.integration

PATH = "/v1/stream"
POST = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fakes]:
    """Give the fakes behind the server."""
    made = fakes(tmp_path)
    yield made
    made.log.close()


@pytest.fixture
def running(world: Fakes) -> Iterator[Served]:
    """Give a real server over the fakes."""
    bounds = Bounds(keepalive_s=0.3, stream_queue_max=64, body_timeout_s=0.5)
    with served(create_app(world.services, bounds)) as one:
        yield one


class Follow(Protocol):
    """Open a stream that is closed with the test."""

    def __call__(self, path: str = PATH, last_id: str | None = None) -> EventReader:
        """Return the open stream."""


@pytest.fixture
def follow(running: Served) -> Iterator[Follow]:
    """Give a way to open streams that are closed in the end."""
    with ExitStack() as opened:

        def start(path: str = PATH, last_id: str | None = None) -> EventReader:
            return opened.enter_context(closing(EventReader(running.port, path, last_id)))

        yield start


def put(world: Fakes, position: int, rows: dict[str, Any], project: str = "PRJ-7") -> None:
    """Let rows become true at a position, in every projection at once."""
    world.schedule.put(position, project, rows)
    world.audit.put(position, project, {f"{position:08}": {"position": position}})
    world.status.put(position, project, {"/project": {"project": project, "at": position}})


def test_a_stream_begins_with_what_is_and_goes_on_with_what_changes(
    world: Fakes, follow: Follow
) -> None:
    put(world, 1, {"weld": {"name": "Welding"}})
    reader = follow(f"{PATH}?types=schedule")
    events = iter(reader)
    first = next(events)
    assert (first.event, first.id) == ("snapshot", "1")
    assert first.data["rows"][0]["row"] == {"name": "Welding"}
    put(world, 2, {"weld": None, "paint": {"name": "Painting"}})
    second = next(events)
    assert (second.event, second.id) == ("change", "2")
    assert [(row["row_id"], row["row"]) for row in second.data["rows"]] == [
        ("paint", {"name": "Painting"}),
        ("weld", None),
    ]


def test_a_resumed_stream_begins_after_the_last_id(world: Fakes, follow: Follow) -> None:
    open_project_in(world.log, "PRJ-7", events=3)
    for position in (1, 2, 3):
        put(world, position, {f"phase-{position}": {"n": position}})
    reader = follow(f"{PATH}?types=schedule", last_id="1")
    events = iter(reader)
    assert [(told.event, told.id) for told in (next(events), next(events))] == [
        ("change", "2"),
        ("change", "3"),
    ]


def test_an_id_beyond_the_log_is_a_fork(world: Fakes, follow: Follow) -> None:
    open_project_in(world.log, "PRJ-7", events=3)
    reader = follow(last_id="4")
    assert reader.status == 409
    assert b'"code":"fork"' in reader.body().replace(b" ", b"")


@pytest.mark.parametrize("last_id", ["x", "-1", "1.5", "9" * 30])
def test_an_id_that_is_no_position_is_malformed(follow: Follow, last_id: str) -> None:
    assert follow(last_id=last_id).status == 400


def test_a_stream_shows_only_what_its_reader_may_see(
    world: Fakes, running: Served, follow: Follow
) -> None:
    put(world, 1, {"weld": {"n": 1}})
    put(world, 2, {"weld": {"n": 2}}, project="PRJ-8")
    status, _ = running.get(f"{PATH}?project=PRJ-8", {"Authorization": "Bearer bert"})
    assert status == 404
    reader = follow(f"{PATH}?project=PRJ-8&types=schedule")
    first = next(iter(reader))
    assert [row["key"] for row in first.data["rows"]] == ["PRJ-8"]


def test_a_stream_ends_when_its_credential_is_withdrawn(world: Fakes) -> None:
    put(world, 1, {"weld": {"n": 1}})
    known = [True]

    def principal_of(_: Credential) -> Principal:
        if not known[0]:
            msg = "withdrawn"
            raise NotAuthorised(msg)
        return ANNA

    services = replace(world.services, principal_of=principal_of)
    with (
        served(create_app(services, Bounds(keepalive_s=0.1, recheck_s=0.1))) as running,
        closing(EventReader(running.port)) as reader,
    ):
        events = iter(reader)
        assert next(events).event == "snapshot"
        known[0] = False
        assert list(events) == []


def test_many_streams_begin_at_once(world: Fakes, running: Served, follow: Follow) -> None:
    put(world, 1, {"weld": {"n": 1}})
    readers = [iter(follow()) for _ in range(60)]
    assert {next(reader).id for reader in readers} == {"1"}
    put(world, 2, {"weld": {"n": 2}})
    assert {next(reader).id for reader in readers} == {"2"}
    assert b"takt_http_streams 60.0" in running.get("/metrics")[1]


def test_a_quiet_stream_says_that_it_is_still_there(world: Fakes, follow: Follow) -> None:
    put(world, 1, {"weld": {"n": 1}})
    reader = follow(f"{PATH}?project=PRJ-7")
    events = iter(reader)
    next(events)
    put(world, 2, {"weld": {"n": 2}}, project="PRJ-8")
    told = next(events)
    assert (told.event, told.id) == ("position", "2")
    put(world, 3, {"weld": {"n": 3}})
    assert next(events).id == "3"


def test_a_cursor_from_before_a_rebuild_is_told_to_start_over(world: Fakes) -> None:
    open_project_in(world.log, "PRJ-7", events=3)
    for position in (1, 2, 3):
        put(world, position, {f"phase-{position}": {"n": position}})
    services = replace(world.services, reset_at=lambda: 2)
    with served(create_app(services)) as running:
        for last_id, expected in [("2", ["reset", "snapshot"]), ("3", [])]:
            with closing(EventReader(running.port, f"{PATH}?types=schedule", last_id)) as reader:
                events = iter(reader)
                assert [next(events).event for _ in expected] == expected


def test_an_open_stream_is_told_when_rows_are_replaced(world: Fakes) -> None:
    put(world, 1, {"weld": {"n": 1}})
    rebuilt_at = [0]
    services = replace(world.services, reset_at=lambda: rebuilt_at[0])
    with (
        served(create_app(services)) as running,
        closing(EventReader(running.port, f"{PATH}?types=schedule")) as reader,
    ):
        events = iter(reader)
        assert next(events).event == "snapshot"
        rebuilt_at[0] = 1
        told = [next(events), next(events)]
        assert [(each.event, each.id) for each in told] == [("reset", None), ("snapshot", "1")]


def test_a_large_snapshot_comes_in_parts_of_which_only_the_last_has_an_id(
    world: Fakes, follow: Follow
) -> None:
    put(world, 1, {f"phase-{number}": {"n": number} for number in range(1_234)})
    reader = follow(f"{PATH}?types=schedule")
    events = iter(reader)
    parts = [next(events) for _ in range(3)]
    assert [(told.id, told.data["first"], told.data["last"]) for told in parts] == [
        (None, True, False),
        (None, False, False),
        ("1", False, True),
    ]
    assert sum(len(told.data["rows"]) for told in parts) == 1_234


@pytest.mark.parametrize("seed", range(5))
def test_a_stream_cut_at_random_bytes_ends_with_exactly_the_rows_there_are(
    world: Fakes, running: Served, seed: int
) -> None:
    dice = random.Random(seed)
    last = 120
    open_project_in(world.log, "PRJ-7", events=last)
    put(world, 1, {"p0": {"n": 1}})

    def write() -> None:
        for position in range(2, last + 1):
            names = dice.sample(range(12), dice.randint(1, 4))
            put(
                world,
                position,
                {f"p{n}": {"n": position, "of": n} if dice.random() < 0.8 else None for n in names},
            )

    writer = Thread(target=write)
    writer.start()
    cuts = random.Random(seed + 1_000)
    picture, last_id = Picture(), None
    for _ in range(60):
        last_id = _read_some(running.port, last_id, cuts.randint(0, 20_000), picture)
        if last_id == str(last) and not writer.is_alive():
            break
    else:
        last_id = _read_until(running.port, last_id, last, picture)
    writer.join()
    expected = {
        (store.name, change.key, change.row_id): change.row
        for store in (world.schedule, world.status)
        for change in store.of_key("PRJ-7")
    }
    assert picture.rows == expected
    assert picture.positions == sorted(set(picture.positions))


def _read_some(port: int, last_id: str | None, byte_count: int, picture: Picture) -> str | None:
    """Take whole events in from so many bytes of the stream; what is cut off is not seen."""
    for told in cut_off(port, PATH, last_id, byte_count):
        last_id = _take(told, last_id, picture)
    return last_id


def _read_until(port: int, last_id: str | None, position: int, picture: Picture) -> str | None:
    with closing(EventReader(port, PATH, last_id)) as reader:
        for told in reader:
            last_id = _take(told, last_id, picture)
            if last_id == str(position):
                break
    return last_id


def _take(told: Told, last_id: str | None, picture: Picture) -> str | None:
    if told.event == "snapshot" and not told.data["last"] and not told.data["first"]:
        picture.take(told)
        return last_id
    picture.take(told)
    return told.id if told.id is not None else last_id


def test_a_reader_that_never_reads_is_dropped_and_the_others_go_on(
    world: Fakes, running: Served, follow: Follow
) -> None:
    put(world, 1, {"weld": {"n": 1}})
    lazy = socket.create_connection(("127.0.0.1", running.port), 10)
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    lazy.sendall(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    eager = iter(follow())
    next(eager)
    large = "x" * 500_000
    for position in range(2, 200):
        put(world, position, {"weld": {"n": position, "text": large}})
        assert next(eager).id == str(position)
        if b"takt_http_streams_dropped_total 1.0" in running.get("/metrics")[1]:
            break
    else:
        pytest.fail("a reader that never reads was kept")
    assert b"takt_http_streams 1.0" in running.get("/metrics")[1]
    lazy.close()


def test_the_server_goes_down_at_once_and_streams_end_in_order(
    world: Fakes, running: Served, follow: Follow
) -> None:
    put(world, 1, {"weld": {"n": 1}})
    reader = follow()
    events = iter(reader)
    assert next(events).id == "1"
    running.stop()
    assert not running.thread.is_alive()
    assert list(events) == []


# What only a real connection shows


def test_an_unknown_method_is_not_allowed(running: Served) -> None:
    answer = running.raw(b"FROB / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ")


def test_headers_without_end_are_refused(running: Served) -> None:
    start = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: "
    # One byte beyond the bound: whatever is unread when a connection closes resets it.
    answer = running.raw(start.ljust(RAW_HEADER_BYTES_MAX + 1, b"x"))
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        POST + b"Content-Length: -1\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_a_request_that_lies_about_itself_is_refused_and_the_connection_closed(
    running: Served, request_bytes: bytes
) -> None:
    answer = running.raw(request_bytes)
    assert answer[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 405"}


def test_a_body_that_comes_too_slowly_ends_with_408(running: Served) -> None:
    answer = running.raw(
        b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/cloudevents+json\r\nContent-Length: 100\r\n\r\n{"
    )
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"timeout"' in answer


def event_of(size: int, message_id: str) -> bytes:
    """Return a valid event of a phase, padded with spaces to a number of bytes."""
    event = {
        "specversion": "1.0",
        "id": message_id,
        "source": "/plant/mes",
        "type": "phase.started.v1",
        "subject": "phase-PRJ-7/weld",
        "time": "2026-03-02T09:00:00Z",
        "data": {"actual_start": "2026-03-02T09:00:00Z"},
    }
    return json.dumps(event).encode().ljust(size)


STRUCTURED = {"Content-Type": "application/cloudevents+json", "Host": "localhost"}


@pytest.mark.parametrize("piece", [1 << 20, 200_000, 7_001])
def test_a_large_body_is_answered_and_the_connection_goes_on(running: Served, piece: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)) as connection:
        for size in (1_000_000, 500_000, 1 << 20):
            body = event_of(size, f"m-{size}")
            pieces = [body[start : start + piece] for start in range(0, size, piece)]
            headers = {**STRUCTURED, "Content-Length": str(size)}
            connection.request("POST", "/v1/events", iter(pieces), headers)
            answer = connection.getresponse()
            assert (answer.status, json.loads(answer.read())["outcome"]) == (202, "parked")
        connection.request("GET", "/livez", headers={"Host": "localhost"})
        assert connection.getresponse().status == 200


def test_a_request_sent_right_behind_a_large_body_is_answered_too(running: Served) -> None:
    body = event_of(1_000_000, "m-1")
    head = POST + b"Content-Type: application/cloudevents+json\r\n"
    first = head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    second = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = running.raw(first + second)
    assert answer.startswith(b"HTTP/1.1 202 ")
    assert answer.endswith(b'{"live":true}')


def test_headers_without_end_are_refused_behind_a_body_too(running: Served) -> None:
    with socket.create_connection(("127.0.0.1", running.port), 10) as connection:
        body = event_of(300_000, "m-1")
        head = POST + b"Content-Type: application/cloudevents+json\r\n"
        connection.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 202 ")
        start = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Large: "
        connection.sendall(start.ljust(RAW_HEADER_BYTES_MAX + 1, b"x"))
        assert connection.recv(65_536).startswith(b"HTTP/1.1 431 ")
