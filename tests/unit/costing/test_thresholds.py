"""Hold the thresholds of cost to the figures just inside and just outside them."""

from fractions import Fraction

import pytest

from domain.costing.book import CostBook
from domain.costing.thresholds import (
    beyond_recovery,
    late_by_earned_schedule,
    optimistic_remainder,
    over_budget,
    unestimated,
)
from domain.costing.valued import InTime
from domain.estimates.events import EstimateApproved, EstimateSubmitted
from domain.kernel.values import Money
from domain.planning.earned_value import EarnedSchedule, EarnedValue, Undefined
from tests.builders import FRIDAY, THURSDAY
from tests.property.random_histories import network_at
from tests.unit.projections.histories import PROJECT, History, at

UNKNOWN = Undefined("nothing was spent")


def earned(ev: int, ac: int, etc: int = 0, bac: int = 1_000) -> EarnedValue:
    return EarnedValue(Fraction(bac), Fraction(500), Fraction(ev), Fraction(ac), Fraction(etc))


@pytest.mark.parametrize(
    ("ev", "ac", "over"),
    [
        (900, 1_000, True),  # CPI is 0.9, but the estimate is a ninth above the budget.
        (960, 1_000, False),
        (955, 1_000, False),  # 1.047 of the budget.
        (950, 1_000, True),  # 1.0526 of the budget.
        (0, 0, False),  # Nothing is known yet.
        (0, 100, False),
    ],
)
def test_cost_is_over_budget_by_its_index_or_its_estimate(ev: int, ac: int, *, over: bool) -> None:
    assert over_budget(earned(ev, ac)) is over


@pytest.mark.parametrize(
    ("earned_time", "late"), [(Fraction(89, 100), True), (Fraction(90, 100), False)]
)
def test_a_plan_is_late_by_its_index_in_time(earned_time: Fraction, *, late: bool) -> None:
    schedule = EarnedSchedule(Fraction(4), Fraction(1), earned_time)
    assert late_by_earned_schedule(InTime(schedule, THURSDAY), None) is late
    assert late_by_earned_schedule(InTime(schedule, THURSDAY), THURSDAY) is late


def test_a_plan_is_late_by_the_finish_it_forecasts() -> None:
    schedule = EarnedSchedule(Fraction(4), Fraction(1), Fraction(1))
    assert late_by_earned_schedule(InTime(schedule, FRIDAY), THURSDAY)
    assert not late_by_earned_schedule(InTime(schedule, UNKNOWN), THURSDAY)


def test_a_recovery_is_not_credible_where_what_it_takes_rises_twice() -> None:
    high, higher, highest = Fraction(111, 100), Fraction(112, 100), Fraction(113, 100)
    assert beyond_recovery(highest, higher, high)
    assert not beyond_recovery(highest, higher, higher)
    assert not beyond_recovery(Fraction(110, 100), Fraction(109, 100), Fraction(1))
    assert not beyond_recovery(UNKNOWN, higher, high)
    assert not beyond_recovery(highest, UNKNOWN, high)
    assert not beyond_recovery(highest, higher, UNKNOWN)


@pytest.mark.parametrize(("etc", "optimistic"), [(899, True), (900, False)])
def test_a_remainder_is_optimistic_below_what_the_index_implies(
    etc: int, *, optimistic: bool
) -> None:
    # Half is earned for as much as was budgeted for all: the rest will cost as much again.
    assert optimistic_remainder(earned(500, 1_000, etc)) is optimistic
    assert not optimistic_remainder(earned(0, 0, etc))


def test_a_phase_that_is_about_to_start_wants_an_approved_estimate() -> None:
    euros = Money(minor=100, currency="EUR")
    history = History().opened().calendar("plant").phase("go", 0, kind="start_ms")
    for phase_id in ("cut", "weld", "grind", "ship"):
        history.phase(phase_id, 2)
    for pred, succ in (("cut", "weld"), ("weld", "grind"), ("grind", "ship")):
        history.link(pred, succ)
    submitted = EstimateSubmitted(element="labour", money=euros, method="analogous", by="head")
    approved = EstimateApproved(money=euros, ev_method="physical_percent", by="anna")
    for phase_id in ("weld", "grind"):
        history.record(f"estimate-{PROJECT}/{phase_id}", submitted)
    history.record(f"estimate-{PROJECT}/grind", approved)
    book = CostBook()
    for recorded in history.events:
        book.fold(recorded)
    monday = at("2026-03-02 08:00")
    planned = network_at(history, len(history.events))
    assert unestimated(planned, book, monday, 1) == ("cut",)
    # Welding starts on Wednesday and is not approved, grinding on Friday, shipping a week later.
    assert unestimated(planned, book, monday, 2) == ("cut", "weld")
    assert unestimated(planned, book, monday, 8) == ("cut", "ship", "weld")
    history.started("cut", "2026-03-02 08:00")
    begun = network_at(history, len(history.events))
    assert unestimated(begun, book, monday, 2) == ("weld",)
    assert unestimated(network_at(History(), 0), book, monday, 2) == ()
