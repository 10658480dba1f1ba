"""Show the phases of a project with their dates, or write them to a file: `takt schedule`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from consumers.file_forms import PLAN, SCHEDULE
from consumers.verbs.files import form_of
from consumers.verbs.terminal import AsJson, AsOf, OnBranch, TrueAt, opened, show
from domain.kernel.wording import counted


def schedule(
    project: str,
    as_of: AsOf = None,
    true_at: TrueAt = None,
    branch: OnBranch = None,
    to: Annotated[
        Path | None,
        typer.Option(
            help="A grid, .xlsx or .csv; the milestones as a calendar, .ics; the plan for other"
            " programs, .xml (Microsoft Project) or .json (takt.plan/1)."
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the phases of a project, or of a branch of it, with dates, floats and drivers."""
    form = None if to is None else form_of(to, {**SCHEDULE, **PLAN})
    from consumers.on_branch import schedule_of  # noqa: PLC0415
    from consumers.verb_texts import schedule_text  # noqa: PLC0415

    with opened() as system:
        if to is not None and form is not None and to.suffix in PLAN:
            from consumers.plan_export import exported_plan  # noqa: PLC0415

            plan = exported_plan(system.views, project, branch, as_of, true_at)
            to.write_bytes(form(plan))
            show(_told(to, plan), as_json=as_json, text=_plan_text)
            return
        document = schedule_of(system.views, project, branch, as_of, true_at)
        if to is not None and form is not None:
            to.write_bytes(form(document))
            told = f"{to}: position {document['position']}, {len(document['phases'])} phases"
            show(document, as_json=as_json, text=lambda _: told)
            return
        show(document, as_json=as_json, text=schedule_text)


def _told(to: Path, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a plan that was written, and what its file leaves out."""
    notes = plan["notes"]
    if to.suffix == ".xml":
        from projections.reports.as_mspdi import left_out  # noqa: PLC0415

        notes = list(left_out(plan))
    return {"file": str(to), "phases": len(plan["phases"]), "notes": notes}


def _plan_text(told: Mapping[str, Any]) -> str:
    lines = [f"{told['file']}: {counted(told['phases'], 'phase')}"]
    return "\n".join([*lines, *(f"note: {note}" for note in told["notes"])])
