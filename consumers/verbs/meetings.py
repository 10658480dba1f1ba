"""Show how ready meetings are and what came of them: `takt meetings`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from consumers.file_forms import INVITATIONS, LETTERS
from consumers.verbs.files import form_of
from consumers.verbs.terminal import EXIT_NO, EXIT_WRONG, AsJson, AsOf, fail, opened, show
from domain.kernel.wording import counted


def meetings(
    project: str,
    as_of: AsOf = None,
    meeting: Annotated[
        str | None, typer.Option(help="Only this one; with --to, as an invitation to it.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            help="A calendar, .ics: of all that are planned, or of one. Of one also its minutes,"
            f" {', '.join(LETTERS)}."
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the meetings: who is missing, what nobody is prepared for, which actions are open."""
    form = None if to is None else form_of(to, {**INVITATIONS, **LETTERS})
    if to is not None and to.suffix in LETTERS and meeting is None:
        fail("minutes are of one meeting: say --meeting", EXIT_WRONG)
    from consumers.meetings import meetings as told  # noqa: PLC0415

    asked = {"as_of": as_of, "meeting": meeting}
    with opened() as system:
        document = told(
            system.views, project, {name: each for name, each in asked.items() if each is not None}
        )
        if to is not None and form is not None:
            to.write_bytes(form(_minutes(document) if to.suffix in LETTERS else document))
            written = f"{to}: {counted(len(document['meetings']), 'meeting')}"
            show(document, as_json=as_json, text=lambda _: written)
            return
        show(document, as_json=as_json, text=meetings_text)


def _minutes(document: Mapping[str, Any]) -> dict[str, Any]:
    from consumers.meetings import Unwritten, minutes  # noqa: PLC0415

    try:
        return minutes(document)
    except Unwritten as unwritten:
        fail(str(unwritten), EXIT_NO)


def meetings_text(document: Mapping[str, Any]) -> str:
    """Return one paragraph for each meeting: when it is, then what is missing or open."""
    if not document["meetings"]:
        return f"{document['name']} has no meetings."
    parts = [f"{document['name']}, {counted(len(document['meetings']), 'meeting')}:"]
    for meeting in document["meetings"]:
        parts += _meeting(meeting)
    return "\n".join(parts)


def _meeting(meeting: Mapping[str, Any]) -> Iterator[str]:
    what = meeting["purpose"] or meeting["why"]
    when = (
        "not planned yet" if meeting["start"] is None else meeting["start"][:16].replace("T", " ")
    )
    ready = "; READY" if meeting["ready"] else ""
    yield f"  {meeting['meeting']}  {when}  {what} ({meeting['stage']}{ready})"
    if meeting["missing_departments"]:
        yield f"      MISSING: {', '.join(meeting['missing_departments'])}"
    if meeting["missing_roles"]:
        yield f"      missing in their roles: {', '.join(meeting['missing_roles'])}"
    for item in meeting["agenda"]:
        if item["unprepared"]:
            late = ", OVERDUE" if item["overdue"] else ""
            yield f"      {item['lead']} is not prepared for “{item['topic']}”{late}"
    for decision in meeting["decisions"]:
        yield f"      decided: {decision['text']}"
    for action in meeting["actions"]:
        if not action["done"]:
            late = ", OVERDUE" if action["overdue"] else ""
            yield f"      {action['owner']} by {action['due'][:10]}: {action['text']}{late}"
