"""Hold what one open stream or poll is at: its place in the log, its wire, and why it would end."""

import asyncio
from typing import Final

from consumers.http.row_events import Interest, still_at
from consumers.http.shared_log import Run
from consumers.http.wire import Wire, framed

KEEPALIVE: Final = framed(b": still here\n\n")
STILL_MAX: Final = 3
"""So many signs of life in a row may find that nothing at all was taken since the one before: a
slow line takes what the system keeps for it in large pieces."""


class Subscriber:
    """One open stream or poll; all of it belongs to the event loop's thread."""

    def __init__(self, interest: Interest) -> None:
        self.interest = interest
        self.position = 0
        """Up to here everything was written."""
        self.wire: Wire | None = None
        self.following = False
        """Whether rounds write to its wire; else it is only woken."""
        self.woken = asyncio.Event()
        self.ended = asyncio.Event()
        self.dropped = False
        self.closing = False
        self.void = False
        """Whether what was told before no longer holds: rows were replaced."""
        self._last_id = 0
        self._quiet = True
        """Whether nothing was written since the last sign of life."""
        self._taken_before = -1
        self._stood_still = 0

    def is_due(self, end: int) -> bool:
        """Tell whether there is more than it was told."""
        return self.position < end and not self.dropped

    def bytes_waiting(self) -> int:
        return 0 if self.wire is None else self.wire.bytes_waiting()

    def begin_at(self, position: int) -> None:
        """Note that everything up to a position was told, with that id."""
        self.position = self._last_id = position

    def take(self, run: Run) -> None:
        """Write a part of the log."""
        if run.chunk and self.wire is not None:
            self.wire.write(run.chunk)
            self._quiet = False
        if run.last_id is not None:
            self._last_id = run.last_id
        self.position = run.position

    def nudge(self) -> None:
        """Say that the stream is still there, unless it just spoke; cut who takes nothing at all.

        The sign of life of a quiet project names the position, so that it resumes from there.
        """
        self.wake()
        if self.wire is None:
            return
        taken = self.wire.bytes_taken()
        stands_still = self.wire.bytes_waiting() and taken == self._taken_before
        self._stood_still = self._stood_still + 1 if stands_still else 0
        if self._stood_still >= STILL_MAX:
            self.drop()
        elif self.following and self._quiet:
            if self.position > self._last_id:
                self._last_id = self.position
                self.wire.write(framed(still_at(self.position).as_event()))
            else:
                self.wire.write(KEEPALIVE)
        self._taken_before = taken
        self._quiet = True

    def wake(self) -> None:
        self.woken.set()

    def reset(self) -> None:
        """Let the stream say that what it told is void, and begin again."""
        self.void = True
        self.following = False
        self.wake()

    def drop(self) -> None:
        """End it for being too slow: it resumes after the last id it took."""
        self.dropped = True
        self.following = False
        self.ended.set()

    def end(self) -> None:
        """Let the stream end after what it is being told."""
        self.closing = True
        self.following = False
        self.wake()
        self.ended.set()
