"""Show who reported when: a row for each department, a column for each period."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.kernel.wording import counted
from projections.contract import Row
from projections.reported import rule_words
from projections.web.tables import BoardView, Cell, Column, Entry, Table, Tone, lines
from projections.web.words import elapsed, written_moment

TONES: Final[Mapping[str, Tone]] = {
    "accepted": "good",
    "submitted": "good",
    "returned": "watch",
    "due": "watch",
    "overdue": "bad",
    "missed": "bad",
    "awaited": "quiet",
    "waived": "quiet",
    "not_asked": "quiet",
}
LEGEND: Final = (
    "A cell says how far the report is and whether it came in time; red is missed or contradicted "
    "by what is known, amber late, returned or due. Nobody is asked where nothing is left to "
    "report on. Open a cell for its dates and findings."
)


def reports_view(document: Mapping[str, Any]) -> BoardView:
    """Return the page of `compliance_document`."""
    departments = document["departments"]
    due = {
        report["period"]: report["due"] or ""
        for department in departments
        for report in department["reports"]
    }
    periods = sorted(due, key=lambda period: (due[period], period))
    matrix = Table(
        title="Reports by department and period",
        columns=(
            Column("Department"),
            Column("Missed", numeric=True),
            Column("Late", numeric=True),
            Column("Contradicted", numeric=True),
            *(Column(period, narrow=True) for period in periods),
        ),
        entries=tuple(_department(each, periods) for each in departments),
        none="No department has a phase yet, or reports.",
        note=LEGEND if departments else None,
        heat=True,
    )
    return BoardView(_sentence(document), (matrix,))


def _sentence(document: Mapping[str, Any]) -> str:
    departments = document["departments"]
    sums = {name: sum(each[name] for each in departments) for name in ("missed", "contradicted")}
    told = [f"{counted(sums['missed'], 'report')} missed, {sums['contradicted']} contradicted"]
    unasked = sum(each["rule"] is None for each in departments)
    if unasked:
        told.append(f"{unasked} of {counted(len(departments), 'department')} without a schedule")
    return f"{'; '.join(told)}."


def _department(department: Row, periods: list[str]) -> Entry:
    reports = {report["period"]: report for report in department["reports"]}
    age = department["figures_age_min"]
    rule = department["rule"]
    told = "no schedule" if rule is None else rule_words(rule)
    figures = "no figures accepted" if age is None else f"accepted figures are {elapsed(age)} old"
    return Entry(
        (
            Cell(
                department["department"],
                lines((told, figures)),
            ),
            _count(department["missed"], "bad"),
            _count(department["late"], "watch"),
            _count(department["contradicted"], "bad"),
            *(_report(reports.get(period)) for period in periods),
        )
    )


def _count(number: int, tone: Tone) -> Cell:
    return Cell(str(number), tone=tone if number else "quiet")


def _report(report: Row | None) -> Cell:
    if report is None:
        return Cell("")
    tone = TONES[report["state"]]
    late = report["late_min"]
    if report["contradicted"]:
        tone = "bad"
    elif late is not None and tone == "good":
        tone = "watch"
    came = None
    if late is not None:
        came = f"{elapsed(late)} late"
    elif report["submitted_at"] is not None and report["due"] is not None:
        came = "in time"
    return Cell(
        report["state"].replace("_", " "),
        lines((came, "contradicted" if report["contradicted"] else None)),
        lines(tuple(_details(report))),
        tone,
    )


def _details(report: Row) -> Iterator[str]:
    for word, name in (("due", "due"), ("sent", "submitted_at"), ("reminded", "reminded_at")):
        if report[name] is not None:
            yield f"{word} {written_moment(report[name])}"
    if report["version"] is not None:
        yield f"version {report['version']}, as of {written_moment(report['as_of'])}"
    if report["accepted_by"] is not None:
        newer = ", a newer version is not" if report["is_newer_version"] else ""
        yield f"accepted by {report['accepted_by']}{newer}"
    yield from (f"returned: {finding}" for finding in report["findings"])
    if report["outside_period"]:
        yield "as of a moment outside the period"
    for check in report["checks"]:
        overruled = " (overruled)" if check["overruled"] else ""
        yield from (f"{each['text']}{overruled}" for each in check["contradictions"])
