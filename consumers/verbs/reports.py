"""Say who reported on a project, and what contradicts what was reported: `takt reports`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer

from consumers.verbs.terminal import EXIT_NO, AsJson, AsOf, opened, show

NOTHING: Final = "-"
NOT_ASKED: Final = "not asked"
DAY_MIN: Final = 1440
HOUR_MIN: Final = 60


def reports(
    project: str,
    as_of: AsOf = None,
    periods: Annotated[int, typer.Option(min=1, max=400, help="So many of the last.")] = 8,
    *,
    as_json: AsJson = False,
) -> None:
    """Show which department reported for which period; 1 where one is missed or contradicted."""
    from consumers.reporting import reports as reported  # noqa: PLC0415

    with opened() as system:
        asked = {"periods": str(periods)} | ({} if as_of is None else {"as_of": as_of})
        document = reported(system.views, project, asked)
        show(document, as_json=as_json, text=reports_text)
        if not document["complied"]:
            raise typer.Exit(EXIT_NO)


def reports_text(document: Mapping[str, Any]) -> str:
    """Return departments by periods, then what each contradiction is."""
    from consumers.verb_texts import table  # noqa: PLC0415
    from projections.reported import rule_words  # noqa: PLC0415

    departments = document["departments"]
    due = {
        report["period"]: report["due"] or ""
        for department in departments
        for report in department["reports"]
    }
    periods = sorted(due, key=lambda period: (due[period], period))
    rows = [
        (
            department["department"],
            "no schedule" if department["rule"] is None else rule_words(department["rule"]),
            *_states(department, periods),
            _age(department["figures_age_min"]),
        )
        for department in departments
    ]
    heading = ("department", "reports", *periods, "accepted figures")
    lines = [f"{document['name']}: progress reports", table(heading, rows)]
    if any(NOT_ASKED in row for row in rows):
        lines.append(f"  {NOT_ASKED}: the department had nothing left to report on")
    lines += [line for department in departments for line in _findings(department)]
    return "\n".join(lines)


def _states(department: Mapping[str, Any], periods: list[str]) -> Iterator[str]:
    states = {report["period"]: _state(report) for report in department["reports"]}
    return (states.get(period, NOTHING) for period in periods)


def _state(report: Mapping[str, Any]) -> str:
    late = "" if report["late_min"] is None else " late"
    doubt = "!" if report["contradicted"] else ""
    return f"{report['state'].replace('_', ' ')}{late}{doubt}"


def _age(minutes: int | None) -> str:
    if minutes is None:
        return "none"
    if minutes < DAY_MIN:
        return f"{minutes // HOUR_MIN} h old"
    return f"{minutes // DAY_MIN} d old"


def _findings(department: Mapping[str, Any]) -> Iterator[str]:
    for report in department["reports"]:
        place = f"  {department['department']} {report['period']}"
        if report["outside_period"]:
            yield f"{place}: as of {report['as_of']}, outside the period"
        for check in report["checks"]:
            overruled = " (overruled)" if check["overruled"] else ""
            for each in check["contradictions"]:
                yield f"{place} {check['check']}{overruled}: {each['text']}"
        for finding in report["findings"]:
            yield f"{place} returned: {finding}"
