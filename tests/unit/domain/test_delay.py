"""Count days by which promises are missed, and what they cost, by hand."""

from datetime import date
from decimal import Decimal

from domain.comparison.delay import Missed, missed, missed_days
from domain.kernel.values import Money
from domain.network.project_network import ProjectNetwork
from domain.projects.events import PromiseChanged, PromiseMade
from tests.unit.levelling.projects import told
from tests.unit.projections.histories import History

FRIDAY = date(2026, 3, 6)


def promised(history: History, day: date, cost: Money | None, party: str = "ACME") -> History:
    made = PromiseMade(to_party=party, deliverable="mixer", promised_date=day, delay_cost=cost)
    return history.project(made)


def a_week_and(days: int, cost: Money | None = None) -> ProjectNetwork:
    """Return a project that takes a working week and some days, promised for that Friday."""
    history = History().opened().calendar("plant").phase("build", 5 + days)
    return told(promised(history, FRIDAY, cost))


def test_a_promise_is_missed_by_working_days_from_the_end_of_its_day() -> None:
    assert missed_days(a_week_and(0)) == 0
    assert missed_days(a_week_and(1)) == 1
    assert missed_days(a_week_and(6)) == 6


def test_what_nobody_said_is_unknown_and_not_nothing() -> None:
    assert missed(a_week_and(2)) == (Missed("ACME", "mixer", FRIDAY, Decimal("2.00"), None, None),)


def test_a_delay_costs_its_days_times_what_one_costs() -> None:
    a_day = Money(minor=125_000, currency="EUR")
    assert missed(a_week_and(2, a_day)) == (
        Missed("ACME", "mixer", FRIDAY, Decimal("2.00"), 250_000, "EUR"),
    )
    assert missed(a_week_and(0, a_day)) == (
        Missed("ACME", "mixer", FRIDAY, Decimal("0.00"), 0, "EUR"),
    )


def test_a_part_of_a_day_costs_its_share_rounded_half_up() -> None:
    history = History().opened().calendar("plant").phase("build", 5).phase("pack", 0)
    history.link("build", "pack", "FS", 60)
    (found,) = missed(told(promised(history, FRIDAY, Money(minor=100, currency="JPY"))))
    assert (found.days, found.cost_minor) == (Decimal("0.13"), 13)


def test_a_cost_that_was_said_later_counts_and_stays_when_the_promise_moves() -> None:
    history = History().opened().calendar("plant").phase("build", 7)
    promised(history, FRIDAY, None)
    a_day = Money(minor=700, currency="USD")
    moved = PromiseChanged(to_party="ACME", deliverable="mixer", old=FRIDAY, new=FRIDAY)
    history.project(moved.model_copy(update={"delay_cost": a_day}))
    history.project(moved.model_copy(update={"new": date(2026, 3, 9)}))
    assert missed(told(history)) == (
        Missed("ACME", "mixer", date(2026, 3, 9), Decimal("1.00"), 700, "USD"),
    )


def test_every_promise_is_told_and_the_projects_own_is_the_first_of_a_deliverable() -> None:
    history = History().opened().calendar("plant").phase("build", 7)
    promised(history, FRIDAY, None)
    promised(history, date(2026, 3, 5), None, "Insurer")
    network = told(history)
    assert [(each.party, each.days) for each in missed(network)] == [
        ("ACME", Decimal(2)),
        ("Insurer", Decimal(3)),
    ]
    assert missed_days(network) == 3


def test_without_a_promise_or_a_schedule_no_days_are_told() -> None:
    history = History().opened().calendar("plant").phase("build", 1)
    assert missed_days(told(history)) is None
    assert missed(told(history)) == ()
    history.phase("pack", 1).link("build", "pack").link("pack", "build")
    promised(history, FRIDAY, Money(minor=1, currency="EUR"))
    assert missed(told(history)) == (Missed("ACME", "mixer", FRIDAY, None, None, "EUR"),)
