"""Read out of a log and a topic what the checker of histories asks about."""

import json
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from domain.log.catalogue import catalogue
from domain.log.open_log import open_log
from domain.log.port import EventLog
from tests.chaos.history import (
    Entry,
    Identity,
    Letter,
    Published,
    Report,
    Stored,
    check,
    digest_of_body,
)
from tests.integration.projected import differing
from tests.services.waiting import wait_until

PAGE: Final = 5_000
OTHERS_BEGIN: Final = ("takt/", "/takt/")
"""Sources of what Takt says itself, and of what was imported."""
LETTERS_MAX: Final = 100_000
DEADLINE_S: Final = 60.0


def stored_in(log: EventLog) -> list[Stored]:
    """Return every event of a log; each must decode."""
    found: list[Stored] = []
    while page := log.read(found[-1].position if found else 0, PAGE):
        for event in page:
            data = event.event.model_dump(mode="json", exclude_none=True)
            body = digest_of_body(event.stream, event.event.type_name, data)
            source, name = event.envelope.source, event.envelope.message_id
            key = event.project_id or event.stream
            found.append(Stored(event.position, source, name, key, body, event.event_id))
    return found


def checked(address: str, history: list[Entry], *, projected: bool = True) -> Report:
    """Hold a log to a history, and its rows to their clean rebuild."""
    log = open_log(address, registry=catalogue())
    try:
        # First of all, for opening and reading must not repair what is to be looked at.
        faults = differing(address, log) if projected else []
        stored = stored_in(log)
        letters = [
            Letter(*kept.letter.key)
            for kept in log.dead_letters(0, LETTERS_MAX)
            if kept.letter.key is not None and kept.letter.code != "idempotency_conflict"
        ]
        waiting = [Letter(*fact.key) for fact in log.parked(LETTERS_MAX)]
        clients = {entry.source for entry in history}
        others = frozenset({event.source for event in stored} - clients)
        report = check(history, stored, letters=letters, waiting=waiting, others=others)
        report.tell(
            (name for name in others if not name.startswith(OTHERS_BEGIN)), "sources are unknown"
        )
        report.faults += faults
        return report
    finally:
        log.close()


def published_on(bootstrap: str, topic: str) -> list[Published]:
    """Return what the relay published, each partition in its order."""
    found = []
    for record in records_on(bootstrap, topic):
        headers = dict(record.headers)
        if "takt-control" in headers:
            continue  # A watermark, or a copy for projectors: no event.
        position = int(headers["ce_sequence"].decode())
        found.append(Published(record.key.decode(), headers["ce_id"].decode(), position))
    return found


def identities_on(bootstrap: str, topic: str) -> list[tuple[str, Identity]]:
    """Return key and identity of the facts on a topic, each partition in its order."""
    return [
        (record.key.decode(), Identity(said["source"], said["id"]))
        for record in records_on(bootstrap, topic)
        for said in [json.loads(record.value)]
    ]


def records_on(bootstrap: str, topic: str) -> list[Any]:
    """Return every record of a topic, one partition after the other."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic)]
        ends = consumer.end_offsets(partitions)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        found: dict[Any, list[Any]] = {partition: [] for partition in partitions}

        def complete() -> bool:
            for partition, records in consumer.poll(timeout_ms=500).items():
                found[partition] += records
            return all(consumer.position(one) >= ends[one] for one in partitions)

        wait_until(complete, f"the whole of {topic}", deadline_s=DEADLINE_S)
        return [record for partition in partitions for record in found[partition]]
    finally:
        consumer.close()
