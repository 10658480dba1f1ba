"""Run a library's blocking calls so that one that never returns is noticed."""

import queue
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

_STOP: Final = object()


class CallHung(Exception):
    """A call did not return in its time and never will; the thread it runs in is given up."""


class GuardedThread:
    """One daemon thread in which calls run one after the other, each with a deadline.

    After `CallHung` nothing more can be run here: whatever the call was on is in an unknown state.
    The thread does not keep the process from ending.
    """

    def __init__(self, name: str) -> None:
        self._asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._hung = False
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def call(self, deadline_s: float, function: Callable[[], T]) -> T:
        """Return what the function returns or raise what it raises; CallHung after the deadline."""
        if self._hung:
            msg = "an earlier call never returned"
            raise CallHung(msg)
        answer: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        self._asked.put((function, answer))
        try:
            returned, value = answer.get(timeout=deadline_s)
        except queue.Empty:
            self._hung = True
            msg = f"a call in {self._thread.name} did not return within {deadline_s:g} s"
            raise CallHung(msg) from None
        if returned:
            result: T = value
            return result
        raise value

    def stop(self) -> None:
        """End the thread once its present call has returned."""
        self._asked.put(_STOP)

    def _serve(self) -> None:
        while (asked := self._asked.get()) is not _STOP:
            function, answer = asked
            try:
                answer.put((True, function()))
            except BaseException as error:  # noqa: BLE001  It belongs to the caller's thread.
                answer.put((False, error))
            # Nothing that was called may live on just because nothing was called after it.
            del asked, function, answer
