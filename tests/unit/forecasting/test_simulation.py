"""Hold single runs to dates worked out by hand, and many to what chance must make of them."""

from collections.abc import Mapping
from random import Random

import pytest

from domain.forecasting.distributions import Distribution, Observation
from domain.forecasting.simulation import Forecast, simulate
from domain.forecasting.spread import Spread
from domain.kernel.work_axis import CalendarError
from domain.planning.network import Activity, Bound, Constraint, Link, Network
from tests.unit.planning.networks import DAY, at, network, shown


def always(value: float) -> Distribution:
    return Distribution([Observation(value)])


EVENLY = Distribution(Observation(0.5 + step / 100) for step in range(101))


def run(plan: Network, ratios: Mapping[str, float], **days: float) -> Forecast:
    """Return the forecast where each estimate turns out by its ratio, each order by its days."""
    spread = Spread(
        {phase: always(ratio) for phase, ratio in ratios.items()},
        slips={order: always(slip) for order, slip in days.items()},
    )
    return simulate(plan, spread, 1, Random(1).random)


def finish(forecast: Forecast, phase: str) -> str:
    return shown(forecast.phases[phase].finish.p50)


def test_work_that_takes_half_as_long_again_moves_what_follows() -> None:
    plan = network(Activity("a", 2 * DAY), Activity("b", DAY), Link("l", "a", "b"))
    found = run(plan, {"a": 1.5})
    assert (finish(found, "a"), finish(found, "b")) == ("2026-03-04 17:00", "2026-03-05 17:00")


def test_a_lag_that_is_a_share_of_the_work_grows_with_it() -> None:
    half = Link("l", "a", "b", lag=5_000, unit="percent_of_pred")
    plan = network(Activity("a", 2 * DAY), Activity("b", DAY), half)
    assert finish(run(plan, {}), "b") == "2026-03-05 17:00"
    # Four days of work, two of waiting, one of work, a weekend between.
    assert finish(run(plan, {"a": 2.0}), "b") == "2026-03-10 17:00"


def test_what_must_finish_on_a_day_begins_earlier_where_it_takes_longer() -> None:
    must = Constraint("MFO", at("2026-03-06 17:00"))
    start_together = Link("l", "a", "b", "SS")
    plan = network(Activity("a", 2 * DAY, constraint=must), Activity("b", DAY), start_together)
    assert finish(run(plan, {}), "b") == "2026-03-05 17:00"
    found = run(plan, {"a": 2.0})
    assert (finish(found, "a"), finish(found, "b")) == ("2026-03-06 17:00", "2026-03-03 17:00")


def test_of_work_that_is_running_only_the_rest_is_uncertain() -> None:
    running = Activity("a", 5 * DAY, actual_start=at("2026-03-02 08:00"), remaining_min=DAY)
    plan = network(running, data_date=at("2026-03-05 08:00"))
    assert finish(run(plan, {"a": 2.0}), "a") == "2026-03-06 17:00"


def test_goods_that_slip_hold_the_phase_that_waits_for_them() -> None:
    goods = Bound(at("2026-03-04 00:00"), "commitment", "order")
    plan = network(Activity("a", DAY, earliest=(goods,)))
    assert finish(run(plan, {}), "a") == "2026-03-04 17:00"
    assert finish(run(plan, {}, order=2), "a") == "2026-03-06 17:00"
    assert finish(run(plan, {}, order=-2), "a") == "2026-03-02 17:00"


def test_work_is_never_drawn_as_nothing() -> None:
    plan = network(Activity("a", DAY))
    assert finish(run(plan, {"a": 0.0}), "a") == "2026-03-02 08:01"


def test_the_longer_of_two_paths_is_critical_in_the_runs_in_which_it_is_longer() -> None:
    # Equal estimates, one drawn evenly from half to one and a half times, the other as estimated:
    # it is longer in half of the runs; where both are equal, both are.
    plan = network(Activity("sure", 10 * DAY), Activity("unsure", 10 * DAY))
    found = simulate(plan, Spread({"unsure": EVENLY}), 2_000, Random(2).random)
    sure, unsure = found.phases["sure"].criticality, found.phases["unsure"].criticality
    assert abs(sure - 0.505) < 0.04
    assert abs(unsure - 0.505) < 0.04
    assert found.finish.p50 - found.phases["sure"].finish.p50 <= DAY // 10


def test_a_promise_and_a_deadline_are_kept_in_the_share_of_runs_that_end_by_them() -> None:
    by = at("2026-03-13 17:00")  # Ten working days.
    plan = network(Activity("a", 10 * DAY, deadline=by), promise=by)
    found = simulate(plan, Spread({"a": EVENLY}), 2_000, Random(3).random)
    assert found.kept == found.phases["a"].kept
    assert found.kept is not None
    assert abs(found.kept - 0.505) < 0.04
    assert run(network(Activity("a", DAY)), {}).kept is None


def test_one_department_is_late_together_so_that_a_row_of_its_phases_spreads_wider() -> None:
    phases = [f"p{number}" for number in range(10)]
    links = [
        Link(f"l{number}", phases[number], phases[number + 1]) for number in range(len(phases) - 1)
    ]
    plan = network(*(Activity(each, 10 * DAY) for each in phases), *links, default="24h")
    together = Spread(dict.fromkeys(phases, EVENLY), dict.fromkeys(phases, "shop"))
    apart = Spread(dict.fromkeys(phases, EVENLY), {each: each for each in phases})
    widths = []
    for spread in (together, apart):
        told = simulate(plan, spread, 1_000, Random(4).random).finish
        widths.append(told.p95 - told.p50)
    # The variance of a sum of ten with correlation 0.3 is 1 + 9 · 0.3 = 3.7 times as large, its
    # root 1.92; normal scores of a flat distribution correlate a little less than 0.3.
    assert 1.6 < widths[0] / widths[1] < 2.2


def test_a_plan_without_phases_ends_where_it_begins() -> None:
    found = run(network(), {})
    assert (shown(found.finish.p50), found.phases) == ("2026-03-02 08:00", {})


def test_work_drawn_beyond_all_calendars_is_refused() -> None:
    plan = network(Activity("a", 250 * 260 * DAY))
    assert finish(run(plan, {}), "a").startswith("2275-")
    with pytest.raises(CalendarError, match="outside the years"):
        run(plan, {"a": 2.0})
