"""Own a server process: its group, its output, its end; nothing is ever ended by name."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from pwd import struct_passwd
from typing import Final

from tests.services.waiting import wait_until

STOP_DEADLINE_S: Final = 30.0
TAIL_CHARS: Final = 4_000


class DiedEarly(Exception):
    """The server ended before it was ready; the message carries the end of its output."""


class OwnProcess:
    """One child process in a process group of its own."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        output: Path,
        account: struct_passwd | None = None,
    ) -> None:
        """Start it; what it prints goes to `output`. Another account is root's to give."""
        self.output = output
        with output.open("ab") as sink:
            self._child = subprocess.Popen(
                [*ending_with_its_parent(), *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=output.parent,
                start_new_session=True,
                user=None if account is None else account.pw_uid,
                group=None if account is None else account.pw_gid,
                extra_groups=None if account is None else [],
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """The code it ended with, None while it runs; a signal is its number below zero."""
        return self._child.poll()

    def alive(self) -> bool:
        return self._child.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself, and wait until it has ended."""
        if self.alive():
            os.kill(self.pid, number)
        self._wait()

    def kill(self) -> None:
        """SIGKILL for the whole group: nothing is flushed, nobody says goodbye."""
        if self.alive():
            os.killpg(self.pid, signal.SIGKILL)
        self._wait()

    def must_live(self) -> None:
        """Raise `DiedEarly` if it has ended."""
        if not self.alive():
            said = self.output.read_text(errors="replace")[-TAIL_CHARS:]
            msg = f"process {self.pid} ended with {self._child.returncode}\n{said}"
            raise DiedEarly(msg)

    def _wait(self) -> None:
        wait_until(
            lambda: not self.alive(), f"the end of process {self.pid}", deadline_s=STOP_DEADLINE_S
        )


def ending_with_its_parent() -> list[str]:
    """Return the prefix that ends a server with a test run that was itself killed (Linux only)."""
    wrapper = shutil.which("setpriv")
    return [] if wrapper is None else [wrapper, "--pdeathsig", "TERM", "--"]
