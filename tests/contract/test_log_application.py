"""The library's own way in and out of the log: `save`, `repository`, `notification_log`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError, Tracking

from domain.kernel.messages import DomainEvent
from domain.log.mapper import Placed
from domain.log.open_log import DatabaseLog, open_log
from domain.log.port import Unreadable
from tests.unit.log.samples import (
    REGISTRY,
    Measured,
    PartAdded,
    PartCounted,
    added,
    at,
    counted,
    envelope,
)

BACKENDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.integration))


@pytest.fixture(params=BACKENDS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseLog]:
    sqlite = request.param == "sqlite"
    address = str(tmp_path / "takt.db") if sqlite else str(request.getfixturevalue("pg_url"))
    opened = open_log(address, registry=REGISTRY)
    yield opened
    opened.close()


def placed(version: int, event: DomainEvent, **fields: Any) -> Any:  # noqa: ANN401
    """Return an event with the coordinates that the library asks for."""
    return Placed(event, envelope(f"m-{version}", **fields), "part-1", version, 0)


class Part:
    """What the events of a part add up to, the library's way."""

    def __init__(self) -> None:
        self.id = "part-1"
        self.version = 0
        self.count = 0


def project(part: Part | None, events: Iterable[Any]) -> Part | None:
    for recorded in events:
        part = part or Part()
        part.version = recorded.originator_version
        match recorded.event:
            case PartCounted(count=count):
                part.count += count
    return part


def test_what_was_saved_is_in_the_log_and_in_the_repository(log: DatabaseLog) -> None:
    recordings = log.application.save(
        placed(1, PartAdded(), project_id="P"), placed(2, PartCounted(count=3))
    )
    assert [recording.notification.id for recording in recordings] == [1, 2]
    log.append([counted("m-9", 4)])
    part: Any = log.application.repository.get("part-1", projector_func=project)
    assert (part.version, part.count) == (3, 7)
    assert [recorded.event_id for recorded in log.read_project("P", 0, 9, 9)] == [
        "part-1:1",
        "part-1:2",
        "part-1:3",
    ]
    section = log.application.notification_log.select(start=1, limit=10)
    assert [one.topic for one in section] == ["part.added.v1"] + ["part.counted.v2"] * 2


def test_a_version_that_is_taken_is_refused(log: DatabaseLog) -> None:
    log.append([added("m-1")])
    with pytest.raises(IntegrityError):
        log.application.save(placed(1, PartAdded()))
    assert log.head() == 1
    assert log.append([counted("m-2")])[0].versions == {"part-1": 2}


def test_an_event_that_cannot_be_read_back_is_not_saved(log: DatabaseLog) -> None:
    with pytest.raises(Unreadable):
        log.application.save(placed(1, Measured(value=float("nan"))))
    assert log.head() == 0


def test_what_is_saved_releases_the_lane_it_was_waited_for_in(log: DatabaseLog) -> None:
    log.append([counted("m-1")])
    log.application.save(placed(1, PartAdded()))
    assert [recorded.version for recorded in log.read_stream("part-1")] == [1, 2]
    assert log.parked() == []
    assert log.append([counted("m-1")])[0].kind == "recorded"


def test_what_is_saved_is_never_recorded_before_the_last(log: DatabaseLog) -> None:
    log.append([added("m-1", recorded_at=at(9))])
    log.application.save(placed(2, PartCounted(count=1), recorded_at=at(3)))
    assert [recorded.recorded_at for recorded in log.read(0, 9)] == [at(9), at(9)]


def test_saved_with_a_position_it_is_one_transaction(log: DatabaseLog) -> None:
    recorder = log.application.store
    stored = log.application.mapper.to_stored_event(placed(1, PartAdded()))
    recorder.insert_events([stored], tracking=Tracking("up", 7))
    second = log.application.mapper.to_stored_event(placed(2, PartAdded()))
    with pytest.raises(IntegrityError):
        recorder.insert_events([second], trackings=[Tracking("on", 1), Tracking("up", 7)])
    assert log.tracked("") == {"up": 7}
    assert log.head() == 1
