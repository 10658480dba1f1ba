"""Fold what many threads append at the same time into one transaction.

The appender waits for nobody: it takes what is queued when the last commit is done. So an idle log
costs one thread change, and a busy one shares each fsync among all who came meanwhile.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from queue import Empty, SimpleQueue
from threading import Condition, Lock, Thread
from typing import Final

from domain.log.judgement import Call, Judged
from domain.log.port import Fenced, LogError, LogUnavailable

GROUP_ITEMS: Final = 1_000
"""A group is closed at this many messages; one call is never split."""
OVERLAPPING_CALLS: Final = 8
"""From how many callers on half of them are enough for one commit."""
QUEUE_CALLS: Final = 10_000
"""Calls that may wait; beyond that the callers of `append` are held back."""
QUEUE_TIMEOUT_S: Final = 10.0
LOOK_S: Final = 1.0
"""How often a caller looks for itself: for its answer, and for who is to give it."""

Result = list[Judged] | Exception
Commit = Callable[[Sequence[Call]], Sequence[list[Judged] | Fenced]]


class _Waiter:
    """One caller of `append`, asleep until its result is there."""

    __slots__ = ("call", "done", "following", "result")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.result: Result | None = None
        self.following: _Waiter | None = None
        """Who is woken next: all at once they would only fight for the interpreter."""
        self.done = Lock()
        self.done.acquire()

    def finish(self, result: Result) -> None:
        self.result = result
        self.done.release()


class Appender:
    """A thread that commits what is queued, group by group, in the order of arrival."""

    def __init__(
        self, commit: Commit, committed: Callable[[], None], *, overlapping: bool = False
    ) -> None:
        """Begin with an empty queue; the thread starts with the first append.

        `commit` writes calls in one transaction; `committed` is called after each group. With
        `overlapping` no more than half of the callers are taken at a time, so that those who were
        served decide anew while the database, on another core, commits the other half.
        """
        self._commit = commit
        self._overlapping = overlapping
        self._committed = committed
        # Put and get are one step in C: a lock of our own would be fought for by every caller.
        self._queue: SimpleQueue[_Waiter | None] = SimpleQueue()
        self._held_over: _Waiter | None = None
        self._served = 0
        """How many calls were in the last group: their callers may be about to come back."""
        self._room = Condition()
        self._starting = Lock()
        self._thread: Thread | None = None
        self._closed = False
        self.died: BaseException | None = None
        """What ended the thread; then every append fails, and the process is not ready."""

    def append(self, call: Call) -> list[Judged]:
        """Queue a call and return its result once it is committed.

        Raises LogUnavailable where the queue stays full or the log is closed, Fenced, and what the
        commit raises.
        """
        if self._thread is None:
            self._start()
        if self._queue.qsize() >= QUEUE_CALLS:
            self._wait_for_room()
        if self._closed or self.died is not None:
            raise self._refusal()
        waiter = _Waiter(call)
        self._queue.put(waiter)
        while not waiter.done.acquire(timeout=LOOK_S) and waiter.result is None:
            if self._thread is not None and not self._thread.is_alive():
                raise self._refusal()  # It was queued in the moment of the end.
        if waiter.following is not None:
            waiter.following.done.release()
        return _answer(waiter.result)

    def close(self) -> None:
        """Commit what is queued, then end the thread; later appends are refused."""
        with self._starting:
            self._closed = True
            if self._thread is not None:
                self._queue.put(None)
                self._thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._closed:
                self._thread = Thread(target=self._run, name="takt-log-appender", daemon=True)
                self._thread.start()

    def _wait_for_room(self) -> None:
        with self._room:
            if not self._room.wait_for(
                lambda: self._queue.qsize() < QUEUE_CALLS, timeout=QUEUE_TIMEOUT_S
            ):
                msg = f"{self._queue.qsize()} calls wait to be appended; try again"
                raise LogUnavailable(msg)

    def _refusal(self) -> LogUnavailable:
        return LogUnavailable(
            "the log is closed" if self.died is None else f"the appender ended: {self.died!r}"
        )

    def _run(self) -> None:
        group: list[_Waiter] = []
        try:
            while group := self._next_group():
                self._append_group(group)
        except BaseException as error:
            self.died = error
            for waiter in group + self._queued():
                if waiter.result is None:
                    waiter.finish(self._refusal())
            if not isinstance(error, Exception):
                raise

    def _next_group(self) -> list[_Waiter]:
        """Return who is queued, up to the size of a group; nobody once the log is closed."""
        first, self._held_over = self._held_over or self._queue.get(), None
        if first is None:
            late = self._queued()
            if late:
                self._queue.put(None)
            return late
        group, items = [first], len(first.call.items)
        calls = self._queue.qsize() + 1
        active = calls + self._served
        if self._overlapping and active >= OVERLAPPING_CALLS:
            calls = min(calls, active - active // 2)
        while len(group) < calls:
            waiter = self._queue.get()
            if waiter is None:
                self._queue.put(None)  # Closing comes after those who are here already.
                break
            if items + len(waiter.call.items) > GROUP_ITEMS:
                self._held_over = waiter
                break
            group.append(waiter)
            items += len(waiter.call.items)
        self._served = len(group)
        with self._room:
            self._room.notify_all()
        return group

    def _queued(self) -> list[_Waiter]:
        """Return everybody who is queued at this moment."""
        queued = [] if self._held_over is None else [self._held_over]
        self._held_over = None
        while True:
            try:
                waiter = self._queue.get_nowait()
            except Empty:
                return queued
            if waiter is not None:
                queued.append(waiter)

    def _append_group(self, group: Sequence[_Waiter]) -> None:
        try:
            results: Sequence[Result] = self._commit([waiter.call for waiter in group])
        except LogUnavailable as error:
            results = [error] * len(group)
        except Exception as error:  # noqa: BLE001  Whatever it is, nobody may wait for ever.
            if len(group) > 1:
                # Nothing was written. One of them is the cause, and only it shall fail.
                for waiter in group:
                    self._append_group([waiter])
                return
            results = [error]
        else:
            self._committed()
        for waiter, following in pairwise(group):
            waiter.following = following
        for waiter, result in zip(group, results, strict=True):
            waiter.result = result
        group[0].done.release()


def _answer(result: Result | None) -> list[Judged]:
    if isinstance(result, LogError):
        # One error may be the answer of many threads, and each adds its own traceback.
        raise type(result)(*result.args) from result
    if isinstance(result, Exception):
        raise result
    assert result is not None
    return result
