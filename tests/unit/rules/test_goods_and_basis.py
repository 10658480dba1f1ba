"""Rules M9, M10 and M11: too early, not inspected, planned on what does not hold any more."""

from datetime import date
from decimal import Decimal

from domain.commitments.events import InspectionPassed, PromiseDateMoved, ReceiptPosted
from domain.items.events import BomRevised, Reserved, SubstituteApproved, Unreserved
from domain.plans.events import GateAdded, GateWaived, PhaseDurationRevised
from domain.rules import Cleared
from domain.rules.inspection_gap import InspectionGap
from domain.rules.material_basis import StaleMaterialBasis
from domain.rules.reschedule_out import RescheduleOut
from tests.unit.projections.histories import DAY, History, at
from tests.unit.rules.findings import last, told
from tests.unit.rules.stocks import SUBJECTS, a_mounting, counted, item, needs

M9, M10, M11 = RescheduleOut(), InspectionGap(), StaleMaterialBasis()
ORDER = ("commitment-PO-1",)


def build(history: History, days: int) -> History:
    """Let building take so many days, after which mount starts."""
    return history.plan(PhaseDurationRevised(phase_id="build", old_min=0, new_min=days * DAY))


def an_order() -> History:
    """Mount starts on Monday the 16th; the valves are promised for Friday the 13th."""
    history = a_mounting().ordered("PO-1", "2026-03-13", "mount")
    moved = PromiseDateMoved(new=date(2026, 3, 13), told_by="desk", channel="email")
    return history.commitment("PO-1", moved)


def came() -> History:
    """Mount waits for an inspection of the valves, which are here."""
    gate = GateAdded(gate_id="G1", phase_id="mount", kind="inspection")
    history = an_order().plan(gate)
    receipt = ReceiptPosted(qty=Decimal(24), at=at("2026-03-12 10:00"))
    return history.commitment("PO-1", receipt)


def test_a_delivery_that_comes_long_before_a_slipped_start_is_found() -> None:
    """Eleven days of slip: from the end of the 13th eleven working days to Tuesday the 31st."""
    assert told(M9, build(an_order(), 20)) == []
    found = last(M9, build(an_order(), 21))
    assert (found.subjects, found.severity, found.impact_days) == (ORDER, "low", Decimal(0))
    assert found.summary == (
        "24 of valves (PO-1) are promised for 2026-03-13; Mount needs them on 2026-03-31: "
        "11.00 working days of inventory"
    )


def test_an_early_delivery_is_let_be_once_it_is_nine_days_early_or_here() -> None:
    for days, ends in ((20, False), (19, True)):
        history = build(build(an_order(), 21), days)
        assert isinstance(told(M9, history)[-1], Cleared) == ends
    history = build(an_order(), 21)
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(24), at=at("2026-03-12 10:00")))
    assert isinstance(told(M9, history)[-1], Cleared)


def test_goods_that_were_always_wanted_early_are_not_rescheduled() -> None:
    history = a_mounting(40).ordered("PO-1", "2026-05-01", "mount")
    moved = PromiseDateMoved(new=date(2026, 3, 13), told_by="desk", channel="email")
    assert told(M9, history.commitment("PO-1", moved)) == []


def test_goods_not_inspected_when_they_are_needed_are_found() -> None:
    """Needed on Monday the 16th at eight; at the end of Tuesday two working days are over."""
    history = came()
    assert told(M10, history.tick("2026-03-16 07:59")) == []
    history.tick("2026-03-16 08:00").tick("2026-03-18 00:00")
    found = last(M10, history)
    assert (found.subjects, found.impact_days) == (ORDER, Decimal("2.00"))
    assert found.summary == (
        "24 of valves (PO-1) came and are not inspected; Mount needs them since 2.00 working days"
    )


def test_an_inspection_or_a_later_start_or_a_waiver_ends_it() -> None:
    late = "2026-03-17 08:00"
    history = came().tick(late).commitment("PO-1", InspectionPassed(qty=Decimal(24)))
    assert told(M10, history)[-1] == (
        Cleared("inspection_gap", ORDER, "All that came of PO-1 is inspected")
    )
    assert isinstance(told(M10, build(came().tick(late), 14))[-1], Cleared)
    waived = came().tick(late).plan(GateWaived(gate_id="G1", by="anna", why="known vendor"))
    assert isinstance(told(M10, waived)[-1], Cleared)


def test_goods_that_nobody_inspects_have_no_gap() -> None:
    history = an_order()
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(24), at=at("2026-03-12 10:00")))
    assert told(M10, history.tick("2026-03-20 00:00")) == []


def test_a_part_that_passed_shows_that_the_rest_is_to_be_inspected() -> None:
    history = an_order()
    history.commitment("PO-1", ReceiptPosted(qty=Decimal(24), at=at("2026-03-12 10:00")))
    history.commitment("PO-1", InspectionPassed(qty=Decimal(20)))
    assert last(M10, history.tick("2026-03-17 00:00")).summary.startswith("4 of valves (PO-1)")


def test_what_was_reserved_before_the_bill_was_revised_is_found() -> None:
    history = item(counted(a_mounting(), 30), Reserved(requirement="R1", qty=Decimal(24)))
    assert told(M11, history) == []
    found = last(M11, item(history, BomRevised(revision="B")))
    assert (found.subjects, found.evidence) == (SUBJECTS, (7, 8))
    assert found.summary == "valves: 24 are reserved of an older bill than B"
    for event in (
        Unreserved(requirement="R1", qty=Decimal(24)),
        Reserved(requirement="R1", qty=Decimal(1)),
    ):
        again = item(counted(a_mounting(), 30), Reserved(requirement="R1", qty=Decimal(24)))
        item(item(again, BomRevised(revision="B")), event)
        assert told(M11, again)[1:] == [
            Cleared("material_basis", SUBJECTS, "What is planned of valves holds")
        ]


def test_a_substitute_that_expired_is_found_while_something_is_needed() -> None:
    """It may stand in until the end of Friday the 6th."""
    approved = SubstituteApproved(item="taps", ratio=Decimal(1), by="anna", until=date(2026, 3, 6))
    history = item(needs(a_mounting()), approved)
    assert told(M11, history.tick("2026-03-06 23:59")) == []
    assert last(M11, history.tick("2026-03-07 00:00")).summary == (
        "valves: 24 rest on a substitute that has expired"
    )
    longer = SubstituteApproved(item="taps", ratio=Decimal(1), by="anna", until=date(2026, 4, 30))
    assert isinstance(told(M11, item(history, longer))[-1], Cleared)
    assert told(M11, item(a_mounting(), approved).tick("2026-03-07 00:00")) == []
