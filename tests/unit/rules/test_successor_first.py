"""Rule S1 against actual dates that violate links by minutes worked out by hand."""

from decimal import Decimal

import pytest

from domain.plans.events import DependencyAdded, DependencyRemoved, LinkType
from domain.rules import Cleared, Finding
from domain.rules.successor_first import SuccessorFirst
from tests.unit.projections.histories import DAY, History
from tests.unit.rules.findings import last, told

RULE = SuccessorFirst()
SUBJECTS = ("phase-PRJ-7/cut", "phase-PRJ-7/weld")


def a_plan(link_type: LinkType = "FS", lag_min: int = 0) -> History:
    """Cut for two days, weld for one; cutting starts on Monday the 2nd."""
    history = History().opened().calendar("plant").phase("cut", 2).phase("weld", 1)
    return history.link("cut", "weld", link_type, lag_min)


def test_a_start_before_the_predecessor_is_finished_is_found() -> None:
    """Cutting is scheduled until Tuesday evening; welding began on Tuesday at noon."""
    history = a_plan().started("cut", "2026-03-02 08:00").started("weld", "2026-03-03 13:00")
    assert told(RULE, history) == [
        Finding(
            rule="successor_first",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="high",
            impact_days=Decimal(0),
            summary=("“Weld” was started before “Cut” was finished, 0.50 working days too early"),
            evidence=(5, 6, 7),
            first_position=7,
            remedies=(
                "ask both departments for the dates as they were",
                "inspect what was done too early",
                "revise the link if it does not hold",
            ),
        )
    ]


def test_a_start_after_the_finish_keeps_the_link() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00").finished("cut", "2026-03-03 12:00")
    assert told(RULE, history.started("weld", "2026-03-03 13:00")) == []


def test_an_open_predecessor_is_found_though_it_should_be_finished_by_its_schedule() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00").started("weld", "2026-03-05 08:00")
    assert "0.00 working days" in last(RULE, history).summary


def test_a_late_report_of_the_finish_clears_it() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00").started("weld", "2026-03-03 13:00")
    history.finished("cut", "2026-03-03 12:00")
    assert told(RULE, history)[1:] == [
        Cleared("successor_first", SUBJECTS, "The reported dates keep the link")
    ]


def test_a_finish_after_the_start_leaves_a_violation_that_weighs_less() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00").started("weld", "2026-03-03 13:00")
    found = last(RULE, history.finished("cut", "2026-03-03 15:00"))
    assert found.severity == "medium"
    assert "0.25 working days" in found.summary
    assert found.first_position == 7


def test_the_lag_must_be_over_as_well() -> None:
    history = a_plan(lag_min=DAY).started("cut", "2026-03-02 08:00")
    history.finished("cut", "2026-03-03 17:00").started("weld", "2026-03-04 13:00")
    assert last(RULE, history).summary == (
        "“Weld” was started before “Cut” was finished and its lag was over, 0.50 working days "
        "too early"
    )


@pytest.mark.parametrize(
    ("link_type", "says"),
    [
        ("SS", "was started before “Cut” was started"),
        ("FF", "was finished before “Cut” was finished"),
        ("SF", "was finished before “Cut” was started"),
    ],
)
def test_each_type_of_link_is_held_against_its_own_dates(link_type: LinkType, says: str) -> None:
    history = a_plan(link_type).started("weld", "2026-03-02 08:00")
    history.finished("weld", "2026-03-02 17:00")
    assert says in last(RULE, history).summary


def test_a_finish_to_finish_link_lets_its_successor_start() -> None:
    assert told(RULE, a_plan("FF").started("weld", "2026-03-02 08:00")) == []


def test_a_preferential_link_weighs_little() -> None:
    history = History().opened().calendar("plant").phase("cut", 2).phase("weld", 1)
    history.plan(
        DependencyAdded(
            link_id="L9", pred="cut", succ="weld", link_type="FS", strength="preferential"
        )
    )
    assert last(RULE, history.started("weld", "2026-03-02 08:00")).severity == "low"


def test_an_assumed_start_violates_nothing() -> None:
    assert told(RULE, a_plan().progressed("weld", 60, "2026-03-02 12:00")) == []


def test_a_link_that_is_planned_afterwards_is_held_against_what_happened() -> None:
    history = History().opened().calendar("plant").phase("cut", 2).phase("weld", 1)
    history.started("weld", "2026-03-02 08:00")
    assert told(RULE, history) == []
    history.link("cut", "weld")
    assert last(RULE, history).first_position == 6
    history.plan(DependencyRemoved(link_id="L1"))
    assert isinstance(told(RULE, history)[-1], Cleared)


def test_of_several_links_the_one_violated_most_is_told() -> None:
    history = a_plan("SS").link("cut", "weld", "FS").started("weld", "2026-03-02 08:00")
    (found,) = told(RULE, history)
    assert isinstance(found, Finding)
    assert "was finished, 2.00 working days" in found.summary
