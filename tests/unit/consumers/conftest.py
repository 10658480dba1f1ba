"""Give a demo that was played for six weeks, once for each file of tests that looks at it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from consumers.bootstrap import System
from consumers.running import begin_demo
from tests.unit.consumers.systems import StandingClock, system_in
from tests.unit.consumers.test_demo import MONDAY, TODAY, play


@pytest.fixture(scope="module")
def played_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home in which the demo was played for six weeks."""
    home = tmp_path_factory.mktemp("demo")
    clock = StandingClock(MONDAY)
    with system_in(home, clock) as system:
        begin_demo(system, TODAY)
        play(system, clock, timedelta(weeks=6))
        system.ticker.tick(clock.at + timedelta(hours=1))
        system.settle()
    return home


@pytest.fixture
def demo(played_demo: Path) -> Iterator[System]:
    with system_in(played_demo, StandingClock(MONDAY + timedelta(weeks=7))) as system:
        yield system
