"""Take the broker away from a publisher that gives up: nothing of it comes late."""

import threading
from pathlib import Path
from typing import Final

import pytest

from consumers.kafka.client import KafkaSink
from consumers.kafka.connection import Connection
from consumers.kafka.ports import Place
from tests.chaos.evidence import records_on
from tests.services.kafka import KafkaServer
from tests.services.waiting import wait_until

pytestmark = [
    pytest.mark.chaos, pytest.mark.integration, pytest.mark.kafka, pytest.mark.slow,
]  # fmt: skip

DEADLINE_S: Final = 60.0


def senders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "network-thread" in thread.name]


def test_a_publisher_that_gave_up_delivers_nothing_when_the_broker_is_back(
    kafka: KafkaServer, tmp_path: Path
) -> None:
    place = Place(kafka.create_topic(f"{tmp_path.parent.name}-{tmp_path.name}"), 0)
    connection = Connection(kafka.bootstrap, security_protocol="PLAINTEXT")
    before = senders()
    sink = KafkaSink(connection)
    sink.produce(place, b"key", b"acknowledged", ())
    sink.flush()
    assert len(senders()) > len(before)
    kafka.kill()
    sink.produce(place, b"key", b"given up", ())
    sink.close()
    wait_until(lambda: senders() == before, "the end of its sender", deadline_s=DEADLINE_S)
    kafka.start()
    successor = KafkaSink(connection)
    successor.produce(place, b"key", b"of the successor", ())
    successor.flush()
    successor.close()
    values = [record.value for record in records_on(kafka.bootstrap, place.topic)]
    assert values == [b"acknowledged", b"of the successor"]
