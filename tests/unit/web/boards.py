"""Render pages of tables and read them as text; give documents in which all words are evil."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from projections.web.boards import BOARDS
from projections.web.pages import board_page
from projections.web.words import NOTHING
from tests.unit.web.documents import CONFLICTS, LOAD
from tests.unit.web.documents_of_talks import INQUIRIES, MEETINGS, REPORTS
from tests.unit.web.documents_of_trade import MATERIAL, VENDORS
from tests.unit.web.rows import EVIL

DOCUMENTS: dict[str, list[dict[str, Any]]] = {
    "conflicts": [CONFLICTS],
    "load": [LOAD],
    "reports": [REPORTS],
    "vendors": [VENDORS],
    "material": [MATERIAL],
    "meetings": [MEETINGS, INQUIRIES],
}
"""By the name of the page, in the order in which it asks its questions."""

KEPT = frozenset({"column", "state", "stage", "bucket", "level", "zone"})
"""What is never written by people, and decides what a page shows."""


def page(name: str, *documents: dict[str, Any], **asked: str) -> str:
    """Return a page of documents, those of the small project where none are given."""
    board = next(board for board in BOARDS if board.name == name)
    return board_page(board, documents or DOCUMENTS[name], asked)


def tree_of(page: str) -> Any:  # noqa: ANN401  A tree to be asked by XPath.
    """Return a page as a browser would read it."""
    return etree.HTML(page)


def text_of(node: Any) -> str:  # noqa: ANN401
    """Return the text of a node, its parts set apart by one space; for nothing a plain dash."""
    return " ".join(" ".join(node.itertext()).split()).replace(NOTHING, "-")


def tables_of(page: str) -> dict[str, list[list[str]]]:
    """Return the rows of each table of a page, cell by cell, by the title above."""
    return {
        text_of(section.find(".//h2")): [
            [text_of(cell) for cell in row] for row in section.xpath(".//tbody/tr")
        ]
        for section in tree_of(page).xpath("//main/section")
    }


def tones_of(page: str) -> list[list[str]]:
    """Return the tones of the cells of the first table, without the heads of its rows."""
    rows = tree_of(page).xpath("(//main/section)[1]//tbody/tr")
    return [[cell.get("class").split()[1] for cell in row.xpath("./td")] for row in rows]


def evil(document: Any, key: str = "") -> Any:  # noqa: ANN401  Any part of a document.
    """Return a document with an attack in the place of each text that somebody may have written."""
    match document:
        case dict():
            return {name: evil(part, name) for name, part in document.items()}
        case list():
            return [evil(part, key) for part in document]
        case str() if key not in KEPT and not _is_computed(document):
            return EVIL
        case other:
            return other


def _is_computed(text: str) -> bool:
    if re.fullmatch(r"\d{4}-\d\d-\d\d.*", text):
        return datetime.fromisoformat(text) is not None
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def sentence_of(page: str) -> str:
    """Return what stands beneath the title of a page."""
    return text_of(tree_of(page).xpath("//div[@class='title']/p")[0])
