"""Hold what is known of departments' open work to the moments at which it came to be known."""

from datetime import timedelta

from domain.compliance.matrix import Matrix
from domain.compliance.open_work import OpenWork
from domain.network.fold import fold
from domain.network.phase_line import PhaseLine
from domain.network.project_network import ProjectNetwork
from domain.network.walk import Walk
from domain.phases.events import PhaseReopened
from domain.plans.events import PhaseDetailsRevised, PhaseRemoved
from domain.projects.events import ProjectCompleted, ProjectHeld
from domain.reports.events import ReportingScheduleSet, ReportRequested, ReportSubmitted
from domain.reports.facts import awaited
from tests.unit.projections.histories import PROJECT, History, at

MOMENT = timedelta(microseconds=1)
SHOP = f"report-{PROJECT}/shop"
RULE = ReportingScheduleSet(
    rrule="FREQ=WEEKLY;BYDAY=FR", zone="UTC", due_offset_min=960, grace_min=60, look_ahead_days=7
)


def work_of(history: History) -> OpenWork:
    walk, work = Walk(ProjectNetwork(PROJECT)), OpenWork()
    for recorded in history.events:
        walk.take(recorded)
        work.fold(recorded, walk.network, recorded.recorded_at)
    return work


def turns(history: History, department: str = "shop") -> list[tuple[int, bool]]:
    """Return the positions at which it turned out that a department has work, or none."""
    work, before, found = work_of(history), False, []
    for recorded in history.events:
        now = work.has_any(department, recorded.recorded_at)
        assert work.has_any(department, recorded.recorded_at - MOMENT) is before
        if now is not before:
            found.append((recorded.position, now))
        before = now
    return found


def test_a_department_has_work_from_its_first_phase_until_its_last_has_ended() -> None:
    history = History().opened().phase("cut", 1).phase("weld", 1)
    history.started("cut", "2026-02-01 08:00").finished("cut", "2026-02-01 09:00")
    history.started("weld", "2026-02-01 08:00").finished("weld", "2026-02-01 09:00")
    history.record(f"phase-{PROJECT}/cut", PhaseReopened())
    assert turns(history) == [(2, True), (7, False), (8, True)]
    assert turns(history, "paint shop") == []


def test_a_phase_removed_or_given_to_another_department_is_no_work_of_the_first() -> None:
    history = History().opened().phase("cut", 1).phase("weld", 1)
    history.plan(PhaseRemoved(phase_id="cut"))
    history.plan(PhaseDetailsRevised(phase_id="weld", department_id="paint shop"))
    assert turns(history) == [(2, True), (5, False)]
    assert turns(history, "paint shop") == [(5, True)]


def test_milestones_and_summaries_are_no_work() -> None:
    history = History().opened().phase("done", 0, kind="finish_ms").phase("module", 0)
    history.phase("weld", 1, parent="module", department_id="paint shop")
    assert turns(history) == [(3, True), (4, False)]


def test_nothing_is_left_of_a_project_that_is_over_but_of_one_that_is_held() -> None:
    history = History().opened().phase("cut", 1).project(ProjectHeld()).project(ProjectCompleted())
    assert turns(history) == [(2, True), (4, False)]


def test_of_a_plan_that_comes_at_once_only_the_whole_is_looked_at() -> None:
    history = History().opened().phase("module", 0)
    history.phase("weld", 1, parent="module", department_id="paint shop")
    network, work = Walk(ProjectNetwork(PROJECT)), OpenWork()
    for recorded in history.events:
        network.take(recorded)
        more = recorded is not history.events[-1]
        work.fold(recorded, network.network, recorded.recorded_at, more=more)
    assert not any(work.has_any("shop", each.recorded_at) for each in history.events)
    assert work.has_any("paint shop", history.events[-1].recorded_at)


class Looked(ProjectNetwork):
    """A network that counts how often its whole plan is looked through."""

    times = 0

    def working_lines(self) -> tuple[PhaseLine, ...]:
        self.times += 1
        return super().working_lines()


def test_a_phase_that_starts_or_ends_has_nobody_look_through_the_whole_plan() -> None:
    history = History().opened().phase("cut", 1).phase("weld", 1)
    for phase in ("cut", "weld"):
        history.started(phase, "2026-02-01 08:00").finished(phase, "2026-02-01 09:00")
    network, work, looked = Looked(PROJECT), OpenWork(), []
    for recorded in history.events:
        fold(network, recorded)
        before = network.times
        work.fold(recorded, network, recorded.recorded_at)
        looked.append(network.times > before)
    assert looked == [False, True, True, False, False, False, False]
    last = history.events[-1].recorded_at
    assert (work.has_any("shop", last - MOMENT), work.has_any("shop", last)) == (True, False)


def matrix(history: History) -> Matrix:
    folded = Matrix(work_of(history))
    for recorded in history.events:
        folded.fold(recorded)
    return folded


def states(history: History, now: str) -> list[tuple[str, str]]:
    row = matrix(history).row("shop", at(now), lambda *_: (), 9)
    return [(cell.period, cell.state) for cell in row.cells]


def test_a_period_that_began_with_nothing_left_is_shown_as_not_asked() -> None:
    asked = awaited(RULE, "2026-W06")
    assert isinstance(asked, ReportRequested)
    history = History().opened().phase("weld", 1).record(SHOP, RULE)
    history.record(f"{SHOP}/2026-W06", asked)
    history.started("weld", "2026-02-01 08:00").finished("weld", "2026-02-01 09:00")
    assert states(history, "2026-02-16 09:00") == [
        ("2026-W06", "overdue"),
        ("2026-W07", "not_asked"),
        ("2026-W08", "not_asked"),
    ]
    history.record(f"{SHOP}/2026-W07", ReportSubmitted(as_of=at("2026-02-13 09:00")))
    assert states(history, "2026-02-16 09:00")[1] == ("2026-W07", "submitted")


def test_a_period_that_had_begun_when_the_rule_was_set_goes_by_the_work_left_then() -> None:
    """The week of Sunday 1 February began on Monday 26 January, before anything was planned."""
    daily = RULE.model_copy(update={"rrule": "FREQ=WEEKLY;BYDAY=SU"})
    planned_before = History().opened().phase("weld", 1).record(SHOP, daily)
    assert states(planned_before, "2026-02-01 12:00") == [("2026-W05", "awaited")]
    planned_after = History().opened().record(SHOP, daily).phase("weld", 1)
    assert states(planned_after, "2026-02-01 12:00") == [("2026-W05", "not_asked")]


def test_what_is_still_to_begin_is_looked_at_when_it_begins() -> None:
    history = History().opened().record(SHOP, RULE)
    (first,) = matrix(history).awaited("shop", at("2026-02-01 12:00"), 12)
    assert first.period == "2026-W06"
    (later,) = matrix(history).awaited("shop", at("2026-02-02 00:00"), 12)
    assert later.period == "2026-W07"
