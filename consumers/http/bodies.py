"""Read a request's body within its bounds: size, time and what it was packed in."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect, Request

from consumers.http.problems import (
    MALFORMED,
    OVERLOADED,
    TIMEOUT,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
    retry_after,
)
from consumers.http.work import THREADS, WAITING_MAX
from consumers.kafka.binding import UnsupportedMediaType, http_content_type
from consumers.strict_json import BATCH_LIMITS, MESSAGE_LIMITS

JSON: Final = "application/json"
CLOSE: Final = {"Connection": "close"}
_GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much and how long the edge bears with a client."""

    body_timeout_s: float = 15.0
    """From the headers to the last byte of the body."""
    message_bytes_max: int = MESSAGE_LIMITS.bytes_max
    batch_bytes_max: int = BATCH_LIMITS.bytes_max
    bodies_bytes_max: int = 128 * 1024 * 1024
    """All bodies that are being read or worked on, together."""
    work_threads: int = THREADS
    work_waiting_max: int = WAITING_MAX
    files_waiting_max: int = 7
    """Sheets and plans that may wait while one is read."""
    wait_max_s: float = 2.0
    keepalive_s: float = 7.5
    """A stream says that it is still there after one to two times as many seconds of silence."""
    recheck_s: float = 60.0
    """After so long at the latest an open stream's credential is looked at again."""
    poll_max_s: float = 25.0
    """How long a poll may wait for something to tell; proxies give up after 30 or 60 s."""
    poll_changes_max: int = 1_000
    """Changes in one answer; a poll with its cursor goes on with the rest at once."""
    streams_max: int = 2_000
    stream_queue_max: int = 4_096
    """Messages a slow reader may lag behind before its stream is ended."""
    stream_bytes_max: int = 16 * 1024 * 1024
    """The same in bytes; so much at most is kept, for all readers together."""
    stream_buffer_bytes: int = 256 * 1024
    """What is kept for one reader alone: above this nothing more is written to it."""


class Bodies:
    """Reads bodies, and holds all of them together to a bound for as long as they are worked on."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._bytes = 0

    @property
    def bytes_held(self) -> int:
        """The size of the bodies that are being read or worked on."""
        return self._bytes

    @asynccontextmanager
    async def of(self, request: Request, bytes_max: int) -> AsyncIterator[bytes]:
        """Give the body of a request, unpacked, for as long as it is worked on.

        Raises Problem for too much, too slow, or packed unreadably; `overloaded` where too much is
        held for others already.
        """
        body = _Body(self, request, bytes_max)
        try:
            yield await body.read(self.bounds.body_timeout_s)
        finally:
            self._bytes -= body.held

    def hold(self, more: int) -> None:
        """Count what came; raises Problem where it is too much together."""
        if self._bytes + more > self.bounds.bodies_bytes_max:
            msg = "more is being sent at once than can be kept"
            raise Problem(OVERLOADED, msg, headers={**CLOSE, **retry_after()})
        self._bytes += more


class _Body:
    def __init__(self, bodies: Bodies, request: Request, bytes_max: int) -> None:
        self._bodies = bodies
        self._request = request
        self._bytes_max = bytes_max
        self.held = 0

    async def read(self, timeout_s: float) -> bytes:
        encoding = self._request.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip"}:
            msg = f"Content-Encoding {encoding[:40]!r} is not read here: send identity or gzip"
            raise Problem(UNSUPPORTED_MEDIA_TYPE, msg, headers=CLOSE)
        declared = self._request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._bytes_max:
            raise _too_large(self._bytes_max)
        try:
            async with asyncio.timeout(timeout_s):
                raw = await self._collected()
        except TimeoutError:
            msg = f"the body did not come whole within {timeout_s:g} s"
            raise Problem(TIMEOUT, msg, headers=CLOSE) from None
        except ClientDisconnect:
            msg = "the connection ended before the body did"
            raise Problem(MALFORMED, msg, headers=CLOSE) from None
        if encoding == "identity":
            return raw
        inflated = _inflated(raw, self._bytes_max)
        self._hold(len(inflated))
        return inflated

    async def _collected(self) -> bytes:
        pieces: list[bytes] = []
        async for piece in self._request.stream():
            if self.held + len(piece) > self._bytes_max:
                raise _too_large(self._bytes_max)
            self._hold(len(piece))
            pieces.append(piece)
        return b"".join(pieces)

    def _hold(self, more: int) -> None:
        self._bodies.hold(more)
        self.held += more


def _inflated(raw: bytes, bytes_max: int) -> bytes:
    """Unpack no further than the limit: a kilobyte may hold a gigabyte."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        inflated = unpacker.decompress(raw, bytes_max + 1)
    except zlib.error:
        msg = "the body is no gzip, although Content-Encoding says so"
        raise Problem(MALFORMED, msg) from None
    if len(inflated) > bytes_max:
        raise _too_large(bytes_max)
    if not unpacker.eof or unpacker.unused_data:
        msg = "the gzip of the body is cut off, or something follows it"
        raise Problem(MALFORMED, msg)
    return inflated


def _too_large(bytes_max: int) -> Problem:
    msg = f"at most {bytes_max} bytes are taken"
    return Problem(TOO_LARGE, msg, headers=CLOSE)


def require_json(request: Request) -> None:
    """Raise UnsupportedMediaType unless the one Content-Type is JSON in UTF-8."""
    content_type = http_content_type(request.headers.raw)
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type != JSON:
        msg = f"send the command as {JSON}"
        raise UnsupportedMediaType(msg)
