"""Write to the connection of a stream directly: what goes to many is framed once for all."""

import asyncio
import socket
from contextlib import suppress
from typing import Final

WIRE: Final = "takt.wire"
"""The name under which the server hands a request its wire (an ASGI extension)."""
KERNEL_BYTES: Final = 256 * 1024
"""What the operating system may keep for a stream's reader; by itself it would go to megabytes."""


def framed(piece: bytes) -> bytes:
    """Return bytes as one chunk of an answer without a length (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


class Wire:
    """One connection, past the queue of its request."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.bytes_given = 0
        """All that was given to the connection for its reader, whoever wrote it."""

    def bound(self) -> None:
        """Have the operating system keep little for a reader that does not read."""
        opened = self._transport.get_extra_info("socket")
        if opened is not None:
            with suppress(OSError, ValueError):  # Gone already: the next write will tell.
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)

    def write(self, chunks: bytes) -> None:
        """Send chunks as they are, after what was sent before; never waits."""
        if not self._transport.is_closing():
            self._transport.write(chunks)
            self.bytes_given += len(chunks)

    def bytes_waiting(self) -> int:
        """Return how many bytes this process keeps because the reader has not taken them."""
        return self._transport.get_write_buffer_size()

    def bytes_taken(self) -> int:
        """Return how many bytes have left this process."""
        return self.bytes_given - self.bytes_waiting()

    def cut(self) -> None:
        """End the connection at once, and forget what waits for its reader."""
        self._transport.abort()
