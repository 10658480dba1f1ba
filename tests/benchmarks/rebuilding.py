"""Measure what a rebuild costs beside its speed: memory, and what readers see while events come."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from domain.log.catalogue import catalogue
from domain.log.open_log import DatabaseLog, open_log
from projections.audit_trail import AuditProjection
from projections.engine import Engine
from projections.rebuilding import build, verify
from projections.stores import open_rows
from projections.stores.editions import Editions, ShownRows, WrittenRows
from tests.benchmarks.memory import most_held
from tests.benchmarks.messages import fact, introduce, judged
from tests.benchmarks.replaying import PAGE, RECEIVED, fill
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

FEW: Final = 50_000
MANY: Final = 200_000
BEFORE: Final = 20_000
PER_S: Final = 1_000
SENT_PER_S: Final = 1_100
AT_ONCE: Final = 20
GROWTH_MAX: Final = 1.1
TRAIL: Final = AuditProjection()


def rebuild_memory() -> Row:
    """Rebuild the trail of a long log and of a short one, each in a process: peak of memory."""
    with TemporaryDirectory(prefix="takt-bench-") as folder:
        few, many = (_peak(Path(folder), events) for events in (FEW, MANY))
    return Row(
        id="rebuild_memory",
        what=f"peak memory of a rebuild of {MANY:,} events of the trail",
        value=many / 2**20,
        unit="MiB",
        against=f"of {FEW:,} events, {few / 2**20:,.0f} MiB",
        ratio=many / few,
        target=f"≤ {GROWTH_MAX}",
        met=many / few <= GROWTH_MAX,
    )


def rebuild_under_load(stores: Stores) -> Row:
    """Build the trail anew while events come and are projected, and a reader looks all the time."""
    address = stores.address()
    event_log = open_log(address, registry=catalogue())
    fill(event_log, BEFORE)
    shelves = [_editions(address, event_log) for _ in range(3)]
    engine, rows = Engine(event_log, [(TRAIL, WrittenRows(shelves[0]))]), ShownRows(shelves[1])
    engine.catch_up()
    stop, looks, back = threading.Event(), [0], [0]

    def look() -> None:
        seen = 0
        while not stop.wait(0.005):
            position = rows.position()
            back[0] += position < seen
            seen, looks[0] = max(seen, position), looks[0] + 1

    sent = [0]
    works = [look, lambda: engine.run(stop), lambda: _send(event_log, stop, sent)]
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    begin, before = time.perf_counter(), sent[0]
    built = build(TRAIL, event_log, shelves[2])
    took_s = time.perf_counter() - begin
    rate = (sent[0] - before) / took_s
    stop.set()
    for thread in threads:
        thread.join()
    engine.catch_up()
    equal = verify(TRAIL, event_log, rows).equal
    for each in shelves:
        each.close()
    event_log.close()
    return Row(
        id=f"rebuild_under_load_{stores.name}",
        what=f"events a second that came while {built.position:,} were rebuilt in {took_s:.1f} s",
        value=rate,
        unit="events/s",
        against=f"at most {SENT_PER_S:,}/s sent; {looks[0]:,} looks, {back[0]} went back;"
        f" equal: {equal}",
        ratio=rate / PER_S,
        target=f"≥ {PER_S:,}/s, 0 back, equal",
        met=rate >= PER_S and back[0] == 0 and equal,
    )


def _send(event_log: DatabaseLog, stop: threading.Event, sent: list[int]) -> None:
    begin = time.perf_counter()
    while not stop.is_set():
        numbers = range(BEFORE + sent[0], BEFORE + sent[0] + AT_ONCE)
        event_log.append([judged(fact(n, n % 4, n % 10), RECEIVED) for n in numbers])
        sent[0] += AT_ONCE
        stop.wait(max(0.0, begin + sent[0] / SENT_PER_S - time.perf_counter()))


def _editions(address: str, event_log: DatabaseLog) -> Editions:
    return Editions(
        lambda each: open_rows(address, TRAIL.name, each.version, event_log.gate, each.generation),
        TRAIL.version,
    )


def _peak(folder: Path, events: int) -> int:
    path = str(folder / f"{events}.db")
    event_log = open_log(path, registry=catalogue())
    introduce(event_log, projects=4, phases=10)
    for begin in range(0, events, PAGE):
        numbers = range(begin, begin + PAGE)
        event_log.append([judged(fact(n, n % 4, n % 10), RECEIVED) for n in numbers])
    event_log.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.rebuilding", path],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def main(path: str) -> None:
    """Rebuild the trail of a log, and print this process's peak of memory in bytes."""
    event_log = open_log(path, registry=catalogue())
    editions = _editions(path, event_log)
    build(TRAIL, event_log, editions)
    print(most_held())  # noqa: T201  What it is for.
    editions.close()
    event_log.close()


if __name__ == "__main__":
    main(sys.argv[1])
