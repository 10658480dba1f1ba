"""Rule S8 against starts that are overdue by days worked out by hand."""

from datetime import date
from decimal import Decimal

from domain.plans.events import ConstraintSet
from domain.projects.events import BaselineApproved, ProjectHeld, ProjectResumed
from domain.rules import Cleared, Finding, Found
from domain.rules.start_missed import StartMissed
from domain.rules.watched import Watched
from tests.unit.projections.histories import DAY, PROJECT, History, at
from tests.unit.rules.findings import last, told

RULE = StartMissed()
SUBJECTS = ("phase-PRJ-7/cut",)


def a_plan() -> History:
    """Cut on Monday the 2nd for two days, weld for two; the promise leaves two days of float."""
    history = History().opened().calendar("plant").promise("2026-03-09")
    return history.phase("cut", 2).phase("weld", 2).link("cut", "weld")


def baselined(history: History) -> History:
    """Approve the schedule as it stands."""
    return history.project(
        BaselineApproved(name="B1", at_position=len(history.events), approved_by="anna")
    )


def phases(found: list[Found]) -> list[str]:
    """Return which phases are told of."""
    return [each.subjects[0].rpartition("/")[2] for each in found]


def test_after_the_baselined_start_it_weighs_little() -> None:
    assert told(RULE, baselined(a_plan()).tick("2026-03-02 12:00")) == [
        Finding(
            rule="start_missed",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="low",
            impact_days=Decimal(0),
            summary=(
                "“Cut” has not started, 0.50 working days after 2026-03-02; it must by 2026-03-04"
            ),
            evidence=(4, 7, 8),
            first_position=8,
            act_by=date(2026, 3, 4),
            remedies=(
                "start it, or report the start that was",
                "give it other people or another machine",
                "re-sequence",
            ),
        )
    ]


def test_after_the_latest_start_the_promise_moves_by_the_days_since() -> None:
    """Four days of work for Monday evening: it must start on Wednesday morning."""
    found = last(RULE, a_plan().tick("2026-03-05 17:00"))
    assert (found.impact_days, found.severity, found.act_by) == (Decimal("2.00"), "medium", None)


def test_what_waits_for_it_is_not_told_as_well() -> None:
    assert phases(told(RULE, a_plan().tick("2026-03-20 08:00"))) == ["cut"]


def test_what_follows_is_told_once_it_could_start() -> None:
    history = a_plan().started("cut", "2026-03-02 08:00").finished("cut", "2026-03-03 17:00")
    assert phases(told(RULE, history.tick("2026-03-09 08:00"))) == ["weld"]


def test_without_a_baseline_the_float_may_be_used() -> None:
    assert told(RULE, a_plan().tick("2026-03-03 17:00")) == []


def test_a_data_date_without_a_start_is_time_that_passed() -> None:
    found = last(RULE, a_plan().data_date("2026-03-05 08:00"))
    assert found.impact_days == Decimal("1.00")


def test_it_clears_when_work_starts() -> None:
    history = a_plan().tick("2026-03-05 17:00").started("cut", "2026-03-05 16:00")
    assert told(RULE, history)[1:] == [Cleared("start_missed", SUBJECTS, "“Cut” has started")]


def test_it_clears_when_the_start_is_due_a_working_day_from_now() -> None:
    history = a_plan().tick("2026-03-04 12:00").promise("2026-03-10")
    assert len(told(RULE, history)) == 1
    history.promise("2026-03-11")
    assert told(RULE, history)[-1] == Cleared("start_missed", SUBJECTS, "“Cut” is to start later")


def test_it_is_told_again_when_the_latest_start_has_passed() -> None:
    history = baselined(a_plan()).tick("2026-03-02 12:00").tick("2026-03-04 12:00")
    first, again = told(RULE, history)
    assert isinstance(first, Finding)
    assert isinstance(again, Finding)
    assert (again.severity, again.impact_days) == ("low", Decimal("0.50"))
    assert again.first_position == first.first_position


def test_a_tick_before_the_due_moment_tells_nothing_and_the_one_at_it_does() -> None:
    history = a_plan()
    project, state = Watched(PROJECT), RULE.initial()
    for recorded in history.tick("2026-03-02 08:00").events:
        project.take(recorded)
        RULE.fold(state, recorded, project)
    assert RULE.due(state, project) == at("2026-03-04 08:01")
    assert told(RULE, history.tick("2026-03-04 08:00")) == []
    assert phases(told(RULE, history.tick("2026-03-04 08:01"))) == ["cut"]


def test_a_held_project_starts_nothing_until_it_is_resumed() -> None:
    history = a_plan().project(ProjectHeld()).tick("2026-03-05 17:00")
    assert told(RULE, history) == []
    assert phases(told(RULE, history.project(ProjectResumed()))) == ["cut"]


def test_what_a_typed_date_holds_is_not_late_before_it() -> None:
    history = a_plan()
    history.plan(ConstraintSet(phase_id="cut", kind="SNET", at=at("2026-03-12 08:00")))
    assert told(RULE, history.tick("2026-03-11 17:00")) == []
    assert phases(told(RULE, history.tick("2026-03-12 08:00"))) == ["cut"]


def test_a_link_onto_a_summary_holds_what_is_below_it() -> None:
    history = History().opened().calendar("plant").promise("2026-03-06").phase("cut", 1)
    history.phase("hall").phase("mount", 1, parent="hall").link("cut", "hall")
    assert phases(told(RULE, history.tick("2026-03-20 08:00"))) == ["cut"]
    assert DAY == 480
