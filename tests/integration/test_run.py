"""A running `takt` comes up told, refuses what it cannot have, and goes down in good order."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services.kafka import ROOT
from tests.services.ports import LOOPBACK, free_ports
from tests.services.waiting import wait_until

pytestmark = pytest.mark.integration

DEADLINE_S = 60.0


@contextmanager
def running(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Start `takt run` and end it whatever happens."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TAKT_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "consumers", "run", "--port", str(port)],
        cwd=ROOT,
        env={**environment, "TAKT_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE_S)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order_although_a_stream_is_open(
    tmp_path: Path, number: signal.Signals
) -> None:
    (port,) = free_ports(1)
    with running(tmp_path, port) as takt:
        wait_until(lambda: answers(port), "takt answers", deadline_s=DEADLINE_S)
        stream = http.client.HTTPConnection(LOOPBACK, port, timeout=DEADLINE_S)
        stream.request("GET", "/v1/stream")
        assert stream.getresponse().status == 200
        takt.send_signal(number)
        assert takt.wait(timeout=DEADLINE_S) == 0
        stream.close()
    # Whoever closes a SQLite log last takes its journal along.
    files = ["engine.lock", "takt.db", "takt.db.checkpoints"]
    assert sorted(path.name for path in tmp_path.iterdir()) == files
    # The lease and the log were let go: the next one starts on the same home at once.
    with running(tmp_path, port):
        wait_until(lambda: answers(port), "the next one answers", deadline_s=DEADLINE_S)


def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with running(tmp_path, port) as takt:
            _, told = takt.communicate(timeout=DEADLINE_S)
    assert takt.returncode == 2
    assert f"takt: {LOOPBACK}:{port}: Address already in use" in told
    assert "TAKT_HTTP_PORT" in told
    assert "Traceback" not in told


def test_a_second_one_on_the_same_home_is_refused(tmp_path: Path) -> None:
    first, second = free_ports(2)
    with running(tmp_path, first):
        wait_until(lambda: answers(first), "takt answers", deadline_s=DEADLINE_S)
        with running(tmp_path, second) as other:
            _, told = other.communicate(timeout=DEADLINE_S)
    assert other.returncode == 3
    assert "another takt runs on" in told
