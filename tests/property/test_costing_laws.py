"""Hold estimates and bookings to their laws: any order of arrival, and sums that are the parts'."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.costing.book import CostBook
from domain.costing.measured import Measure, Scheduled, Spread, measure
from domain.costing.valued import planned_by, valued
from domain.estimates import commands as ask
from domain.estimates import events as told
from domain.estimates.decisions import DECIDER, Surroundings
from domain.estimates.facts import PhaseCost
from domain.kernel.calendar import ELAPSED
from domain.kernel.messages import Command, DomainEvent
from domain.kernel.minutes import minute_of
from domain.kernel.values import Money
from domain.network.phase_line import PhaseLine
from domain.rates.events import RateChanged
from domain.rates.facts import Rates
from tests.builders import PROJECT
from tests.property.test_aggregates import lived, recorded

STREAM = f"estimate-{PROJECT}/weld"
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
IDS: dict[str, Any] = {"project_id": PROJECT, "phase_id": "weld"}
UTC_ZONE = ZoneInfo("UTC")

moments = st.integers(0, 40).map(lambda hours: BEGIN + timedelta(hours=hours))
money = st.integers(0, 10_000).map(lambda minor: Money(minor=minor, currency="EUR"))
facts: st.SearchStrategy[DomainEvent] = st.one_of(
    st.builds(
        told.ActualHoursBooked,
        resource=st.sampled_from(["anna", "ben"]),
        minutes=st.integers(0, 600),
        work_date=st.dates(BEGIN.date(), BEGIN.date() + timedelta(days=3)),
        skill=st.sampled_from(["welder", "fitter"]),
    ),
    st.builds(told.ActualCostBooked, money=money, ref=st.just("bill")),
    st.builds(told.EstimateToCompleteGiven, etc=money, by=st.just("head")),
)
requests: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        lambda element, amount: ask.SubmitEstimate(
            **IDS, element=element, method="analogous", money=amount
        ),
        st.sampled_from(["labour", "material"]),
        money,
    ),
    st.builds(
        lambda method: ask.ApproveEstimate(**IDS, ev_method=method),
        st.sampled_from(["physical_percent", "zero_hundred"]),
    ),
    st.builds(lambda at: ask.BaselineBudget(**IDS, at_position=at), st.none() | st.integers(0, 9)),
)


@given(st.lists(st.tuples(st.one_of(facts, requests), moments), max_size=30), st.booleans())
def test_no_mix_of_facts_and_requests_on_an_estimate_is_impossible(
    messages: list[tuple[DomainEvent | Command, datetime]],
    progressed: bool,  # noqa: FBT001  Hypothesis gives it by place.
) -> None:
    others = Surroundings(in_plan=True, progressed=progressed, head_position=8, baseline_position=4)
    state, history = lived(DECIDER, STREAM, others, messages)
    assert DECIDER.fold(history) == state
    methods = {
        known.event.ev_method for known in history if isinstance(known.event, told.EstimateApproved)
    }
    assert not progressed or methods <= {"physical_percent"}


def measured(reports: Sequence[tuple[DomainEvent, datetime]]) -> Measure:
    book = CostBook()
    for version, (each, at) in enumerate(reports, 1):
        book.fold(recorded(each, at, STREAM, version, is_fact=True))
    rates = {
        "welder": Rates().after(
            RateChanged(valid_from=BEGIN.date(), rate=Money(minor=3_001, currency="EUR"))
        ),
        "fitter": Rates().after(
            RateChanged(valid_from=BEGIN.date(), rate=Money(minor=2_007, currency="EUR"))
        ),
    }
    line = PhaseLine("weld")
    scheduled = Scheduled(minute_of(BEGIN), minute_of(BEGIN) + 100, ELAPSED.axis)
    return measure(line, book, rates, scheduled, at=BEGIN + timedelta(days=2), zone=UTC_ZONE)


@given(st.lists(facts, max_size=8), st.randoms(use_true_random=False))
def test_bookings_add_up_to_the_same_in_any_order_of_arrival(
    reports: list[DomainEvent], dice: Random
) -> None:
    in_time = [(each, BEGIN + timedelta(hours=place)) for place, each in enumerate(reports)]
    shuffled = list(in_time)
    dice.shuffle(shuffled)
    costs = []
    for order in (in_time, shuffled):
        cost = PhaseCost()
        for version, (each, at) in enumerate(order, 1):
            cost = cost.after(recorded(each, at, STREAM, version, is_fact=True))
        costs.append([known.event for known in cost.booked])
    assert costs[0] == costs[1]
    assert measured(in_time) == measured(shuffled)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 300), st.integers(0, 300))))
def test_what_a_department_was_to_do_is_what_its_phases_were_to_do_to_the_last_fraction(
    phases: list[tuple[int, int, int]],
) -> None:
    blank = measured([])
    at = minute_of(BEGIN) + 150
    measures = []
    expected = Fraction(0)
    for minor, start, length in phases:
        begin = minute_of(BEGIN) + start
        measures.append(
            Measure(
                **{
                    **{name: getattr(blank, name) for name in Measure.__slots__},
                    "budget": Money(minor=minor, currency="EUR"),
                    "no_budget": None,
                    "spread": Spread(minor, begin, begin + length, ELAPSED.axis),
                    "earned_bp": 3_333,
                }
            )
        )
        elapsed = min(max(at - begin, 0), length)
        done = Fraction(elapsed, length) if length else Fraction(int(at >= begin))
        expected += minor * done
    assert planned_by(measures, at) == expected
    if phases:
        total = sum(minor for minor, _, _ in phases)
        value = valued(measures, at).value
        assert (value.bac, value.ev) == (Fraction(total), Fraction(total * 3_333, 10_000))
        assert value.sv == Fraction(total * 3_333, 10_000) - expected
