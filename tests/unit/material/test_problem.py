"""Hold what material is planned from to the live schedule, the stock and the open orders."""

from datetime import date, timedelta
from decimal import Decimal

from domain.commitments.events import InspectionFailed, ReceiptPosted
from domain.items.events import IssuedToPhase, PlanningRulesSet, Reserved, SafetyStep, StockCounted
from domain.kernel.messages import DomainEvent
from domain.kernel.minutes import minute_of
from domain.material.problem import MaterialProblem, problem_of
from domain.planning.material import Component, Demand, Lots, Receipt
from domain.plans.events import PhaseDurationRevised, PhaseRemoved
from domain.requirements.events import (
    RequirementCancelled,
    RequirementChanged,
    RequirementIdentified,
)
from tests.unit.material.projects import a_mixer, counted, d, item, ordered, state_of, told
from tests.unit.projections.histories import DAY, MONDAY, PROJECT, at

TUESDAY = minute_of(at("2026-03-03 08:00"))
WEDNESDAY = minute_of(at("2026-03-04 08:00"))
PLAN = f"plan-{PROJECT}"


def problem(*events: tuple[str, DomainEvent]) -> MaterialProblem:
    found = problem_of(*state_of(told(*events)))
    assert found is not None
    return found


def demands(found: MaterialProblem) -> dict[str, tuple[Decimal, int]]:
    return {each.id: (each.qty, each.at) for each in found.demands}


def on_hand(found: MaterialProblem, name: str) -> Decimal:
    return next(each.on_hand for each in found.items if each.id == name)


def test_a_need_lies_its_offset_before_the_scheduled_start_and_moves_with_it() -> None:
    assert demands(problem()) == {"R-1": (d(10), TUESDAY), "R-2": (d(1), WEDNESDAY)}
    longer = PhaseDurationRevised(phase_id="cut", old_min=2 * DAY, new_min=3 * DAY)
    assert demands(problem((PLAN, longer)))["R-1"] == (d(10), WEDNESDAY)
    sooner = RequirementChanged(offset_min=0, qty=d(12), priority=3)
    found = problem(("requirement-R-1", sooner))
    assert found.demands[0] == Demand("R-1", "rod", d(12), WEDNESDAY, 3)


def test_what_nobody_needs_any_more_is_not_planned() -> None:
    assert demands(problem(("requirement-R-1", RequirementCancelled()))).keys() == {"R-2"}
    assert demands(problem((PLAN, PhaseRemoved(phase_id="weld")))) == {}
    done = a_mixer().started("weld", "2026-03-02 08:00").finished("weld", "2026-03-02 16:00")
    found = problem_of(*state_of(done))
    assert found is not None
    assert found.demands == ()


def test_what_was_issued_is_no_longer_needed_and_what_is_reserved_is_kept() -> None:
    kept = Reserved(requirement="R-1", qty=d(3))
    issued = IssuedToPhase(requirement="R-1", qty=d(2))
    (rods,) = [
        each
        for each in problem((item("rod"), kept), (item("rod"), issued)).demands
        if each.item == "rod"
    ]
    assert (rods.qty, rods.reserved) == (d(8), d(1))
    whole = IssuedToPhase(requirement="R-1", qty=d(10))
    assert demands(problem((item("rod"), whole))).keys() == {"R-2"}


def test_an_open_order_comes_at_the_end_of_its_day_for_what_it_was_ordered_for() -> None:
    (receipt,) = problem().receipts
    assert receipt == Receipt("PO-1", "rod", d(6), minute_of(at("2026-03-03 00:00")))
    named = problem(("commitment-PO-2", ordered(4, "2026-03-05", "round bar", "R-1")))
    assert named.receipts[1] == Receipt(
        "PO-2", "rod", d(4), minute_of(at("2026-03-06 00:00")), ("R-1",)
    )
    stranger = problem(("commitment-PO-3", ordered(4, "2026-03-05", "paint")))
    assert len(stranger.receipts) == 1


def test_what_came_since_the_count_lies_there_and_is_no_longer_on_order() -> None:
    came = ("commitment-PO-1", ReceiptPosted(qty=d(4), at=MONDAY))
    found = problem(came)
    assert (on_hand(found, "rod"), found.receipts[0].qty) == (d(8), d(2))
    assert found.received["rod"] == d(4)
    bad = problem(came, ("commitment-PO-1", InspectionFailed(qty=d(1))))
    assert (on_hand(bad, "rod"), bad.receipts[0].qty) == (d(7), d(3))
    again = problem(came, (item("rod"), counted(9)))
    assert (on_hand(again, "rod"), again.receipts[0].qty) == (d(9), d(2))
    late = StockCounted(location="main", qty=d(5), at=MONDAY - timedelta(days=30))
    history = told(came).record(item("rod"), late, effective_at=MONDAY - timedelta(days=60))
    found_late = problem_of(*state_of(history))
    assert found_late is not None
    assert on_hand(found_late, "rod") == d(8)


def test_an_item_is_planned_by_what_was_last_said_of_it() -> None:
    rules = PlanningRulesSet(
        safety_stock=d(2),
        safety_steps=(SafetyStep(since=date(2026, 3, 9), qty=d(5)),),
        safety_time_min=60,
        lot_minimum=d(4),
        lot_multiple=d(2),
        lot_maximum=d(8),
        fence_days=3,
    )
    found = {each.id: each for each in problem((item("pump"), rules)).items}
    pump = found["pump"]
    assert pump.components == (Component("seal", d(2), 0),)
    assert pump.lots == Lots(d(4), d(2), d(8))
    assert pump.safety == ((0, d(2)), (minute_of(at("2026-03-09 00:00")), d(5)))
    assert (pump.safety_min, pump.fence_min) == (60, 3 * 1440)
    assert pump.lead_time.release(WEDNESDAY, d(1)) == TUESDAY
    assert found["rod"].lead_time.release(WEDNESDAY, d(1)) == WEDNESDAY - 3 * 1440
    assert found["seal"].safety == ()


def test_quantities_in_different_units_are_told() -> None:
    metres = RequirementIdentified(phase="cut", item="rod", qty=d(3), uom="MTR")
    found = problem(("requirement-R-3", metres))
    assert (found.other_units, found.units["rod"]) == (("rod",), "H87/MTR")
    assert problem().other_units == ()


def test_it_is_planned_as_of_the_data_date() -> None:
    assert problem().now == minute_of(MONDAY)
    network, known = state_of(a_mixer().data_date("2026-03-03 08:00"))
    later = problem_of(network, known)
    assert later is not None
    assert later.now == TUESDAY
