"""Hold what was true at a moment to facts that came late and to a clock that stands there."""

from typing import Any

from domain.phases.events import PhaseFinished
from projections.clock import Clock
from projections.replay import rows_as_of
from projections.schedule import ScheduleProjection
from projections.status import HEADER, StatusProjection
from projections.truth import TrueBy, rows_true_at
from tests.fakes import ListFeed
from tests.unit.projections.histories import PROJECT, History, at

SCHEDULE, STATUS = ScheduleProjection(), StatusProjection()


def planned() -> History:
    """Return a plan of two phases of a day each, on Monday the 2nd and Tuesday."""
    history = History().opened().calendar("plant").promise("2026-03-06")
    return history.phase("weld").phase("paint").link("weld", "paint")


def true_rows(history: History, when: str, known: int | None = None, of: Any = SCHEDULE) -> Any:  # noqa: ANN401
    feed = ListFeed(history.events)
    position = feed.head() if known is None else known
    changes = rows_true_at(of, feed, PROJECT, at(when), position, Clock(feed))
    return {change.row_id: change.row for change in changes}


def known_rows(history: History, position: int) -> Any:  # noqa: ANN401
    feed = ListFeed(history.events)
    return {change.row_id: change.row for change in rows_as_of(SCHEDULE, feed, PROJECT, position)}


def test_a_late_fact_is_true_when_it_happened_and_known_when_it_came() -> None:
    history = planned()
    before = len(history.events)
    history.started("weld", "2026-03-02 10:00").finished("weld", "2026-03-02 12:00")
    finish = "2026-03-02T12:00:00+00:00"
    assert true_rows(history, "2026-03-03 09:00")["weld"]["actual_finish"] == finish
    assert true_rows(history, "2026-03-02 11:00")["weld"]["actual_finish"] is None
    assert true_rows(history, "2026-03-02 11:00")["weld"]["actual_start"] is not None
    assert known_rows(history, before)["weld"]["actual_finish"] is None
    assert true_rows(history, "2026-03-03 09:00", known=before)["weld"]["actual_finish"] is None


def test_what_is_planned_later_was_not_true_before() -> None:
    history = planned()
    assert true_rows(history, "2026-01-31 09:00") == {}
    assert set(true_rows(history, "2026-02-01 09:04")) == {HEADER, "weld"}
    assert set(true_rows(history, "2026-02-01 09:05")) == {HEADER, "weld", "paint"}


def test_progress_from_before_its_project_was_known_is_no_project_yet() -> None:
    history = (
        planned().started("weld", "2026-01-05 08:00").progressed("weld", 60, "2026-01-06 08:00")
    )
    assert true_rows(history, "2026-01-07 08:00") == {}
    assert true_rows(history, "2026-01-07 08:00", of=STATUS) == {}
    assert true_rows(history, "2026-02-02 08:00")["weld"]["remaining_min"] == 60


def test_time_stands_at_the_moment_asked_about_between_two_ticks() -> None:
    history = planned().tick("2026-03-02 07:00").tick("2026-03-04 07:00")
    late = {
        hour: true_rows(history, f"2026-03-02 {hour}", of=STATUS)[HEADER]["late_starts"]
        for hour in ("07:59", "08:01")
    }
    assert late == {"07:59": 0, "08:01": 1}


def test_time_goes_no_further_than_it_had_come_by_the_position() -> None:
    history = planned().tick("2026-03-02 07:00")
    known = len(history.events)
    history.tick("2026-03-04 07:00")
    when = "2026-03-03 09:00"
    assert true_rows(history, when, known, STATUS)[HEADER]["late_starts"] == 0
    assert true_rows(history, when, of=STATUS)[HEADER]["late_starts"] == 2


def test_pages_without_anything_true_are_read_past() -> None:
    history = planned()
    for _ in range(5):
        history.fact(
            "weld", PhaseFinished(actual_finish=at("2026-03-05 08:00")), at("2026-03-05 08:00")
        )
    history.started("weld", "2026-03-02 08:00")
    reader = TrueBy(ListFeed(history.events), at("2026-03-03 08:00"))
    planned_events = len(planned().events)
    (found,) = reader.read(planned_events, 2)
    assert found.position == reader.head()
    assert list(reader.read_project(PROJECT, planned_events, reader.head(), 2)) == [found]
    assert list(reader.read_stream(found.stream)) == [found]
    assert reader.read(reader.head(), 2) == ()
