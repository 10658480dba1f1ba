"""Show what the parties of a project were told, and who has not acknowledged: `takt notices`."""

from collections.abc import Mapping
from typing import Any

from consumers.verbs.terminal import AsJson, AsOf, opened, show
from domain.kernel.wording import counted


def notices(project: str, as_of: AsOf = None, *, as_json: AsJson = False) -> None:
    """Show the notices: what changed for whom and why, and whether it was read."""
    from consumers.notices import notices as told  # noqa: PLC0415

    with opened() as system:
        document = told(system.views, project, {} if as_of is None else {"as_of": as_of})
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
