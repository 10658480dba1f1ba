"""Say when a project may be finished, and how far such dates were kept: `takt forecast`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final

import typer

from consumers.verbs.terminal import EXIT_NO, AsJson, AsOf, OnBranch, opened, show
from consumers.verbs.texts import weekday_moment
from domain.kernel.wording import counted

CRITICAL_MAX: Final = 10
"""So many of the phases that are critical most often are listed; all are in --json."""


def forecast(
    project: str,
    runs: Annotated[int | None, typer.Option(help="How often the network is computed.")] = None,
    seed: Annotated[int | None, typer.Option(help="What the draws begin with.")] = None,
    as_of: AsOf = None,
    branch: OnBranch = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Forecast the finish: dates that 50, 80 and 95 of 100 runs keep; 1 where none can be told."""
    from consumers.forecasting import forecast as forecasted  # noqa: PLC0415
    from consumers.on_branch import asked_of, whole  # noqa: PLC0415

    given = {"runs": runs, "seed": seed, "as_of": as_of}
    asked = {name: str(value) for name, value in given.items() if value is not None}
    with opened() as system:
        whole(branch, as_of)
        document = asked_of(
            system.views, project, branch, lambda on: forecasted(on, project, asked)
        )
        show(document, as_json=as_json, text=forecast_text)
        if document["problem"] is not None:
            raise typer.Exit(EXIT_NO)


def forecast_text(document: Mapping[str, Any]) -> str:
    """Return the forecast as lines a person reads, the finish and the promise first."""
    name, basis = document["name"], document["basis"]
    parts = []
    if document["problem"] is not None:
        parts += [f"The finish of {name} cannot be forecast: {document['problem']}."]
    else:
        runs = counted(document["runs"], "run")
        parts += [
            f"The finish of {name}, in {runs} (seed {document['seed']}):",
            *_finish(document),
            *_table("Milestones:", [each for each in document["phases"] if each["milestone"]]),
            *_table("Critical most often:", _most_critical(document["phases"])),
        ]
    rests_on = (
        f"By {counted(basis['finished_phases'], 'finished phase')}, "
        f"{counted(basis['remaining_reports'], 'report')} of remaining work and "
        f"{counted(basis['receipts'], 'receipt')} in {counted(basis['projects'], 'project')}."
    )
    parts += ["", rests_on, *_calibration(document["calibration"])]
    return "\n".join(parts)


def _finish(document: Mapping[str, Any]) -> Sequence[str]:
    lines = [
        f"  {name.upper()}  {weekday_moment(document[name])}" for name in ("p50", "p80", "p95")
    ]
    lines.append(f"  as scheduled  {weekday_moment(document['scheduled_finish'])}")
    if document["promise"] is not None:
        lines.append(
            f"  promised for  {date.fromisoformat(document['promise']):%a %Y-%m-%d}, "
            f"kept with probability {_percent(document['promise_kept'])}"
        )
    return lines


def _most_critical(phases: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    worked = [each for each in phases if not each["summary"] and each["criticality"]]
    return sorted(worked, key=lambda each: (-each["criticality"], each["id"]))[:CRITICAL_MAX]


def _table(title: str, phases: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    if not phases:
        return []
    names = {each["id"]: f"{each['name']} ({each['id']})" for each in phases}
    width = max(map(len, names.values()))
    return [
        "",
        title,
        *(
            f"  {names[each['id']]:<{width}}  P50 {weekday_moment(each['p50'])}  "
            f"P80 {weekday_moment(each['p80'])}  P95 {weekday_moment(each['p95'])}  "
            f"critical in {_percent(each['criticality'])}"
            for each in phases
        ),
    ]


def _calibration(calibration: Mapping[str, Any] | None) -> Sequence[str]:
    if calibration is None:
        return []
    told = []
    for name in ("p50", "p80", "p95"):
        kept = calibration[name]
        held = f"{kept['kept']} of {kept['due']}"
        if kept["share"] is not None:
            told.append(f"{name.upper()} {_percent(kept['share'])} ({held})")
        else:
            told.append(f"{name.upper()} undefined ({kept['too_few']})")
    moments = calibration["moments"]
    return [
        f"Dates told at {counted(moments, 'moment')} past and due since, kept: {', '.join(told)}."
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
