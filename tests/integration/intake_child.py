"""Run intake and projections in a process to be killed: `python -m tests.integration.intake_child`.

With `--offsets-first` it commits in the wrong order on purpose: a checker that does not notice is
no checker.
"""

import argparse
import signal
from collections.abc import Sequence
from threading import Event, Thread
from typing import Any

from consumers.kafka.client import KafkaSource
from consumers.kafka.connection import Connection
from consumers.kafka.inbound import Inbound
from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import DeadLetter, EventLog, Outcome, Submission, Tracked
from projections.engine import Engine
from tests.bad_inputs.edges import DOOR, MES, clock
from tests.integration.projected import opened


class OffsetsFirst:
    """The mistake: what was taken in is noted in one transaction, and written in the next."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def append(
        self, items: Sequence[Submission | DeadLetter], tracked: Sequence[Tracked] = ()
    ) -> Sequence[Outcome]:
        self._log.append([], tracked)
        return self._log.append(items)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._log, name)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--offsets-first", action="store_true")
    parser.add_argument("--projecting", action="store_true")
    asked = parser.parse_args()
    stop = Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    log: Any = open_log(asked.log, registry=catalogue(), create_tables=False)
    source = KafkaSource(
        Connection(asked.bootstrap, security_protocol="PLAINTEXT"),
        group=asked.group,
        topics=[asked.topic],
        session_timeout_ms=1_000,
        poll_records_max=asked.batch,
    )
    inbound = Inbound(
        source,
        OffsetsFirst(log) if asked.offsets_first else log,
        door=DOOR,
        principal_of=lambda _topic: MES,
        clock=clock,
    )
    if asked.projecting:
        # A daemon: whatever the engine is at when the kill comes, it is at no longer.
        Thread(target=Engine(log, opened(asked.log, log)).run, args=(stop,), daemon=True).start()
    inbound.run(stop)
    log.close()


if __name__ == "__main__":
    main()
