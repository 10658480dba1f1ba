"""Hold distributions to giving what was observed, each value as often as it weighs."""

from statistics import NormalDist

import pytest

from domain.forecasting.distributions import Distribution, Observation, shrunk

Z = NormalDist().inv_cdf


def test_the_value_at_a_score_is_the_least_whose_share_reaches_its_probability() -> None:
    found = Distribution([Observation(2.0), Observation(1.0), Observation(4.0), Observation(3.0)])
    shares = (0.01, 0.25, 0.26, 0.5, 0.51, 0.75, 0.76, 0.99)
    assert [found.at(Z(share)) for share in shares] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert found.median == 2.0


def test_a_heavier_observation_takes_a_larger_share() -> None:
    found = Distribution([Observation(1.0, 3.0), Observation(2.0, 1.0)])
    assert [found.at(Z(share)) for share in (0.1, 0.75, 0.76)] == [1.0, 1.0, 2.0]


def test_a_single_value_is_drawn_always() -> None:
    found = Distribution([Observation(1.5), Observation(1.5)])
    assert (found.at(-9.0), found.at(9.0)) == (1.5, 1.5)


def test_nothing_observed_is_no_distribution() -> None:
    with pytest.raises(ValueError, match="of nothing"):
        Distribution([])


def test_five_own_observations_weigh_as_much_as_all_others() -> None:
    own = [Observation(2.0)] * 5
    found = shrunk(own, [Observation(1.0)] * 100)
    assert [found.at(Z(share)) for share in (0.49, 0.51)] == [1.0, 2.0]


def test_one_own_observation_takes_a_sixth_however_many_others_there_are() -> None:
    for others in (10, 1_000):
        found = shrunk([Observation(2.0)], [Observation(1.0)] * others)
        assert [found.at(Z(share)) for share in (0.833, 0.834)] == [1.0, 2.0]


def test_without_own_observations_all_others_stand_in() -> None:
    assert shrunk([], [Observation(1.0)]).values == (1.0,)
