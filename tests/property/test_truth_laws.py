"""Laws of the second axis of time: what was true at a moment, as known at a position."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.clock import ClockAdvanced
from domain.kernel.corrections import corrected, is_correction
from domain.kernel.messages import Recorded
from domain.network.project_network import ProjectNetwork
from domain.phases.events import EVENTS as PHASE_EVENTS
from projections.clock import Clock
from projections.contract import Change, Projection
from projections.replay import rows_as_of
from projections.schedule import ScheduleProjection
from projections.stores.bodies import body_of
from projections.truth import rows_true_at, state_true_at
from tests.fakes import ListFeed
from tests.property.random_histories import steps
from tests.property.random_histories import told as planned_and_told
from tests.property.test_checkpoint_laws import PROJECTIONS, a_history, happenings
from tests.unit.projections.histories import MONDAY, PROJECT

FAR = datetime(2199, 12, 31, tzinfo=UTC)
BEGUN = datetime(2026, 2, 27, 8, tzinfo=UTC)
APART = timedelta(hours=5)

histories = st.lists(happenings, min_size=3, max_size=30)


def shown(changes: Sequence[Change]) -> Mapping[str, str]:
    return {change.row_id: body_of(change.row) for change in changes if change.row is not None}


def moved_in_time(events: Sequence[Recorded[Any]], *, ticking: bool) -> list[Recorded[Any]]:
    """Return a history in which each event is recorded when it is true, in steps of five hours.

    Where it is ticking, time comes to each event right before it.
    """
    moved: list[Recorded[Any]] = []
    ticks = 0
    others = [each for each in events if not isinstance(each.event, ClockAdvanced)]
    for number, each in enumerate(others):
        now = BEGUN + number * APART
        about = each.envelope.model_copy(update={"effective_at": now, "recorded_at": now})
        if ticking:
            ticks += 1
            tick = about.model_copy(update={"project_id": None, "message_id": f"t{number}"})
            moved.append(Recorded(ClockAdvanced(to=now), tick, "clock", ticks, len(moved) + 1))
        moved.append(Recorded(each.event, about, each.stream, each.version, len(moved) + 1))
    return moved


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
@settings(max_examples=60, deadline=None)
@given(told=histories, data=st.data())
def test_what_is_true_at_the_end_of_time_as_known_at_a_position_is_what_was_known_there(
    projection: Projection[Any], told: list[tuple[str, int, int, int]], data: st.DataObject
) -> None:
    feed = ListFeed(a_history(told))
    position = data.draw(st.integers(0, feed.head()))

    found = rows_true_at(projection, feed, PROJECT, FAR, position, Clock(feed))

    assert found == rows_as_of(projection, feed, PROJECT, position)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
@settings(max_examples=60, deadline=None)
@given(told=histories, data=st.data())
def test_where_everything_is_recorded_as_it_happens_both_axes_show_the_same(
    projection: Projection[Any], told: list[tuple[str, int, int, int]], data: st.DataObject
) -> None:
    feed = ListFeed(moved_in_time(a_history(told, mends=False), ticking=True))
    position = data.draw(st.integers(1, feed.head()))
    moment = feed.events[position - 1].effective_at
    known = max(each.position for each in feed.events if each.effective_at <= moment)

    found = rows_true_at(projection, feed, PROJECT, moment, feed.head(), Clock(feed))

    assert shown(found) == shown(rows_as_of(projection, feed, PROJECT, known))


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
@settings(max_examples=60, deadline=None)
@given(told=histories, hours=st.integers(-40 * 24, 40 * 24), data=st.data())
def test_what_was_true_is_the_fold_of_what_was_true_with_the_clock_standing_there(
    projection: Projection[Any],
    told: list[tuple[str, int, int, int]],
    hours: int,
    data: st.DataObject,
) -> None:
    feed = ListFeed(a_history(told))
    position, moment = data.draw(st.integers(0, feed.head())), MONDAY + timedelta(hours=hours)
    known = [each for each in feed.events if each.position <= position]
    moments = [each.event.to for each in known if isinstance(each.event, ClockAdvanced)]
    state, begun = projection.initial(PROJECT), False
    for each in corrected(known):
        if each.project_id == PROJECT and each.effective_at <= moment:
            state, begun = projection.fold(state, each), True
    if moments:
        now = ClockAdvanced(to=min(moment, max(moments)))
        last = known[-1]
        state = projection.fold(state, Recorded(now, last.envelope, "clock", 1, last.position))

    found = rows_true_at(projection, feed, PROJECT, moment, position, Clock(feed))

    expected = projection.rows(state) if begun else {}
    assert shown(found) == {row_id: body_of(row) for row_id, row in expected.items()}


@settings(max_examples=100, deadline=None)
@given(changes=steps, hours=st.integers(-10 * 24, 30 * 24), data=st.data())
def test_facts_are_true_at_a_moment_in_whatever_order_they_arrived(
    changes: list[Any], hours: int, data: st.DataObject
) -> None:
    # A correction names its target by a version, which another order of arrival gives anew.
    history = [each for each in planned_and_told(changes).events if not is_correction(each)]
    # Of two reports that are true at the same instant the later version counts: none are.
    facts = {
        (each.stream, each.effective_at): each
        for each in history
        if isinstance(each.event, PHASE_EVENTS)
    }
    requests = [each for each in history if not isinstance(each.event, PHASE_EVENTS)]
    arrived = data.draw(st.permutations(list(facts.values())))
    moment = MONDAY + timedelta(hours=hours)

    def true(facts: Sequence[Recorded[Any]]) -> ProjectNetwork:
        feed = ListFeed(numbered([*requests, *facts]))
        clock = Clock(feed)
        known = state_true_at(ScheduleProjection(), feed, PROJECT, moment, feed.head(), clock)
        network: ProjectNetwork = known.state.network
        return network

    one, other = true(list(facts.values())), true(arrived)
    assert one.schedule() == other.schedule()
    assert {key: line.known.remaining_min for key, line in one.lines.items()} == {
        key: line.known.remaining_min for key, line in other.lines.items()
    }


def numbered(events: Sequence[Recorded[Any]]) -> list[Recorded[Any]]:
    """Return events as a log that took them in in this order."""
    versions: dict[str, int] = {}
    told = []
    for position, each in enumerate(events, start=1):
        version = versions[each.stream] = versions.get(each.stream, 0) + 1
        told.append(Recorded(each.event, each.envelope, each.stream, version, position))
    return told
