"""Run the application in uvicorn, so that it comes up told and goes down in good order."""

import socket
import sys
from collections.abc import Callable
from ipaddress import ip_address
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from consumers.http.broadcast import Streams
from consumers.http.protocol import BoundedProtocol
from consumers.settings import WrongSettings

KEEP_ALIVE_S: Final = 65
GRACEFUL_S: Final = 5
BACKLOG: Final = 512
SWITCH_S: Final = 0.001
"""After so long a thread that computes lets another one go on: requests and streams change threads
several times, and beside a busy projector each change waits this long (by itself 5 ms)."""


class Server(uvicorn.Server):
    """uvicorn, ending open streams first: it would wait for them to end by themselves."""

    def __init__(
        self, config: uvicorn.Config, streams: Streams, on_ready: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._streams = streams
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and tell the address once the first request could come."""
        sys.setswitchinterval(SWITCH_S)
        await super().startup(sockets=sockets)
        if self.started:
            host, port = (sockets or self.servers[0].sockets)[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            self._on_ready(f"http://{shown}:{port}")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End the streams, then let uvicorn wait for what is left."""
        self._streams.end_all()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """End from another thread as a signal would."""
        self._streams.end_all()
        self.should_exit = True


def server(
    app: FastAPI, host: str, port: int, on_ready: Callable[[str], None], *, guarded: bool = False
) -> Server:
    """Return the server of an app, not yet started; port 0 takes a free one.

    Raises WrongSettings for a host beyond loopback while nobody is asked who they are.
    """
    if not guarded and not is_loopback(host):
        msg = (
            f"{host} can be reached from outside, and requests are not asked for a credential: "
            "listen on 127.0.0.1, and put a server that asks for one in front"
        )
        raise WrongSettings(msg)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACEFUL_S,
    )
    return Server(config, app.state.streams, on_ready)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
