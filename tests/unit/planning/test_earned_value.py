"""Hold earned value to figures worked by hand, and to saying why where there is none."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.planning.earned_value import (
    EarnedSchedule,
    EarnedValue,
    Undefined,
    Value,
    earned_schedule,
)

LATE = EarnedValue(
    bac=Fraction(1_000), pv=Fraction(500), ev=Fraction(400), ac=Fraction(600), etc=Fraction(750)
)
"""Of 1,000 half was due, 400 is done, 600 is spent, and 750 more is said to be needed."""


def share(numerator: int, denominator: int = 1) -> Fraction:
    return Fraction(numerator, denominator)


def test_the_figures_of_a_late_and_dear_phase() -> None:
    assert (LATE.cv, LATE.sv) == (share(-200), share(-100))
    assert (LATE.cpi, LATE.spi) == (share(2, 3), share(4, 5))
    assert LATE.tcpi == share(600, 400)


def test_the_four_estimates_at_completion_each_have_a_name() -> None:
    assert LATE.eac_at_budget == 600 + 600
    assert LATE.eac_at_cpi == 1_500
    assert LATE.eac_at_cpi_and_spi == 600 + share(600) / (share(2, 3) * share(4, 5)) == 1_725
    assert LATE.eac_bottom_up == 600 + 750
    assert LATE.vac(LATE.eac_at_cpi) == -500


NOTHING_DONE = EarnedValue(share(1_000), share(0), share(0), share(0))
SPENT_FOR_NOTHING = EarnedValue(share(1_000), share(100), share(0), share(50))
OVERSPENT = EarnedValue(share(1_000), share(1_000), share(900), share(1_200))


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        (NOTHING_DONE.cpi, "nothing was spent"),
        (NOTHING_DONE.spi, "nothing was to be done yet"),
        (NOTHING_DONE.eac_at_cpi, "nothing was spent"),
        (NOTHING_DONE.eac_at_cpi_and_spi, "nothing was spent"),
        (NOTHING_DONE.eac_bottom_up, "nobody has said what the rest will cost"),
        (NOTHING_DONE.vac(NOTHING_DONE.eac_at_cpi), "nothing was spent"),
        (SPENT_FOR_NOTHING.eac_at_cpi, "nothing is earned"),
        (SPENT_FOR_NOTHING.eac_at_cpi_and_spi, "nothing is earned"),
        (OVERSPENT.tcpi, "the budget is spent"),
        (EarnedValue(share(5), share(5), share(5), share(5)).tcpi, "the budget is spent"),
        (EarnedSchedule(share(5), share(0), share(2)).spi_t, "the plan has not begun"),
        (EarnedSchedule(share(5), share(2), share(0)).ieac_t, "nothing is earned"),
    ],
)
def test_a_ratio_without_a_value_says_why_and_is_neither_0_nor_1(
    figure: Value, reason: str
) -> None:
    assert figure == Undefined(reason)


def test_what_is_not_known_makes_undefined_what_hangs_on_it_and_nothing_else() -> None:
    unknown = Undefined("there is no rate for welder on 2026-03-02")
    value = EarnedValue(share(1_000), share(500), share(400), unknown, share(700))
    assert [value.cpi, value.cv, value.tcpi, value.eac_bottom_up] == [unknown] * 4
    assert (value.spi, value.sv) == (share(4, 5), share(-100))


def planned(*cumulative: int) -> tuple[list[Fraction], list[Fraction]]:
    """Return the ends of periods of one, and the values planned by them."""
    return [share(period) for period in range(len(cumulative))], [share(pv) for pv in cumulative]


@pytest.mark.parametrize(
    ("ev", "es"),
    [
        (0, share(0)),
        (5, share(1, 2)),
        (10, share(1)),
        (25, share(7, 4)),
        (30, share(3)),  # Nothing was planned for the third period: its end counts.
        (45, share(15, 4)),
        (50, share(4)),
        (60, share(4)),  # More than was planned earns no more time than the plan has.
    ],
)
def test_earned_schedule_lies_between_the_periods_that_plan_what_is_earned(
    ev: int, es: Fraction
) -> None:
    times, values = planned(0, 10, 30, 30, 50)
    assert earned_schedule(share(ev), times, values.__getitem__) == es


def test_a_last_period_that_is_shorter_earns_its_own_length() -> None:
    times = [share(0), share(1), share(3, 2)]
    values = [share(0), share(10), share(20)]
    assert earned_schedule(share(15), times, values.__getitem__) == share(5, 4)


def test_spi_returns_to_1_at_completion_however_late_and_spi_t_does_not() -> None:
    done = EarnedValue(share(50), share(50), share(50), share(50))
    times, values = planned(0, 10, 30, 30, 50)
    in_time = EarnedSchedule(
        share(4), share(8), earned_schedule(done.ev, times, values.__getitem__)
    )
    assert (done.spi, in_time.spi_t, in_time.sv_t) == (share(1), share(1, 2), share(-4))
    assert in_time.ieac_t == 8


def test_there_is_no_earned_schedule_without_a_budget_or_with_an_unknown_plan() -> None:
    times, values = planned(0, 0)
    assert earned_schedule(share(0), times, values.__getitem__) == Undefined("nothing is budgeted")
    unknown = Undefined("phase weld was not scheduled at position 3")
    assert earned_schedule(share(0), times, lambda _: unknown) == unknown
    assert earned_schedule(unknown, times, values.__getitem__) == unknown


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(0, 1_600))
def test_the_plan_asks_for_what_is_earned_at_the_earned_schedule(
    increments: list[int], ev: int
) -> None:
    cumulative = [0]
    for each in increments:
        cumulative.append(cumulative[-1] + each)
    times, values = planned(*cumulative)
    found = earned_schedule(share(ev), times, values.__getitem__)
    if cumulative[-1] == 0:
        assert found == Undefined("nothing is budgeted")
        return
    assert isinstance(found, Fraction)
    begun = min(int(found), len(increments) - 1)
    at_that_time = values[begun] + (found - begun) * (values[begun + 1] - values[begun])
    assert at_that_time == min(ev, cumulative[-1])
    last = max(period for period, pv in enumerate(values) if pv <= ev)
    assert int(found) == min(last, len(increments))
