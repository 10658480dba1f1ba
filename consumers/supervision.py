"""Keep workers running: each in a thread of its own, started again with back-off when it fails."""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from typing import Final

import structlog

from projections.contract import StaleEngine

BACK_OFF_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
HELD_S: Final = 60.0
"""A worker that ran for so long before it failed is waited for as if it had never failed."""
STOP_S: Final = 15.0
EXIT_HUNG: Final = 70
"""Exit code of a process that ended because a library hung (EX_SOFTWARE)."""

log = structlog.get_logger(__name__)

COLLECT_AFTER: Final = (10_000, 10, 100)
"""Net allocations before the youngest objects are looked at for cycles, then rounds of each."""

Work = Callable[[threading.Event], None]
"""Runs until the event is set; what it raises is a failure."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look at all objects for cycles rarely, and never again at those there are already.

    Looking at all of them stops every thread: 140 to 420 ms with the states of a hundred projects
    in memory, which were the slowest answers of a server at 50 events/s and more.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Workers:
    """Named workers of one process; a failure of one is logged, seen in `failing`, and retried.

    What is `fatal` is not: a library's thread that hangs would go on beside its successor, so the
    process ends at once and whoever supervises it starts a new one.
    """

    def __init__(
        self,
        works: Mapping[str, Work],
        *,
        fatal: tuple[type[Exception], ...] = (),
        end: Callable[[int], None] = os._exit,
        monotonic: Callable[[], float] = time.monotonic,
        told: threading.Event | None = None,
    ) -> None:
        self._works = works
        self._fatal = fatal
        self._end = end
        self._monotonic = monotonic
        self._stop = told or threading.Event()
        self._threads: list[threading.Thread] = []
        self.failing: dict[str, str] = {}

    def start(self) -> None:
        """Start every worker."""
        for name, work in self._works.items():
            # A plain thread would not inherit what is bound for the log lines.
            target = copy_context().run
            thread = threading.Thread(
                target=target, args=(self._keep, name, work), name=name, daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Tell every worker to stop and wait for them."""
        self._stop.set()
        for thread in self._threads:
            thread.join(STOP_S)
            if thread.is_alive():
                log.error("workers.still_running", worker=thread.name)

    def _keep(self, name: str, work: Work) -> None:
        failures = 0
        while not self._stop.is_set():
            # A try counts as work until it fails; while it waits for the next one it is failing.
            self.failing.pop(name, None)
            begun = self._monotonic()
            try:
                work(self._stop)
            except StaleEngine as faster:
                # Another engine has the rows: stand by, and take over when it stops.
                log.info("workers.standing_by", worker=name, stored=faster.stored)
                self._stop.wait(BACK_OFF_S[-1])
            except self._fatal:
                log.exception("workers.process_ended", worker=name)
                self._end(EXIT_HUNG)
                return
            except Exception as error:
                if self._monotonic() - begun >= HELD_S:
                    failures = 0
                pause = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
                failures += 1
                self.failing[name] = f"{type(error).__name__}: {error}"
                log.exception("workers.failed", worker=name, retry_s=pause)
                self._stop.wait(pause)
