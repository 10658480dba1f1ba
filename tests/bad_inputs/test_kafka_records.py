"""What only a Kafka record can be: headers, keys, tombstones, foreign bytes, odd timestamps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from consumers.kafka.json_format import MEDIA_TYPE
from consumers.strict_json import MIB
from tests.bad_inputs.cases import KNOWN, SOURCE, TIME, Outcome, written
from tests.bad_inputs.edges import STRUCTURED, ThroughKafka, log_that_knows_one_phase

Headers = tuple[tuple[str, bytes | None], ...]

DATA: Final = b'{"at":"2026-03-02T07:00:00Z","stop_code":"jam"}'


def binary(
    unique: str, *more: tuple[str, bytes | None], type_: str = "phase.interrupted.v1"
) -> Headers:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", unique.encode()),
        ("ce_source", SOURCE.encode()),
        ("ce_type", type_.encode()),
        ("ce_subject", KNOWN.encode()),
        ("ce_time", TIME.encode()),
        *more,
    )


CASES: Final[dict[str, tuple[Headers, bytes | None, Outcome]]] = {
    "78 a tombstone of a type with data": (binary("r1"), None, "refused"),
    "78 a tombstone in structured mode": (STRUCTURED, None, "refused"),
    "78 a tombstone of a type without data": (
        binary("r2", type_="phase.aborted.v1"),
        None,
        "recorded",
    ),
    "79 a mebibyte and a byte": (
        binary("r3"),
        b'{"at":"' + b"x" * (MIB - 5) + b'"}',
        "refused",
    ),
    "79 a mebibyte and a byte in structured mode": (STRUCTURED, b" " * (MIB + 1), "refused"),
    "79 five mebibytes": (binary("r4"), b"x" * (5 * MIB), "refused"),
    "80 an attribute twice": (binary("r5", ("ce_id", b"r5")), DATA, "refused"),
    "80 an attribute without a value": (binary("r6", ("ce_zone", None)), DATA, "refused"),
    "80 an attribute that is not UTF-8": (binary("r7", ("ce_zone", b"\xff")), DATA, "refused"),
    "80 an attribute with NUL": (binary("r8", ("ce_externalref", b"a\0b")), DATA, "refused"),
    "80 a name that is none": (binary("r9", ("ce_reason code", b"x")), DATA, "refused"),
    "80 a name with NUL": (binary("r10", ("ce_a\0b", b"x")), DATA, "refused"),
    "80 an unknown header with NUL in its name": (binary("r11", ("x\0y", b"x")), DATA, "recorded"),
    "80 unknown headers, one null, one doubled": (
        binary("r12", ("x", None), ("y", b"1"), ("y", b"\xff")),
        DATA,
        "recorded",
    ),
    "80 ten thousand headers": (binary("r13", *[("x", b"")] * 10_000), DATA, "refused"),
    "80 a hundred kilobytes of headers": (binary("r14", ("x", b"y" * 100_000)), DATA, "refused"),
    "80 no specversion": (binary("r15")[1:], DATA, "refused"),
    "80 no headers at all": ((), DATA, "refused"),
    "80 a content type twice": ((*STRUCTURED, *STRUCTURED), b"{}", "refused"),
    "80 structured with attributes as headers too": (
        (*STRUCTURED, *binary("other")),
        written("r16"),
        "recorded",
    ),
    "82 Avro behind a registry's five bytes": (binary("r17"), b"\0\0\0\0\x07\x02a", "refused"),
    "82 JSON behind a registry's five bytes": (binary("r18"), b"\0\0\0\0\x07" + DATA, "refused"),
    "82 Protobuf by its name": (
        binary("r19", ("content-type", b"application/protobuf")),
        b"\x08\x96\x01",
        "refused",
    ),
    "82 events in Avro": ((("content-type", b"application/cloudevents+avro"),), b"\0", "refused"),
    "82 a batch": (
        (("content-type", b"application/cloudevents-batch+json"),),
        b"[" + written("r20") + b"]",
        "refused",
    ),
    "6 another charset": (
        (("content-type", f"{MEDIA_TYPE}; charset=utf-16".encode()),),
        written("r21"),
        "refused",
    ),
}


@pytest.fixture(scope="module")
def kafka_edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThroughKafka]:
    log = log_that_knows_one_phase(tmp_path_factory.mktemp("kafka"))
    yield ThroughKafka(log)
    log.close()


@pytest.mark.parametrize("name", CASES)
def test_a_record_has_its_outcome_and_the_next_one_is_stored(
    name: str, kafka_edge: ThroughKafka
) -> None:
    headers, value, outcome = CASES[name]
    before = kafka_edge.log.head()
    assert kafka_edge.take_in(headers, value) == outcome
    assert kafka_edge.take_in(binary(f"next-{kafka_edge.offset}"), DATA) == "recorded"
    assert len(kafka_edge.log.read(before, 100)) == 1 + (outcome == "recorded")


@pytest.mark.parametrize("key", [None, b"", b"\xff\xfe", b"k" * 1_000])
def test_a_key_is_opaque(key: bytes | None, kafka_edge: ThroughKafka) -> None:
    unique = f"key-{kafka_edge.offset}"
    assert kafka_edge.take_in(binary(unique), DATA, key=key) == "recorded"


@pytest.mark.parametrize("timestamp_ms", [-1, 0, 2**62])
def test_a_record_timestamp_orders_nothing(timestamp_ms: int, kafka_edge: ThroughKafka) -> None:
    unique = f"stamp-{timestamp_ms}"
    outcome = kafka_edge.take_in(binary(unique), DATA, timestamp_ms=timestamp_ms)
    assert outcome == "recorded"
    (stored,) = kafka_edge.log.read(kafka_edge.log.head() - 1, 1)
    assert stored.envelope.effective_at.isoformat() == "2026-03-02T07:00:00+00:00"


def test_a_dead_letter_keeps_every_byte_of_key_value_and_headers(tmp_path: Path) -> None:
    log = log_that_knows_one_phase(tmp_path)
    edge = ThroughKafka(log)
    headers: Headers = (("a\0b", b"\xff\0"), ("ä", None), ("ä", b""))
    assert edge.take_in(headers, b"\0\xff", key=b"\xff") == "refused"
    (kept,) = log.dead_letters()
    original = kept.letter.original
    assert (original.headers, original.value, original.key) == (headers, b"\0\xff", b"\xff")
    log.close()
