"""Stand between a client and a server and cut the line: before, in, and after what is said."""

import random
import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from types import TracebackType
from typing import Final, Literal, Self

from tests.services.ports import LOOPBACK

CHUNK: Final = 65_536
# Closing with a time of zero sends a reset instead of a farewell.
ABRUPTLY: Final = struct.pack("ii", 1, 0)

Direction = Literal["request", "reply"]


class Proxy:
    """A port of its own that leads to another one on loopback, for as long as it likes.

    `cut` is the chance that a piece of a request is torn and the line cut; `swallow` the chance
    that a reply is kept from the client and the line cut: what was asked for has happened, and the
    client does not know. The first `spared` pieces of a line always pass, either way: otherwise
    nobody whose greetings are long would ever be let in. Use it as a context manager.
    """

    def __init__(
        self, target: int, *, seed: int, cut: float = 0.0, swallow: float = 0.0, spared: int = 0
    ) -> None:
        self.cut = cut
        self.swallow = swallow
        self.spared = spared
        self.counts: Counter[str] = Counter()
        """connections, cut, swallowed, refused: how often each was."""
        self._target = target
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._lines: set[socket.socket] = set()
        self._closed = False
        self._listening = socket.create_server((LOOPBACK, 0), backlog=128)
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed = True
        # Closing alone does not wake who waits in accept.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        self.cut_all()

    def cut_all(self) -> None:
        """Cut every line there is now."""
        with self._lock:
            lines = list(self._lines)
        for line in lines:
            self._end(line)

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((LOOPBACK, self._target), timeout=5)
            except OSError:
                self._count("refused")
                self._end(client)
                continue
            server.settimeout(None)
            self._count("connections")
            with self._lock:
                self._lines |= {client, server}
            for direction, source, sink in (
                ("request", client, server),
                ("reply", server, client),
            ):
                threading.Thread(
                    target=self._pump, args=(direction, source, sink), daemon=True
                ).start()

    def _pump(self, direction: Direction, source: socket.socket, sink: socket.socket) -> None:
        passed = 0
        try:
            while piece := source.recv(CHUNK):
                passed += 1
                fault, share = ("", 0.0) if passed <= self.spared else self._drawn(direction)
                if fault:
                    if direction == "request":
                        sink.sendall(piece[: int(len(piece) * share)])
                    self._count(fault)
                    break
                sink.sendall(piece)
        except OSError:
            pass  # The other direction has ended the line.
        finally:
            self._end(source)
            self._end(sink)

    def _drawn(self, direction: Direction) -> tuple[str, float]:
        with self._lock:
            drawn, share = self._chance.random(), self._chance.random()
        if direction == "request":
            return ("cut" if drawn < self.cut else ""), share
        return ("swallowed" if drawn < self.swallow else ""), share

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def _end(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.discard(line)
        with suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPTLY)
            line.shutdown(socket.SHUT_RDWR)
        line.close()
