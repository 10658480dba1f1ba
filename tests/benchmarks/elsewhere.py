"""Measure an event store of another ecosystem on the same PostgreSQL, in turns with our own log."""

import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.appending import batches_judged
from tests.benchmarks.messages import START, fact, introduce, judged
from tests.benchmarks.replaying import read_all
from tests.benchmarks.rounds import Case, in_threads, rates, ratio
from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row

PEER: Final = Path(__file__).parent / "emmett"
NAME: Final = "emmett-postgresql 0.42 (Node)"
WRITERS: Final = 32
EACH: Final = 60
HUNDREDS: Final = 3_000
ROUNDS: Final = 3
RECEIVED: Final = START + timedelta(days=30)


def another_store(stores: Stores) -> Iterator[Row]:
    """Append by many writers, append by hundreds, and replay, beside the other store.

    It stores the event alone; ours also asks the inbox, keeps the index and proves that the event
    can be read back. Nothing is measured on SQLite, which it does not know.
    """
    if stores.name != "pg":
        return
    event_log = stores.log()
    introduce(event_log, projects=WRITERS, phases=50)
    numbers = itertools.count()
    prepared = batches_judged(HUNDREDS * ROUNDS // 100, 100, first=1_000_000)

    def write(writer: int) -> int:
        for place in range(EACH):
            raw = fact(next(numbers), writer, place % 50)
            (outcome,) = event_log.append([judged(raw, RECEIVED)])
            assert outcome.kind == "recorded", outcome
        return EACH

    def hundreds() -> int:
        for items in itertools.islice(prepared, HUNDREDS // 100):
            event_log.append(items)
        return HUNDREDS

    with _other(stores.address()) as other:
        cases: dict[str, tuple[str, Case, Case]] = {
            "append_32": (
                "append, 32 writers of one event",
                lambda: in_threads(WRITERS, write),
                lambda: other.work("writers", WRITERS * EACH),
            ),
            "append_100": (
                "append, 100 events a transaction",
                hundreds,
                lambda: other.work("hundreds", HUNDREDS),
            ),
            "replay": (
                "replay: read and decode",
                lambda: read_all(event_log),
                lambda: other.work("replay", 0),
            ),
        }
        for name, (what, ours, theirs) in cases.items():
            found = rates({"takt": ours, "other": theirs}, ROUNDS)
            yield Row(
                id=f"emmett_{name}",
                what=what,
                value=median(found["takt"]),
                unit="events/s",
                against=f"{NAME}, {median(found['other']):,.0f}/s",
                ratio=ratio(found["takt"], found["other"]),
                target="stated",
                met=None,
            )
    event_log.close()


class _Other:
    """The other store in its own process, one case a line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def work(self, case: str, count: int) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"case": case, "count": count}) + "\n")
        self._process.stdin.flush()
        return int(self.answer()["events"])

    def answer(self) -> dict[str, int]:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if line.startswith("{"):
                answer: dict[str, int] = json.loads(line)
                return answer
        msg = f"{NAME} ended with {self._process.wait()}"
        raise RuntimeError(msg)


@contextmanager
def _other(address: str) -> Iterator[_Other]:
    node = shutil.which("node")
    if node is None or not (PEER / "node_modules").is_dir():
        msg = "`make bench` installs the other store; it needs node and npm"
        raise RuntimeError(msg)
    process = subprocess.Popen(
        [node, "peer.mjs", address],
        cwd=PEER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        other = _Other(process)
        other.answer()
        yield other
    finally:
        process.kill()
        process.communicate()
