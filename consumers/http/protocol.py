"""Bound what a connection may cost before there is a request: headers in size and in time."""

import asyncio
import sys
from typing import Any, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from consumers.http.edge import HEADER_BYTES_MAX
from consumers.http.wire import WIRE, Wire

HEADERS_TIMEOUT_S: Final = 15.0
RAW_HEADER_BYTES_MAX: Final = 2 * HEADER_BYTES_MAX
"""Bytes of a request's head as they come; what is whole is held to HEADER_BYTES_MAX besides."""

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
    """uvicorn's protocol with a bound on headers, and a stream's own way to the connection."""

    _deadline: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _awaits_headers = True
    _ended_a_message = False
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._ended_a_message = False
        super().data_received(data)
        # What a body ended in was mostly body; of a head behind it, counting begins with the next.
        if self._awaits_headers and not self._ended_a_message:
            # The parser keeps a header to itself until it is whole, however long it grows.
            self._header_bytes += len(data)
            if self._header_bytes > RAW_HEADER_BYTES_MAX:
                self._refuse(_HEADERS_REFUSED)

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser could not take: 405 where only the method is unknown."""
        if self._refused:
            return
        error = sys.exc_info()[1]  # The parser's error, which uvicorn is handling right now.
        if isinstance(error, httptools.HttpParserInvalidMethodError):
            self._refuse(_METHOD_REFUSED)
        else:
            self._refused = True
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._start_deadline()
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"] = {WIRE: Wire(self.transport)}

    def on_headers_complete(self) -> None:
        self._stop_deadline()
        self._awaits_headers = False
        self._header_bytes = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._awaits_headers = True
        self._ended_a_message = True
        super().on_message_complete()

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
