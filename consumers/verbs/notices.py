"""Show what the parties of a project were told, and who has not acknowledged: `takt notices`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from consumers.file_forms import LETTERS
from consumers.verbs.files import form_of
from consumers.verbs.terminal import EXIT_WRONG, AsJson, AsOf, fail, opened, show
from domain.kernel.wording import counted


def notices(
    project: str,
    as_of: AsOf = None,
    party: Annotated[str | None, typer.Option(help="Only those for this party, in detail.")] = None,
    notice: Annotated[str | None, typer.Option(help="Only this one, in detail.")] = None,
    to: Annotated[
        Path | None,
        typer.Option(help=f"A letter to those it is for, ending in {', '.join(LETTERS)}."),
    ] = None,
    *,
    details: Annotated[
        bool, typer.Option("--details", help="Each notice, in the order of the log.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Count the notices by party and day: what each got last, and what is not acknowledged."""
    if to is not None and notice is None:
        fail("--to writes one notice as a letter: say --notice", EXIT_WRONG)
    form = None if to is None else form_of(to, LETTERS)
    from consumers.notices import notices as told  # noqa: PLC0415

    asked = {
        "as_of": as_of,
        "details": "true" if details else None,
        "party": party,
        "notice": notice,
    }
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
    """Return how many each party got and has not acknowledged, then each day or each notice."""
    from consumers.verb_texts import moment, table  # noqa: PLC0415

    if not document["by_party"]:
        return f"{document['name']} has no notices."
    total = sum(each["count"] for each in document["by_day"])
    parties = [
        (
            each["party"], each["count"], each["not_acknowledged"] or "",
            "" if each["waiting_since"] is None else each["waiting_since"][:10],
            moment(each["last"]["prepared_at"]), each["last"]["summary"],
        )
        for each in document["by_party"]
    ]  # fmt: skip
    head = ("party", "notices", "not acknowledged", "since", "last", "which says")
    parts = [f"{document['name']}, {counted(total, 'notice')}:", table(head, parties)]
    if "notices" in document:
        parts.append("\n".join(map(_notice, document["notices"])))
    else:
        days = [
            (each["day"], each["count"], each["not_acknowledged"] or "", each["parties"])
            for each in document["by_day"]
        ]
        parts.append(table(("day", "notices", "not acknowledged", "parties"), days))
    waiting = sum(each["not_acknowledged"] for each in document["by_day"])
    parts.append(f"Not acknowledged: {waiting or 'none'}. Each in detail: --details, --party.")
    return "\n\n".join(parts)


def _notice(notice: Mapping[str, Any]) -> str:
    to = ", ".join(notice["recipients"])
    at = notice["prepared_at"][:16].replace("T", " ")
    told = f"  {at}  {to}: {notice['summary']} ({notice['stage']}"
    if notice["acknowledged_by"] is not None:
        return f"{told} by {notice['acknowledged_by']})"
    days = notice["waiting_days"]
    return f"{told})" if not days else f"{told} for {days} d)"
