"""Rule S14 against plans whose failed checks were counted by hand."""

from decimal import Decimal

from domain.plans.events import PhaseRemoved
from domain.rules import Cleared, Finding
from domain.rules.schedule_quality import ScheduleQuality
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History
from tests.unit.rules.crews import a_crew, need
from tests.unit.rules.findings import last, told

RULE = ScheduleQuality()
SUBJECTS = ("project-PRJ-7",)


def a_plan() -> History:
    """Cut, then weld: neither begins nor ends anything, and nobody is planned for them."""
    history = History().opened().calendar("plant").phase("cut", 2).phase("weld", 2)
    return history.link("cut", "weld")


def test_the_first_data_date_tells_which_checks_fail() -> None:
    history = a_plan()
    assert told(RULE, history) == []
    assert told(RULE, history.data_date("2026-03-02 08:00")) == [
        Finding(
            rule="schedule_quality",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="low",
            impact_days=Decimal(0),
            summary="The schedule fails 2 of 14 checks: logic, resources",
            evidence=(6,),
            first_position=6,
            remedies=("mend the plan check by check: takt quality names the phases and links",),
        )
    ]


def test_checks_are_made_again_a_week_later() -> None:
    history = a_plan().data_date("2026-03-02 08:00").link("weld", "cut2", "FS", -60)
    history.phase("cut2", 2)
    assert len(told(RULE, history.data_date("2026-03-08 08:00"))) == 1
    found = last(RULE, history.data_date("2026-03-09 08:00"))
    assert "leads" in found.summary
    assert found.first_position == 6


def test_the_same_checks_are_not_told_again() -> None:
    history = a_plan().data_date("2026-03-02 08:00").data_date("2026-03-16 08:00")
    assert len(told(RULE, history)) == 1


def test_it_clears_when_no_check_fails() -> None:
    history = a_plan().data_date("2026-03-02 08:00")
    history.plan(PhaseRemoved(phase_id="cut", links=("L1",)))
    history.plan(PhaseRemoved(phase_id="weld")).data_date("2026-03-09 08:00")
    assert told(RULE, history)[1:] == [
        Cleared("schedule_quality", SUBJECTS, "The schedule fails no check")
    ]


def test_a_plan_with_people_fails_one_check_less() -> None:
    history = a_crew().phase("cut", 2).phase("weld", 2).link("cut", "weld")
    need(need(history, "cut"), "weld").data_date("2026-03-02 08:00")
    assert last(RULE, history).summary == "The schedule fails 1 of 14 checks: logic"


def test_it_is_judged_at_the_last_event_of_a_message() -> None:
    history = a_plan().data_date("2026-03-02 08:00").phase("paint", 1)
    project, state, found = Watched(PROJECT), RULE.initial(), []
    for recorded in history.events:
        project.take(recorded)
        more = recorded is not history.events[-1]
        found.append(RULE.fold(state, recorded, project, more=more))
    assert [len(each) for each in found] == [0] * 6 + [1]
