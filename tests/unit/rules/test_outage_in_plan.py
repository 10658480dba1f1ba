"""Rule C3 against outages whose cost in days was worked out by hand."""

from datetime import date
from decimal import Decimal

from domain.resources.events import OutageEnded, OutageReported
from domain.rules import Cleared, Finding
from domain.rules.outage_in_plan import OutageInPlan
from tests.unit.projections.histories import History, at
from tests.unit.rules.crews import CREW, a_crew, allocated, need
from tests.unit.rules.findings import last, told

RULE = OutageInPlan()


def a_plan() -> History:
    """Cut with the crew from Monday to Wednesday."""
    return need(a_crew().phase("cut", 3), "cut")


def out(history: History, since: str, until: str | None = None) -> History:
    """Report that the crew is out."""
    return history.record(
        CREW,
        OutageReported(
            since=at(since), until=None if until is None else at(until), kind="breakdown"
        ),
    )


def test_an_outage_while_work_is_planned_is_found_with_the_days_it_takes() -> None:
    assert told(RULE, out(a_plan(), "2026-03-03 08:00", "2026-03-03 17:00")) == [
        Finding(
            rule="outage_in_plan",
            rule_version=1,
            kind="resource",
            subjects=(CREW,),
            severity="medium",
            impact_days=Decimal("1.00"),
            summary=(
                "Crew is out from 2026-03-03 on while work is planned on it, Cut loses 1.00 "
                "working days: Cut"
            ),
            evidence=(7,),
            first_position=7,
            act_by=date(2026, 3, 3),
            remedies=(
                "use another resource that can do it",
                "have it back sooner",
                "re-sequence: takt level proposes dates",
                "make up for it by overtime",
            ),
        )
    ]


def test_an_outage_on_a_free_night_or_after_the_work_costs_nothing() -> None:
    assert told(RULE, out(a_plan(), "2026-03-03 17:00", "2026-03-04 08:00")) == []
    assert told(RULE, out(a_plan(), "2026-03-05 08:00")) == []


def test_an_outage_without_an_end_lasts_as_long_as_anybody_asks() -> None:
    assert last(RULE, out(a_plan(), "2026-03-03 13:00")).impact_days == Decimal("1.50")


def test_the_float_of_the_phase_takes_the_loss() -> None:
    history = out(a_plan().phase("paint", 10), "2026-03-03 08:00", "2026-03-03 17:00")
    assert last(RULE, history).impact_days == Decimal(0)


def test_an_allocation_alone_is_hit_as_well() -> None:
    history = a_crew().phase("cut", 3)
    allocated(history, "A1", "cut", "2026-03-02 08:00", "2026-03-02 17:00")
    assert last(RULE, out(history, "2026-03-02 13:00")).impact_days == Decimal("0.50")


def test_it_clears_when_it_is_back_before_the_work() -> None:
    history = out(a_plan(), "2026-03-01 08:00")
    history.record(CREW, OutageEnded(at=at("2026-03-02 07:00")))
    assert told(RULE, history)[1:] == [
        Cleared("outage_in_plan", (CREW,), "Nothing is planned on it while it is out")
    ]


def test_it_clears_when_the_work_moves_behind_it() -> None:
    history = out(a_plan(), "2026-03-03 08:00", "2026-03-04 17:00")
    assert isinstance(told(RULE, history.data_date("2026-03-05 08:00"))[-1], Cleared)


def test_a_plan_without_outages_is_no_finding() -> None:
    assert told(RULE, a_plan()) == []
