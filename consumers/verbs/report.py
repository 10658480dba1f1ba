"""Write the status report: `takt report`."""

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from consumers.file_forms import LETTERS, TOLD_AGAIN, Form, Forms
from consumers.verbs.files import form_of
from consumers.verbs.publish import asked as decided
from consumers.verbs.terminal import EXIT_WRONG, AsJson, AsOf, fail, opened, show


def _json() -> Form:
    return lambda document: f"{json.dumps(document, ensure_ascii=False, indent=2)}\n".encode()


FORMS: Final[Forms] = {**LETTERS, ".json": _json, **TOLD_AGAIN}


def report(
    project: str,
    to: Annotated[Path | None, typer.Option(help=f"A file ending in {', '.join(FORMS)}.")] = None,
    audience: Annotated[
        str,
        typer.Option(
            "--for", help="coordinator, management, customer, department:NAME or vendor:NAME."
        ),
    ] = "coordinator",
    since: Annotated[
        str | None, typer.Option(help="Position or time to compare with; the last report issued.")
    ] = None,
    as_of: AsOf = None,
    *,
    issue: Annotated[
        bool, typer.Option("--issue", help="Issue it: its digest and audience are recorded.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the status report of a project; the same position gives the same report for ever."""
    if issue and since is not None:
        fail("--issue goes on from the report issued before: leave --since out", EXIT_WRONG)
    form = None if to is None else form_of(to, FORMS)
    from consumers.status_reporting import report as written  # noqa: PLC0415
    from projections.reports.as_text import report_text  # noqa: PLC0415

    given = {"for": audience, "since": since, "as_of": as_of}
    asked = {name: value for name, value in given.items() if value is not None}
    with opened() as system:
        if issue:
            position = system.views.position_or_head(as_of)
            document = system.recomputed.status_report(project, position, audience)
            said = {"at_position": document["position"], "digest": document["digest"]}
            name = "publication.issue_status_report.v1"
            decided(system, project, name, {"audience": document["audience"], **said})
        else:
            document = written(system.views, project, asked)
        if to is not None and form is not None:
            to.write_bytes(form(document))
            told = f"{to}: position {document['position']}, digest {document['digest']}"
            show(document, as_json=as_json, text=lambda _: told)
            return
        show(document, as_json=as_json, text=report_text)
