"""Name the pages of a project, so that each of them leads to the others."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from projections.web.boards import BOARDS

OVERVIEW: Final = "overview"
WHY: Final = "why"
REPORT: Final = "report"


class Way(NamedTuple):
    """A link to a page of the same project; `here` is the page one is on."""

    text: str
    href: str
    here: bool


def ways(project_id: str, current: str, as_of: str | None = None) -> Sequence[Way]:
    """Return the ways from a page to all pages of its project, of the same moment."""
    base = f"/projects/{quote(project_id, safe='')}"
    pages = (
        (OVERVIEW, "Overview", base, "as_of"),
        (WHY, "Why", f"{base}/why", "to"),
        *((each.name, each.title, f"{base}/{each.name}", "as_of") for each in BOARDS),
        (REPORT, "Status report", f"{base}/report", "as_of"),
    )
    return [
        Way(text, href if as_of is None else f"{href}?{urlencode({name: as_of})}", key == current)
        for key, text, href, name in pages
    ]
