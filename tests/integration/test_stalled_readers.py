"""A reader that does not read costs a bounded amount, disturbs nobody, and loses nothing."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from consumers.http.app import create_app
from consumers.http.bodies import Bounds
from consumers.http.shared_log import RUN_BYTES_MAX
from tests.fakes_http import Fakes, fakes, open_project_in
from tests.integration.test_sse_resume import put
from tests.served import PATIENCE_S, EventReader, events_in, served
from tests.services.waiting import wait_until

pytestmark = pytest.mark.integration

PATH: Final = "/v1/stream?types=schedule"
OTHERS: Final = 20
LAST: Final = 120
TEXT: Final = "x" * 50_000
BOUNDS: Final = Bounds(
    stream_queue_max=64, stream_bytes_max=2_000_000, stream_buffer_bytes=64 * 1024
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fakes]:
    """Give the fakes behind the server, with a log as long as the rows will be."""
    made = fakes(tmp_path)
    open_project_in(made.log, "PRJ-7", events=LAST)
    put(made, 1, {"weld": {"n": 1}})
    yield made
    made.log.close()


def stalled(port: int) -> socket.socket:
    """Open a stream, and read nothing of it."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    one.settimeout(PATIENCE_S)
    one.connect(("127.0.0.1", port))
    one.sendall(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return one


def rest_of(one: socket.socket) -> bytes:
    """Return what is left to read of a connection that the server has cut."""
    received = b""
    while True:
        try:
            piece = one.recv(65_536)
        except ConnectionResetError:
            return received
        if not piece:
            return received
        received += piece


def test_one_that_never_reads_is_cut_and_resumes_while_twenty_others_get_everything(
    world: Fakes,
) -> None:
    app = create_app(world.services, BOUNDS)
    heard: list[list[int]] = [[] for _ in range(OTHERS)]
    with ExitStack() as opened:
        running = opened.enter_context(served(app))
        lazy = opened.enter_context(closing(stalled(running.port)))
        readers = [
            opened.enter_context(closing(EventReader(running.port, PATH))) for _ in range(OTHERS)
        ]

        def listen(reader: EventReader, positions: list[int]) -> None:
            for told in reader:
                positions.append(told.data["position"])
                if positions[-1] == LAST:
                    break

        threads = [Thread(target=listen, args=pair) for pair in zip(readers, heard, strict=True)]
        for thread in threads:
            thread.start()
        streams = app.state.streams
        wait_until(lambda: len(streams) == OTHERS + 1, "all streams", deadline_s=PATIENCE_S)
        kept: list[int] = []
        for position in range(2, LAST + 1):
            put(world, position, {"weld": {"n": position, "text": TEXT}})
            # In step with the slowest of those who read: it is the stalled one who lags.
            wait_until(
                lambda at=position: min(each[-1] for each in heard if each) >= at,  # type: ignore[misc]
                f"position {position} at all others",
                deadline_s=PATIENCE_S,
            )
            kept.append(streams.log.bytes_kept)
        for thread in threads:
            thread.join(PATIENCE_S)
        wait_until(lambda: len(streams) == OTHERS, "the cut", deadline_s=PATIENCE_S)
        took = events_in(rest_of(lazy))
        last_id = took[-1].id
        with closing(EventReader(running.port, PATH, last_id)) as resumed:
            for told in resumed:
                took.append(told)
                if told.id == str(LAST):
                    break
    assert heard == [list(range(1, LAST + 1))] * OTHERS
    assert max(kept) <= BOUNDS.stream_bytes_max + len(TEXT) + 1_000
    positions = [told.data["position"] for told in took]
    assert positions == sorted(set(positions))
    assert took[-1].data["rows"][0]["row"] == {"n": LAST, "text": TEXT}


def test_what_is_kept_for_one_that_never_reads_is_bounded(world: Fakes) -> None:
    app = create_app(world.services, BOUNDS)
    with served(app) as running, closing(stalled(running.port)):
        streams = app.state.streams
        wait_until(lambda: len(streams) == 1, "the stream", deadline_s=PATIENCE_S)
        (subscriber,) = streams.open
        waiting: list[int] = []
        for position in range(2, LAST + 1):
            put(world, position, {"weld": {"n": position, "text": TEXT}})
            wait_until(
                lambda at=position: streams.log.end >= at,  # type: ignore[misc]
                f"position {position}",
                deadline_s=PATIENCE_S,
            )
            waiting.append(subscriber.bytes_waiting())
        wait_until(lambda: subscriber.dropped, "the cut", deadline_s=PATIENCE_S)
    assert 0 < max(waiting) <= BOUNDS.stream_buffer_bytes + RUN_BYTES_MAX + len(TEXT) + 1_000


def test_one_that_takes_nothing_any_more_is_cut_although_little_happens(world: Fakes) -> None:
    put(world, 2, {f"phase-{n}": {"n": n, "text": TEXT} for n in range(40)})
    with served(create_app(world.services, Bounds(keepalive_s=0.2))) as running:
        lazy = stalled(running.port)
        with closing(lazy):
            wait_until(
                lambda: b"takt_http_streams_dropped_total 1.0" in running.get("/metrics")[1],
                "the cut",
                deadline_s=PATIENCE_S,
            )
            events = events_in(rest_of(lazy))
    assert [told.id for told in events] == [None] * len(events)


def test_no_more_streams_are_opened_than_may_be(world: Fakes) -> None:
    with (
        served(create_app(world.services, Bounds(streams_max=2))) as running,
        closing(EventReader(running.port, PATH)) as one,
        closing(EventReader(running.port, PATH)) as two,
    ):
        assert [next(iter(each)).event for each in (one, two)] == ["snapshot"] * 2
        answer = running.raw(f"GET {PATH} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 429 ")
        assert b"\r\nretry-after: 5\r\n" in answer.lower()
