"""Fill the disk under a running Takt: nothing acknowledged is lost, and it goes on with space."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from tests.chaos.clients import Clients
from tests.chaos.evidence import checked
from tests.chaos.fleet import Fleet
from tests.chaos.history import History, read_history
from tests.chaos.plant import messages
from tests.chaos.prepared import prepare
from tests.chaos.writer_child import append
from tests.services.ports import free_ports
from tests.services.waiting import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.integration, pytest.mark.slow]

SEED: Final = 20260306
SMALL: Final = "4m"
ROOMY: Final = "32m"
"""Room for the whole journal, so that only what else lies on the disk fills it."""
PIECE: Final = 4096
CLIENTS: Final = 3
FILLED: Final = 3
PUT_OFF: Final = 5
AGAIN: Final = 20
REFUSED: Final = 3
DEADLINE_S: Final = 60.0


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Give a small disk of its own; skip where none may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root may mount a small disk to fill")
    command = [mount, "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(file: Path) -> None:
    """Take all the space there is."""
    # By hand: a buffer that cannot be written when a file is closed is an error once more.
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        while True:
            os.write(number, b"x" * PIECE)
    except OSError:
        return
    finally:
        os.close(number)


@pytest.mark.parametrize("disk", [ROOMY], indirect=True)
def test_a_takt_whose_disk_is_full_loses_nothing_and_goes_on_when_there_is_space(
    disk: Path, tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    address = prepare(disk)
    (port,) = free_ports(1)
    with (
        Fleet(tmp_path, {"TAKT_HOME": str(disk)}) as fleet,
        Clients(port, tmp_path, count=CLIENTS, seed=SEED) as clients,
    ):
        fleet.put_in("all", "--port", str(port))

        def until(condition: Callable[[], bool], what: str) -> None:
            def holds() -> bool:
                fleet.look()
                return condition()

            wait_until(holds, what, deadline_s=DEADLINE_S)

        for _ in range(FILLED):
            answers = clients.answers
            until(lambda answers=answers: clients.answers > answers + AGAIN, "answers")  # type: ignore[misc]
            fill(disk / "other")
            put_off = clients.put_off
            until(lambda put_off=put_off: clients.put_off > put_off + PUT_OFF, "a full disk")  # type: ignore[misc]
            (disk / "other").unlink()
        answers = clients.answers
        until(lambda: clients.answers > answers + AGAIN, "answers after the last time")
        clients.stop()
        put_off = clients.put_off
        ended = sum(fleet.ended.values())
    report = checked(address, read_history(*clients.paths))
    tell_figures(f"{FILLED} times full, {put_off} posts put off; {report.figures}")
    assert report.faults + clients.faults == []
    assert ended == 0


@pytest.mark.parametrize("disk", [SMALL], indirect=True)
def test_a_log_that_has_used_its_disk_up_is_whole(
    disk: Path, tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    address = prepare(disk)
    (disk / "other").write_bytes(bytes(256 * 1024))
    history = tmp_path / "writer.jsonl"
    new = messages("/mes", Random(SEED))
    with History(history) as noted:
        log = open_log(address, registry=catalogue(), create_tables=False)
        refused = 0
        left = []
        while refused < REFUSED:
            batch = [next(new)]
            if not append(log, noted, "writer", batch):
                refused += 1
                left += batch
        full = checked_copy(disk, tmp_path / "copy", history)
        # The log goes on where it was, without being opened anew.
        (disk / "other").unlink()
        answered = [append(log, noted, "writer", [one]) for one in left]
        log.close()
    report = checked(address, read_history(history))
    tell_figures(f"filled by {report.figures}")
    assert full == []
    assert answered == [True] * REFUSED
    assert report.faults == []


def checked_copy(disk: Path, copy: Path, history: Path) -> list[str]:
    """Look at the log as it lies on the full disk, from a copy where there is room."""
    copy.mkdir()
    for file in disk.glob("takt.db*"):
        shutil.copy(file, copy)
    return checked(str(copy / "takt.db"), read_history(history)).faults
