"""Hold calibration to what is known of made-up histories: which dates were due, which were kept."""

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from domain.forecasting.distributions import Distribution, Observation
from domain.forecasting.finishes import Quantiles
from domain.forecasting.outcomes import outcomes_of
from domain.forecasting.past import Kept, Told, came_of, kept_of, told_at, weekly
from domain.forecasting.simulation import simulate
from domain.forecasting.spread import Spread
from domain.kernel.minutes import minute_of
from domain.network.project_network import ProjectNetwork
from domain.network.walk import Walk
from domain.planning.network import Activity
from domain.projects.events import DataDateAdvanced
from tests.property.random_histories import network_at
from tests.unit.planning import networks
from tests.unit.projections.histories import MONDAY, PROJECT, History

SURE = Quantiles(10, 20, 30)


def test_a_date_is_due_once_it_lies_in_the_past_and_kept_if_the_finish_is_not_later() -> None:
    told = [Told(1, {"cut": SURE, "weld": SURE, None: SURE}), Told(2, {"cut": SURE})]
    found = kept_of(told, {"cut": 20, "weld": None, None: None}, now=25)
    assert found == {"p50": Kept(0, 4), "p80": Kept(2, 4), "p95": Kept(0, 0)}


def test_who_was_early_before_his_date_has_come_does_not_count() -> None:
    assert kept_of([Told(1, {"cut": SURE})], {"cut": 5}, now=9)["p50"] == Kept(0, 0)


def test_phases_that_were_dropped_are_not_counted() -> None:
    assert kept_of([Told(1, {"cut": SURE})], {}, now=99)["p95"] == Kept(0, 0)


def test_of_four_dates_no_share_is_told() -> None:
    assert (Kept(3, 4).share, Kept(3, 5).share) == (None, 0.6)


@pytest.mark.parametrize(("longer", "least", "most"), [(1.0, 0.76, 0.84), (1.25, 0.50, 0.58)])
def test_the_share_kept_is_that_of_the_world_the_dates_were_kept_in(
    longer: float, least: float, most: float
) -> None:
    # Ratios lie evenly from 0.5 to 1.5. Where all takes a quarter longer than it ever did, the P80
    # of 1.3 is kept by ratios up to 1.04, which are 54 of 100.
    observed = [0.505 + number / 100 for number in range(100)]
    distribution = Distribution(map(Observation, observed))
    phases = [f"p{number:04}" for number in range(2_000)]
    network = networks.network(*(Activity(each, 10_000) for each in phases), default="24h")
    spread = Spread(dict.fromkeys(phases, distribution))
    forecast = simulate(network, spread, 100, Random(3).random)
    dates: dict[str | None, Quantiles] = {each: forecast.phases[each].finish for each in phases}
    dice = Random(4)
    came: dict[str | None, int | None] = {
        each: network.project_start + round(10_000 * longer * dice.choice(observed))
        for each in phases
    }
    share = kept_of([Told(1, dates)], came, now=network.project_start + 99_999)["p80"].share
    assert share is not None
    assert least <= share <= most


def a_quarter() -> History:
    """Return twelve phases of two days in a row, of which one is worked each week."""
    history = History().opened().calendar("plant")
    phases = [f"p{number:02}" for number in range(12)]
    for phase in phases:
        history.phase(phase, 2)
    for pred, succ in pairwise(phases):
        history.link(pred, succ)
    for number, phase in enumerate(phases):
        begin = MONDAY + timedelta(weeks=number)
        history.started(phase, f"{begin:%Y-%m-%d} 08:00")
        history.finished(phase, f"{begin + timedelta(days=1):%Y-%m-%d} 17:00")
        history.data_date(f"{begin + timedelta(days=5):%Y-%m-%d} 08:00")
    return history


def test_dates_are_told_from_the_fifth_finished_phase_on_by_what_was_known() -> None:
    # Every phase takes the two days it was planned for, so at each of seven moments all of what is
    # left is told in a row. The next phase keeps its date, all further ones begin weeks too late;
    # at the last moment the project ends with the next phase.
    history = a_quarter()
    network = network_at(history, len(history.events))
    told = told_at(
        Walk(ProjectNetwork(PROJECT)),
        history.events,
        weekly(history.events, 12),
        outcomes_of(network),
        20,
        Random(1).random,
    )
    assert network.data_date is not None
    kept = kept_of(told, came_of(network), minute_of(network.data_date))
    assert kept["p80"] == Kept(kept=8, due=sum(range(1, 8)) + 7)


def test_of_many_weeks_so_many_are_taken_spread_evenly() -> None:
    history = a_quarter()
    every = weekly(history.events, 12)
    assert [type(history.events[each - 1].event) for each in every] == [DataDateAdvanced] * 12
    assert weekly(history.events, 4) == [every[0], every[3], every[6], every[9]]


def test_without_data_dates_weeks_are_those_of_recording() -> None:
    history = History().opened().calendar("plant").phase("cut", 2)
    assert weekly(history.events, 12) == []
    late = [
        recorded.__class__(
            recorded.event,
            recorded.envelope.model_copy(
                update={"recorded_at": recorded.recorded_at + timedelta(days=10 * number)}
            ),
            recorded.stream,
            recorded.version,
            recorded.position,
        )
        for number, recorded in enumerate(history.events)
    ]
    assert weekly(late, 12) == [1, 2]
