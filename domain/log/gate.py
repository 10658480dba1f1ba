"""Let one writer at a time into a SQLite file, appends before everything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class WriteGate:
    """A lock with two queues: who appends to the log goes before who writes projections.

    SQLite has one writer. Two that meet inside SQLite poll with growing pauses, so an append would
    wait for a projection's batch and then for its luck; here it is next.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._taken = False
        self._appends_waiting = 0
        self._others_waiting = 0

    @property
    def waiting(self) -> int:
        """How many threads wait to be let in."""
        return self._appends_waiting + self._others_waiting

    @contextmanager
    def append(self) -> Iterator[None]:
        """Hold the gate for an append."""
        with self._changed:
            self._appends_waiting += 1
            try:
                self._changed.wait_for(lambda: not self._taken)
            finally:
                self._appends_waiting -= 1
            self._taken = True
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def write(self) -> Iterator[None]:
        """Hold the gate for any other write; appends that wait go first."""
        with self._changed:
            self._others_waiting += 1
            try:
                self._changed.wait_for(lambda: not self._taken and not self._appends_waiting)
            finally:
                self._others_waiting -= 1
            self._taken = True
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._changed:
            self._taken = False
            self._changed.notify_all()
