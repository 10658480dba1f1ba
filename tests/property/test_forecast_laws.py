"""What holds of every forecast: each run is a full pass, and what is told of the runs is in order.

The oracle of a run is the critical path method itself, on the network with the durations and the
deliveries that were drawn.
"""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.forecasting.distributions import Distribution, Observation
from domain.forecasting.finishes import Quantiles
from domain.forecasting.simulation import simulate, simulate_whole
from domain.forecasting.spread import Spread
from domain.kernel.minutes import DAY_MIN
from domain.planning.compiled import FINISHED, STARTED, Compiled
from domain.planning.critical_path import schedule
from domain.planning.network import Activity, Constraint, Network
from tests.property.test_network_laws import networks
from tests.property.test_network_progress import projects

ratios = st.sampled_from((0.0, 0.4, 1.0, 1.7, 3.0))


def always(value: float) -> Distribution:
    return Distribution([Observation(value)])


def worked(network: Network) -> list[str]:
    """Return the phases whose duration may be drawn.

    Where what is done of a started phase is told by its duration, the oracle cannot say what share
    of it a lag is, so such phases are left alone.
    """
    parents = {activity.parent for activity in network.activities}
    shared = {link.pred for link in network.links if link.unit == "percent_of_pred"}
    untold = shared if network.policy.is_msproject else set()
    return [
        activity.id
        for activity in network.activities
        if activity.id not in parents
        and activity.kind != "level_of_effort"
        and not (activity.id in untold and activity.actual_start is not None)
    ]


def waiting_for_orders(network: Network) -> Network:
    """Return the network with everything waited for on order."""
    return replace(
        network,
        activities=tuple(
            replace(
                activity,
                earliest=tuple(replace(each, kind="commitment") for each in activity.earliest),
            )
            for activity in network.activities
        ),
    )


def deliveries(network: Network) -> list[str]:
    bounds = (bound for activity in network.activities for bound in activity.earliest)
    return sorted({bound.ref for bound in bounds if bound.kind == "commitment"})


def unless_late(activity: Activity) -> Constraint | None:
    """Return a phase's constraint; a forecast lets nothing wait for the last moment."""
    constraint = activity.constraint
    return None if constraint is None or constraint.kind == "ALAP" else constraint


def as_drawn(network: Network, ratio: Mapping[str, float], days: Mapping[str, int]) -> Network:
    """Return the network in which every estimate is what was drawn for it."""
    compiled = Compiled(network)

    def drawn(activity: Activity) -> Activity:
        earliest = tuple(
            replace(bound, at=bound.at + days[bound.ref] * DAY_MIN)
            if bound.kind == "commitment" and bound.ref in days
            else bound
            for bound in activity.earliest
        )
        activity = replace(activity, earliest=earliest, constraint=unless_late(activity))
        number = compiled.index[activity.id]
        if activity.id not in ratio or compiled.mode[number] == FINISHED:
            return activity
        estimate = compiled.length[number]
        length = int(estimate * ratio[activity.id] + 0.5) or min(estimate, 1)
        if compiled.mode[number] == STARTED:
            done = max(0, activity.duration_min - estimate)  # What msproject goes on from.
            whole = done + length if network.policy.is_msproject else activity.duration_min
            return replace(activity, remaining_min=length, duration_min=whole)
        return replace(activity, duration_min=length)

    return replace(network, activities=tuple(map(drawn, network.activities)))


@given(networks() | projects().map(waiting_for_orders), st.data())
def test_every_run_is_the_full_pass_over_what_was_drawn(
    network: Network, data: st.DataObject
) -> None:
    ratio = {each: data.draw(ratios) for each in worked(network) if data.draw(st.booleans())}
    days = {each: data.draw(st.integers(-5, 20)) for each in deliveries(network)}
    spread = Spread(
        {each: always(value) for each, value in ratio.items()},
        slips={each: always(value) for each, value in days.items()},
    )
    forecast = simulate(network, spread, 2, Random(1).random)
    expected = schedule(as_drawn(network, ratio, days))
    assert forecast.finish == Quantiles(*[expected.finish] * 3)
    assert {
        phase: (each.finish.p50, each.finish.p95, each.criticality == 1.0)
        for phase, each in forecast.phases.items()
    } == {
        row.id: (row.early_finish, row.early_finish, row.on_longest_path)
        for row in expected.phases.values()
    }


@given(
    networks() | projects().map(waiting_for_orders),
    st.lists(ratios, min_size=1, max_size=4),
    st.integers(0, 9),
)
def test_quantiles_rise_shares_are_shares_and_a_seed_says_it_all(
    network: Network, observed: list[float], seed: int
) -> None:
    distribution = Distribution([Observation(value) for value in observed])
    spread = Spread(
        dict.fromkeys(worked(network), distribution),
        {each: f"department {len(each) % 2}" for each in worked(network)},
        {each: Distribution([Observation(0), Observation(9)]) for each in deliveries(network)},
    )
    forecast = simulate(network, spread, 7, Random(seed).random)
    for each in (forecast.finish, *(phase.finish for phase in forecast.phases.values())):
        assert each.p50 <= each.p80 <= each.p95
    for phase in forecast.phases.values():
        assert 0.0 <= phase.criticality <= 1.0
        assert phase.kept is None or 0.0 <= phase.kept <= 1.0
    assert (forecast.kept is None) is (network.promise is None)
    assert simulate(network, spread, 7, Random(seed).random) == forecast
    whole = simulate_whole(network, spread, 7, Random(seed).random)
    assert whole == (forecast.finish, forecast.kept)


@given(networks() | projects().map(waiting_for_orders), st.integers(0, 9))
def test_estimates_that_always_held_forecast_the_schedule_itself(
    network: Network, seed: int
) -> None:
    spread = Spread({each: always(1.0) for each in worked(network)})
    forecast = simulate(network, spread, 3, Random(seed).random)
    assert forecast.finish == Quantiles(*[schedule(network).finish] * 3)
    rows = schedule(as_drawn(network, {}, {})).phases
    assert {each: phase.finish for each, phase in forecast.phases.items()} == {
        each: Quantiles(*[row.early_finish] * 3) for each, row in rows.items()
    }
