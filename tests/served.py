"""Serve an application on a free loopback port for as long as a test needs it."""

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI

from consumers.http.server import Server, server

PATIENCE_S: Final = 20.0


@dataclass
class Served:
    """A running server and its address."""

    url: str
    server: Server
    thread: Thread

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def raw(self, request: bytes, *, until: bytes | None = None) -> bytes:
        """Send bytes as they are; return what comes back until the end, or until a mark."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as connection:
            connection.sendall(request)
            received = b""
            while until is None or until not in received:
                piece = connection.recv(65_536)
                if not piece:
                    break
                received += piece
        return received

    def stop(self) -> None:
        self.server.stop()
        self.thread.join(PATIENCE_S)


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[Served]:
    """Run the application's real server in a thread; it ends with the block."""
    addresses: list[str] = []
    ready = Event()

    def on_ready(url: str) -> None:
        addresses.append(url)
        ready.set()

    one = server(app, "127.0.0.1", port, on_ready)
    thread = Thread(target=one.run, name="served", daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S), "the server did not come up"
    running = Served(addresses[0], one, thread)
    try:
        yield running
    finally:
        running.stop()
        assert not thread.is_alive(), "the server did not go down"


@dataclass
class Told:
    """One server-sent event, read back."""

    event: str
    id: str | None
    data: dict[str, Any]


class EventReader:
    """Read a stream of events as a browser does; `last_id` is what it would resume with."""

    def __init__(self, port: int, path: str = "/v1/stream", last_id: str | None = None) -> None:
        self.last_id = last_id
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        headers = {} if last_id is None else {"Last-Event-ID": last_id}
        self._connection.request("GET", path, headers=headers)
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self.comments = 0

    def __iter__(self) -> Iterator[Told]:
        lines: list[str] = []
        while line := self._answer.readline():
            text = line.decode().rstrip("\n")
            if text:
                lines.append(text)
                continue
            self.comments += sum(each.startswith(":") for each in lines)
            told = parsed(lines)
            lines = []
            if told is not None:
                if told.id is not None:
                    self.last_id = told.id
                yield told

    def body(self) -> bytes:
        return self._answer.read()

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


def parsed(lines: list[str]) -> Told | None:
    """Return the event that the lines of one block say, None where they have no data."""
    fields = dict(
        line.split(": ", 1) for line in lines if not line.startswith(":") and ": " in line
    )
    if "data" not in fields:
        return None
    return Told(fields.get("event", "message"), fields.get("id"), json.loads(fields["data"]))


class Picture:
    """The rows a client has after the events it took in."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], Any] = {}
        self.positions: list[int] = []

    def take(self, told: Told) -> None:
        if told.event == "reset" or told.data.get("first"):
            self.rows = {}
        if told.event == "change":
            self.positions.append(told.data["position"])
        for row in told.data.get("rows", ()):
            place = (row["projection"], row["key"], row["row_id"])
            if row["row"] is None:
                self.rows.pop(place, None)
            else:
                self.rows[place] = row["row"]


def cut_off(port: int, path: str, last_id: str | None, byte_count: int) -> list[Told]:
    """Return the whole events among so many bytes of a stream, then cut the connection."""
    resume = "" if last_id is None else f"Last-Event-ID: {last_id}\r\n"
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{resume}\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request)
        connection.settimeout(0.2)
        received = b""
        while len(received) < byte_count:
            try:
                piece = connection.recv(byte_count - len(received))
            except TimeoutError:
                break
            if not piece:
                break
            received += piece
    return events_in(received)


def events_in(received: bytes) -> list[Told]:
    """Return the whole events in the raw bytes of an answer, the end of which may be missing."""
    whole = _unchunked(received.partition(b"\r\n\r\n")[2]).rpartition(b"\n\n")[0]
    found = (parsed(block.split("\n")) for block in whole.decode().split("\n\n"))
    return [told for told in found if told is not None]


def _unchunked(body: bytes) -> bytes:
    """Return the content of chunks, the last of which may be cut off."""
    content: list[bytes] = []
    place = 0
    while (end := body.find(b"\r\n", place)) >= 0:
        length = int(body[place:end], 16)
        content.append(body[end + 2 : end + 2 + length])
        place = end + 2 + length + 2
        if length == 0 or place > len(body):
            break
    return b"".join(content)
