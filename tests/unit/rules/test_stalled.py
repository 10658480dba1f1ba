"""Rule S9 against silences and remainders worked out by hand."""

from datetime import datetime, timedelta
from decimal import Decimal

from domain.phases.events import PhaseInterrupted, ProgressRecorded
from domain.projects.events import RuleSet
from domain.rules import Cleared, Finding
from domain.rules.stalled import Stalled
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History, at
from tests.unit.rules.findings import last, told
from tests.unit.rules.reports import RULE, SHOP, a_shop

STALLED = Stalled()


def welding() -> History:
    """Let welding, with no float, run since Monday morning; the shop reports every week.

    One and a half weeks of silence are over on Thursday, 12 March, at 20:00.
    """
    return a_shop().started("weld", "2026-03-02 08:00")


def test_a_phase_is_stalled_once_nothing_was_heard_for_one_and_a_half_intervals() -> None:
    history = welding().tick("2026-03-12 20:00")
    assert told(STALLED, history) == []
    history.record("clock", history.events[-1].event.model_copy(update={"to": JUST_AFTER}))
    (found,) = told(STALLED, history)
    assert found == Finding(
        rule="stalled",
        rule_version=1,
        kind="schedule",
        subjects=(f"phase-{PROJECT}/weld",),
        severity="high",
        impact_days=Decimal("9.00"),
        summary=("“Weld” is stalled: nothing was reported of it since 2026-03-02"),
        evidence=(7,),
        first_position=9,
        remedies=("Ask shop how it stands",),
    )


JUST_AFTER = at("2026-03-12 20:00") + timedelta(microseconds=1)


def due_after(history: History) -> datetime | None:
    project, state = Watched(PROJECT), STALLED.initial()
    for recorded in history.events:
        project.take(recorded)
        STALLED.fold(state, recorded, project)
    return STALLED.due(state, project)


def test_it_waits_for_the_moment_at_which_the_silence_is_too_long() -> None:
    assert due_after(a_shop()) is None
    assert due_after(welding()) == JUST_AFTER
    heard = welding().progressed("weld", 1_200, "2026-03-03 08:00")
    assert due_after(heard) == JUST_AFTER + timedelta(days=1)
    assert due_after(welding().finished("weld", "2026-03-05 08:00")) is None


def test_the_interval_is_that_of_the_departments_rule_and_a_project_may_set_both_numbers() -> None:
    daily = welding().record(SHOP, RULE.model_copy(update={"rrule": "FREQ=DAILY"}))
    assert due_after(daily) == at("2026-03-03 20:00") + timedelta(microseconds=1)
    without = History().opened().calendar("plant").phase("weld", 5)
    without.project(RuleSet(rule="stalled", parameters={"interval": 2, "silence": 100}))
    without.started("weld", "2026-03-02 08:00")
    assert due_after(without) == at("2026-03-04 08:00") + timedelta(microseconds=1)


def test_it_grows_a_day_at_a_time_and_ends_with_news() -> None:
    history = welding().tick("2026-03-13 08:00").tick("2026-03-13 12:00").tick("2026-03-14 09:00")
    history.tick("2026-03-16 09:00")
    days = [each.impact_days for each in told(STALLED, history) if isinstance(each, Finding)]
    assert days == [Decimal("9.00"), Decimal("10.00")]
    history.progressed("weld", 1_200, "2026-03-16 09:00")
    assert told(STALLED, history)[-1] == Cleared(
        "stalled", (f"phase-{PROJECT}/weld",), "Something else was reported of it"
    )


def test_what_stands_still_by_word_is_not_stalled() -> None:
    stopped = PhaseInterrupted(at=at("2026-03-03 08:00"), stop_code="power")
    history = welding().fact("weld", stopped, at("2026-03-03 08:00"))
    assert told(STALLED, history.tick("2026-03-20 08:00")) == []


def test_two_reports_that_leave_as_much_are_a_stall_and_one_that_leaves_less_ends_it() -> None:
    history = welding().progressed("weld", 960, "2026-03-04 08:00")
    assert told(STALLED, history) == []
    history.progressed("weld", 960, "2026-03-05 08:00")
    assert last(STALLED, history).evidence == (8, 9)
    assert "two reports say that 960 min remain, the first 2026-03-04" in (
        last(STALLED, history).summary
    )
    history.progressed("weld", 480, "2026-03-06 08:00")
    assert isinstance(told(STALLED, history)[-1], Cleared)


def test_a_count_between_two_reports_is_news_and_nothing_left_is_no_stall() -> None:
    counted = ProgressRecorded(remaining_min=960, basis="count")
    history = welding().progressed("weld", 960, "2026-03-04 08:00")
    assert told(STALLED, history.fact("weld", counted, at("2026-03-05 08:00"))) == []
    done = welding().progressed("weld", 0, "2026-03-04 08:00")
    assert told(STALLED, done.progressed("weld", 0, "2026-03-05 08:00")) == []


def test_float_takes_the_weight_off_a_stall() -> None:
    history = History().opened().calendar("plant").phase("weld", 5).phase("cast", 40)
    history.started("weld", "2026-03-02 08:00").tick("2026-03-13 08:00")
    found = last(STALLED, history)
    assert (found.impact_days, found.severity) == (Decimal(0), "low")


def test_a_silence_beyond_all_calendars_is_a_century() -> None:
    beyond = RuleSet(rule="stalled", parameters={"interval": 10**6, "silence": 10**6})
    history = History().opened().calendar("plant").phase("weld", 5).project(beyond)
    history.started("weld", "2026-03-02 08:00")
    assert due_after(history) == at("2126-05-17 08:00") + timedelta(microseconds=1)
