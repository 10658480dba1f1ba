"""Let the shop report on a project by its own rule: due on Fridays at 16:00, an hour of grace."""

from datetime import datetime, timedelta
from typing import Any

from domain.kernel.messages import DomainEvent
from domain.reports.events import (
    ReportAccepted,
    ReportCorrected,
    ReportingScheduleSet,
    ReportLine,
    ReportMissed,
    ReportRequested,
    ReportSubmitted,
    ReportWaived,
)
from domain.reports.facts import awaited
from tests.unit.projections.histories import PROJECT, History, at

SHOP = f"report-{PROJECT}/shop"
RULE = ReportingScheduleSet(
    rrule="FREQ=WEEKLY;BYDAY=FR", zone="UTC", due_offset_min=960, grace_min=60, look_ahead_days=7
)
FRIDAY = at("2026-03-06 14:00")
"""Of the week 2026-W10, which lasts from Monday 2 March to Sunday 8 March."""


def a_shop(rule: ReportingScheduleSet = RULE) -> History:
    """Plan a week of welding and a day of grinding after it; the shop reports by a rule."""
    history = History().opened().calendar("plant").phase("weld", 5).phase("grind", 1)
    return history.link("weld", "grind").record(SHOP, rule)


def asked_for(week: int, *template: str, rule: ReportingScheduleSet = RULE) -> ReportRequested:
    found = awaited(rule, f"2026-W{week:02d}", template)
    assert found is not None
    return found


def of_week(
    history: History, week: int, event: DomainEvent, true_at: datetime | None = None
) -> History:
    return history.record(f"{SHOP}/2026-W{week:02d}", event, effective_at=true_at)


def requested(history: History, week: int, *template: str) -> History:
    return of_week(history, week, asked_for(week, *template))


def missed(history: History, week: int) -> History:
    overdue_at = asked_for(week).overdue_at
    return of_week(history, week, ReportMissed(overdue_at=overdue_at), overdue_at)


def sent(history: History, week: int, *lines: ReportLine, **more: Any) -> History:  # noqa: ANN401
    as_of = FRIDAY + timedelta(weeks=week - 10)
    event = ReportSubmitted(**{"as_of": as_of, "lines": lines, **more})
    return of_week(history, week, event, as_of)


def corrected(history: History, week: int, *lines: ReportLine) -> History:
    as_of = FRIDAY + timedelta(weeks=week - 10)
    event = ReportCorrected(as_of=as_of, lines=lines, replaces=1)
    return of_week(history, week, event, as_of + timedelta(hours=1))


def accepted(history: History, week: int, submission: int) -> History:
    return of_week(history, week, ReportAccepted(submission=submission, by="anna"))


def waived(history: History, week: int) -> History:
    return of_week(history, week, ReportWaived())


def line(phase_id: str, remaining_min: int = 480, bp: int | None = None) -> ReportLine:
    return ReportLine(phase_id=phase_id, remaining_min=remaining_min, physical_bp=bp)
