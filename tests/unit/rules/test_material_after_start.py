"""Rule M1 against confirmed supply that comes too late, with days counted by hand."""

from datetime import date
from decimal import Decimal

from domain.items.events import StockCounted
from domain.plans.events import PhaseDurationRevised
from domain.rules import Cleared, Finding
from domain.rules.material_after_start import MaterialAfterStart
from tests.unit.projections.histories import DAY, History, at
from tests.unit.rules.findings import last, told
from tests.unit.rules.stocks import a_mounting, confirmed, counted, item, needs

RULE = MaterialAfterStart()


def a_late_order(day: str = "2026-03-18") -> History:
    """Mount starts on Monday the 16th; the valves are confirmed for the end of a day."""
    history = needs(a_mounting()).ordered("PO-1", "2026-03-13", "mount")
    return confirmed(history, "PO-1", day)


def test_material_confirmed_for_after_the_start_is_found() -> None:
    """There at the end of Wednesday the 18th: three working days after Monday at eight."""
    assert told(RULE, a_late_order()) == [
        Finding(
            rule="material_after_start",
            rule_version=1,
            kind="material",
            subjects=("requirement-R1",),
            severity="high",
            impact_days=Decimal("3.00"),
            summary=(
                "24 H87 of valves for Mount is there on 2026-03-19, 3.00 working days after it "
                "is needed on 2026-03-16"
            ),
            evidence=(6, 7, 8),
            first_position=8,
            act_by=date(2026, 3, 16),
            remedies=(
                "Ask for PO-1 to come sooner",
                "Start Mount later",
                "Take it from a requirement that has float, or approve a substitute",
            ),
        )
    ]


def test_material_that_is_there_in_time_is_not_found() -> None:
    assert told(RULE, a_late_order("2026-03-13")) == []
    assert told(RULE, counted(a_late_order("2026-03-13"), 24)) == []


def test_an_order_that_nobody_confirmed_is_not_counted_on() -> None:
    assert told(RULE, needs(a_mounting()).ordered("PO-1", "2026-03-30", "mount")) == []


def test_demands_are_served_in_the_order_of_their_dates() -> None:
    """Build needs twenty on the 2nd, so of thirty that lie there only ten are left for mount."""
    history = needs(counted(a_late_order(), 30), 20, "build", "R0")
    assert last(RULE, history).subjects == ("requirement-R1",)
    found = told(RULE, needs(counted(a_late_order(), 30), 6, "build", "R0"))
    assert found[-1] == Cleared(
        "material_after_start", ("requirement-R1",), "valves is there when Mount needs it"
    )


def test_a_start_that_moves_ends_it_with_a_working_day_to_spare() -> None:
    """There at the end of the 18th: 13 days of building are in time, 14 with a day to spare."""
    for days, ends in ((13, False), (14, True)):
        history = a_late_order()
        history.plan(PhaseDurationRevised(phase_id="build", old_min=0, new_min=days * DAY))
        assert isinstance(told(RULE, history)[-1], Cleared) == ends


def test_what_is_counted_ends_it() -> None:
    more = StockCounted(location="A", qty=Decimal(24), at=at("2026-03-02 08:00"))
    assert isinstance(told(RULE, item(a_late_order(), more))[-1], Cleared)


def test_a_phase_that_has_started_waits_for_nothing() -> None:
    history = a_late_order().started("mount", "2026-03-16 08:00")
    assert isinstance(told(RULE, history)[-1], Cleared)
