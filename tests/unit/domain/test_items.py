"""Hold the decisions on an item, and what is reported of its stock, to their rules."""

from datetime import date
from decimal import Decimal

import pytest

from domain.items.commands import (
    AdjustStock,
    ApproveSubstitute,
    Reserve,
    SetPlanningRules,
    Unreserve,
)
from domain.items.decisions import DECIDER, Surroundings, reads
from domain.items.events import (
    BomLine,
    BomRevised,
    IssuedToPhase,
    LeadTimeRevised,
    PlanningRulesSet,
    Reserved,
    ReturnedFromPhase,
    StockAdjusted,
    StockCounted,
    SubstituteApproved,
    Unreserved,
)
from domain.items.facts import Standing, timeline_of
from domain.kernel.messages import DomainEvent
from domain.kernel.refusals import (
    InvalidTransition,
    OverIssue,
    OverReservation,
    ProjectClosed,
    ReasonRequired,
    StockSet,
    UnknownSubject,
)
from domain.plans.events import DeadlineCleared
from tests.builders import (
    COORDINATOR_ID,
    LATE_MATERIAL,
    MONDAY,
    PROJECT,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Step,
    fact,
    history,
)
from tests.spec import Spec

ITEM = "valve"
STREAM = f"item-{PROJECT}/{ITEM}"
THREE, FOUR, SIX, TEN = Decimal(3), Decimal(4), Decimal(6), Decimal(10)

an_item = Spec(DECIDER, STREAM, Surroundings(project_exists=True, needed=TEN))
counted = StockCounted(location="main", qty=TEN, at=MONDAY)
reserved = Reserved(requirement="R-1", qty=SIX)


def reserve(qty: Decimal, requirement: str = "R-1") -> Reserve:
    return Reserve(project_id=PROJECT, item_id=ITEM, requirement=requirement, qty=qty)


def unreserve(qty: Decimal, requirement: str = "R-1") -> Unreserve:
    return Unreserve(project_id=PROJECT, item_id=ITEM, requirement=requirement, qty=qty)


def adjust(delta: Decimal, location: str | None = None) -> AdjustStock:
    return AdjustStock(
        project_id=PROJECT, item_id=ITEM, delta=delta, location=location, reason=LATE_MATERIAL
    )


approve = ApproveSubstitute(
    project_id=PROJECT, item_id=ITEM, item="valve-b", ratio=Decimal("1.5"), until=date(2026, 4, 1)
)
approved = SubstituteApproved(
    item="valve-b", ratio=Decimal("1.5"), by=COORDINATOR_ID, until=date(2026, 4, 1)
)
plan_by = SetPlanningRules(
    project_id=PROJECT, item_id=ITEM, safety_stock=FOUR, lot_minimum=TEN, lot_multiple=THREE
)
planned_by = PlanningRulesSet(safety_stock=FOUR, lot_minimum=TEN, lot_multiple=THREE)


def issued(qty: Decimal, requirement: str = "R-1") -> IssuedToPhase:
    return IssuedToPhase(requirement=requirement, qty=qty)


def standing(*events: DomainEvent | Step) -> Standing:
    return timeline_of(history(STREAM, *events)).standing()


def codes(*events: DomainEvent | Step) -> list[str]:
    return [found.code for found in standing(*events).contradictions]


def test_whatever_is_said_of_an_item_makes_it_known() -> None:
    for event in (counted, reserved, issued(FOUR), planned_by):
        assert event.introduces(STREAM) == (STREAM,)


def test_no_more_is_reserved_than_lies_there_and_is_free() -> None:
    after = an_item.given(counted).when(reserve(SIX)).then(reserved)
    after.when(reserve(SIX, "R-2")).then_refused(OverReservation, "4 of 10", "count the stock")
    after.when(reserve(FOUR, "R-2")).then(Reserved(requirement="R-2", qty=FOUR))
    an_item.given().when(reserve(SIX)).then_refused(OverReservation, "0 of 0")


