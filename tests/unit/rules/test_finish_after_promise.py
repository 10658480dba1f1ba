"""Rule S2 against forecasts that miss the promise by days worked out by hand."""

from datetime import date
from decimal import Decimal

from domain.plans.events import PhaseDurationRevised
from domain.projects.events import ProjectCancelled, PromiseChanged
from domain.rules import Cleared, Finding
from domain.rules.finish_after_promise import FinishAfterPromise
from domain.rules.watched import Watched
from tests.unit.projections.histories import DAY, History
from tests.unit.rules.findings import last, told

RULE = FinishAfterPromise()
SUBJECTS = ("project-PRJ-7",)


def a_project(days: int, zone: str = "UTC") -> History:
    """Promise a job that begins on Monday the 2nd for Friday the 6th: five days just keep it."""
    return History(zone).opened().calendar("plant").promise("2026-03-06").phase("cut", days)


def takes(history: History, minutes: int) -> History:
    """Let the job take so many minutes instead."""
    return history.plan(PhaseDurationRevised(phase_id="cut", old_min=0, new_min=minutes))


def test_a_finish_after_the_promised_day_is_found() -> None:
    history = a_project(5)
    assert told(RULE, history) == []
    assert told(RULE, takes(history, 7 * DAY)) == [
        Finding(
            rule="finish_after_promise",
            rule_version=1,
            kind="schedule",
            subjects=SUBJECTS,
            severity="medium",
            impact_days=Decimal("2.00"),
            summary=(
                "The project is forecast to finish on 2026-03-10, 2.00 working days after the end "
                "of the promised day 2026-03-06"
            ),
            evidence=(3, 5),
            first_position=5,
        )
    ]


def test_the_promised_day_ends_in_the_projects_zone() -> None:
    """Friday 17:00 in Los Angeles is Saturday 01:00 UTC, and still the promised day."""
    history = a_project(5, "America/Los_Angeles")
    assert told(RULE, history) == []


def test_one_minute_too_much_is_too_late() -> None:
    assert last(RULE, takes(a_project(5), 5 * DAY + 1)).severity == "low"


def test_it_is_told_again_only_when_it_has_changed_by_a_working_day() -> None:
    history = takes(a_project(5), 7 * DAY)
    takes(history, 8 * DAY - 60)
    assert len(told(RULE, history)) == 1
    takes(history, 8 * DAY)
    _, again = told(RULE, history)
    assert isinstance(again, Finding)
    assert (again.impact_days, again.severity, again.first_position) == (Decimal(3), "high", 5)


def test_a_promise_just_kept_again_is_not_cleared() -> None:
    """Back on Friday evening: kept, but without a day of margin, so nobody calls it over yet."""
    history = takes(a_project(5), 8 * DAY)
    takes(history, 5 * DAY)
    assert [type(found) for found in told(RULE, history)] == [Finding, Finding]
    assert last(RULE, history).impact_days == Decimal(0)


def test_it_clears_with_a_working_day_of_margin() -> None:
    history = takes(a_project(5), 7 * DAY)
    takes(history, 4 * DAY + 1)
    assert not any(isinstance(found, Cleared) for found in told(RULE, history))
    takes(history, 4 * DAY)
    assert told(RULE, history)[-1] == Cleared(
        "finish_after_promise",
        SUBJECTS,
        "The forecast keeps the promise of 2026-03-06 by 1.00 working days",
    )


def test_it_comes_back_as_a_new_spell() -> None:
    history = takes(a_project(5), 7 * DAY)
    takes(history, 2 * DAY)
    takes(history, 7 * DAY)
    assert [type(found) for found in told(RULE, history)] == [Finding, Cleared, Finding]
    assert last(RULE, history).first_position == 7


def test_it_clears_when_the_work_is_done_in_time() -> None:
    history = takes(a_project(5), 7 * DAY).started("cut", "2026-03-02 08:00")
    history.finished("cut", "2026-03-06 16:00")
    assert told(RULE, history)[-1] == Cleared(
        "finish_after_promise", SUBJECTS, "The work was done in time for the promise of 2026-03-06"
    )


def test_work_that_was_done_too_late_stays_a_conflict() -> None:
    history = takes(a_project(5), 7 * DAY).started("cut", "2026-03-02 08:00")
    history.finished("cut", "2026-03-10 16:00")
    assert [type(found) for found in told(RULE, history)] == [Finding]


def test_a_promise_agreed_anew_clears_it() -> None:
    history = takes(a_project(5), 7 * DAY)
    later = PromiseChanged(
        to_party="customer", deliverable="mixer", old=date(2026, 3, 6), new=date(2026, 3, 20)
    )
    assert isinstance(told(RULE, history.project(later))[-1], Cleared)


def test_a_cancelled_project_promises_nothing() -> None:
    history = takes(a_project(5), 7 * DAY).project(ProjectCancelled())
    assert told(RULE, history)[-1] == Cleared(
        "finish_after_promise", SUBJECTS, "The project was cancelled"
    )


def test_without_a_promise_nothing_is_late() -> None:
    assert told(RULE, History().opened().calendar("plant").phase("cut", 400)) == []


def test_the_events_of_one_message_are_judged_together_at_its_last() -> None:
    """Ten phases in a row miss the promise from the sixth on; told is only what all of them do."""
    history = History().opened().calendar("plant").promise("2026-03-06")
    for number in range(10):
        history.phase(f"p{number}", 1)
        if number:
            history.link(f"p{number - 1}", f"p{number}")
    project, state = Watched("PRJ-7"), RULE.initial()
    for recorded in history.events[:-1]:
        project.take(recorded)
        assert RULE.fold(state, recorded, project, more=True) == ()
    project.take(history.events[-1])
    (only,) = RULE.fold(state, history.events[-1], project)
    assert isinstance(only, Finding)
    assert (only.impact_days, only.first_position) == (Decimal(5), len(history.events))
    assert last(RULE, history).impact_days == Decimal(5)
