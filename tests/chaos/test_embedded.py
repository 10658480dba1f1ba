"""Everything in one process on one file, killed under HTTP clients whose lines are cut."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event
from typing import Final, NamedTuple

import pytest

from tests.chaos.clients import Clients
from tests.chaos.evidence import checked
from tests.chaos.fleet import Fleet
from tests.chaos.history import Report, read_history
from tests.chaos.prepared import prepare
from tests.chaos.proxy import Proxy
from tests.chaos.sizes import kills
from tests.services.ports import free_ports
from tests.services.waiting import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.integration, pytest.mark.slow]

SEED: Final = 20260302
HOMES: Final = 2
CLIENTS: Final = 4
AT_WORK_S: Final = 1.0
STARTING_S: Final = 1.5
KILLED_STARTING: Final = 0.2
CUT: Final = 0.03
DEADLINE_S: Final = 60.0


class Ran(NamedTuple):
    """What one run did, and what was found."""

    report: Report
    killed: int
    cut: int
    swallowed: int


def run(home: Path, seed: int, times: int) -> Ran:
    """Kill `takt run` so often, at work and while it starts, then look at what is left."""
    chance = Random(seed)
    home.mkdir()
    address = prepare(home)
    (port,) = free_ports(1)
    pause = Event()
    with (
        Fleet(home, {}) as fleet,
        Proxy(port, seed=seed, cut=CUT, swallow=CUT) as proxy,
        Clients(proxy.port, home, count=CLIENTS, seed=seed) as clients,
    ):
        fleet.put_in("all", "--port", str(port))

        def answered() -> None:
            before = clients.answers

            def answers_again() -> bool:
                fleet.look()
                return clients.answers > before

            wait_until(answers_again, "an answer", deadline_s=DEADLINE_S)

        for _ in range(times):
            if chance.random() < KILLED_STARTING:
                pause.wait(chance.uniform(0, STARTING_S))
            else:
                answered()
                pause.wait(chance.uniform(0, AT_WORK_S))
            fleet.kill("all")
        answered()
        clients.stop()
        killed = fleet.kills["all"]
        fleet.take_out("all")
    report = checked(address, read_history(*clients.paths))
    report.faults += clients.faults
    return Ran(report, killed, proxy.counts["cut"], proxy.counts["swallowed"])


def test_killed_at_any_moment_it_keeps_what_it_acknowledged_and_counts_it_once(
    tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    with ThreadPoolExecutor(HOMES) as pool:
        ran = list(
            pool.map(
                run,
                [tmp_path / str(number) for number in range(HOMES)],
                range(SEED, SEED + HOMES),
                [kills(12) // HOMES] * HOMES,
            )
        )
    tell_figures(
        f"{sum(one.killed for one in ran)} kills, "
        f"{sum(one.cut for one in ran)} requests cut, "
        f"{sum(one.swallowed for one in ran)} answers swallowed; "
        + " + ".join(one.report.figures for one in ran)
    )
    assert [fault for one in ran for fault in one.report.faults] == []
    assert all(one.report.acknowledged > CLIENTS for one in ran)
