"""Bound what a connection may cost before there is a request: headers in size and in time."""

import asyncio
import sys
from typing import Any, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from consumers.http.edge import HEADER_BYTES_MAX
from consumers.http.stream import ABORT

HEADERS_TIMEOUT_S: Final = 15.0

_METHOD_REFUSED: Final = (
    b"HTTP/1.1 405 Method Not Allowed\r\nallow: GET, HEAD, OPTIONS, POST\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_HEADERS_REFUSED: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a bound on headers, and a way to cut a connection off."""

    _deadline: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser could not take: 405 where only the method is unknown."""
        if self._refused:
            return
        error = sys.exc_info()[1]  # The parser's error, which uvicorn is handling right now.
        if isinstance(error, httptools.HttpParserInvalidMethodError):
            self._refuse(_METHOD_REFUSED)
        elif isinstance(getattr(error, "__context__", None), _TooManyHeaders):
            self._refuse(_HEADERS_REFUSED)
        else:
            self._refused = True
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = 0
        self._start_deadline()
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"] = {ABORT: {"call": self.transport.abort}}

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_deadline()
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > 2 * HEADER_BYTES_MAX:
            raise _TooManyHeaders

    def _start_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_TIMEOUT_S, self._too_slow)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self._refuse(_TOO_SLOW)

    def _refuse(self, answer: bytes) -> None:
        self._refused = True
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()


class _TooManyHeaders(Exception):
    """Raised through the parser, which wraps it."""
