"""Rule K3: recorded clauses against computed dates, with exposure worked out by hand."""

from datetime import date
from decimal import Decimal

from domain.commitments.events import PromiseDateMoved
from domain.contracts.events import ContractSigned, ObligationBreached, ObligationMet
from domain.plans.events import PhaseDurationRevised
from domain.rules import Cleared, Finding
from domain.rules.obligation_at_risk import ObligationAtRisk
from tests.unit.projections.histories import DAY, History, at
from tests.unit.rules.contracts import SUBJECTS, clause, contract, received
from tests.unit.rules.findings import last, told

RULE = ObligationAtRisk()


def a_delivery(days: int, cap_minor: int | None = None) -> History:
    """Owe the delivery by Friday the 6th, at 500.00 euros a day; the work takes some days."""
    history = received(History().opened().calendar("plant").phase("weld", days))
    clause(history, "4.1", "delivery_date", "2026-03-06")
    return clause(history, "4.2", "liquidated_damages", "50000", "EUR/day", cap_minor)


def test_a_forecast_after_the_clause_is_found_with_its_exposure() -> None:
    """Eight days of work end on Wednesday the 11th: three working days late, five of damages."""
    found = last(RULE, a_delivery(8))
    assert found == Finding(
        rule="obligation_at_risk",
        rule_version=1,
        kind="contract",
        subjects=SUBJECTS,
        severity="high",
        impact_days=Decimal("3.00"),
        summary=("K-1, 4.1: due 2026-03-06, computed 2026-03-11; exposure 2,500.00 EUR for 5 days"),
        evidence=(4, 5, 6),
        first_position=5,
        act_by=date(2026, 3, 6),
        remedies=(
            "See with takt why what holds 4.1 up",
            "Agree on another day with Brauhaus, and amend the contract",
            "Record that the obligation was met, if it was",
        ),
    )


def test_the_exposure_is_capped() -> None:
    history = a_delivery(5, 200_000)
    revised = PhaseDurationRevised(phase_id="weld", old_min=5 * DAY, new_min=8 * DAY)
    assert "exposure 2,000.00 EUR" in last(RULE, history.plan(revised)).summary


def test_a_forecast_within_the_day_is_not_found() -> None:
    assert told(RULE, a_delivery(5)) == []


def test_it_is_told_again_by_the_working_day_and_ends_when_the_work_is_in_time() -> None:
    history = a_delivery(5)
    for minutes in (6 * DAY, 6 * DAY + 60, 7 * DAY, 5 * DAY):
        history.plan(PhaseDurationRevised(phase_id="weld", old_min=0, new_min=minutes))
    found = told(RULE, history)
    assert [each.impact_days for each in found if isinstance(each, Finding)] == [1, 2]
    assert found[-1] == Cleared("obligation_at_risk", SUBJECTS, "No obligation of K-1 is late")


def test_what_was_met_or_breached_is_not_at_risk() -> None:
    for event in (ObligationMet, ObligationBreached):
        history = contract(a_delivery(8), event(clause="4.1", at=at("2026-03-06 10:00")))
        assert isinstance(told(RULE, history)[-1], Cleared)


def test_a_vendors_delivery_is_computed_from_what_is_open_with_him() -> None:
    history = received(History().opened().calendar("plant"), "vendor", "Fluxtec")
    clause(history, "4.1", "delivery_date", "2026-03-06")
    history.ordered("PO-1", "2026-03-06")
    assert told(RULE, history) == []
    moved = PromiseDateMoved(new=date(2026, 3, 12), told_by="desk", channel="email")
    found = last(RULE, history.commitment("PO-1", moved))
    assert found.summary == "K-1, 4.1: due 2026-03-06, computed 2026-03-12"
    assert (found.severity, found.impact_days) == ("medium", Decimal(0))


def test_a_report_that_is_owed_is_late_when_its_day_is_over() -> None:
    """Signed on March the 2nd, weekly: owed by the 9th, then by the 16th."""
    history = received(History().opened().calendar("plant"))
    clause(history, "7", "reporting", "1", "weeks")
    contract(history, ContractSigned(version=1, by="anna"), "2026-03-02 10:00")
    assert told(RULE, history.tick("2026-03-09 23:59")) == []
    assert "due 2026-03-09" in last(RULE, history.tick("2026-03-10 00:00")).summary
    met = ObligationMet(clause="7", at=at("2026-03-10 09:00"))
    assert isinstance(told(RULE, contract(history, met))[-1], Cleared)
    assert "due 2026-03-16" in last(RULE, history.tick("2026-03-17 00:00")).summary
