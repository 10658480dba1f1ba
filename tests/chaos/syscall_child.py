"""Append under a tracer that breaks one system call: `python -m tests.chaos.syscall_child`.

One child a point, each with a copy of the file. A tracer counts the calls of each thread and
breaks the n-th; the child makes so many idle ones first that it is the call wanted that is n-th.
"""

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

from domain.log.open_log import DatabaseLog, open_log
from domain.log.port import LogUnavailable
from tests.chaos.history import History, Identity
from tests.unit.log.samples import MES, REGISTRY, counted

NTH: Final = 300
"""The call that the tracer breaks; more than any thread makes that does not idle."""
MESSAGES: Final = ("first", "second", "third")
KEY: Final = "part-1"
TRIES_MAX: Final = 5
FAILED: Final = 1


def idle(call: str, times: int) -> None:
    """Make calls that do nothing."""
    file = os.memfd_create("idle")
    idly: dict[str, Callable[[], object]] = {
        "pwrite64": lambda: os.pwrite(file, b"", 0),
        "fdatasync": lambda: os.fdatasync(file),
        "ftruncate": lambda: os.ftruncate(file, 0),
        "unlink": lambda: os.unlink("/nowhere/at/all"),  # noqa: PTH108  The call itself is meant.
    }
    for _ in range(times):
        with suppress(OSError):
            idly[call]()
    os.close(file)


def in_the_next_thread(call: str, times: int) -> None:
    """Have the next thread begin with idle calls."""

    def begins(_frame: FrameType, _event: str, _argument: Any) -> None:  # noqa: ANN401
        sys.setprofile(None)
        threading.setprofile(None)
        idle(call, times)

    threading.setprofile(begins)


def append_all(log: DatabaseLog, history: History) -> None:
    """Append each message until it is acknowledged."""
    for name in MESSAGES:
        for _ in range(TRIES_MAX):
            tried = history.invoke("child", Identity(MES, name), KEY, name)
            try:
                (outcome,) = log.append([counted(name)])
            except LogUnavailable:
                history.ended(tried, "info")
                continue
            history.ended(tried, "ok", outcome.position)
            break


def be_broken(folder: Path, call: str, place: str, point: int) -> None:
    """Open, append and close, with the point-th call of a thread broken.

    `open`: of the thread that opens and closes the log; `append`: of the one that appends.
    """
    idles = NTH - point
    with History(folder / "history.jsonl") as history:
        if place == "open":
            idle(call, idles)
        try:
            log = open_log(folder / "takt.db", registry=REGISTRY, create_tables=False)
        except LogUnavailable:
            log = open_log(folder / "takt.db", registry=REGISTRY, create_tables=False)
        if place == "append":
            in_the_next_thread(call, idles)
        append_all(log, history)
        log.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--call", required=True)
    parser.add_argument("--place", choices=["open", "append"], required=True)
    parser.add_argument("--points", type=int, required=True)
    asked = parser.parse_args()
    ended = []
    for point in range(1, asked.points + 1):
        child = os.fork()
        if child == 0:
            try:
                be_broken(asked.folder / str(point), asked.call, asked.place, point)
            except BaseException as error:  # noqa: BLE001  It is told, and the process ends.
                print(f"{point}: {error!r}", file=sys.stderr, flush=True)  # noqa: T201
                os._exit(FAILED)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        ended.append(os.waitstatus_to_exitcode(status))
    print(json.dumps(ended))  # noqa: T201  What it is for.


if __name__ == "__main__":
    main()
