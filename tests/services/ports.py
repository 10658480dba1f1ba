"""Find free loopback ports for servers that must come back on the same port after a crash."""

import random
import socket
from contextlib import ExitStack
from typing import Final

LOOPBACK: Final = "127.0.0.1"
# Below the range that the kernel hands out to outgoing connections: a client that keeps dialling a
# dead server could otherwise be given that very port, talk to itself, and keep the server out.
FIRST, LAST = 15_000, 31_999
ATTEMPTS_MAX: Final = 200


def free_ports(count: int) -> tuple[int, ...]:
    """Return so many different ports on which nothing listens now."""
    dice = random.SystemRandom()  # Test runs beside each other must not draw the same numbers.
    found: list[int] = []
    with ExitStack() as held:
        for _ in range(ATTEMPTS_MAX):
            if len(found) == count:
                return tuple(found)
            port = dice.randint(FIRST, LAST)
            listener = held.enter_context(socket.socket())
            try:
                listener.bind((LOOPBACK, port))
            except OSError:
                continue
            found.append(port)
    msg = f"no {count} free ports between {FIRST} and {LAST}"
    raise RuntimeError(msg)


def listens(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
