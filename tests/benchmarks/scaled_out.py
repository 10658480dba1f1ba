"""Measure projecting scaled out: one, two and four projectors share the partitions of a topic."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.benchmarks.stores import Stores
from tests.benchmarks.table import Row
from tests.integration.scaled import DEADLINE_S, ScaledOut
from tests.services.kafka import KafkaServer, kafka_of_this_run
from tests.services.waiting import wait_until

FACTS: Final = 4_000
PROCESSES: Final = (1, 2, 4)


def scaled_out(stores: Stores) -> Iterator[Row]:
    """Let so many processes project a topic that is full already, on this machine's two cores.

    Each event is folded by three projections. The time runs from the first row to the last, so
    joining and rebalancing are in it; starting the processes is not. More processes than cores
    cannot gain: what they may lose is what the third row shows.
    """
    if stores.name != "pg":
        return
    alone: float | None = None
    with kafka_of_this_run() as kafka:
        for processes in PROCESSES:
            rate = _rate(stores.address(), kafka, processes)
            alone = alone or rate
            yield Row(
                id=f"scaled_out_{processes}",
                what=f"schedule, status and audit from Kafka, {processes} projector processes",
                value=rate,
                unit="events/s",
                against=f"one process, {alone:,.0f}/s; 2 cores, broker and database on them",
                ratio=rate / alone,
                target="stated",
                met=None,
            )


def _rate(url: str, kafka: KafkaServer, processes: int) -> float:
    with tempfile.TemporaryDirectory(prefix="takt-bench-") as folder:
        takt = ScaledOut(url, kafka, f"scaled-out-{processes}", Path(folder))
        try:
            takt.introduce()
            takt.facts(FACTS)
            head = takt.log.head()
            with takt.relaying():
                wait_until(
                    lambda: set(takt.log.tracked("relay/").values()) == {head},
                    "the whole log on the topic",
                    deadline_s=DEADLINE_S,
                )
            for _ in range(processes):
                takt.start_projector()
            wait_until(lambda: _begun(takt), "the first rows", deadline_s=DEADLINE_S)
            begin = time.perf_counter()
            takt.wait_for(head)
            return head / (time.perf_counter() - begin)
        finally:
            takt.close()


def _begun(takt: ScaledOut) -> bool:
    return any(each.position for rows in takt.rows.values() for each in rows.standings())
