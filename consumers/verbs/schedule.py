"""Show the phases of a project with their dates, or write them to a file: `takt schedule`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from consumers.verbs.files import Form, Forms, form_of
from consumers.verbs.terminal import AsJson, AsOf, OnBranch, TrueAt, opened, show


def _csv() -> Form:
    from projections.reports.as_csv import grid_csv  # noqa: PLC0415
    from projections.reports.grid import grid_of  # noqa: PLC0415

    return lambda document: grid_csv(grid_of(document))


def _ics() -> Form:
    from projections.reports.as_ics import milestones_ics  # noqa: PLC0415

    return milestones_ics


def _xlsx() -> Form:
    from projections.reports.as_xlsx import grid_xlsx  # noqa: PLC0415
    from projections.reports.grid import grid_of  # noqa: PLC0415

    return lambda document: grid_xlsx(grid_of(document))


FORMS: Final[Forms] = {".xlsx": _xlsx, ".csv": _csv, ".ics": _ics}


def schedule(
    project: str,
    as_of: AsOf = None,
    true_at: TrueAt = None,
    branch: OnBranch = None,
    to: Annotated[
        Path | None,
        typer.Option(help="A grid, .xlsx or .csv, or the milestones as a calendar, .ics."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the phases of a project, or of a branch of it, with dates, floats and drivers."""
    form = None if to is None else form_of(to, FORMS)
    from consumers.on_branch import schedule_of  # noqa: PLC0415
    from consumers.verb_texts import schedule_text  # noqa: PLC0415

    with opened() as system:
        document = schedule_of(system.views, project, branch, as_of, true_at)
        if to is not None and form is not None:
            to.write_bytes(form(document))
            told = f"{to}: position {document['position']}, {len(document['phases'])} phases"
            show(document, as_json=as_json, text=lambda _: told)
            return
        show(document, as_json=as_json, text=schedule_text)