def test_no_more_is_reserved_than_is_needed() -> None:
    need_six = Surroundings(project_exists=True, needed=SIX)
    after = an_item.given(counted, fact(issued(FOUR), TUESDAY))
    after.when(reserve(THREE), others=need_six).then_refused(OverReservation, "at most 2 more")
    two = Reserved(requirement="R-1", qty=Decimal(2))
    after.when(reserve(Decimal(2)), others=need_six).then(two)


def test_only_for_a_requirement_that_is_open_something_is_reserved() -> None:
    unknown = Surroundings(project_exists=True)
    for command in (reserve(SIX), approve.model_copy(update={"for_requirement": "R-1"})):
        an_item.given(counted).when(command, others=unknown).then_refused(UnknownSubject, "R-1")


def test_what_is_reserved_is_given_free_again() -> None:
    after = an_item.given(counted, reserved)
    after.when(unreserve(FOUR)).then(Unreserved(requirement="R-1", qty=FOUR))
    after.when(unreserve(TEN)).then_refused(InvalidTransition, "only 6")


def test_what_was_issued_cannot_be_unreserved() -> None:
    after = an_item.given(counted, reserved, fact(issued(FOUR), TUESDAY))
    after.when(unreserve(SIX)).then_refused(OverIssue, "4 of valve were issued", "at most 2")
    after.when(unreserve(Decimal(2))).then(Unreserved(requirement="R-1", qty=Decimal(2)))


def test_stock_is_never_set() -> None:
    an_item.given().when(adjust(TEN)).then_refused(StockSet, "never counted", "report a count")
    after = an_item.given(counted)
    after.when(adjust(FOUR, "annex")).then_refused(StockSet, "at annex")
    after.when(adjust(Decimal(-11))).then_refused(StockSet, "10 of valve lie at main")
    after.when(adjust(Decimal(-10))).then(StockAdjusted(delta=Decimal(-10)))
    found = after.when(adjust(Decimal(-4))).then(StockAdjusted(delta=Decimal(-4)))
    assert found.state.standing.on_hand == SIX
    after.when(adjust(Decimal(0))).then()
    unexplained = adjust(FOUR).model_copy(update={"reason": None})
    after.when(unexplained).then_refused(ReasonRequired)


def test_stock_below_zero_can_be_adjusted_upwards() -> None:
    after = an_item.given(counted, fact(issued(Decimal(12)), TUESDAY))
    after.when(adjust(Decimal(1))).then(StockAdjusted(delta=Decimal(1)))
    after.when(adjust(Decimal(-1))).then_refused(StockSet)


def test_rules_and_substitutes_are_recorded_once() -> None:
    an_item.given().when(plan_by).then(planned_by).when(plan_by).then()
    an_item.given().when(approve).then(approved).when(approve).then()
    itself = approve.model_copy(update={"item": ITEM})
    an_item.given().when(itself).then_refused(InvalidTransition, "stand in for itself")


def test_a_later_approval_of_the_same_substitute_replaces_the_earlier() -> None:
    later = approved.model_copy(update={"until": date(2026, 5, 1)})
    for_one = approved.model_copy(update={"for_requirement": "R-1"})
    assert standing(approved, for_one, later).substitutes == (for_one, later)


def test_a_closed_project_keeps_its_material_but_for_what_is_given_free() -> None:
    closed = Surroundings(project_exists=True, project_closed=True, needed=TEN)
    nowhere = Surroundings(project_exists=False)
    known = an_item.given(counted, reserved)
    for command in (reserve(FOUR), adjust(FOUR), approve, plan_by):
        known.when(command, others=closed).then_refused(ProjectClosed)
        known.when(command, others=nowhere).then_refused(UnknownSubject, PROJECT)
    known.when(unreserve(SIX), others=closed).then(Unreserved(requirement="R-1", qty=SIX))


