"""Hold earned value to the published case of the R package PRA: five periods, after the third."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from domain.planning.earned_value import EarnedSchedule, EarnedValue, earned_schedule


@pytest.fixture(scope="module")
def example(shared: Path) -> Any:  # noqa: ANN401  Whatever the file holds.
    file = shared / "data" / "worked-examples" / "evm-pra-period3.json"
    return json.loads(file.read_bytes(), parse_float=Decimal)


def planned_values(inputs: Any) -> list[Fraction]:  # noqa: ANN401
    """Return what was to be done by the end of each period, from 0 on."""
    shares = [Fraction(0), *map(Fraction, inputs["cumulative_planned_share"])]
    return [share * inputs["bac"] for share in shares]


def figures(inputs: Any) -> EarnedValue:  # noqa: ANN401
    period = inputs["period"]
    return EarnedValue(
        bac=Fraction(inputs["bac"]),
        pv=planned_values(inputs)[period],
        ev=Fraction(inputs["percent_complete"]) * inputs["bac"],
        ac=Fraction(inputs["cumulative_actual_cost"][period - 1]),
    )


def test_the_published_figures_come_out(example: Any) -> None:  # noqa: ANN401
    value, printed = figures(example["inputs"]), example["published"]
    exact = {name: getattr(value, name) for name in ("pv", "ev", "ac", "sv", "cv")}
    assert exact == {name: printed[name] for name in exact}
    for name in ("spi", "cpi"):
        ratio, digits = getattr(value, name), printed[name].as_tuple().exponent
        assert round(ratio, -digits) == Fraction(printed[name])


def test_its_earned_schedule_worked_by_hand(example: Any) -> None:  # noqa: ANN401
    # 35,000 are earned: the second period plans 20,000 and the third 40,000, so 2 + 15/20.
    inputs = example["inputs"]
    values = planned_values(inputs)
    times = [Fraction(period) for period in range(len(values))]
    found = EarnedSchedule(
        planned_duration=times[-1],
        actual_time=Fraction(inputs["period"]),
        earned=earned_schedule(figures(inputs).ev, times, values.__getitem__),
    )
    assert (found.earned, found.sv_t) == (Fraction(11, 4), Fraction(-1, 4))
    assert (found.spi_t, found.ieac_t) == (Fraction(11, 12), Fraction(60, 11))
