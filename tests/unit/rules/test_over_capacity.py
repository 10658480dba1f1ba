"""Rule C1 against overloads worked out by hand."""

from datetime import date
from decimal import Decimal

from domain.plans.events import ResourceRequirementCleared
from domain.resources.events import CapacitySet, OutageReported, OvertimeAuthorised
from domain.rules import Cleared, Finding
from domain.rules.over_capacity import OverCapacity
from tests.unit.projections.histories import History, at
from tests.unit.rules.crews import CREW, a_crew, need
from tests.unit.rules.findings import last, told

RULE = OverCapacity()
SUBJECTS = (CREW,)


def both_at_once(milli: int | None = 1_000) -> History:
    """Cut and weld on Monday and Tuesday, each with the whole crew."""
    history = a_crew(milli).phase("cut", 2).phase("weld", 2)
    return need(need(history, "cut"), "weld")


def test_two_phases_that_ask_for_one_crew_are_an_overload() -> None:
    assert told(RULE, both_at_once()) == [
        Finding(
            rule="over_capacity",
            rule_version=1,
            kind="resource",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal("2.00"),
            summary=(
                "Crew is asked for more than there is on 2.00 working days from 2026-03-02 on, up "
                "to 2 of it: Cut, Weld"
            ),
            evidence=(5, 6, 8),
            first_position=8,
            act_by=date(2026, 3, 2),
            remedies=(
                "use another resource that can do it",
                "authorise overtime",
                "re-sequence: takt level proposes dates",
            ),
        )
    ]


def test_what_can_give_way_within_its_float_moves_nothing() -> None:
    found = last(RULE, both_at_once().phase("paint", 10))
    assert (found.impact_days, found.severity) == (Decimal(0), "low")


def test_a_crew_for_both_is_no_finding() -> None:
    assert told(RULE, both_at_once(2_000)) == []


def test_a_resource_of_unknown_capacity_is_never_over_it() -> None:
    assert told(RULE, both_at_once(None)) == []


def test_it_clears_when_nothing_is_too_much_any_more() -> None:
    history = both_at_once()
    history.plan(ResourceRequirementCleared(phase_id="weld", resource_id="crew"))
    assert told(RULE, history)[1:] == [
        Cleared("over_capacity", SUBJECTS, "No more is asked for than there is")
    ]


def test_it_clears_when_there_is_more_of_it() -> None:
    history = both_at_once().record(CREW, CapacitySet(milli_units=2_000))
    assert isinstance(told(RULE, history)[-1], Cleared)


def test_an_hour_more_or_less_is_not_told_again_and_a_day_is() -> None:
    history = need(a_crew().phase("cut", 5), "cut")
    tuesday = OutageReported(
        since=at("2026-03-03 08:00"), until=at("2026-03-03 17:00"), kind="maintenance"
    )
    history.record(CREW, tuesday)
    hour = OutageReported(
        since=at("2026-03-05 08:00"), until=at("2026-03-05 09:00"), kind="absence"
    )
    history.record(CREW, hour)
    assert len(told(RULE, history)) == 1
    history.record(CREW, tuesday.model_copy(update={"until": at("2026-03-04 17:00")}))
    first, again = told(RULE, history)
    assert isinstance(first, Finding)
    assert isinstance(again, Finding)
    assert "2.13 working days" in again.summary
    assert again.first_position == first.first_position


def test_a_report_of_a_phase_waits_for_the_next_data_date() -> None:
    history = both_at_once()
    assert len(told(RULE, history.finished("weld", "2026-03-02 12:00"))) == 1
    assert isinstance(told(RULE, history.data_date("2026-03-03 08:00"))[-1], Cleared)


def test_overtime_is_capacity_and_work_in_the_calendar_does_not_need_it() -> None:
    history = both_at_once()
    history.record(CREW, OvertimeAuthorised(date=date(2026, 3, 2), minutes=120))
    assert len(told(RULE, history)) == 1
