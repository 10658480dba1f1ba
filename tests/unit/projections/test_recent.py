"""Hold what is kept of histories to what the log says, and to its bound."""

from collections.abc import Sequence
from typing import Any

from domain.kernel.messages import Recorded
from projections.recent import PAGE, RecentHistories
from tests.fakes import ListFeed
from tests.unit.log.samples import PartCounted


class CountingFeed(ListFeed):
    """A list of events that counts how many were read."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    def read_project(
        self, project_id: str, after: int, up_to: int, limit: int
    ) -> Sequence[Recorded[Any]]:
        page = super().read_project(project_id, after, up_to, limit)
        self.given += len(page)
        return page


def filled(*projects: str, events: int) -> CountingFeed:
    feed = CountingFeed()
    for number in range(events):
        for project_id in projects:
            event = PartCounted(count=number)
            feed.record(f"part-{project_id}", event, project_id=project_id)
    return feed


def whole(reader: RecentHistories, project_id: str) -> list[int]:
    found: list[int] = []
    while page := reader.read_project(project_id, found[-1] if found else 0, 10**9, PAGE):
        found += [each.position for each in page]
    return found


def test_a_history_is_read_from_the_log_once_and_then_only_what_came_since() -> None:
    feed = filled("A", "B", events=3)
    reader = RecentHistories(feed)
    assert whole(reader, "A") == [1, 3, 5]
    assert whole(reader, "A") == [1, 3, 5]
    assert feed.given == 3
    feed.record("part-A", PartCounted(count=9), project_id="A")
    assert whole(reader, "A") == [1, 3, 5, 7]
    assert feed.given == 4
    assert [each.position for each in reader.read_project("A", 1, 6, 1)] == [3]
    assert feed.given == 4


def test_a_history_longer_than_a_page_is_kept_whole() -> None:
    feed = filled("A", events=PAGE + 2)
    reader = RecentHistories(feed)
    assert whole(reader, "A") == list(range(1, PAGE + 3))
    assert whole(reader, "A") == list(range(1, PAGE + 3))
    assert feed.given == PAGE + 2


def test_who_wants_the_tail_is_given_it_and_nothing_is_kept() -> None:
    feed = filled("A", events=5)
    reader = RecentHistories(feed)
    assert [each.position for each in reader.read_project("A", 3, 5, PAGE)] == [4, 5]
    assert [each.position for each in reader.read_project("A", 0, 5, 2)] == [1, 2]
    assert feed.given == 4


def test_a_history_longer_than_the_bound_is_read_as_it_was() -> None:
    feed = filled("A", events=5)
    reader = RecentHistories(feed, kept_max=4)
    assert whole(reader, "A") == [1, 2, 3, 4, 5]
    given = feed.given
    assert whole(reader, "A") == [1, 2, 3, 4, 5]
    assert feed.given == given + 5


def test_the_project_asked_about_longest_ago_is_let_go() -> None:
    feed = filled("A", "B", events=3)
    reader = RecentHistories(feed, kept_max=4)
    assert whole(reader, "A") == [1, 3, 5]
    assert whole(reader, "B") == [2, 4, 6]
    given = feed.given
    assert whole(reader, "B") == [2, 4, 6]
    assert feed.given == given
    assert whole(reader, "A") == [1, 3, 5]
    assert feed.given == given + 3
