"""Write a report as a document for a word processor: headings, figures and tables of its own."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

from docx import Document
from docx.document import Document as Written
from docx.oxml import OxmlElement
from docx.shared import Pt

from projections.reports.office import NOTHING, heading, reason, steady, words
from projections.reports.section import Cell

LETTERS: Final = Pt(9)
STYLE: Final = "Light List"


def report_docx(document: Mapping[str, Any]) -> bytes:
    """Return the report as a document."""
    top = heading(document)
    written = Document()
    about = written.core_properties
    about.title, about.author, about.last_modified_by, about.comments = (
        top.title,
        "Takt",
        "Takt",
        "",
    )
    about.created = about.modified = top.at
    written.styles["Normal"].font.size = LETTERS
    written.add_heading(top.title, level=0)
    written.add_paragraph(top.about)
    written.add_paragraph(top.digest)
    for number, section in enumerate(document["sections"], 1):
        written.add_heading(words(f"{number}. {section['title']}"), level=1)
        if not section["available"]:
            written.add_paragraph(reason(section))
            continue
        for fact in section["facts"]:
            line = written.add_paragraph(style="List Bullet")
            line.add_run(f"{words(fact['label'])}: ").bold = True
            line.add_run(words(fact["value"]))
        if section["columns"] and section["rows"]:
            _table(written, section["columns"], section["rows"])
        elif section["columns"]:
            written.add_paragraph(NOTHING)
    package = BytesIO()
    written.save(package)
    return steady(package.getvalue())


def _table(written: Written, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Write a table whose head stands on every page it runs over."""
    table = written.add_table(len(rows) + 1, len(columns), STYLE)
    for row, cells in zip(table.rows, [columns, *rows], strict=True):
        for place, value in zip(row.cells, cells, strict=True):
            place.text = words(value)
    head = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001  The library has no word for it.
    head.append(OxmlElement("w:tblHeader"))
