"""Reports are asked for once while a rule stands, accepted lines under ids that never change."""

from domain.kernel.messages import DomainEvent, Recorded
from domain.phases.events import PhaseReopened
from domain.policies import Request
from domain.policies.progress_on_acceptance import ProgressOnAcceptance
from domain.policies.reporting_clock import ReportingClock
from domain.projects.events import ProjectCancelled
from domain.reports.events import (
    ReportAccepted,
    ReportCorrected,
    ReportingScheduleSet,
    ReportLine,
    ReportSubmitted,
)
from domain.rules.watched import Watched
from tests.unit.projections.histories import PROJECT, History, at

RULE = ReportingScheduleSet(
    rrule="FREQ=WEEKLY;BYDAY=FR", zone="UTC", due_offset_min=960, grace_min=60, look_ahead_days=7
)
SHOP = f"report-{PROJECT}/shop"
WEEK = f"{SHOP}/2026-W06"
"""The week of Monday, 2 February."""


def asked_by_the_clock(history: History) -> list[list[str]]:
    """Return, event by event, what is asked and for which period."""
    policy, project = ReportingClock(), Watched(PROJECT)
    state = policy.initial()
    asked = []
    for recorded in history.events:
        project.take(recorded)
        requests = policy.fold(state, recorded, project)
        asked.append([f"{each.command.command_name} {each.command.period}" for each in requests])  # type: ignore[attr-defined]
    return asked


def test_more_ticks_ask_no_more() -> None:
    history = History().opened().phase("weld", 2).record(SHOP, RULE)
    for moment in ("2026-02-02 09:00", "2026-02-06 16:00", "2026-02-06 16:01", "2026-02-06 16:02"):
        history.tick(moment)
    # On Sunday 1 February, when the rule is set, its first Friday lies in the week to come.
    assert asked_by_the_clock(history) == [
        [], [], [], ["report.request.v1 2026-W06"], [], ["report.remind.v1 2026-W06"], [],
    ]  # fmt: skip


def test_another_rule_asks_anew_and_the_same_event_always_under_the_same_id() -> None:
    def ids(history: History) -> list[str]:
        policy, project = ReportingClock(), Watched(PROJECT)
        state = policy.initial()
        found: list[str] = []
        for recorded in history.events:
            project.take(recorded)
            found += [each.message_id for each in policy.fold(state, recorded, project)]
        return found

    def told() -> History:
        history = History().opened().phase("weld", 2).record(SHOP, RULE).tick("2026-02-03 09:00")
        return history.record(SHOP, RULE.model_copy(update={"grace_min": 0}))

    assert len(set(ids(told()))) == 2
    assert ids(told()) == ids(told())


def test_a_project_that_is_over_is_asked_for_no_report() -> None:
    history = History().opened().phase("weld", 2).record(SHOP, RULE).project(ProjectCancelled())
    assert asked_by_the_clock(history.tick("2026-02-09 09:00")) == [[], [], [], [], []]


def test_what_was_asked_before_the_last_phase_ended_stays_asked_and_no_more_is() -> None:
    history = History().opened().phase("weld", 2).record(SHOP, RULE).tick("2026-02-02 09:00")
    history.started("weld", "2026-02-01 09:00").finished("weld", "2026-02-02 08:00")
    for moment in ("2026-02-06 16:01", "2026-02-06 17:01", "2026-02-09 09:00", "2026-02-16 09:00"):
        history.tick(moment)
    assert [each for each in asked_by_the_clock(history) if each] == [
        ["report.request.v1 2026-W06"],
        ["report.remind.v1 2026-W06"],
        ["report.miss.v1 2026-W06"],
    ]


def test_a_period_that_began_with_nothing_left_is_not_asked_for_later_either() -> None:
    """The phase is reopened in the middle of the week of 9 February."""
    history = History().opened().phase("weld", 2).record(SHOP, RULE)
    history.started("weld", "2026-02-01 08:00").finished("weld", "2026-02-01 09:00")
    history.tick("2026-02-09 00:01").record(f"phase-{PROJECT}/weld", PhaseReopened())
    for moment in ("2026-02-14 09:00", "2026-02-16 00:00"):
        history.tick(moment)
    told = asked_by_the_clock(history)
    assert told[-1] == ["report.request.v1 2026-W08"]
    assert told[:-1] == [[]] * (len(told) - 1)
    assert asked_by_the_clock(history) == told


def test_a_department_without_a_phase_is_asked_for_nothing_until_one_is_planned() -> None:
    history = History().opened().record(SHOP, RULE).tick("2026-02-02 00:01")
    history.phase("weld", 2).tick("2026-02-02 09:00").tick("2026-02-09 00:00")
    assert [each for each in asked_by_the_clock(history) if each] == [
        ["report.request.v1 2026-W07"]
    ]


def test_a_rule_set_among_other_requests_is_looked_at_after_the_last_of_them() -> None:
    policy, project = ReportingClock(), Watched(PROJECT)
    state = policy.initial()
    planned, rule = History().phase("weld", 2).record(SHOP, RULE).events
    project.take(planned)
    assert policy.fold(state, planned, project) == []
    project.advance(at("2026-02-03 09:00"))
    assert policy.fold(state, rule, project, more=True) == ()
    assert policy.due(state, project) == at("2026-02-03 09:00")
    assert len(policy.fold(state, rule, project)) == 1


def progress_asked(*events: DomainEvent) -> list[Request]:
    policy, project, history = ProgressOnAcceptance(), Watched(PROJECT), History()
    for event in events:
        history.record(WEEK, event)
    state = policy.initial()
    folded: list[Recorded[DomainEvent]] = history.events
    return [each for recorded in folded for each in policy.fold(state, recorded, project)]


def lines(*left: int) -> tuple[ReportLine, ...]:
    return tuple(ReportLine(phase_id="weld", remaining_min=each) for each in left)


def test_the_version_accepted_is_asked_for_line_by_line_because_of_the_acceptance() -> None:
    first = ReportSubmitted(as_of=at("2026-02-06 12:00"), lines=lines(9))
    second = ReportCorrected(as_of=at("2026-02-06 13:00"), lines=lines(8, 7), replaces=1)
    accepted = ReportAccepted(submission=2, by="anna")
    asked = progress_asked(first, second, accepted)
    assert [(each.command.remaining_min, each.command.as_of) for each in asked] == [  # type: ignore[attr-defined]
        (8, at("2026-02-06 13:00")), (7, at("2026-02-06 13:00")),
    ]  # fmt: skip
    assert {each.cause.event_id for each in asked if each.cause} == {f"{WEEK}:3"}
    assert len({each.message_id for each in asked}) == 2
    assert asked == progress_asked(first, second, accepted)


def test_what_is_only_sent_is_no_progress() -> None:
    assert progress_asked(ReportSubmitted(as_of=at("2026-02-06 12:00"), lines=lines(9))) == []


def test_progress_waits_for_no_moment() -> None:
    assert ProgressOnAcceptance().due({}, Watched(PROJECT)) is None
