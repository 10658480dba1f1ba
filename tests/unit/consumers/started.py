"""One CloudEvent in each of its forms, and others made in few words."""

from datetime import UTC, datetime
from typing import Any

from consumers.kafka.envelope import CloudEvent

MONDAY = datetime(2026, 3, 2, 7, tzinfo=UTC)
STARTED = CloudEvent(
    id="mes-17",
    source="/acme/berlin/hall-1",
    type="phase.started.v1",
    subject="phase-PRJ-7/weld",
    time=MONDAY,
    data={"actual_start": "2026-03-02T08:00:00+01:00"},
    extensions={"partitionkey": "PRJ-7", "reasoncode": "weather"},
)
BINARY: list[tuple[str, bytes | None]] = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"mes-17"),
    ("ce_source", b"/acme/berlin/hall-1"),
    ("ce_type", b"phase.started.v1"),
    ("ce_subject", b"phase-PRJ-7/weld"),
    ("ce_time", b"2026-03-02T07:00:00Z"),
    ("ce_partitionkey", b"PRJ-7"),
    ("ce_reasoncode", b"weather"),
]
BODY = b'{"actual_start":"2026-03-02T08:00:00+01:00"}'
STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]


def event(**changes: Any) -> CloudEvent:  # noqa: ANN401
    return CloudEvent.model_validate(
        {"id": "1", "source": "/s", "type": "phase.started.v1", **changes}
    )


def members(**changes: object) -> dict[str, object]:
    return {"specversion": "1.0", "id": "1", "source": "/s", "type": "a.b.v1", **changes}
