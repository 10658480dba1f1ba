"""Show what the parties of a project were told, and who has not acknowledged: `takt notices`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from consumers.verbs.documents import LETTERS
from consumers.verbs.files import form_of
from consumers.verbs.terminal import EXIT_WRONG, AsJson, AsOf, fail, opened, show
from domain.kernel.wording import counted


def notices(
    project: str,
    as_of: AsOf = None,
    notice: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    to: Annotated[
        Path | None,
        typer.Option(help=f"A letter to those it is for, ending in {', '.join(LETTERS)}."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the notices: what changed for whom and why, and whether it was read."""
    if to is not None and notice is None:
        fail("--to writes one notice as a letter: say --notice", EXIT_WRONG)
    form = None if to is None else form_of(to, LETTERS)
    from consumers.notices import notices as told  # noqa: PLC0415

    asked = {"as_of": as_of, "notice": notice}
    with opened() as system:
        document = told(
            system.views, project, {name: each for name, each in asked.items() if each is not None}
        )
        if to is not None and form is not None:
            from projections.reports.letters import notice_letter  # noqa: PLC0415

            (row,) = document["notices"]
            to.write_bytes(form(notice_letter(document, row)))
            written = f"{to}: {notice}, for {', '.join(row['recipients'])}"
            show(document, as_json=as_json, text=lambda _: written)
            return
        show(document, as_json=as_json, text=notices_text)


def notices_text(document: Mapping[str, Any]) -> str:
    """Return one line for each notice, then who has not acknowledged how many."""
    if not document["notices"]:
        return f"{document['name']} has no notices."
    lines = [f"{document['name']}, {counted(len(document['notices']), 'notice')}:"]
    lines += map(_notice, document["notices"])
    waiting = [f"{who} {count}" for who, count in document["not_acknowledged"].items()]
    lines.append(f"Not acknowledged: {', '.join(waiting) or 'none'}.")
    return "\n".join(lines)


def _notice(notice: Mapping[str, Any]) -> str:
    to = ", ".join(notice["recipients"])
    at = notice["prepared_at"][:16].replace("T", " ")
    told = f"  {at}  {to}: {notice['summary']} ({notice['stage']}"
    if notice["acknowledged_by"] is not None:
        return f"{told} by {notice['acknowledged_by']})"
    days = notice["waiting_days"]
    return f"{told})" if not days else f"{told} for {days} d)"
