"""A process of several writers killed at any moment, and a database crashed under it."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event
from typing import Final

import pytest

from tests.chaos.evidence import checked
from tests.chaos.history import Report, read_history
from tests.chaos.prepared import prepare
from tests.chaos.sizes import kills
from tests.services.kafka import ROOT
from tests.services.postgres import PostgresServer
from tests.services.processes import OwnProcess
from tests.services.waiting import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.integration, pytest.mark.slow]

SEED: Final = 20260303
HOMES: Final = 2
WRITERS: Final = 4
AT_WORK_S: Final = 0.15
CRASH_AFTER_S: Final = 0.6
DEADLINE_S: Final = 60.0


class Writing:
    """The child that appends to a log, and the histories it leaves."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._attempts = 0
        self.process = self.begin()

    def begin(self) -> OwnProcess:
        self._attempts += 1
        command = [
            sys.executable, "-m", "tests.chaos.writer_child", "--log", self._address,
            "--folder", str(self._folder), "--attempt", str(self._attempts),
            "--threads", str(WRITERS),
        ]  # fmt: skip
        self.process = OwnProcess(
            ["env", f"PYTHONPATH={ROOT}", *command], output=self._folder / "writers.log"
        )
        return self.process

    @property
    def written(self) -> int:
        """How many bytes of history there are."""
        return sum(path.stat().st_size for path in self._folder.glob("writer-*.jsonl"))

    def go_on(self) -> None:
        """Wait until something was noted since."""
        before = self.written

        def noted() -> bool:
            self.process.must_live()
            return self.written > before

        wait_until(noted, "an append", deadline_s=DEADLINE_S)

    def report(self) -> Report:
        return checked(self._address, read_history(*sorted(self._folder.glob("writer-*.jsonl"))))


def run(folder: Path, seed: int, times: int) -> Report:
    """Kill the writers of one file so often."""
    chance = Random(seed)
    folder.mkdir()
    pause = Event()
    writing = Writing(prepare(folder), folder)
    try:
        for _ in range(times):
            writing.go_on()
            pause.wait(chance.uniform(0, AT_WORK_S))
            writing.process.kill()
            writing.begin()
        writing.go_on()
    finally:
        writing.process.kill()
    return writing.report()


def test_writers_killed_at_any_moment_lose_and_double_nothing(
    tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    each = kills(50) // HOMES
    folders = [tmp_path / str(number) for number in range(HOMES)]
    with ThreadPoolExecutor(HOMES) as pool:
        reports = list(pool.map(run, folders, range(SEED, SEED + HOMES), [each] * HOMES))
    tell_figures(f"{each * HOMES} kills; " + " + ".join(report.figures for report in reports))
    assert [fault for report in reports for fault in report.faults] == []
    assert all(report.acknowledged > each for report in reports)


def test_writers_whose_database_crashes_lose_and_double_nothing(
    postgres: PostgresServer, pg_url: str, tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    chance = Random(SEED)
    pause = Event()
    writing = Writing(prepare(tmp_path, TAKT_DATABASE_URL=pg_url), tmp_path)
    try:
        for _ in range(kills(8)):
            writing.go_on()
            pause.wait(chance.uniform(0, CRASH_AFTER_S))
            postgres.restart("immediate")
        writing.go_on()
    finally:
        writing.process.kill()
    report = writing.report()
    tell_figures(f"{kills(8)} crashes of PostgreSQL; {report.figures}")
    assert report.faults == []
    assert report.acknowledged > kills(8)
