"""Run builds of projections for a terminal: their progress, and what a signal does to them."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

BAR: Final = 30
LINES_APART_S: Final = 5.0
"""Where nobody watches a terminal, a line is written no more often."""
REDRAWN_S: Final = 0.1


def silent(name: str) -> Callable[[int, int], None]:
    """Return what tells nobody how far a build is."""
    del name
    return lambda *_: None


class Meter:
    """Tells on one line how far a build is and how fast it goes; many lines into a file."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._redraws = self._out.isatty()
        self._name = ""
        self._begun = self._told = 0.0
        self._from = 0

    def begin(self, name: str) -> Callable[[int, int], None]:
        """Return what is to be told the position of a build, and where it ends."""
        self._name, self._begun, self._told, self._from = name, time.monotonic(), 0.0, -1
        return self._tell

    def _tell(self, position: int, end: int) -> None:
        now = time.monotonic()
        if self._from < 0:
            self._from, self._begun = position, now
        done = position >= end
        if not done and now - self._told < (REDRAWN_S if self._redraws else LINES_APART_S):
            return
        self._told = now
        share = position / end if end else 1.0
        rate = (position - self._from) / (now - self._begun) if now > self._begun else 0.0
        bar = "#" * round(share * BAR)
        line = f"{self._name} [{bar:<{BAR}}] {share:4.0%} position {position} of {end}"
        line += f", {rate:,.0f} events/s" if rate else ""
        self._out.write(f"\r{line}\x1b[K" if self._redraws else line + "\n")
        if done and self._redraws:
            self._out.write("\n")
        self._out.flush()


@contextmanager
def until_a_signal() -> Iterator[Callable[[], bool]]:
    """Give what tells whether SIGINT or SIGTERM came: a build ends between two pages then."""
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda seen, _: came.append(seen)) for number in numbers]
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
