"""Break every system call by which a log writes its file: killed, failed, or full right there."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from domain.kernel.messages import Recorded
from domain.log.open_log import open_log
from tests.chaos.history import Stored, check, read_history
from tests.chaos.syscall_child import KEY, MESSAGES, NTH
from tests.services.availability import absent
from tests.services.kafka import ROOT
from tests.unit.log.samples import MES, REGISTRY, added, counted

pytestmark = [pytest.mark.chaos, pytest.mark.integration, pytest.mark.slow]

POINTS: Final = {"pwrite64": 40, "fdatasync": 5, "ftruncate": 2, "unlink": 3}
"""More than an append makes of each; what is not reached is not counted."""
FEW_POINTS: Final = 20
FAULTS: Final = {"KILL": "signal=KILL", "EIO": "error=EIO", "ENOSPC": "error=ENOSPC"}
TRACED_S: Final = 300.0


@pytest.fixture(scope="module")
def strace() -> str:
    """Give the tracer; skip where it is not there or may not trace."""
    program = shutil.which("strace")
    if program is None:
        absent("strace", "not on the path (Debian: strace), so no system call can be broken")
    tried = subprocess.run(
        [program, "-f", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        pytest.skip(f"strace may not trace here: {tried.stderr.strip()}")
    return program


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a log with some events, whose journal a kill left behind."""
    folder = tmp_path_factory.mktemp("base")
    log = open_log(folder / "takt.db", registry=REGISTRY)
    log.append([added()])
    log.append([counted(f"before-{number}") for number in range(20)])
    copied = folder / "copy"
    copied.mkdir()
    for file in folder.glob("takt.db*"):
        shutil.copy(file, copied)
    log.close()
    return copied


def broken(
    strace: str, base: Path, folder: Path, call: str, place: str, fault: str
) -> tuple[int, list[str]]:
    """Break a call at each point; return at how many it was broken, and what came of it."""
    points = POINTS[call] if place == "append" else min(POINTS[call], FEW_POINTS)
    for point in range(1, points + 1):
        shutil.copytree(base, folder / str(point))
    traced = folder / "trace"
    # With the filter in the kernel strace 6.1 makes errors, but delivers no signal.
    fast = [] if fault == "KILL" else ["--seccomp-bpf"]
    command = [
        strace, "-f", "-qq", *fast, "-o", str(traced), "-e", f"trace={call}",
        "-e", f"inject={call}:{FAULTS[fault]}:when={NTH}",
        sys.executable, "-m", "tests.chaos.syscall_child", "--folder", str(folder),
        "--call", call, "--place", place, "--points", str(points),
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TRACED_S
    )
    assert done.returncode == 0, done.stderr
    codes = json.loads(done.stdout)
    hit = traced.read_text().count("(INJECTED)")
    if fault == "KILL":
        hit = codes.count(-signal.SIGKILL)
    faults = [f"ended with {code}" for code in codes if code not in {0, -signal.SIGKILL}]
    faults += [said for said in done.stderr.splitlines() if said]
    for point in range(1, points + 1):
        faults += [f"point {point}: {fault}" for fault in faults_in(folder / str(point))]
    return hit, faults


def faults_in(folder: Path) -> list[str]:
    """Look at what a broken child left: all it acknowledged, and it takes in the rest."""
    with closing(sqlite3.connect(folder / "takt.db")) as file:
        (verdict,) = file.execute("PRAGMA integrity_check").fetchone()
    faults = [] if verdict == "ok" else [verdict]
    with closing(open_log(folder / "takt.db", registry=REGISTRY, create_tables=False)) as log:
        faults += check(read_history(folder / "history.jsonl"), new_in(log.read(21, 100))).faults
        again = log.append([counted(name) for name in MESSAGES])
        if [outcome.kind for outcome in again] != ["recorded"] * len(MESSAGES):
            faults.append(f"again: {again}")
        names = [event.id for event in new_in(log.read(21, 100))]
    if names != list(MESSAGES):
        faults.append(f"in the end there are {names}")
    return faults


def new_in(events: Sequence[Recorded[Any]]) -> list[Stored]:
    return [
        Stored(event.position, MES, event.envelope.message_id, KEY, event.envelope.message_id)
        for event in events
    ]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", POINTS)
def test_a_broken_call_loses_nothing_that_was_acknowledged(
    strace: str,
    base: Path,
    tmp_path: Path,
    call: str,
    fault: str,
    tell_figures: Callable[[str], None],
) -> None:
    hits = {}
    for place in ("open", "append"):
        folder = tmp_path / place
        folder.mkdir()
        hits[place], faults = broken(strace, base, folder, call, place, fault)
        assert faults == []
    tell_figures(f"broken at {hits}")
    assert sum(hits.values()) > 0
