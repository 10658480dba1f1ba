"""Rule C4 against gaps worked out by hand."""

from datetime import date
from decimal import Decimal

from domain.projects.events import PromiseChanged
from domain.resources.events import CapacitySet
from domain.rules import Cleared, Finding
from domain.rules.manpower_gap import ManpowerGap
from tests.unit.projections.histories import History
from tests.unit.rules.crews import CREW, a_crew, need
from tests.unit.rules.findings import last, told

RULE = ManpowerGap()
SUBJECTS = ("project-PRJ-7",)


def a_plan(effort_min: int, milli: int | None = 1_000) -> History:
    """Weld until Friday the 6th: the crew has five days of 480 minutes."""
    history = a_crew(milli).promise("2026-03-06").phase("weld", 5)
    return need(history, "weld", skill="welding", effort_min=effort_min)


def test_more_effort_than_free_minutes_is_a_gap_in_people() -> None:
    """3,000 minutes of 2,400: a quarter of a person, or 600 minutes more of the one there is."""
    assert told(RULE, a_plan(3_000)) == [
        Finding(
            rule="manpower_gap",
            rule_version=1,
            kind="resource",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal("1.25"),
            summary="Until the promise 0.25 people are lacking: 0.25 of welding",
            evidence=(5, 6, 7),
            first_position=7,
            remedies=(
                "take people on who have the skill",
                "authorise overtime",
                "have part of it done outside",
                "agree on another date",
            ),
        )
    ]


def test_effort_that_fits_is_no_gap() -> None:
    assert told(RULE, a_plan(2_400)) == []


def test_without_a_promise_there_is_no_date_to_be_short_by() -> None:
    history = need(a_crew().phase("weld", 5), "weld", skill="welding", effort_min=9_000)
    assert told(RULE, history) == []


def test_unknown_capacity_is_no_gap() -> None:
    assert told(RULE, a_plan(9_000, None)) == []


def test_where_nobody_is_there_one_person_does_it() -> None:
    assert last(RULE, a_plan(960, 0)).impact_days == Decimal("2.00")


def test_it_clears_with_a_persons_day_to_spare_and_not_before() -> None:
    history = a_plan(3_000).record(CREW, CapacitySet(milli_units=1_300))
    assert not any(isinstance(each, Cleared) for each in told(RULE, history))
    history.record(CREW, CapacitySet(milli_units=1_450))
    assert told(RULE, history)[-1] == Cleared(
        "manpower_gap", SUBJECTS, "Every skill has a person's day to spare until the promise"
    )


def test_a_later_promise_gives_more_time() -> None:
    history = a_plan(3_000).project(
        PromiseChanged(
            to_party="customer", deliverable="mixer", old=date(2026, 3, 6), new=date(2026, 3, 20)
        )
    )
    assert isinstance(told(RULE, history)[-1], Cleared)


def test_a_data_date_without_progress_widens_the_gap() -> None:
    """On Wednesday three days are left for 3,000 minutes."""
    found = last(RULE, a_plan(3_000).data_date("2026-03-04 08:00"))
    assert found.impact_days == Decimal("3.25")
    assert found.summary.endswith("1.08 of welding")
