"""Be many subscribers of one stream in a process of their own, and note when each thing came.

Run as a module it opens streams on a port, says that all have begun, and reads until a position
came to every one of them; then it prints what it noted. Both processes read the same clock.
"""

import json
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

READ_BYTES: Final = 1 << 16
TAIL_BYTES: Final = 64
"""What of one read may be the beginning of a line whose rest comes with the next."""
QUIET_S_MAX: Final = 30.0
_ID: Final = re.compile(rb"event: (\w+)\nid: (\d+)\n")


@dataclass
class Readers:
    """A child process with so many open streams."""

    process: "subprocess.Popen[str]"
    arrivals: dict[int, list[float]] = field(default_factory=dict)
    """When a position came to each of them, by `time.perf_counter` (one clock for all here)."""

    def read_until(self, position: int) -> None:
        """Have them read until a position came to all; then take over what they noted."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{position}\n")
        self.process.stdin.flush()
        found = json.loads(self.process.stdout.readline())
        self.arrivals = {int(each): times for each, times in found.items()}


@contextmanager
def readers(port: int, count: int, path: str) -> Iterator[Readers]:
    """Open streams in a child process; given once each has its snapshot."""
    command = [sys.executable, "-m", __name__, str(port), str(count), path]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "begun":
            msg = "the subscribers did not begin"
            raise RuntimeError(msg)
        yield Readers(process)
    finally:
        process.kill()
        process.wait()


def _main(port: int, count: int, path: str) -> None:
    with selectors.DefaultSelector() as waiting:
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", port))
            one.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            one.setblocking(False)
            waiting.register(one, selectors.EVENT_READ)
        begun: set[int] = set()
        while len(begun) < count:
            begun |= {each for each, piece in _pieces(waiting) if b"event: snapshot" in piece}
        print("begun", flush=True)  # noqa: T201  The parent waits for it.
        print(json.dumps(_arrivals(waiting, count)), flush=True)  # noqa: T201  So it asked.


def _arrivals(waiting: selectors.BaseSelector, count: int) -> dict[int, list[float]]:
    """Note when each position came, until the one that the parent names came to all."""
    arrivals: dict[int, list[float]] = {}
    tails: dict[int, bytes] = {}
    waiting.register(sys.stdin.fileno(), selectors.EVENT_READ)
    last: int | None = None
    while last is None or len(arrivals.get(last, ())) < count:
        before = time.perf_counter()
        for one, piece in _pieces(waiting):
            if one == sys.stdin.fileno():
                last = int(piece)
                waiting.unregister(one)
                continue
            now, text, end = time.perf_counter(), tails.get(one, b"") + piece, 0
            for found in _ID.finditer(text):
                end = found.end()
                if found[1] == b"change":
                    arrivals.setdefault(int(found[2]), []).append(now)
            tails[one] = text[max(end, len(text) - TAIL_BYTES) :]
        if time.perf_counter() - before >= QUIET_S_MAX:
            break
    return arrivals


def _pieces(waiting: selectors.BaseSelector) -> Iterator[tuple[int, bytes]]:
    """Yield what there is to read, by the number of the file."""
    for key, _ in waiting.select(QUIET_S_MAX):
        yield key.fd, os.read(key.fd, READ_BYTES)


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
