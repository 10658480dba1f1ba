"""Rule C5 against weeks of overtime worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal

from domain.projects.events import RuleSet
from domain.resources.events import OvertimeAuthorised
from domain.rules import Cleared, Finding
from domain.rules.overtime_dependence import OvertimeDependence
from tests.unit.projections.histories import History
from tests.unit.rules.crews import CREW, a_crew
from tests.unit.rules.findings import told

RULE = OvertimeDependence()
SATURDAY = date(2026, 3, 7)


def overtime(history: History, *minutes: int, since: date = SATURDAY) -> History:
    """Authorise so many minutes on a Saturday, and on each one after it."""
    for week, each in enumerate(minutes):
        day = since + timedelta(weeks=week)
        history.record(CREW, OvertimeAuthorised(date=day, minutes=each))
    return history


def test_a_third_week_in_a_row_is_a_dependence() -> None:
    """A week has 2,400 minutes; 424 of 2,824 are more than 15 %."""
    assert told(RULE, overtime(a_crew(), 424, 424, 424)) == [
        Finding(
            rule="overtime_dependence",
            rule_version=1,
            kind="resource",
            subjects=(CREW,),
            severity="medium",
            impact_days=Decimal(0),
            summary=(
                "Crew works more than 15 % of its time overtime in 3 weeks in a row, from "
                "2026-03-02 on"
            ),
            evidence=(5, 6, 7),
            first_position=7,
            remedies=("plan with more people", "move work to another resource", "re-sequence"),
        )
    ]


def test_two_weeks_or_a_week_of_less_between_them_are_none() -> None:
    assert told(RULE, overtime(a_crew(), 480, 480)) == []
    assert told(RULE, overtime(a_crew(), 480, 423, 480)) == []


def test_the_minutes_of_one_week_add_up() -> None:
    history = overtime(a_crew(), 240, 240, 240)
    assert told(RULE, history) == []
    overtime(history, 240, 240, 240, since=SATURDAY + timedelta(days=1))
    assert len(told(RULE, history)) == 1


def test_a_project_may_allow_more_weeks() -> None:
    history = a_crew().project(RuleSet(rule="overtime_dependence", parameters={"weeks": 4}))
    assert told(RULE, overtime(history, 480, 480, 480)) == []


def test_it_clears_when_overtime_is_taken_back() -> None:
    history = overtime(a_crew(), 480, 480, 480)
    history.record(CREW, OvertimeAuthorised(date=SATURDAY, minutes=0))
    assert told(RULE, history)[1:] == [
        Cleared("overtime_dependence", (CREW,), "No row of weeks needs overtime")
    ]


def test_it_clears_when_the_row_is_past() -> None:
    history = overtime(a_crew(), 480, 480, 480).data_date("2026-03-22 08:00")
    assert len(told(RULE, history)) == 1
    assert isinstance(told(RULE, history.data_date("2026-03-23 08:00"))[-1], Cleared)


def test_one_more_week_is_told_as_the_same_condition() -> None:
    first, again = told(RULE, overtime(a_crew(), 480, 480, 480, 480))
    assert isinstance(first, Finding)
    assert isinstance(again, Finding)
    assert "in 4 weeks" in again.summary
    assert again.first_position == first.first_position
