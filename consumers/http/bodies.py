"""Read a request's body within its bounds: size, time and what it was packed in."""

import asyncio
import zlib
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect, Request

from consumers.http.problems import MALFORMED, TIMEOUT, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Problem
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


async def read_body(request: Request, bytes_max: int, timeout_s: float) -> bytes:
    """Return the body, unpacked; raises Problem for too much, too slow, or packed unreadably."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        msg = f"Content-Encoding {encoding[:40]!r} is not read here: send identity or gzip"
        raise Problem(UNSUPPORTED_MEDIA_TYPE, msg, headers=CLOSE)
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > bytes_max:
        raise _too_large(bytes_max)
    try:
        async with asyncio.timeout(timeout_s):
            raw = await _collected(request, bytes_max)
    except TimeoutError:
        msg = f"the body did not come whole within {timeout_s:g} s"
        raise Problem(TIMEOUT, msg, headers=CLOSE) from None
    except ClientDisconnect:
        msg = "the connection ended before the body did"
        raise Problem(MALFORMED, msg, headers=CLOSE) from None
    return raw if encoding == "identity" else _inflated(raw, bytes_max)


async def _collected(request: Request, bytes_max: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > bytes_max:
            raise _too_large(bytes_max)
        pieces.append(piece)
    return b"".join(pieces)


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
