"""Weigh impacts in working days at the days where one weight ends and the next begins."""

from decimal import Decimal

import pytest

from domain.conflicts.events import Severity
from domain.rules.impact import severity_of


@pytest.mark.parametrize(
    ("days", "severity"),
    [
        ("0", "low"), ("0.99", "low"),
        ("1", "medium"), ("2.99", "medium"),
        ("3", "high"), ("9.99", "high"),
        ("10", "critical"),
    ],
)  # fmt: skip
def test_an_impact_weighs_more_from_one_three_and_ten_working_days_on(
    days: str, severity: Severity
) -> None:
    assert severity_of(Decimal(days)) == severity
