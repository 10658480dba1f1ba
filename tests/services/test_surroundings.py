"""See that the guards around the tests bite: network, missing services, silent tiers."""

import asyncio
import socket
from pathlib import Path

import pytest

from tests.services.availability import absent, skipped_for_want
from tests.services.network import is_loopback
from tests.services.ports import free_ports, listens
from tests.services.waiting import Overdue, wait_until
from tests.tiers import TESTS, silent_folders

SWITCHES = ("TAKT_SERVICES_REQUIRED", "TAKT_KAFKA_REQUIRED", "TAKT_POSTGRES_REQUIRED")
# Addresses of documentation: nobody has them, so a hole in the guard would only time out.
ELSEWHERE = ("192.0.2.1", "2001:db8::1")
ANY = "0.0.0.0"  # noqa: S104 - It is what must not happen.


@pytest.fixture(autouse=True)
def nothing_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    for switch in SWITCHES:
        monkeypatch.delenv(switch, raising=False)


@pytest.mark.parametrize("host", [*ELSEWHERE, "broker.example"])
def test_a_connection_to_elsewhere_is_refused(host: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="tests stay on loopback"):
        socket.create_connection((host, 9092), timeout=1)


def test_a_datagram_and_a_listener_for_elsewhere_are_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        with pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
            datagrams.sendto(b"", ("192.0.2.1", 9))
        with pytest.raises(pytest.fail.Exception, match=r"0\.0\.0\.0"):
            datagrams.bind((ANY, 0))


def test_an_event_loop_does_not_get_around_the_guard() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        asyncio.run(asyncio.wait_for(asyncio.open_connection("192.0.2.1", 9092), timeout=1))


def test_loopback_has_many_names_and_addresses() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"))
    assert not any(is_loopback(host) for host in (*ELSEWHERE, ANY, "localhost.example"))


def test_a_missing_service_skips_with_its_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"^no kafka: no jars$"):
        absent("kafka", "no jars")


@pytest.mark.parametrize("switch", ["TAKT_SERVICES_REQUIRED", "TAKT_KAFKA_REQUIRED"])
def test_a_missing_service_fails_where_it_is_required(
    switch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(switch, "1")
    with pytest.raises(pytest.fail.Exception, match="no kafka: no jars"):
        absent("kafka", "no jars")


def test_requiring_one_service_requires_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKT_KAFKA_REQUIRED", "1")
    with pytest.raises(pytest.skip.Exception, match="no initdb"):
        absent("postgres", "no initdb")


def test_only_skips_for_want_of_a_service_are_counted() -> None:
    reasons = ["Skipped: no kafka: no jars", "Skipped: no kafka: no java", "Skipped: not today"]
    wanted = {"kafka": 2, "postgres": 0, "chromium": 0, "strace": 0, "java": 0}
    assert skipped_for_want(reasons) == wanted


def test_a_selected_folder_without_a_test_is_silent(tmp_path: Path) -> None:
    here = Path(__file__)
    assert silent_folders([here.parent], [here]) == []
    assert silent_folders([here.parent, tmp_path], [here]) == [tmp_path]


def test_a_run_of_everything_misses_a_tier_that_fell_silent() -> None:
    heard = [path for path in TESTS.rglob("test_*.py") if path.parent != Path(__file__).parent]
    assert silent_folders([TESTS], [*heard, Path(__file__)]) == []
    assert silent_folders([TESTS], heard) == [Path(__file__).parent]


def test_ports_are_different_and_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert not any(listens(port) for port in ports)


def test_waiting_ends_with_the_deadline_and_says_for_what() -> None:
    with pytest.raises(Overdue, match=r"^the end of days did not come true within 0\.1 s$"):
        wait_until(lambda: False, "the end of days", deadline_s=0.1)
