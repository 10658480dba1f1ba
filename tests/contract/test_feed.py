"""What a reader of the log may rely on, from the real log and from the fake of the tests."""

from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any, Protocol

import pytest

from domain.kernel.messages import DomainEvent
from domain.log.open_log import open_log
from domain.log.port import EventReader, MessageKey, Submission
from projections.recent import RecentHistories
from tests.fakes import ListFeed
from tests.unit.log.samples import (
    MES,
    REGISTRY,
    START,
    PartAdded,
    PartCounted,
    at,
    digest,
    proposed,
)

BACKENDS = ("list", "recent", "sqlite", pytest.param("postgres", marks=pytest.mark.integration))


class Recording(Protocol):
    """Put the events of one message into the log under test."""

    def __call__(self, message_id: str, *events: DomainEvent, **about: Any) -> int:  # noqa: ANN401
        """Return the position of the last."""


class Subject:
    """A feed under test, and the way to fill it."""

    def __init__(self, feed: EventReader, record: Recording) -> None:
        self.feed = feed
        self.record = record


@pytest.fixture(params=BACKENDS)
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    if request.param in {"list", "recent"}:
        fake = ListFeed()
        feed: EventReader = fake
        if request.param == "recent":
            feed = RecentHistories(fake)
            feed.read_project("PRJ-1", 0, 0, 1_000)  # So that it is kept from here on.

        def into_the_list(message_id: str, *events: DomainEvent, **about: Any) -> int:  # noqa: ANN401
            stream = about.pop("stream", "part-1")
            return fake.record(stream, *events, message_id=message_id, **about)

        yield Subject(feed, into_the_list)
        return
    sqlite = request.param == "sqlite"
    address = str(tmp_path / "takt.db") if sqlite else str(request.getfixturevalue("pg_url"))
    log = open_log(address, registry=REGISTRY)

    def into_the_log(message_id: str, *events: DomainEvent, **about: Any) -> int:  # noqa: ANN401
        stream = about.pop("stream", "part-1")
        (outcome,) = log.append(
            [
                Submission(
                    MessageKey(MES, message_id),
                    digest(message_id),
                    START,
                    tuple(proposed(stream, event, message_id, **about) for event in events),
                )
            ]
        )
        return outcome.position

    yield Subject(log, into_the_log)
    log.close()


def test_an_empty_log_has_nothing_to_read(subject: Subject) -> None:
    feed = subject.feed
    assert (feed.head(), list(feed.read(0, 10)), feed.position_at(START)) == (0, [], 0)
    assert (list(feed.read_stream("part-1")), feed.wait(0, 0.0)) == ([], False)


def test_events_come_in_the_order_of_their_positions_page_by_page(subject: Subject) -> None:
    subject.record("m-1", PartAdded(), PartCounted(count=1))
    last = subject.record("m-2", PartCounted(count=2))
    first, second = subject.feed.read(0, 2)
    (third,) = subject.feed.read(second.position, 2)
    assert [type(first.event), second.event, third.event] == [
        PartAdded,
        PartCounted(count=1),
        PartCounted(count=2),
    ]
    assert 0 < first.position < second.position < third.position == last == subject.feed.head()
    assert list(subject.feed.read(last, 2)) == []


def test_a_stream_is_read_from_a_version_on(subject: Subject) -> None:
    subject.record("m-1", PartAdded())
    subject.record("m-2", PartAdded(), stream="part-2")
    subject.record("m-3", PartCounted(count=1))
    read = [(each.stream, each.version) for each in subject.feed.read_stream("part-1")]
    assert read == [("part-1", 1), ("part-1", 2)]
    assert [each.version for each in subject.feed.read_stream("part-1", 1)] == [2]


def test_a_project_is_read_between_two_positions(subject: Subject) -> None:
    first = subject.record("m-1", PartAdded(), project_id="PRJ-1")
    subject.record("m-2", PartAdded(), stream="part-2", project_id="PRJ-2")
    third = subject.record("m-3", PartCounted(count=1), project_id="PRJ-1")
    subject.record("m-4", PartCounted(count=2), project_id="PRJ-1")

    def read(after: int, up_to: int, limit: int = 10) -> list[int]:
        return [each.position for each in subject.feed.read_project("PRJ-1", after, up_to, limit)]

    assert read(0, third) == [first, third]
    assert read(first, third) == [third]
    assert read(0, third, limit=1) == [first]
    assert read(0, first) == [first]


def test_a_moment_has_the_last_position_recorded_until_then(subject: Subject) -> None:
    first = subject.record("m-1", PartAdded(), recorded_at=at(1))
    second = subject.record("m-2", PartCounted(count=1), recorded_at=at(3))
    asked = [at(0), at(1), at(2), at(3), at(4)]
    assert [subject.feed.position_at(moment) for moment in asked] == [
        0,
        first,
        first,
        second,
        second,
    ]


def test_who_waits_is_woken_by_the_next_event(subject: Subject) -> None:
    recorder = Timer(0.05, subject.record, ("m-1", PartAdded()))
    recorder.start()
    assert subject.feed.wait(0, 10.0)
    recorder.join()
    assert not subject.feed.wait(subject.feed.head(), 0.0)
