"""Fold what many threads append at the same time into one transaction.

The appender waits for nobody: it takes what is queued when the last commit is done. So an idle log
costs one thread change, and a busy one shares each fsync among all who came meanwhile.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Lock, Thread
from typing import Final

from domain.log.judgement import Call, Judged
from domain.log.port import Fenced, LogError, LogUnavailable

GROUP_ITEMS: Final = 1_000
"""A group is closed at this many messages; one call is never split."""
OVERLAPPING_CALLS: Final = 8
"""From how many calls on half of them is enough for one commit."""
QUEUE_ITEMS: Final = 20_000
"""Messages that may wait; beyond that the callers of `append` do."""
QUEUE_TIMEOUT_S: Final = 10.0

Result = list[Judged] | Exception
Commit = Callable[[Sequence[Call]], Sequence[list[Judged] | Fenced]]


class _Waiter:
    """One caller of `append`, asleep until its result is there."""

    __slots__ = ("_done", "call", "result")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.result: Result | None = None
        self._done = Lock()
        self._done.acquire()

    def finish(self, result: Result) -> None:
        self.result = result
        self._done.release()

    def wait(self) -> list[Judged]:
        self._done.acquire()
        if isinstance(self.result, LogError):
            # One error may be the answer of many threads, and each adds its own traceback.
            raise type(self.result)(*self.result.args) from self.result
        if isinstance(self.result, Exception):
            raise self.result
        assert self.result is not None
        return self.result


class Appender:
    """A thread that commits what is queued, group by group, in the order of arrival."""

    def __init__(
        self, commit: Commit, committed: Callable[[], None], *, overlapping: bool = False
    ) -> None:
        """Begin with an empty queue; the thread starts with the first append.

        `commit` writes calls in one transaction; `committed` is called after each group. With
        `overlapping` only half of a long queue is taken at a time, so that those who were served
        decide anew while the database, on another core, commits the other half.
        """
        self._commit = commit
        self._overlapping = overlapping
        self._committed = committed
        self._changed = Condition()
        self._queue: deque[_Waiter] = deque()
        self._queued_items = 0
        self._thread: Thread | None = None
        self._closed = False
        self.died: BaseException | None = None
        """What ended the thread; then every append fails, and the process is not ready."""

    def append(self, call: Call) -> list[Judged]:
        """Queue a call and return its result once it is committed.

        Raises LogUnavailable where the queue stays full or the log is closed, Fenced, and what the
        commit raises.
        """
        waiter = _Waiter(call)
        items = len(call.items)
        with self._changed:
            room = self._changed.wait_for(
                lambda: self._over or not self._queue or self._queued_items + items <= QUEUE_ITEMS,
                QUEUE_TIMEOUT_S,
            )
            if self._over:
                raise self._refusal()
            if not room:
                msg = f"{self._queued_items} messages wait to be appended; try again"
                raise LogUnavailable(msg)
            self._queue.append(waiter)
            self._queued_items += items
            if self._thread is None:
                self._thread = Thread(target=self._run, name="takt-log-appender", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return waiter.wait()

    def close(self) -> None:
        """Commit what is queued, then end the thread; later appends are refused."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    @property
    def _over(self) -> bool:
        return self._closed or self.died is not None

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
            with self._changed:
                group += self._queue
                self._queue.clear()
                self._changed.notify_all()
            for waiter in group:
                if waiter.result is None:
                    waiter.finish(self._refusal())
            if not isinstance(error, Exception):
                raise

    def _next_group(self) -> list[_Waiter]:
        """Return who is queued, up to the size of a group; nobody once the log is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            group: list[_Waiter] = []
            items = 0
            calls = len(self._queue)
            if self._overlapping and calls >= OVERLAPPING_CALLS:
                calls -= calls // 2
            while len(group) < calls and (
                not group or items + len(self._queue[0].call.items) <= GROUP_ITEMS
            ):
                group.append(self._queue.popleft())
                items += len(group[-1].call.items)
            self._queued_items -= items
            self._changed.notify_all()
        return group

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
        for waiter, result in zip(group, results, strict=True):
            waiter.finish(result)
