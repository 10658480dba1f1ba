"""Run cases in turns, so that a noisy machine is as noisy for the one as for the other."""

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median
from threading import Barrier, Thread

Case = Callable[[], int]
"""Does its work and returns how many units it did."""


def rates(cases: Mapping[str, Case], rounds: int) -> dict[str, list[float]]:
    """Return units per second of each case a round; the order is reversed every other round."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    # What was made before the clock starts is nothing a case's own garbage should be looked for in.
    gc.collect()
    gc.freeze()
    try:
        return _rates(cases, rounds, found)
    finally:
        gc.unfreeze()


def _rates(
    cases: Mapping[str, Case], rounds: int, found: dict[str, list[float]]
) -> dict[str, list[float]]:
    for turn in range(rounds):
        order = list(cases) if turn % 2 == 0 else list(cases)[::-1]
        for name in order:
            gc.collect()
            begin = time.perf_counter()
            done = cases[name]()
            found[name].append(done / (time.perf_counter() - begin))
    return found


def ratio(of: list[float], to: list[float]) -> float:
    """Return the median of the ratios round by round."""
    return median(a / b for a, b in zip(of, to, strict=True))


def in_threads(count: int, work: Callable[[int], int]) -> int:
    """Run the work in so many threads at once; return the sum of what they did."""
    done: list[int] = []
    failed: list[BaseException] = []
    ready = Barrier(count)

    def one(number: int) -> None:
        try:
            ready.wait()
            done.append(work(number))
        except BaseException as error:  # noqa: BLE001  Raised again below, in the caller's thread.
            failed.append(error)

    threads = [Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(done)
