"""Read, build or feed projections of a log in a process of its own; see `test_blue_green`."""

import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from projections.audit_trail import AuditProjection
from projections.contract import Projection, Rows, StaleEngine
from projections.engine import Engine
from projections.rebuilding import build
from projections.schedule import ScheduleProjection
from projections.stores import open_rows
from projections.stores.editions import Editions, ShownRows, WrittenRows

BREATH_S = 0.01


class AuditOfTomorrow(AuditProjection):
    """The trail as a newer version of the code makes it."""

    version = 2


class ScheduleOfTomorrow(ScheduleProjection):
    """The schedule as a newer version of the code makes it."""

    version = 2


PROJECTIONS: dict[str, Projection[Any]] = {
    "audit": AuditProjection(),
    "audit2": AuditOfTomorrow(),
    "schedule": ScheduleProjection(),
    "schedule2": ScheduleOfTomorrow(),
}


def editions(address: str, projection: Projection[Any], gate: Any = None) -> Editions:  # noqa: ANN401
    """Return the editions of a projection beside the log."""
    return Editions(
        lambda each: open_rows(address, projection.name, each.version, gate, each.generation),
        projection.version,
    )


class Watch:
    """Looks at rows again and again; what went back between two looks is kept."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._position = 0
        self._seen: dict[tuple[str, str], int] = {}
        self._counts: dict[str, int] = {}
        self.looks = 0
        self.faults: list[str] = []

    def look(self) -> None:
        """Look once: positions must not fall, and no key may have fewer rows than before."""
        position = self._rows.position()
        if position < self._position:
            self.faults.append(f"position {position} after {self._position}")
        self._position = max(position, self._position)
        for key in list(self._rows.keys()):
            changes = self._rows.page(key, ("", ""), 10_000)
            if len(changes) < self._counts.get(key, 0):
                self.faults.append(f"{key} has {len(changes)} rows after {self._counts[key]}")
            self._counts[key] = max(len(changes), self._counts.get(key, 0))
            for change in changes:
                before = self._seen.get((key, change.row_id), 0)
                if change.position < before:
                    self.faults.append(f"{key}/{change.row_id} at {change.position}, not {before}")
                self._seen[key, change.row_id] = max(change.position, before)
        self.looks += 1

    def until(self, stop: threading.Event) -> None:
        """Look on, and let others of the process have their turn."""
        while not stop.wait(BREATH_S):
            self.look()


def read(address: str, name: str) -> None:
    """Look until the standard input ends, then say how often, and what went back."""
    rows = ShownRows(editions(address, PROJECTIONS[name]))
    watch, stop = Watch(rows), threading.Event()
    thread = threading.Thread(target=watch.until, args=(stop,))
    thread.start()
    print("reading", flush=True)  # noqa: T201  What it is for.
    sys.stdin.read()
    stop.set()
    thread.join()
    print(watch.looks, *watch.faults, sep="\n")  # noqa: T201  What it is for.


def build_told(address: str, name: str) -> None:
    """Build, and say after each page how far it is."""
    projection = PROJECTIONS[name]
    log = open_log(address, registry=catalogue())
    shelf = editions(address, projection, log.gate)
    built = build(projection, log, shelf, lambda at, end: print(at, end, flush=True))  # noqa: T201
    print(*built.now, flush=True)  # noqa: T201  What it is for.


def feed(address: str, name: str) -> None:
    """Feed rows until the standard input ends; say each position that this process wrote."""
    projection = PROJECTIONS[name]
    log = open_log(address, registry=catalogue())
    engine = Engine(log, [(projection, WrittenRows(editions(address, projection, log.gate)))])
    engine.listen(lambda _, position: print(position, flush=True))  # noqa: T201
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            try:
                engine.run(stop)
            except StaleEngine:
                continue  # The other one was faster: go on from there.

    thread = threading.Thread(target=run)
    thread.start()
    sys.stdin.read()
    stop.set()
    thread.join()


if __name__ == "__main__":
    {"read": read, "build": build_told, "feed": feed}[sys.argv[1]](*sys.argv[2:])
