"""Run some clients at once, each in a thread of its own, until they are told to end."""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self


class Together:
    """A context manager: the clients start with it, and finish their try when it ends."""

    def __init__(self, stop: threading.Event, runs: Sequence[Callable[[], None]]) -> None:
        self._stop = stop
        self._threads = [threading.Thread(target=run) for run in runs]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Let each client finish what it is at, and wait for it."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
