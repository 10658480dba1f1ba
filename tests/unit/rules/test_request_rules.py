"""Rules Q1, Q2 and Q3: requests not assessed, approved too late, assessed on an old plan."""

from datetime import date
from decimal import Decimal

from domain.items.events import IssuedToPhase
from domain.phases.events import PhaseReleased
from domain.plans.events import GateAdded, GateWaived, PhaseDurationRevised
from domain.rules import Cleared, Finding
from domain.rules.assessment_stale import StaleAssessment
from domain.rules.late_change import LateChange
from domain.rules.request_unassessed import RequestUnassessed
from domain.special_requests.events import (
    RequestApproved,
    RequestVerified,
    RequestWithdrawn,
)
from tests.unit.projections.histories import DAY, at
from tests.unit.rules.findings import last, told
from tests.unit.rules.special_requests import SUBJECTS, assessed, identified, request
from tests.unit.rules.stocks import a_mounting, needs

Q1, Q2, Q3 = RequestUnassessed(), LateChange(), StaleAssessment()
GATE = GateAdded(gate_id="G1", phase_id="mount", kind="request", ref="R-1")


def build(days: int) -> PhaseDurationRevised:
    """Let building take so many days, after which mount starts."""
    return PhaseDurationRevised(phase_id="build", old_min=0, new_min=days * DAY)


def test_a_request_not_assessed_ten_days_before_its_gated_phase_is_found() -> None:
    """Mount starts on Monday the 23rd: ten working days before it is Monday the 9th."""
    history = identified(a_mounting(15).plan(GATE))
    assert told(Q1, history.tick("2026-03-09 07:59")) == []
    found = last(Q1, history.tick("2026-03-09 08:00"))
    assert (found.kind, found.subjects, found.severity) == ("request", SUBJECTS, "medium")
    assert found.summary == (
        "Nobody has assessed what Brauhaus asked for (R-1), and Mount starts on 2026-03-23"
    )
    assert (found.evidence, found.act_by) == ((7,), date(2026, 3, 23))
    assert last(Q1, history.tick("2026-03-23 08:00")).severity == "high"


def test_without_a_gate_it_is_the_first_phase_that_has_not_started() -> None:
    history = identified(a_mounting(15)).tick("2026-03-02 07:00")
    assert "Build starts on 2026-03-02" in last(Q1, history).summary
    history.started("build", "2026-03-02 08:00")
    assert isinstance(told(Q1, history)[-1], Cleared)


def test_an_assessment_a_withdrawal_or_a_later_start_ends_it() -> None:
    gated = identified(a_mounting(15).plan(GATE)).tick("2026-03-09 08:00")
    assert isinstance(told(Q1, assessed(gated, "mount"))[-1], Cleared)
    gated = identified(a_mounting(15).plan(GATE)).tick("2026-03-09 08:00")
    assert isinstance(told(Q1, request(gated, RequestWithdrawn(by="Brauhaus")))[-1], Cleared)
    for days, ends in ((16, False), (17, True)):
        gated = identified(a_mounting(15).plan(GATE)).tick("2026-03-09 08:00").plan(build(days))
        assert isinstance(told(Q1, gated)[-1], Cleared) == ends


def test_a_waived_gate_holds_no_phase() -> None:
    history = identified(a_mounting(15).plan(GATE))
    history.plan(GateWaived(gate_id="G1", by="anna", why="paint later"))
    assert "Build" in last(Q1, history.tick("2026-03-02 07:00")).summary


def test_an_approval_after_a_release_is_found_with_what_was_worked() -> None:
    """A day of mount was worked, half of it."""
    history = a_mounting()
    history.fact("mount", PhaseReleased(by="anna", plan_version=1), at("2026-03-02 07:00"))
    history.started("mount", "2026-03-16 08:00").progressed("mount", DAY, "2026-03-17 08:00")
    assessed(identified(history), "mount")
    found = last(Q2, request(history, RequestApproved(by="anna")))
    assert (found.severity, found.impact_days) == ("medium", Decimal(2))
    assert found.summary == (
        "R-1 was approved after Mount were released or given material; up to 1.00 working days "
        "have to be done again"
    )
    assert found.evidence == (10, 11)
    request(history, RequestVerified(evidence="seen"))
    assert len(told(Q2, history)) == 1


def test_an_approval_after_material_was_issued_is_found() -> None:
    history = needs(a_mounting())
    history.record("item-PRJ-7/valves", IssuedToPhase(requirement="R1", qty=Decimal(1)))
    assessed(identified(history), "mount")
    assert last(Q2, request(history, RequestApproved(by="anna"))).subjects == SUBJECTS


def test_an_approval_before_the_release_is_in_time_whatever_comes_after() -> None:
    history = request(assessed(identified(a_mounting()), "mount"), RequestApproved(by="anna"))
    history.fact("mount", PhaseReleased(by="anna", plan_version=1), at("2026-03-02 07:00"))
    assert told(Q2, history) == []


def test_a_withdrawn_request_is_no_late_change() -> None:
    history = a_mounting().started("mount", "2026-03-16 08:00")
    request(assessed(identified(history), "mount"), RequestApproved(by="anna"))
    request(history, RequestWithdrawn(by="Brauhaus"))
    assert [isinstance(each, Finding) for each in told(Q2, history)] == [True, False]


def test_an_assessment_whose_phases_moved_is_found() -> None:
    history = assessed(identified(a_mounting()), "mount")
    assert told(Q3, history) == []
    found = last(Q3, history.plan(build(12)))
    assert found.summary == ("R-1 was assessed at position 6; since then Mount stand elsewhere")
    assert (found.kind, found.subjects, found.evidence) == ("request", SUBJECTS, (7,))


def test_a_phase_that_is_not_affected_may_move() -> None:
    assert (
        told(Q3, assessed(identified(a_mounting().phase("paint", 1)), "paint").plan(build(12)))
        == []
    )


def test_a_new_assessment_or_the_old_dates_end_it() -> None:
    moved = assessed(identified(a_mounting()), "mount").plan(build(12))
    assert isinstance(told(Q3, assessed(moved, "mount"))[-1], Cleared)
    moved = assessed(identified(a_mounting()), "mount").plan(build(12))
    assert told(Q3, moved.plan(build(10)))[1:] == [
        Cleared("assessment_stale", SUBJECTS, "What R-1 affects is where it was assessed")
    ]
