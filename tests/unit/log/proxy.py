"""Stand between a client and its database, and lose what a network may lose."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """Forward a PostgreSQL address on loopback until told to lose something."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}"))
        self.swallowed = 0
        self._swallowing = False
        self._refusing = False
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
        self.cut()

    def swallow_the_next_answer(self) -> None:
        """Drop what the server says next, and the connection with it: the commit is made."""
        self._swallowing = True

    def cut(self) -> None:
        """End every connection at once."""
        with self._lock:
            while self._open:
                end(self._open.pop())

    def refuse(self) -> None:
        """Cut, and let nobody in."""
        self._refusing = True
        self.cut()

    def allow(self) -> None:
        self._refusing = False

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                end(client)
                continue
            server = socket.create_connection(self._server)
            with self._lock:
                self._open += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(
                    target=self._pump, args=(source, target, source is server), daemon=True
                ).start()

    def _pump(self, source: socket.socket, target: socket.socket, answers: bool) -> None:  # noqa: FBT001
        try:
            while data := source.recv(65536):
                if answers and self._swallowing:
                    self._swallowing = False
                    self.swallowed += 1
                    break
                target.sendall(data)
        except OSError:
            pass
        end(source)
        end(target)


def end(one: socket.socket) -> None:
    """Close a connection for both sides."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
