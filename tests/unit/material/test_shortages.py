"""Hold shortages to what is really short, whom it holds up, what it costs and what made it."""

from datetime import date

import pytest

from domain.commitments.events import (
    CommitmentCancelled,
    CommitmentRevised,
    InspectionFailed,
    PromiseDateMoved,
    ReceiptPosted,
)
from domain.items.events import (
    IssuedToPhase,
    LeadTimeRevised,
    PlanningRulesSet,
    Reserved,
    StockAdjusted,
)
from domain.kernel.messages import DomainEvent
from domain.kernel.minutes import minute_of
from domain.material.causes import Cause, causes_of
from domain.material.known import KnownMaterial
from domain.material.problem import problem_of
from domain.material.shortages import Shortage, shortages
from domain.network.project_network import ProjectNetwork
from domain.planning.netting import plan_material
from domain.planning.promising import promise
from domain.plans.events import PhaseDurationRevised
from domain.requirements.events import RequirementChanged, RequirementIdentified
from tests.unit.material.projects import a_mixer, bom, counted, d, item, state_of, told
from tests.unit.projections.histories import DAY, MONDAY, PROJECT, History, at

ROD = item("rod")
PLAN = f"plan-{PROJECT}"


def found(history: History) -> dict[str, Shortage]:
    network, known = state_of(history)
    problem = problem_of(network, known)
    assert problem is not None
    asked = (problem.items, problem.demands, problem.receipts, problem.now)
    short = shortages(network, known, problem, plan_material(*asked), promise(*asked))
    return {each.item: each for each in short}


def causes(history: History, *items: str) -> dict[str, Cause]:
    return dict(
        causes_of(ProjectNetwork(PROJECT), KnownMaterial(), history.events, frozenset(items))
    )


def test_what_stock_and_orders_cover_in_time_is_not_short() -> None:
    assert found(a_mixer()) == {}


def test_a_shortage_says_how_much_since_when_and_what_it_costs_the_promise() -> None:
    short = found(told((ROD, counted(1))))["rod"]
    assert (short.qty, short.first) == (d(3), minute_of(at("2026-03-03 08:00")))
    (held_up,) = short.held_up
    assert (held_up.requirement, held_up.phase) == ("R-1", "weld")
    # Ordered on Monday morning it comes on Thursday morning, two working days after it is needed;
    # the promise leaves a day.
    assert held_up.available == minute_of(at("2026-03-05 08:00"))
    assert (held_up.push_min, held_up.cost_min, held_up.day_min) == (2 * DAY, DAY, DAY)


def test_what_can_still_be_ordered_in_time_costs_nothing() -> None:
    quick = LeadTimeRevised(value=1, unit="days")
    (held_up,) = found(told((ROD, quick), (ROD, counted(1))))["rod"].held_up
    assert (held_up.push_min, held_up.cost_min) == (0, 0)


def test_what_is_reserved_for_one_covers_nobody_else() -> None:
    sooner = RequirementIdentified(phase="cut", item="rod", qty=d(2), uom="H87")
    kept = Reserved(requirement="R-1", qty=d(4))
    short = found(told((ROD, kept), ("requirement-R-3", sooner)))["rod"]
    assert (short.qty, short.first) == (d(2), minute_of(MONDAY))
    assert [each.requirement for each in short.held_up] == ["R-1", "R-3"]
    without = found(told(("requirement-R-3", sooner)))["rod"]
    assert (without.qty, without.first) == (d(2), minute_of(at("2026-03-03 08:00")))


def test_a_safety_stock_that_is_not_kept_is_a_shortage_that_holds_nobody_up() -> None:
    short = found(told((ROD, PlanningRulesSet(safety_stock=d(2)))))["rod"]
    assert (short.qty, short.first) == (d(2), minute_of(at("2026-03-03 08:00")))
    assert short.held_up == ()


def test_a_part_that_is_short_holds_up_what_it_goes_into() -> None:
    short = found(told((item("pump"), bom(3))))
    assert short.keys() == {"seal"}
    (held_up,) = short["seal"].held_up
    assert (short["seal"].qty, held_up.requirement) == (d(1), "R-2")
    assert held_up.push_min == 0


def test_what_is_made_is_short_only_where_it_can_no_longer_be_made_in_time() -> None:
    slow = LeadTimeRevised(value=3 * DAY, unit="working_min")
    short = found(told((item("pump"), slow)))["pump"]
    (held_up,) = short.held_up
    assert (short.qty, held_up.push_min, held_up.cost_min) == (d(1), DAY, 0)


@pytest.mark.parametrize(
    ("stream", "event", "kind"),
    [
        (ROD, counted(3), "count"),
        (ROD, StockAdjusted(delta=d(-1)), "scrap"),
        (ROD, IssuedToPhase(requirement="R-9", qty=d(1)), "issue"),
        (ROD, PlanningRulesSet(safety_stock=d(1)), "planning_rules"),
        (
            "commitment-PO-1",
            PromiseDateMoved(new=date(2026, 3, 4), told_by="desk", channel="phone"),
            "vendor_slip",
        ),
        ("commitment-PO-1", CommitmentRevised(revision=2, qty=d(5)), "order_changed"),
        ("commitment-PO-1", CommitmentCancelled(), "order_changed"),
        ("requirement-R-1", RequirementChanged(qty=d(11)), "requirement"),
        (
            "requirement-R-3",
            RequirementIdentified(phase="cut", item="rod", qty=d(1), uom="H87"),
            "requirement",
        ),
        (
            PLAN,
            PhaseDurationRevised(phase_id="cut", old_min=2 * DAY, new_min=DAY),
            "pull_in",
        ),
    ],
)
def test_a_shortage_names_the_event_that_made_it(
    stream: str, event: DomainEvent, kind: str
) -> None:
    history = told((stream, event))
    assert found(history)["rod"].item == "rod"
    history.record("requirement-R-1", RequirementChanged(priority=9))  # Nothing to do with it.
    cause = causes(history, "rod")["rod"]
    assert (cause.kind, cause.recorded.event) == (kind, event)


def test_a_part_names_the_bill_that_asked_for_more() -> None:
    history = told((item("pump"), bom(3)))
    cause = causes(history, "seal")["seal"]
    assert (cause.kind, cause.recorded.event) == ("bom_change", bom(3))


def test_goods_that_fail_their_inspection_are_the_cause() -> None:
    came, failed = ReceiptPosted(qty=d(6), at=MONDAY), InspectionFailed(qty=d(1))
    slipped = PromiseDateMoved(new=date(2026, 3, 9), told_by="desk", channel="phone")
    order = "commitment-PO-1"
    history = told((order, came), (order, slipped), (order, failed))
    cause = causes(history, "rod")["rod"]
    assert (cause.kind, cause.recorded.event) == ("inspection", failed)


def test_a_shortage_that_ended_and_came_back_names_the_last_event_that_made_it() -> None:
    history = told((ROD, counted(1)), (ROD, counted(8)), (ROD, StockAdjusted(delta=d(-6))))
    cause = causes(history, "rod")["rod"]
    assert (cause.kind, cause.recorded.position) == ("scrap", len(history.events))
    assert causes(told((ROD, counted(1)), (ROD, counted(8))), "rod") == {}


def test_what_was_short_before_one_looks_has_no_cause() -> None:
    history = told((ROD, counted(1)))
    network, known = state_of(history)
    after = told((ROD, counted(1)), (ROD, counted(0))).events[-1]
    assert causes_of(network, known, [after], frozenset({"rod"})) == {}
