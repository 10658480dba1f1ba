"""Refuse every connection that would leave this machine, whatever a test or a library tries."""

import ipaddress
import sys
from collections.abc import Sequence
from typing import Final

import pytest

LOCAL_NAMES: Final = frozenset({"", "localhost"})
GUARDED: Final = frozenset({"socket.connect", "socket.bind", "socket.sendto"})
LOOKUPS: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


def must_be_loopback(host: str) -> None:
    """Fail the test at hand unless the host is this machine by its loopback address."""
    if not is_loopback(host):
        # Not an OSError: what is under test might take that for an outage and try again.
        pytest.fail(f"a test reached for {host}; tests stay on loopback", pytrace=True)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in LOCAL_NAMES


def stay_on_loopback() -> None:
    """Watch the sockets of this interpreter from now on; there is no way back."""
    sys.addaudithook(_watch)


def _watch(event: str, arguments: Sequence[object]) -> None:
    if event in GUARDED:
        address = arguments[1]
        # Anything but a tuple is the path of a local socket.
        if isinstance(address, tuple) and address and isinstance(address[0], str):
            must_be_loopback(address[0])
    elif event in LOOKUPS:
        host = arguments[0]
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        if isinstance(host, str):
            must_be_loopback(host)
