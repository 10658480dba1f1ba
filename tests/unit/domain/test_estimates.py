"""Hold estimates to their life: submitted, approved, budgeted; and bookings to be kept."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from domain.estimates.commands import (
    AMOUNT_MINOR_MAX,
    EFFORT_MIN_MAX,
    ApproveEstimate,
    BaselineBudget,
    EstimateCommand,
    SubmitEstimate,
)
from domain.estimates.decisions import DECIDER, Surroundings
from domain.estimates.events import (
    ActualCostBooked,
    ActualHoursBooked,
    BudgetBaselined,
    EstimateApproved,
    EstimateSubmitted,
    EstimateToCompleteGiven,
    SkillEffort,
    ThreePoint,
)
from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    EvMethodFixed,
    InvalidTransition,
    NotInPlan,
    PositionAhead,
    ProjectClosed,
)
from domain.kernel.values import Money
from domain.rates import decisions as rates
from domain.rates.commands import ChangeRate
from domain.rates.events import RateChanged
from tests.builders import COORDINATOR_ID, MONDAY, PROJECT, TUESDAY, WEDNESDAY, fact, history
from tests.spec import Spec

PHASE = "weld"
HERE = Surroundings(in_plan=True, head_position=40, baseline_position=12)
STARTED = Surroundings(in_plan=True, progressed=True, head_position=40, baseline_position=12)

an_estimate = Spec(DECIDER, f"estimate-{PROJECT}/{PHASE}", HERE)


def euros(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


WELDERS = (SkillEffort(skill="welder", effort_min=2_400),)
labour = EstimateSubmitted(
    element="labour",
    effort=WELDERS,
    money=euros(200_000),
    method="bottom_up",
    by=COORDINATOR_ID,
)
material = EstimateSubmitted(
    element="material", money=euros(50_000), method="analogous", by=COORDINATOR_ID
)
approved = EstimateApproved(
    money=euros(250_000), effort=WELDERS, ev_method="fifty_fifty", by=COORDINATOR_ID
)
baselined = BudgetBaselined(money=euros(250_000), at_position=12)

IDS: dict[str, Any] = {"project_id": PROJECT, "phase_id": PHASE}
LABOUR = SubmitEstimate(
    **IDS, element="labour", effort=WELDERS, method="bottom_up", money=euros(200_000)
)
MATERIAL = SubmitEstimate(**IDS, element="material", method="analogous", money=euros(50_000))
APPROVE = ApproveEstimate(**IDS, ev_method="fifty_fifty")
BASELINE = BaselineBudget(**IDS)


def test_each_element_is_estimated_and_its_last_estimate_counts() -> None:
    an_estimate.given().when(LABOUR).then(labour).when(LABOUR).then()
    more = MATERIAL.model_copy(update={"money": euros(60_000)})
    dearer = material.model_copy(update={"money": euros(60_000)})
    after = an_estimate.given(labour, material).when(more).then(dearer)
    assert dict(after.state.cost.elements) == {"labour": labour, "material": dearer}


@pytest.mark.parametrize(
    ("points", "minor"), [((600, 900, 1_200), 900), ((1, 1, 6), 2), ((1, 1, 3), 1), ((0, 0, 9), 2)]
)
def test_three_points_make_their_expected_value_to_the_nearest_minor_unit(
    points: tuple[int, int, int], minor: int
) -> None:
    three = ThreePoint(
        optimistic_minor=points[0], likely_minor=points[1], pessimistic_minor=points[2]
    )
    command = SubmitEstimate(
        **IDS, element="other", method="three_point", three_point=three, currency="EUR"
    )
    an_estimate.given().when(command).then(
        EstimateSubmitted(
            element="other",
            money=euros(minor),
            method="three_point",
            three_point=three,
            by=COORDINATOR_ID,
        )
    )


POINTS = {"optimistic_minor": 1, "likely_minor": 2, "pessimistic_minor": 3}
MONEY = {"minor": 5, "currency": "EUR"}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"method": "three_point", "money": MONEY}, "has three_point and currency"),
        ({"method": "three_point", "three_point": POINTS}, "has three_point and currency"),
        ({"method": "bottom_up"}, "has money alone"),
        ({"method": "bottom_up", "money": MONEY, "three_point": POINTS}, "has money alone"),
        (
            {
                "method": "three_point",
                "currency": "EUR",
                "three_point": {**POINTS, "likely_minor": 4},
            },
            "likely cost lies between",
        ),
        ({"method": "bottom_up", "money": {**MONEY, "minor": -1}}, "is not negative"),
        (
            {"method": "bottom_up", "money": {**MONEY, "minor": AMOUNT_MINOR_MAX + 1}},
            "costs at most",
        ),
        (
            {
                "method": "bottom_up",
                "money": MONEY,
                "effort": ({"skill": "w", "effort_min": EFFORT_MIN_MAX + 1},),
            },
            "takes at most",
        ),
        (
            {
                "method": "bottom_up",
                "money": MONEY,
                "effort": ({"skill": "w", "effort_min": 1}, {"skill": "w", "effort_min": 2}),
            },
            "each skill is estimated once",
        ),
    ],
)
def test_an_estimate_that_says_no_one_amount_is_no_estimate(
    fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        SubmitEstimate.model_validate({**IDS, "element": "labour", **fields})


def test_a_phase_is_estimated_in_one_currency() -> None:
    dollars = MATERIAL.model_copy(update={"money": Money(minor=1, currency="USD")})
    an_estimate.given(labour).when(dollars).then_refused(InvalidTransition, "estimated in EUR")
    again = LABOUR.model_copy(update={"money": Money(minor=1, currency="USD")})
    an_estimate.given(labour).when(again).then(
        labour.model_copy(update={"money": Money(minor=1, currency="USD")})
    )


def test_an_approval_is_of_all_elements_as_they_stand() -> None:
    an_estimate.given(labour, material).when(APPROVE).then(approved).when(APPROVE).then()
    an_estimate.given().when(APPROVE).then_refused(InvalidTransition, "submit an estimate first")


def test_effort_of_a_skill_is_added_up_over_the_elements() -> None:
    second = material.model_copy(
        update={
            "effort": (
                SkillEffort(skill="fitter", effort_min=60),
                SkillEffort(skill="welder", effort_min=100),
            )
        }
    )
    an_estimate.given(labour, second).when(APPROVE).then(
        approved.model_copy(
            update={
                "effort": (
                    SkillEffort(skill="fitter", effort_min=60),
                    SkillEffort(skill="welder", effort_min=2_500),
                )
            }
        )
    )


def test_how_a_phase_earns_is_fixed_before_its_first_progress() -> None:
    other = APPROVE.model_copy(update={"ev_method": "zero_hundred"})
    changed = approved.model_copy(update={"ev_method": "zero_hundred"})
    given = an_estimate.given(labour, material, approved)
    given.when(other).then(changed)
    given.when(other, others=STARTED).then_refused(EvMethodFixed, "earns by fifty_fifty")
    given.when(APPROVE, others=STARTED).then()


def test_a_phase_nobody_fixed_earns_by_its_measured_share_once_it_has_progressed() -> None:
    given = an_estimate.given(labour, material)
    given.when(APPROVE, others=STARTED).then_refused(EvMethodFixed, "earns by physical_percent")
    measured = APPROVE.model_copy(update={"ev_method": "physical_percent"})
    given.when(measured, others=STARTED).then(
        approved.model_copy(update={"ev_method": "physical_percent"})
    )


def test_the_budget_is_the_approved_estimate_on_the_baseline_or_on_another_position() -> None:
    given = an_estimate.given(labour, material, approved)
    given.when(BASELINE).then(baselined).when(BASELINE).then()
    elsewhere = BASELINE.model_copy(update={"at_position": 40})
    given.when(elsewhere).then(baselined.model_copy(update={"at_position": 40}))
    ahead = BASELINE.model_copy(update={"at_position": 41})
    given.when(ahead).then_refused(PositionAhead, "no schedule is known at 41")
    without = Surroundings(in_plan=True, head_position=40)
    given.when(BASELINE, others=without).then_refused(InvalidTransition, "name a position")
    an_estimate.given(labour).when(BASELINE).then_refused(InvalidTransition, "approve it first")


@pytest.mark.parametrize("command", [LABOUR, APPROVE, BASELINE])
def test_only_phases_in_the_plan_of_an_open_project_are_estimated(
    command: EstimateCommand,
) -> None:
    given = an_estimate.given(labour, approved)
    given.when(command, others=Surroundings(in_plan=False)).then_refused(NotInPlan)
    closed = Surroundings(in_plan=True, project_closed=True)
    given.when(command, others=closed).then_refused(ProjectClosed)


def test_bookings_are_kept_in_the_order_in_which_they_were_true_and_never_refused() -> None:
    hours = fact(
        ActualHoursBooked(resource="anna", minutes=480, work_date=MONDAY.date()), WEDNESDAY
    )
    credit = fact(ActualCostBooked(money=euros(-500), ref="credit 7"), MONDAY)
    rest = fact(EstimateToCompleteGiven(etc=euros(900), by="head"), TUESDAY)
    state = an_estimate.given(hours, credit, labour, rest).state
    assert [known.event for known in state.cost.booked] == [
        credit.event,
        rest.event,
        hours.event,
    ]
    assert state.cost.to_complete(MONDAY) is None
    assert state.cost.to_complete(TUESDAY) == rest.event


@pytest.mark.parametrize("impossible", [approved, baselined])
def test_an_approval_of_nothing_is_a_corrupt_log(impossible: DomainEvent) -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        DECIDER.fold(history(an_estimate.stream, impossible))


a_rate = Spec(rates.DECIDER, "rate-welder", None)
JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 1)
first = RateChanged(valid_from=JANUARY, rate=euros(4_800))
second = RateChanged(valid_from=MARCH, rate=euros(5_100))


def test_a_rate_holds_from_its_day_until_the_next_and_the_last_word_on_a_day_counts() -> None:
    change = ChangeRate(skill_id="welder", valid_from=MARCH, rate=euros(5_100))
    after = a_rate.given(first).when(change).then(second)
    after.when(change).then()
    state = a_rate.given(second, first).state
    days = (date(2025, 12, 31), JANUARY, date(2026, 2, 28), MARCH)
    assert [state.on(day) for day in days] == [
        None, euros(4_800), euros(4_800), euros(5_100),
    ]  # fmt: skip
    again = change.model_copy(update={"rate": euros(5_000)})
    assert a_rate.given(second).when(again).then(
        second.model_copy(update={"rate": euros(5_000)})
    ).state.on(MARCH) == euros(5_000)
