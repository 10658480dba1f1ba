"""Laws of what follows a network: order of arrival, redelivery, batching, caching, ticks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.messages import Recorded
from domain.phases.events import (
    PhaseFinished,
    PhaseInterrupted,
    PhaseResumed,
    PhaseStarted,
    ProgressRecorded,
)
from domain.plans.events import PhaseDurationRevised, PhaseRemoved
from domain.projects.events import SchedulingPolicySet
from domain.rules import RULES, Cleared
from domain.rules.watched import Watched
from projections.contract import Edited, Projection, Sorted
from projections.schedule import HEADER, ScheduleProjection
from projections.status import StatusProjection
from projections.stores.bodies import body_of
from tests.unit.projections.histories import DAY, MONDAY, PROJECT, History, folded

PROJECTIONS: tuple[Projection[Any], ...] = (ScheduleProjection(), StatusProjection())
PHASES = ("cut", "weld", "paint", "mount", "test")


def a_plan() -> History:
    """Plan five phases on two calendars, promised, one of them waiting for goods."""
    history = History("Europe/Berlin").opened().calendar("plant").calendar("six", "123456")
    history.project(SchedulingPolicySet(material_drives=True)).promise("2026-03-20")
    history.phase("cut", 2).phase("weld", 3, department_id="welding")
    history.phase("paint", 2, calendar_id="six").phase("mount", 4).phase("test", 1)
    history.link("cut", "weld", "SS", DAY).link("weld", "paint").link("paint", "mount")
    history.link("cut", "mount").link("mount", "test", "FF", 120)
    return history.ordered("PO-1", "2026-03-09", "mount")


facts = st.tuples(
    st.sampled_from(PHASES),
    st.sampled_from(["start", "progress", "interrupt", "resume", "finish"]),
    st.integers(0, 20 * 24),
    st.integers(0, 5 * DAY),
)


def fact_event(kind: str, when: datetime, remaining_min: int) -> Any:  # noqa: ANN401
    """Return a fact of a kind that says it happened then."""
    match kind:
        case "start":
            return PhaseStarted(actual_start=when)
        case "progress":
            return ProgressRecorded(remaining_min=remaining_min, basis="report")
        case "interrupt":
            return PhaseInterrupted(at=when, stop_code="power")
        case "resume":
            return PhaseResumed(at=when)
        case _:
            return PhaseFinished(actual_finish=when)


def with_facts(told: Sequence[tuple[str, str, int, int]]) -> History:
    """Return the plan's history with facts in this order of arrival."""
    history = a_plan()
    for phase_id, kind, hours, remaining_min in told:
        when = MONDAY + timedelta(hours=hours)
        history.fact(phase_id, fact_event(kind, when, remaining_min), when)
    return history


def without_arrival(projection: Any, history: History) -> Any:  # noqa: ANN401
    """Return the rows without what names positions: who typed a date, and the latest changes."""
    rows = projection.rows(folded(projection, history.events))
    by_chance = {"provenance", "latest"}
    return {
        row_id: {name: value for name, value in row.items() if name not in by_chance}
        for row_id, row in rows.items()
    }


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
@given(
    st.lists(facts, max_size=12, unique_by=lambda fact: (fact[0], fact[2])).flatmap(
        lambda told: st.tuples(st.just(told), st.permutations(told))
    )
)
@settings(max_examples=60, deadline=None)
def test_facts_add_up_to_the_same_rows_in_any_order_of_arrival(
    projection: Any,  # noqa: ANN401
    orders: tuple[list[tuple[str, str, int, int]], list[tuple[str, str, int, int]]],
) -> None:
    told, arrived = orders
    assert without_arrival(projection, with_facts(told)) == without_arrival(
        projection, with_facts(arrived)
    )


changes = st.lists(
    st.one_of(
        facts,
        st.tuples(st.just("data"), st.integers(1, 20)),
        st.tuples(st.just("tick"), st.integers(1, 20 * 24)),
        st.tuples(st.just("duration"), st.sampled_from(PHASES), st.integers(0, 6 * DAY)),
        st.tuples(st.just("remove"), st.sampled_from(PHASES)),
    ),
    max_size=14,
)


def changed(told: Sequence[Any]) -> History:
    """Return the plan's history with these changes after it."""
    history = a_plan()
    for change in told:
        match change:
            case ("data", days):
                history.data_date(f"{MONDAY + timedelta(days=days):%Y-%m-%d %H:%M}")
            case ("tick", hours):
                history.tick(f"{MONDAY + timedelta(hours=hours):%Y-%m-%d %H:%M}")
            case ("duration", phase_id, minutes):
                event = PhaseDurationRevised(phase_id=phase_id, old_min=0, new_min=minutes)
                history.plan(event)
            case ("remove", phase_id):
                links = tuple(
                    each.event.link_id
                    for each in history.events
                    if hasattr(each.event, "succ")
                    and phase_id in (each.event.pred, each.event.succ)
                )
                history.plan(PhaseRemoved(phase_id=phase_id, links=links))
            case (phase_id, kind, hours, remaining_min):
                when = MONDAY + timedelta(hours=hours)
                history.fact(phase_id, fact_event(kind, when, remaining_min), when)
    return history


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
@given(changes, st.sets(st.integers(0, 40)))
@settings(max_examples=60, deadline=None)
def test_rows_do_not_depend_on_when_they_are_looked_at(
    projection: Any,  # noqa: ANN401
    told: list[Any],
    looked_at: set[int],
) -> None:
    """The cache of a fold that was looked at now and then shows what a fresh fold shows."""
    history = changed(told)
    state = projection.initial(PROJECT)
    for place, recorded in enumerate(history.events):
        if recorded.project_id is None or projection.keys(recorded):
            state = projection.fold(state, recorded)
        if place in looked_at:
            projection.rows(state)
            projection.due(state)
    fresh = folded(projection, history.events)
    assert projection.rows(state) == projection.rows(fresh)
    assert projection.due(state) == projection.due(fresh)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
