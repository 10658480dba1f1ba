"""Run roles of Takt as processes, as an operator would, kill them, and start them again."""

import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from consumers.supervision import EXIT_HUNG
from consumers.verbs.terminal import EXIT_UNREACHABLE
from tests.services.kafka import ROOT
from tests.services.processes import OwnProcess

FORGIVEN: Final = frozenset({EXIT_UNREACHABLE, EXIT_HUNG})
"""Exit codes after which whoever supervises a process starts it again: an outage, a hung call."""


@dataclass(slots=True)
class Member:
    """One process of the fleet, and the words that start it."""

    words: tuple[str, ...]
    process: OwnProcess | None = None
    asleep: bool = False


@dataclass(slots=True)
class Fleet:
    """Processes by name; one that ends is started again at the next look.

    Use it as a context manager, from one thread: a child ends with the thread that began it.
    """

    home: Path
    settings: Mapping[str, str]
    members: dict[str, Member] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    ended: Counter[int | None] = field(default_factory=Counter)
    """Exit codes of processes that nobody killed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in list(self.members):
            self.wake(name)
            self.take_out(name)

    def put_in(self, name: str, *words: str) -> None:
        """Start `takt run <words>` under a name."""
        self.members[name] = Member(words)
        self._start(name)

    def take_out(self, name: str) -> None:
        """End a member for good, without a word."""
        process = self.members.pop(name).process
        if process is not None:
            process.kill()

    def leave(self, name: str) -> None:
        """Have a member end as it is asked to."""
        process = self.members.pop(name).process
        if process is not None:
            process.send(signal.SIGTERM)

    def kill(self, name: str) -> None:
        """Kill -9 and start again."""
        process = self.members[name].process
        if process is not None and process.alive():
            process.kill()
            self.kills[name.rstrip("0123456789")] += 1
        self._start(name)

    def sleep(self, name: str) -> None:
        """Stop a member where it stands; to everybody else it looks dead."""
        process = self.members[name].process
        if process is not None and process.alive():
            os.kill(process.pid, signal.SIGSTOP)
            self.members[name].asleep = True

    def wake(self, name: str) -> None:
        """Let a member go on as if nothing had been."""
        process = self.members[name].process
        if process is not None and self.members[name].asleep and process.alive():
            os.kill(process.pid, signal.SIGCONT)
        self.members[name].asleep = False

    def look(self) -> None:
        """Start again who ended by itself; raises DiedEarly where that is no outage's doing."""
        for name, member in self.members.items():
            if member.process is None or member.process.alive():
                continue
            code = member.process.exit_code
            self.ended[code] += 1
            if code not in FORGIVEN:
                member.process.must_live()
            self._start(name)

    def any_of(self, chance: random.Random, prefix: str) -> str:
        """Return one of the members whose names begin so."""
        return chance.choice(sorted(name for name in self.members if name.startswith(prefix)))

    def _start(self, name: str) -> None:
        member = self.members[name]
        outside = {key: value for key, value in os.environ.items() if not key.startswith("TAKT_")}
        settings = {
            **outside,
            "PYTHONPATH": str(ROOT),
            "TAKT_HOME": str(self.home),
            "TAKT_LOG_FORMAT": "json",
            **self.settings,
        }
        environment = [f"{key}={value}" for key, value in settings.items()]
        takt = [sys.executable, "-m", "consumers", "run", *member.words]
        member.asleep = False
        member.process = OwnProcess(
            ["env", "-i", *environment, *takt], output=self.home / f"{name}.log"
        )
