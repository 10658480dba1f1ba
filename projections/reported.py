"""Write how departments report as a document: who sent what when, and what contradicts it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from domain.compliance.matrix import Cell
from domain.compliance.matrix import Row as Department
from domain.kernel.values import rfc3339
from domain.reports.events import ReportCheck
from domain.reports.periods import recurrence_of
from projections.contract import Row

MINUTE: Final = timedelta(minutes=1)
WEEKDAY_NAMES: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
ORDINALS: Final = {1: "st", 2: "nd", 3: "rd"}
MISSED: Final = frozenset({"missed", "overdue"})


def compliance_document(
    project: str, name: str, position: int, now: datetime, departments: Sequence[Department]
) -> dict[str, Any]:
    """Return every department's reports; `complied` is whether none is missed or contradicted."""
    rows = [_department(each, now) for each in departments]
    return {
        "project": project,
        "name": name,
        "position": position,
        "now": rfc3339(now),
        "complied": not any(row["missed"] or row["contradicted"] for row in rows),
        "departments": rows,
    }


def rule_words(rrule: str) -> str:
    """Return the rule by which reports recur as people say it, e.g. `every Friday`.

    One that cannot be read is shown as it is.
    """
    try:
        rule = recurrence_of(rrule)
    except ValueError:
        return rrule
    days = [WEEKDAY_NAMES[each] for each in rule.weekdays]
    if rule.frequency == "MONTHLY":
        on = days[0] if rule.month_day is None else "day"
        told = f"every month on the {_ordinal(rule.ordinal or rule.month_day or 0)} {on}"
    elif len(days) == len(WEEKDAY_NAMES):
        told = "every day"
    else:
        told = f"every {', '.join(days)}"
    return told if rule.until is None else f"{told}, until {rule.until.isoformat()}"


def _ordinal(number: int) -> str:
    """Return e.g. `1st`, `12th`; counted from the end there is only the last."""
    if number < 0:
        return "last"
    teen = number // 10 % 10 == 1
    return f"{number}{ORDINALS.get(0 if teen else number % 10, 'th')}"


def _department(row: Department, now: datetime) -> Row:
    schedule = row.schedule
    reports = [_report(cell) for cell in row.cells]
    return {
        "department": row.department,
        "rule": None if schedule is None else schedule.rrule,
        "zone": None if schedule is None else schedule.zone,
        "figures_as_of": _moment(row.figures_as_of),
        "figures_age_min": None
        if row.figures_as_of is None
        else max(0, (now - row.figures_as_of) // MINUTE),
        "missed": sum(report["state"] in MISSED for report in reports),
        "late": sum(report["late_min"] is not None for report in reports),
        "contradicted": sum(report["contradicted"] for report in reports),
        "reports": reports,
    }


def _report(cell: Cell) -> Row:
    asked, report, shown = cell.asked, cell.report, cell.shown
    accepted = report.accepted
    back = None if report.latest is None else report.returned(report.latest.version)
    open_checks = [each for each in cell.checks if each.contradictions and not each.overruled]
    return {
        "period": cell.period,
        "state": cell.state,
        "due": None if asked is None else rfc3339(asked.due),
        "overdue_at": None if asked is None else rfc3339(asked.overdue_at),
        "submitted_at": None if cell.first is None else rfc3339(cell.first.effective_at),
        "late_min": None if cell.late_by is None else cell.late_by // MINUTE,
        "missed_at": _moment(report.missed_at),
        "reminded_at": _moment(report.reminded_at),
        "versions": [each.version for each in report.versions],
        "version": None if shown is None else shown.version,
        "as_of": None if shown is None else rfc3339(shown.event.as_of),
        "health": None if shown is None else shown.event.health,
        "accepted_by": None if accepted is None else accepted.by,
        "is_newer_version": accepted is not None
        and report.latest is not None
        and report.latest.version != accepted.submission,
        "findings": [] if back is None else list(back.findings),
        "outside_period": cell.outside_period,
        "contradicted": bool(open_checks) or cell.outside_period,
        "checks": [_check(each) for each in cell.checks],
    }


def _check(check: ReportCheck) -> Row:
    return {
        "check": check.check,
        "passed": not check.contradictions,
        "overruled": check.overruled,
        "contradictions": [each.model_dump(mode="json") for each in check.contradictions],
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
