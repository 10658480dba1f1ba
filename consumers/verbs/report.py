"""Write the status report: `takt report`."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from consumers.verbs.terminal import EXIT_WRONG, AsJson, AsOf, fail, opened, show

ENDINGS: Final = (".html", ".json", ".txt")


def report(
    project: str,
    to: Annotated[Path | None, typer.Option(help="A file ending in .html, .json or .txt.")] = None,
    audience: Annotated[
        str,
        typer.Option(
            "--for", help="coordinator, management, customer, department:NAME or vendor:NAME."
        ),
    ] = "coordinator",
    since: Annotated[
        str | None, typer.Option(help="Position or time of the last report; begin without it.")
    ] = None,
    as_of: AsOf = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write the status report of a project; the same position gives the same report for ever."""
    if to is not None and to.suffix not in ENDINGS:
        fail(f"--to ends in {', '.join(ENDINGS)}, not {to.suffix or 'nothing'}", EXIT_WRONG)
    from consumers.status_reporting import report as written  # noqa: PLC0415
    from projections.reports.as_text import report_text  # noqa: PLC0415

    given = {"for": audience, "since": since, "as_of": as_of}
    asked = {name: value for name, value in given.items() if value is not None}
    with opened() as system:
        document = written(system.views, project, asked)
        if to is not None:
            to.write_text(_form(to.suffix)(document), encoding="utf-8")
            told = f"{to}: position {document['position']}, digest {document['digest']}"
            show(document, as_json=as_json, text=lambda _: told)
            return
        show(document, as_json=as_json, text=report_text)


def _form(ending: str) -> Callable[[Mapping[str, Any]], str]:
    from projections.reports.as_html import report_html  # noqa: PLC0415
    from projections.reports.as_text import report_text  # noqa: PLC0415

    if ending == ".html":
        return report_html
    if ending == ".txt":
        return lambda document: report_text(document) + "\n"
    return lambda document: json.dumps(document, ensure_ascii=False, indent=2) + "\n"
