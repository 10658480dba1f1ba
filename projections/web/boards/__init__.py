"""List the pages that show answers: which questions each asks, and how it reads the documents."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from projections.web.boards.conflicts import conflicts_view
from projections.web.boards.load import load_view
from projections.web.boards.material import material_view
from projections.web.boards.meetings import meetings_view
from projections.web.boards.reports import reports_view
from projections.web.boards.vendors import vendors_view
from projections.web.tables import BoardView


@dataclass(frozen=True, slots=True)
class Board:
    """A page `/projects/<id>/<name>`: the questions it asks, the first for the position of all.

    `view` takes their documents in the same order.
    """

    name: str
    title: str
    questions: tuple[str, ...]
    view: Callable[..., BoardView]
    choice: tuple[str, tuple[str, ...]] | None = None
    """A parameter of the first question that is chosen on the page, and its values."""
    zone: str = "the project's zone"
    """Where the moments of a document are that does not name their zone."""


BOARDS: Final[tuple[Board, ...]] = (
    Board("conflicts", "Conflicts", ("conflicts",), conflicts_view),
    Board("load", "Load", ("load",), load_view, ("bucket", ("week", "day"))),
    Board("reports", "Reports", ("reports",), reports_view, zone="UTC"),
    Board("vendors", "Vendors", ("vendors",), vendors_view),
    Board("material", "Material", ("material",), material_view),
    Board("meetings", "Meetings", ("meetings", "inquiries"), meetings_view),
)
