"""Rule S10 against paces and finishes worked out by hand."""

from decimal import Decimal

from domain.phases.events import ProgressRecorded
from domain.projects.events import RuleSet
from domain.rules import Cleared, Finding
from domain.rules.implausible_finish import ImplausibleFinish
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History, at
from tests.unit.rules.findings import last, told
from tests.unit.rules.reports import a_shop

RULE = ImplausibleFinish()
FRIDAY_EVENING = "2026-03-06 17:00"


def says(history: History, left_min: int, when: str, finish: str = FRIDAY_EVENING) -> History:
    """Let the shop say what remains of the welding, and when it will be done."""
    event = ProgressRecorded(remaining_min=left_min, expected_finish=at(finish), basis="report")
    return history.fact("weld", event, at(when))


def welding() -> History:
    """Let welding, five days of work without float, run since Monday at 08:00."""
    return a_shop().started("weld", "2026-03-02 08:00")


def test_a_finish_that_the_pace_does_not_reach_is_found_with_the_gap() -> None:
    """In two days a day's work was done: the four that remain take eight, to Friday the 13th."""
    history = says(welding(), 1_920, "2026-03-04 08:00")
    assert told(RULE, history) == [
        Finding(
            rule="implausible_finish",
            rule_version=1,
            kind="schedule",
            subjects=(f"phase-{PROJECT}/weld",),
            severity="high",
            impact_days=Decimal("5.00"),
            summary=(
                "“Weld” is reported to finish on 2026-03-06 17:00; at its pace that takes 5.00 "
                "working days longer"
            ),
            evidence=(7, 8),
            first_position=8,
            remedies=("Ask shop what the finish rests on",),
        )
    ]


def test_a_finish_at_the_pace_is_plausible_until_a_minute_of_it_goes_by_unused() -> None:
    """Three days remain on Wednesday at 08:00, done by Friday evening at the pace so far."""
    history = says(welding(), 1_440, "2026-03-04 08:00")
    project, state = Watched(PROJECT), RULE.initial()
    for recorded in history.events:
        project.take(recorded)
        assert list(RULE.fold(state, recorded, project)) == []
    assert RULE.due(state, project) == at("2026-03-04 08:01")
    history.tick("2026-03-04 08:00")
    assert told(RULE, history) == []
    found = last(RULE, history.tick("2026-03-04 08:01"))
    assert (found.impact_days, found.first_position) == (Decimal(0), 10)


def test_a_gap_that_grows_with_time_is_told_again_day_by_day() -> None:
    history = says(welding(), 1_440, "2026-03-04 08:00")
    for when in ("2026-03-04 08:01", "2026-03-04 12:00", "2026-03-05 08:01", "2026-03-05 09:00"):
        history.tick(when)
    days = [each.impact_days for each in told(RULE, history) if isinstance(each, Finding)]
    assert days == [Decimal(0), Decimal("1.00")]


def test_it_clears_with_a_working_day_to_spare_and_not_before() -> None:
    history = says(welding(), 1_920, "2026-03-04 08:00")
    # 1680 minutes in 1440: the 720 that remain take 618, to Friday at 10:18.
    assert len(told(RULE, says(history, 720, "2026-03-05 08:00"))) == 1
    # 1800 minutes in 1440: the 600 that remain take 480, to Thursday evening.
    (_, cleared) = told(
        RULE, says(says(welding(), 1_920, "2026-03-04 08:00"), 600, "2026-03-05 08:00")
    )
    assert isinstance(cleared, Cleared)
    # 1920 minutes in 1440: the 480 that remain take 360, to Thursday at 15:00.
    assert told(RULE, says(history, 480, "2026-03-05 08:00"))[1:] == [
        Cleared(
            "implausible_finish",
            (f"phase-{PROJECT}/weld",),
            "Its pace reaches the finish by 1.25 days",
        )
    ]


def test_it_clears_when_the_phase_ends_or_tells_no_finish() -> None:
    ended = says(welding(), 1_920, "2026-03-04 08:00").finished("weld", "2026-03-05 08:00")
    assert isinstance(told(RULE, ended)[-1], Cleared)
    silent = says(welding(), 1_920, "2026-03-04 08:00")
    assert isinstance(told(RULE, silent.progressed("weld", 1_900, "2026-03-05 08:00"))[-1], Cleared)


def test_without_a_days_pace_or_any_progress_nothing_is_said() -> None:
    assert told(RULE, says(welding(), 2_390, "2026-03-02 16:59")) == []
    assert told(RULE, says(welding(), 2_400, "2026-03-04 08:00")) == []
    assert len(told(RULE, says(welding(), 2_390, "2026-03-03 08:00"))) == 1


def test_the_pace_is_that_of_the_window_and_a_project_may_set_it() -> None:
    """Half a day's work in the first five days, then a day's in one, and three and a half left."""

    def told_with(window: int) -> int:
        history = welding()
        history.project(RuleSet(rule="implausible_finish", parameters={"window": window}))
        says(history, 2_160, "2026-03-09 08:00", "2026-03-20 17:00")
        says(history, 1_680, "2026-03-10 08:00", "2026-03-16 17:00")
        return len(told(RULE, history))

    # 45 days at the pace since the start, then 14; told with each gap.
    assert told_with(10) == 2
    # Of the last day alone: no pace is known on the 9th; then Friday the 13th at noon, in time.
    assert told_with(1) == 0


def test_a_window_beyond_all_calendars_and_a_pace_without_an_end_stop_nothing() -> None:
    history = welding().project(RuleSet(rule="implausible_finish", parameters={"window": 10**6}))
    assert last(RULE, says(history, 1_920, "2026-03-04 08:00")).impact_days == Decimal("5.00")
    # A minute in two days, and ten years of work left: no date is so far off.
    history = a_shop().phase("dig", 1, duration_min=5_270_400).started("dig", "2026-03-02 08:00")
    event = ProgressRecorded(
        remaining_min=5_270_399, expected_finish=at(FRIDAY_EVENING), basis="report"
    )
    assert told(RULE, history.fact("dig", event, at("2026-03-04 08:00"))) == []


def test_progress_before_the_window_does_not_slow_the_pace() -> None:
    """Hardly anything until the 9th, then two days' work in two: the other two end on the 12th."""
    history = welding().project(RuleSet(rule="implausible_finish", parameters={"window": 2}))
    says(history, 2_300, "2026-03-04 08:00", "2026-06-30 17:00")
    says(history, 1_920, "2026-03-09 08:00", "2026-03-12 17:00")
    assert told(RULE, says(history, 960, "2026-03-11 08:00", "2026-03-12 17:00")) == []
