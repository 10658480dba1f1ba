"""Show which reasons are disputed, and how that was settled: `takt disputes`."""

from collections.abc import Mapping
from typing import Any

from consumers.verbs.terminal import AsJson, AsOf, opened, show
from consumers.verbs.why import dispute_text


def disputes(project: str, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """Show which reasons are disputed: by whom, what is proposed, how it was settled."""
    from consumers.disputing import disputes as told  # noqa: PLC0415

    with opened() as system:
        document = told(system.views, project, {} if as_of is None else {"as_of": as_of})
        show(document, as_json=as_json, text=disputes_text)


def disputes_text(document: Mapping[str, Any]) -> str:
    """Return a paragraph for each dispute, the open ones first."""
    if not document["disputes"]:
        return f"No reason in {document['name']} is disputed."
    lines = [f"{document['name']}: {document['open']} open."]
    for each in document["disputes"]:
        stated = each["stated_reason"] or "no reason"
        if each["stated_responsible"] is not None:
            stated += f", {each['stated_responsible']} answers"
        lines.append(f"  {each['target']}  {each['what'] or 'voided since'} ({stated})")
        lines.append(f"      {dispute_text(each)}: {each['why']}")
    return "\n".join(lines)
