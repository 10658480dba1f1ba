"""Computing only what a change moves gives what computing everything gives."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.planning.critical_path import schedule
from domain.planning.incremental import Planner
from domain.planning.network import Activity, Network
from tests.property.test_network_laws import networks
from tests.property.test_network_progress import (
    constraints,
    instants,
    lags,
    leaves,
    maybe_instants,
    policies,
    projects,
)
from tests.unit.planning.networks import CALENDARS

durations = st.sampled_from((0, 1, 60, 480, 2000))
remaining = st.sampled_from((None, 0, 300))


def changed_phase(draw: st.DrawFn, activity: Activity) -> Activity:
    """Return a phase with one thing changed that a plant or a planner changes every day."""
    what = draw(st.integers(0, 5))
    if what == 0:
        return replace(activity, duration_min=draw(durations))
    if what == 1:
        return replace(activity, actual_start=draw(instants), remaining_min=draw(remaining))
    if what == 2:
        return replace(activity, actual_start=draw(instants), actual_finish=draw(instants))
    if what == 3:
        return replace(activity, constraint=draw(constraints))
    if what == 4:
        return replace(activity, actual_start=None, actual_finish=None)
    return replace(activity, earliest=draw(leaves).earliest)


def replanned(draw: st.DrawFn, network: Network) -> Network:
    """Return the network after the plan itself was changed: phases, links, calendars, rules."""
    ids = [each.id for each in network.activities]
    # Links go from lower to higher numbers, so that none of them closes a circle.
    leaves = sorted((each for each in ids if each[0] == "p"), key=lambda each: int(each[1:]))
    match draw(st.integers(0, 5)):
        case 0 if len(leaves) > 1:
            one, other = sorted(draw(st.permutations(range(len(leaves))))[:2])
            pred, succ = leaves[one], leaves[other]
            new_id = f"n{len(network.links)}-{pred}-{succ}"
            link = replace(draw(lags), id=new_id, pred=pred, succ=succ)
            return replace(network, links=(*network.links, link))
        case 1 if network.links:
            place = draw(st.integers(0, len(network.links) - 1))
            other_lag = draw(st.sampled_from((0, 45, 480, -300)))
            links = list(network.links)
            links[place] = replace(links[place], lag=other_lag)
            return replace(network, links=tuple(links))
        case 2 if len(leaves) > 1:
            gone = draw(st.sampled_from(leaves))
            return replace(
                network,
                activities=tuple(each for each in network.activities if each.id != gone),
                links=tuple(each for each in network.links if gone not in (each.pred, each.succ)),
            )
        case 3:
            number = 1 + max((int(each[1:]) for each in leaves), default=0)
            new = Activity(
                f"p{number}", draw(durations), calendar=draw(st.sampled_from((None, "24h")))
            )
            return replace(network, activities=(*network.activities, new))
        case 4:
            key = draw(st.sampled_from(sorted(network.calendars)))
            calendar = CALENDARS[draw(st.sampled_from(sorted(CALENDARS)))]
            return replace(network, calendars={**network.calendars, key: calendar})
        case _:
            return replace(network, policy=draw(policies))


def changed(draw: st.DrawFn, network: Network) -> Network:
    """Return the network after one day's event."""
    what = draw(st.integers(0, 14))
    if what > 11:
        return replanned(draw, network)
    if what == 0:
        return replace(network, data_date=draw(maybe_instants))
    if what == 1:
        return replace(network, promise=draw(maybe_instants))
    if what == 2 and network.links:
        return replace(network, links=network.links[1:])
    rows = list(network.activities)
    for _ in range(draw(st.integers(1, 2))):
        number = draw(st.integers(0, len(rows) - 1))
        rows[number] = changed_phase(draw, rows[number])
    return replace(network, activities=tuple(rows))


@st.composite
def histories(draw: st.DrawFn) -> list[Network]:
    """Draw a network and what became of it, event by event."""
    history = [draw(networks() | projects())]
    for _ in range(draw(st.integers(1, 6))):
        history.append(changed(draw, history[-1]))
    return history


@given(histories())
def test_each_change_gives_the_schedule_that_the_whole_network_gives(
    history: list[Network],
) -> None:
    planner = Planner()
    for network in history:
        assert planner.schedule(network) == schedule(network)


@given(histories())
def test_a_row_that_is_as_before_is_the_same_object(history: list[Network]) -> None:
    planner = Planner()
    before = planner.schedule(history[0]).phases
    for network in history[1:]:
        after = planner.schedule(network).phases
        for phase, row in after.items():
            assert (row is before.get(phase)) is (row == before.get(phase))
        before = after
