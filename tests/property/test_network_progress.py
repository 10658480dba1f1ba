"""Laws of the network pass that hold whatever was typed, reported or broken down."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.planning.critical_path import schedule
from domain.planning.network import (
    Activity,
    Bound,
    Constraint,
    ConstraintKind,
    Link,
    LinkType,
    Network,
    OutOfSequence,
    Policy,
)
from tests.unit.planning.networks import CALENDARS, MONDAY

DATED: tuple[ConstraintKind, ...] = ("SNET", "SNLT", "FNET", "FNLT", "MSO", "MFO")
LINK_TYPES: tuple[LinkType, ...] = ("FS", "SS", "FF", "SF")
RULES: tuple[OutOfSequence, ...] = ("retained_logic", "progress_override", "actual_dates")
instants = st.integers(MONDAY - 3_000, MONDAY + 20_000)
# Made once: what a strategy costs is its making, not its drawing.
maybe_instants = st.none() | instants
places = st.sampled_from((None, "s0", "s1"))
constraints = (
    st.none()
    | st.just(Constraint("ALAP"))
    | st.builds(Constraint, st.sampled_from(DATED), instants)
)
leaves = st.builds(
    Activity,
    id=st.just(""),
    duration_min=st.sampled_from((0, 1, 60, 480, 2000)),
    kind=st.sampled_from(("task", "start_ms", "finish_ms", "level_of_effort")),
    calendar=st.sampled_from((None, "six", "24h")),
    parent=places,
    constraint=constraints,
    actual_start=maybe_instants,
    actual_finish=maybe_instants,
    deadline=maybe_instants,
    remaining_min=st.sampled_from((None, 0, 300)),
    earliest=st.just(()) | st.tuples(st.builds(Bound, instants, st.just("material"), st.just("m"))),
)
rows = st.lists(leaves, min_size=3, max_size=9)
lags = st.builds(
    Link,
    id=st.just(""),
    pred=st.just(""),
    succ=st.just(""),
    type=st.sampled_from(LINK_TYPES),
    lag=st.sampled_from((0, 90, -90)),
    unit=st.sampled_from(("working_min", "elapsed_min", "percent_of_pred")),
)
link_rows = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), lags), max_size=12)
policies = st.builds(
    Policy,
    out_of_sequence=st.sampled_from(RULES),
    critical=st.sampled_from(("total_float", "longest_path")),
    open_ends_critical=st.booleans(),
    dialect=st.sampled_from(("p6", "msproject")),
)
summary_links = st.none() | st.tuples(st.sampled_from(("s0", "s1")), st.booleans(), lags)


@st.composite
def projects(draw: st.DrawFn) -> Network:
    """Draw any network that has a schedule: two summaries, leaves in and beside them."""
    drawn = draw(rows)
    activities = [Activity("s0", 0), Activity("s1", 0, parent=draw(st.sampled_from((None, "s0"))))]
    activities += [
        replace(
            leaf,
            id=f"p{number}",
            actual_finish=None if leaf.actual_start is None else leaf.actual_finish,
        )
        for number, leaf in enumerate(drawn[:-1])
    ]
    links = {
        (one, other): replace(
            lag, id=f"l{one}-{other}", pred=f"p{min(one, other)}", succ=f"p{max(one, other)}"
        )
        for one, other, lag in draw(link_rows)
        if one != other and max(one, other) < len(drawn) - 1
    }
    # One phase beside the summaries, before or after one of them.
    activities.append(replace(drawn[-1], id="x", parent=None, actual_finish=None))
    onto = draw(summary_links)
    if onto is not None:
        summary, before, lag = onto
        ends = ("x", summary) if before else (summary, "x")
        links[-1, -1] = replace(lag, id="l-s", pred=ends[0], succ=ends[1])
    return Network(
        project_start=MONDAY,
        calendars=CALENDARS,
        default_calendar="standard",
        activities=tuple(activities),
        links=tuple(links.values()),
        data_date=draw(maybe_instants),
        promise=draw(maybe_instants),
        policy=draw(policies),
    )


def is_leaf(network: Network, activity: Activity) -> bool:
    return all(each.parent != activity.id for each in network.activities)


@given(projects())
def test_every_network_has_a_schedule_with_actuals_as_reported(network: Network) -> None:
    planned = schedule(network)
    assert list(planned.phases) == sorted(activity.id for activity in network.activities)
    for activity in network.activities:
        row = planned.phases[activity.id]
        assert row.summary is not is_leaf(network, activity)
        if row.summary:
            continue
        if activity.actual_start is not None:
            assert row.start == row.early_start == row.late_start == activity.actual_start
        if activity.actual_finish is not None:
            assert row.finish == row.early_finish == row.late_finish == activity.actual_finish
            assert not row.critical


@given(projects())
def test_nothing_unfinished_ends_before_the_data_date(network: Network) -> None:
    network = replace(network, policy=replace(network.policy, dialect="p6"))
    planned = schedule(network)
    for activity in network.activities:
        done = activity.actual_finish is not None or (
            activity.actual_start is not None and activity.duration_min == 0
        )
        if done or not is_leaf(network, activity) or activity.kind == "level_of_effort":
            continue
        row = planned.phases[activity.id]
        data_date = network.data_date
        if data_date is not None:
            assert row.finish >= data_date
            assert activity.actual_start is not None or row.start >= data_date


@given(projects())
def test_a_summary_spans_its_children_and_hides_none_of_their_float(network: Network) -> None:
    planned = schedule(network)
    for activity in network.activities:
        if is_leaf(network, activity):
            continue
        below = [
            planned.phases[each.id] for each in network.activities if each.parent == activity.id
        ]
        row = planned.phases[activity.id]
        assert row.start == min(each.start for each in below)
        assert row.finish == max(each.finish for each in below)
        assert row.critical == any(each.critical for each in below)


@given(projects())
def test_a_phase_as_late_as_possible_moves_no_other(network: Network) -> None:
    planned = schedule(network)
    for activity in network.activities:
        row = planned.phases[activity.id]
        constraint = activity.constraint
        late = constraint is not None and constraint.kind == "ALAP"
        if not late and is_leaf(network, activity):
            assert (row.start, row.finish) == (row.early_start, row.early_finish)
        assert row.start >= row.early_start
        assert max(each.finish for each in planned.phases.values()) >= planned.finish


@given(projects(), st.randoms(use_true_random=False))
def test_a_project_is_scheduled_the_same_in_any_order_of_its_rows(
    network: Network, random: object
) -> None:
    activities, links = list(network.activities), list(network.links)
    random.shuffle(activities)  # type: ignore[attr-defined]  # hypothesis types it as Random.
    random.shuffle(links)  # type: ignore[attr-defined]
    again = replace(network, activities=tuple(activities), links=tuple(links))
    assert schedule(again) == schedule(network)