def test_a_decision_reads_the_project_and_the_requirement_it_names() -> None:
    project = f"project-{PROJECT}"
    assert reads(reserve(SIX)) == (project, "requirement-R-1")
    assert reads(approve) == reads(adjust(SIX)) == (project,)
    for_one = approve.model_copy(update={"for_requirement": "R-2"})
    assert reads(for_one) == (project, "requirement-R-2")


def test_a_count_says_what_lies_at_its_location_and_movements_change_it() -> None:
    annex = StockCounted(location="annex", qty=FOUR, at=TUESDAY)
    recount = StockCounted(location="main", qty=SIX, at=WEDNESDAY)
    now = standing(
        fact(counted, MONDAY), fact(annex, TUESDAY), fact(issued(THREE), TUESDAY),
        fact(recount, WEDNESDAY),
    )  # fmt: skip
    assert now.stock == {"main": SIX, "annex": Decimal(1)}
    assert now.on_hand == Decimal(7)
    elsewhere = IssuedToPhase(requirement="R-1", qty=Decimal(2), location="main")
    assert standing(
        fact(counted, MONDAY), fact(annex, TUESDAY), fact(elsewhere, THURSDAY)
    ).stock == {
        "main": Decimal(8),
        "annex": FOUR,
    }


def test_what_moved_before_anything_was_counted_is_in_the_first_count() -> None:
    early = fact(issued(THREE), MONDAY)
    assert standing(early).on_hand == Decimal(-3)
    assert standing(early, fact(counted, TUESDAY)).on_hand == TEN


def test_an_issue_takes_what_is_reserved_for_it_before_what_is_free() -> None:
    now = standing(counted, reserved, fact(issued(FOUR), TUESDAY))
    assert (now.on_hand, now.reserved, now.free) == (SIX, {"R-1": Decimal(2)}, FOUR)
    now = standing(counted, reserved, fact(issued(Decimal(8)), TUESDAY))
    assert (now.on_hand, now.reserved, now.free) == (Decimal(2), {}, Decimal(2))
    assert now.issued == {"R-1": Decimal(8)}
    assert now.contradictions == ()


def test_an_issue_beyond_what_is_reserved_and_free_contradicts() -> None:
    beyond = fact(issued(FOUR + 1, "R-2"), TUESDAY)
    (found,) = standing(counted, reserved, beyond).contradictions
    assert (found.code, found.fact.event) == ("over_issue", beyond.event)
    assert found.against is not None
    assert found.against.event == counted
    assert codes(counted, reserved, fact(issued(FOUR, "R-2"), TUESDAY)) == []


def test_a_count_that_arrives_late_ends_the_contradiction() -> None:
    issue = fact(issued(FOUR), WEDNESDAY)
    assert codes(issue) == ["over_issue"]
    assert codes(issue, fact(counted, TUESDAY)) == []


def test_what_comes_back_is_in_stock_again_and_no_longer_issued() -> None:
    back = ReturnedFromPhase(requirement="R-1", qty=THREE)
    now = standing(counted, fact(issued(FOUR), TUESDAY), fact(back, WEDNESDAY))
    assert (now.on_hand, now.issued) == (Decimal(9), {"R-1": Decimal(1)})


def test_the_revision_and_lead_time_that_hold_are_the_last_by_when_they_held() -> None:
    first = BomRevised(revision="A", lines=(BomLine(item="seal", qty_per=THREE, uom="H87"),))
    second = BomRevised(revision="B")
    slow = LeadTimeRevised(vendor="Fluxtec", value=30, unit="days")
    quick = LeadTimeRevised(value=960, unit="working_min")
    now = standing(
        fact(second, WEDNESDAY), fact(first, TUESDAY), fact(quick, THURSDAY), fact(slow, TUESDAY)
    )
    assert now.bom is not None
    assert now.lead_time is not None
    assert (now.bom.event, now.lead_time.event) == (second, quick)


def test_a_foreign_event_is_a_corrupt_log() -> None:
    with pytest.raises(AssertionError, match="DeadlineCleared cannot follow"):
        DECIDER.fold(history(STREAM, DeadlineCleared(phase_id="weld")))
