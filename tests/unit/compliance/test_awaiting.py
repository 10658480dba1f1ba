"""Hold what is asked of departments to the moment: requested, reminded, missed, each of it once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from domain.compliance.awaiting import asked_now, next_moment, template_of
from domain.compliance.matrix import Matrix
from domain.compliance.optimism import optimism
from domain.kernel.messages import DomainEvent
from domain.phases.events import ProgressRecorded
from domain.reports.events import (
    ReportingScheduleSet,
    ReportMissed,
    ReportReminded,
    ReportRequested,
    ReportSubmitted,
    ReportWaived,
)
from domain.reports.facts import awaited
from tests.property.random_histories import network_at
from tests.unit.projections.histories import PROJECT, History, at

WEEK = "2026-W10"
SCHEDULE = ReportingScheduleSet(
    rrule="FREQ=WEEKLY;BYDAY=FR",
    zone="Europe/Berlin",
    due_offset_min=16 * 60,
    grace_min=24 * 60,
    look_ahead_days=7,
)
BEGINS, DUE, OVER = at("2026-03-01 23:00"), at("2026-03-06 15:00"), at("2026-03-07 15:00")
MOMENT = timedelta(microseconds=1)


def asked_for() -> ReportRequested:
    found = awaited(SCHEDULE, WEEK, ("weld",))
    assert found is not None
    return found


def matrix(*events: DomainEvent, sent_at: datetime = DUE) -> Matrix:
    """Return the reporting of a department whose rule is older than the week's report."""
    history = History().record(f"report-{PROJECT}/shop", SCHEDULE)
    for event in events:
        history.record(f"report-{PROJECT}/shop/{WEEK}", event, effective_at=sent_at)
    folded = Matrix()
    for recorded in history.events:
        folded.fold(recorded)
    return folded


def names(known: Matrix, now: datetime) -> Sequence[str]:
    """Return what is asked about the week at a moment."""
    asks = asked_now(PROJECT, "shop", known, now, ("weld",))
    return [ask.command_name for ask in asks if ask.period == WEEK]


def test_a_report_is_requested_when_its_period_begins_and_once() -> None:
    assert names(matrix(), BEGINS - MOMENT) == []
    assert names(matrix(), BEGINS) == ["report.request.v1"]
    (ask,) = (
        ask for ask in asked_now(PROJECT, "shop", matrix(), BEGINS, ("weld",)) if ask.period == WEEK
    )
    assert ask.model_dump(exclude_none=True) == {
        "project_id": PROJECT, "department_id": "shop", "period": WEEK, "template": ("weld",),
    }  # fmt: skip
    assert names(matrix(asked_for()), DUE) == []


def test_a_department_is_reminded_once_when_the_report_is_due_and_has_not_come() -> None:
    assert names(matrix(asked_for()), DUE + MOMENT) == ["report.remind.v1"]
    assert names(matrix(asked_for(), ReportReminded()), OVER) == []
    assert names(matrix(asked_for(), ReportSubmitted(as_of=DUE)), OVER) == []


def test_a_report_is_missed_once_when_the_grace_is_over() -> None:
    late = OVER + MOMENT
    assert names(matrix(asked_for()), OVER) == ["report.remind.v1"]
    assert names(matrix(asked_for()), late) == ["report.miss.v1"]
    assert names(matrix(), late) == ["report.request.v1", "report.miss.v1"]
    assert names(matrix(asked_for(), ReportMissed(overdue_at=OVER)), late) == []
    assert names(matrix(asked_for(), ReportWaived()), late) == []
    in_time = matrix(asked_for(), ReportSubmitted(as_of=DUE), sent_at=OVER)
    assert names(in_time, late) == []
    too_late = matrix(asked_for(), ReportSubmitted(as_of=DUE), sent_at=late)
    assert names(too_late, late) == ["report.miss.v1"]


def test_the_next_moments_are_those_at_which_something_is_asked() -> None:
    known = matrix(asked_for())
    # Clocks go forward on 29 March, so that later weeks begin and end an hour earlier in UTC.
    assert next_moment("shop", known, BEGINS) == DUE + MOMENT
    assert next_moment("shop", known, DUE + MOMENT) == OVER + MOMENT
    assert next_moment("shop", known, OVER + MOMENT) == at("2026-03-08 23:00")
    assert next_moment("paint", known, BEGINS) is None


def test_the_template_is_what_runs_and_what_is_about_to_start() -> None:
    history = History().opened().calendar("plant")
    for phase_id, days in (("cut", 2), ("weld", 6), ("grind", 1), ("ship", 1)):
        history.phase(phase_id, days)
    history.phase("done", 0, kind="finish_ms").phase("paint", 1, department_id="paint shop")
    for pred, succ in (("cut", "weld"), ("weld", "grind"), ("grind", "ship")):
        history.link(pred, succ)
    history.started("cut", "2026-03-02 08:00").finished("cut", "2026-03-03 17:00")
    history.started("ship", "2026-03-03 08:00")
    network = network_at(history, len(history.events))
    monday = at("2026-03-04 08:00")
    # Grinding starts on Thursday 12 March.
    assert template_of(network, "shop", monday, 7) == ("ship", "weld")
    assert template_of(network, "shop", monday, 8) == ("grind", "ship", "weld")
    assert template_of(network, "paint shop", monday, 7) == ("paint",)


def test_a_department_is_as_optimistic_as_its_phases_ran_over_what_it_said_remained() -> None:
    history = History().opened().calendar("plant").phase("cut", 2).phase("weld", 2)
    history.started("cut", "2026-03-02 08:00").progressed("cut", 480, "2026-03-02 17:00")
    history.fact("cut", ProgressRecorded(remaining_min=9, basis="count"), at("2026-03-02 17:00"))
    assert optimism(network_at(history, len(history.events)), "shop") is None
    history.finished("cut", "2026-03-04 12:00")
    # Said: a day. It took the whole of Tuesday and half of Wednesday.
    found = optimism(network_at(history, len(history.events)), "shop")
    assert found == Fraction(3, 2)
    assert optimism(network_at(history, len(history.events)), "paint shop") is None


def test_a_report_that_is_due_after_its_week_does_not_hold_the_next_one_back() -> None:
    monday_after = SCHEDULE.model_copy(update={"due_offset_min": (3 * 24 + 10) * 60})
    folded = Matrix()
    for recorded in History().record(f"report-{PROJECT}/shop", monday_after).events:
        folded.fold(recorded)
    begins = at("2026-03-08 23:00")
    before = begins - MOMENT
    assert next_moment("shop", folded, before) == begins
    asked = [
        ask.period
        for ask in asked_now(PROJECT, "shop", folded, begins, ())
        if ask.command_name == "report.request.v1"
    ]
    assert asked[-2:] == ["2026-W10", "2026-W11"]
    shown = folded.row("shop", begins, lambda *_: (), 2)
    assert [(cell.period, cell.state) for cell in shown.cells] == [
        ("2026-W10", "awaited"),
        ("2026-W11", "awaited"),
    ]
    earlier = folded.row("shop", before, lambda *_: (), 1)
    assert [cell.period for cell in earlier.cells] == ["2026-W10"]