@given(changes)
@settings(max_examples=40, deadline=None)
def test_rows_shown_are_never_changed_afterwards(
    projection: Any,  # noqa: ANN401
    told: list[Any],
) -> None:
    """What was handed out at each event is what a fold up to that event hands out."""
    events: list[Recorded[Any]] = changed(told).events
    state = projection.initial(PROJECT)
    shown = []
    for recorded in events:
        if recorded.project_id is None or projection.keys(recorded):
            state = projection.fold(state, recorded)
        shown.append(projection.rows(state))
    for count in range(len(events) - 4, len(events) + 1):
        assert shown[count - 1] == projection.rows(folded(projection, events[:count]))


@given(changes)
@settings(max_examples=60, deadline=None)
def test_rows_that_tell_what_changed_tell_all_of_it(told: list[Any]) -> None:
    schedule, before = ScheduleProjection(), None
    state = schedule.initial(PROJECT)
    for recorded in changed(told).events:
        if schedule.keys(recorded):
            state = schedule.fold(state, recorded)
        rows = schedule.rows(state)
        if isinstance(rows, Edited) and rows is not before and rows.before is not None:
            assert rows.before is before
            assert list(rows) == list(before or ())
            others = {row_id for row_id in rows if rows[row_id] is not rows.before[row_id]}
            assert set(rows.changed) == others
        before = rows


@given(changes)
@settings(max_examples=40, deadline=None)
def test_every_row_of_a_phase_is_in_order(told: list[Any]) -> None:
    schedule = ScheduleProjection()
    state = schedule.initial(PROJECT)
    for recorded in changed(told).events:
        if schedule.keys(recorded):
            state = schedule.fold(state, recorded)
            phases = [row for row_id, row in schedule.rows(state).items() if row_id != HEADER]
            assert all(isinstance(row, Sorted) for row in phases)
            assert [body_of(row) for row in phases] == [body_of(dict(row)) for row in phases]


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda each: each.name)
@given(changes, st.data())
@settings(max_examples=40, deadline=None)
def test_redelivery_changes_nothing(
    projection: Any,  # noqa: ANN401
    told: list[Any],
    data: st.DataObject,
) -> None:
    """Events come again as after a crash: from some earlier one on, in order."""
    events = [each for each in changed(told).events if each.project_id is not None]
    again = data.draw(st.integers(0, len(events)))
    once = projection.rows(folded(projection, events))
    assert projection.rows(folded(projection, [*events, *events[again:]])) == once


@given(changes, st.integers(0, 20 * 24 * 60))
@settings(max_examples=60, deadline=None)
def test_a_tick_before_the_due_moment_changes_nothing(told: list[Any], minutes: int) -> None:
    projection = StatusProjection()
    state = folded(projection, changed(told).events)
    before, due = projection.rows(state), projection.due(state)
    moment = MONDAY + timedelta(minutes=minutes)
    if due is not None and moment >= due:
        moment = (due - timedelta(minutes=1)).astimezone(UTC)
    (tick,) = History().tick(f"{moment:%Y-%m-%d %H:%M}").events
    state = projection.fold(state, tick)
    assert projection.rows(state) == before
    assert projection.due(state) == due


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.name)
@given(changes)
@settings(max_examples=40, deadline=None)
def test_a_rule_clears_only_what_it_found_and_keeps_its_beginning(
    rule: Any,  # noqa: ANN401
    told: list[Any],
) -> None:
    project, state = Watched(PROJECT), rule.initial()
    begun: dict[tuple[str, tuple[str, ...]], int] = {}
    for recorded in changed(told).events:
        project.take(recorded)
        for each in rule.fold(state, recorded, project):
            condition = each.rule, each.subjects
            if isinstance(each, Cleared):
                del begun[condition]
            else:
                first = begun.setdefault(condition, recorded.position)
                assert each.first_position == first
                assert all(position <= recorded.position for position in each.evidence)
                assert each.impact_days >= 0


def test_the_plan_of_these_laws_has_dates() -> None:
    rows = PROJECTIONS[0].rows(folded(PROJECTIONS[0], a_plan().events))
    assert rows["mount"]["driver"] == {"kind": "commitment", "ref": "PO-1"}
    assert rows["mount"]["start"] == "2026-03-10T08:00:00+01:00"
