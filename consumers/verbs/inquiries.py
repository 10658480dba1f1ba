"""Show what was asked about a project and how far the answers are: `takt inquiries`."""

from collections.abc import Mapping
from typing import Any

from consumers.verbs.terminal import AsJson, AsOf, opened, show
from consumers.verbs.texts import said


def inquiries(project: str, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """Show the inquiries: who asked, who answers, how far the answer is, what is overdue."""
    from consumers.inquiries import inquiries as told  # noqa: PLC0415

    with opened() as system:
        document = told(system.views, project, {} if as_of is None else {"as_of": as_of})
        show(document, as_json=as_json, text=inquiries_text)


def inquiries_text(document: Mapping[str, Any]) -> str:
    """Return one line for each inquiry."""
    if not document["inquiries"]:
        return f"Nobody has asked anything about {document['name']}."
    counts = [f"{count} {stage}" for stage, count in document["stages"].items() if count]
    return "\n".join(
        [f"{document['name']}: {', '.join(counts)}.", *map(_inquiry, document["inquiries"])]
    )


def _inquiry(inquiry: Mapping[str, Any]) -> str:
    told = (
        f"  {inquiry['inquiry']}  {inquiry['from']}: “{said(inquiry['text'])}” {inquiry['stage']}"
    )
    told += f", {inquiry['owner'] or 'nobody'} answers"
    due = None if inquiry["due"] is None else inquiry["due"][:16].replace("T", " ")
    if inquiry["answered_at"] is not None:
        return f"{told}; answered {inquiry['answered_at'][:16].replace('T', ' ')}"
    return f"{told}; OVERDUE since {due}" if inquiry["overdue"] else f"{told}; due {due}"
