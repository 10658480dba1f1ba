"""Write the same bytes to many sockets and do nothing else: the least a fan-out can cost."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, cast

import uvloop

from tests.benchmarks.subscribers import readers
from tests.services.ports import LOOPBACK, free_ports

ROW_BYTES: Final = 700
"""About the size of an audit row as it is sent."""
WAIT_S: Final = 60.0


class _Peer(asyncio.Protocol):
    def __init__(self, opened: "list[asyncio.WriteTransport]") -> None:
        self._opened = opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._opened.append(self._transport)

    def data_received(self, data: bytes) -> None:
        del data
        self._transport.write(b"HTTP/1.1 200 OK\r\n\r\nevent: snapshot\nid: 0\ndata: {}\n\n")


@contextmanager
def bare_broadcast(
    subscribers: int, rate: int, seconds: float, path: str
) -> Iterator[Sequence[float]]:
    """Give the delays in ms of a steady broadcast to so many readers in another process."""
    opened: list[asyncio.WriteTransport] = []
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    (port,) = free_ports(1)
    listening = asyncio.run_coroutine_threadsafe(
        loop.create_server(lambda: _Peer(opened), LOOPBACK, port), loop
    ).result(WAIT_S)
    sent: dict[int, float] = {}
    try:
        with readers(port, subscribers, path) as reading:
            begin = time.perf_counter()
            for number in range(1, int(rate * seconds) + 1):
                time.sleep(max(0.0, begin + number / rate - time.perf_counter()))
                event = b"event: change\nid: %d\ndata: %b\n\n" % (number, b"x" * ROW_BYTES)
                sent[number] = time.perf_counter()
                loop.call_soon_threadsafe(_write, opened, event)
            reading.read_until(max(sent))
        yield [
            (came - at) * 1_000 for number, at in sent.items() for came in reading.arrivals[number]
        ]
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_S)


def _write(opened: Sequence[asyncio.WriteTransport], event: bytes) -> None:
    for transport in opened:
        transport.write(event)
