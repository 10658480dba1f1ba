"""Run what blocks in a bounded number of threads, so that the event loop never waits for a disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 32
"""As many saves at a time fold into one transaction of the log."""
WAITING_MAX: Final = 512
"""Calls that may wait for a thread; above this a client is asked to come back later."""


class Overloaded(Exception):
    """More work is waiting than can be done soon."""


class Work:
    """A bounded pool of threads with a bounded queue before it."""

    def __init__(self, threads: int = THREADS, waiting_max: int = WAITING_MAX) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="takt-http")
        self._limit = threads + waiting_max
        self._present = 0

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns; raises Overloaded at once when the queue is full.

        Called from the event loop only, so the count needs no lock.
        """
        if self._present >= self._limit:
            msg = "more work is waiting than can be done soon"
            raise Overloaded(msg)
        self._present += 1
        # A thread does not inherit context variables; log lines would lack the correlation id.
        context = copy_context()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, lambda: context.run(call, *args, **kwargs)
            )
        finally:
            self._present -= 1

    def close(self) -> None:
        """End the threads once their present call returns."""
        self._pool.shutdown(wait=False, cancel_futures=True)
