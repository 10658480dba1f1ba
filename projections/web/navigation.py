"""Name the pages of a project, so that each of them leads to the others."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from projections.web.boards import BOARDS
from projections.web.shown import LIVE, Shown

OVERVIEW: Final = "overview"
WHY: Final = "why"
REPORT: Final = "report"


class Way(NamedTuple):
    """A link to a page of the same project; `here` is the page one is on."""

    text: str
    href: str
    here: bool


def ways(project_id: str, current: str, shown: Shown = LIVE) -> Sequence[Way]:
    """Return the ways from a page to all pages of its project, of the same moment or branch."""
    base = f"/projects/{quote(project_id, safe='')}"
    pages = (
        (OVERVIEW, "Overview", base, shown.asked(by_truth=True)),
        (WHY, "Why", f"{base}/why", shown.asked("to", by_truth=True)),
        *((each.name, each.title, f"{base}/{each.name}", shown.asked()) for each in BOARDS),
        (REPORT, "Status report", f"{base}/report", shown.asked()),
    )
    return [
        Way(text, f"{href}?{urlencode(asked)}" if asked else href, key == current)
        for key, text, href, asked in pages
    ]
