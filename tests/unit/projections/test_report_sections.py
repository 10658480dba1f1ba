"""Hold sections of the status report to the words a person reads."""

from typing import Any

import pytest

from projections.reported import rule_words
from projections.reports.sections import cost, glitches


def figures(currency: str | None) -> dict[str, Any]:
    return {
        "currency": currency, "bac": 150_000, "pv": 100_000, "ev": 50_000, "ac": None,
        "cpi": "0.9091", "spi": "0.5000",
        "hours": [{"skill": None, "planned_min": 4_800, "booked_min": 65}],
        "undefined": {"ac": "no rate is known"},
    }  # fmt: skip


def test_costs_are_told_in_the_unit_of_their_currency() -> None:
    section = cost({"cost": figures("EUR")}, {})
    assert section.title == "Cost and manpower (EUR)"
    assert [tuple(fact) for fact in section.facts] == [
        ("Budget at completion", "1,500.00"),
        ("Planned value", "1,000.00"),
        ("Earned value", "500.00"),
        ("Actual cost", "undefined: no rate is known"),
        ("CPI", "0.9091"),
        ("SPI", "0.5000"),
    ]
    assert section.columns == ("Skill", "Planned, hours", "Booked, hours")
    assert section.rows == (("not known", "80:00", "1:05"),)
    assert cost({"cost": figures("JPY")}, {}).facts[0].value == "150,000"


def test_what_a_conflict_is_expected_to_cost_is_told_likewise() -> None:
    conflict: dict[str, Any] = {
        "column": "open", "parent": None, "rule": None, "probability_bp": 5_000, "due": None,
        "children": [], "options": [], "remedies": [], "expected_cost_minor": -120_050,
        "expected_loss": "1.00", "impact_days": "2.00", "severity": "high", "summary": "Late",
        "subjects": [], "act_by": None, "owner": None, "evidence": [],
    }  # fmt: skip
    board = {"currency": "EUR", "conflicts": [conflict, conflict | {"expected_cost_minor": None}]}
    section = glitches({"conflicts": board}, {})
    assert section.columns[-1] == "Expected cost, EUR"
    assert [row[-1] for row in section.rows] == ["-1,200.50", None]


@pytest.mark.parametrize(
    ("rrule", "words"),
    [
        ("by hand", "by hand"),
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;BYDAY=MO,TH", "every Monday, Thursday"),
        ("FREQ=WEEKLY;BYDAY=FR", "every Friday"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
        ("FREQ=MONTHLY;BYMONTHDAY=11", "every month on the 11th day"),
        ("FREQ=MONTHLY;BYMONTHDAY=22", "every month on the 22nd day"),
        ("FREQ=MONTHLY;BYDAY=1MO", "every month on the 1st Monday"),
        (
            "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260501",
            "every month on the last Friday, until 2026-05-01",
        ),
    ],
)
def test_the_rule_of_reporting_is_told_as_people_say_it(rrule: str, words: str) -> None:
    assert rule_words(rrule) == words
