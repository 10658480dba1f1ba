"""Read files of office programs back, by their own libraries or as the parts they are made of."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from zipfile import ZipFile

from docx import Document
from lxml import etree
from pptx import Presentation

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Read = list[list[str | float | None]]


def parts(package: bytes) -> dict[str, bytes]:
    """Return every part of a package, unpacked: a secret may hide in any of them."""
    with ZipFile(BytesIO(package)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def sheets(package: bytes) -> dict[str, Read]:
    """Return the cells of each sheet of a workbook, rows filled up to the same width."""
    found = parts(package)
    shared = [
        "".join(text.text or "" for text in each.iter(f"{MAIN}t"))
        for each in etree.fromstring(found["xl/sharedStrings.xml"]).iter(f"{MAIN}si")
    ]
    relations = {
        each.get("Id"): each.get("Target")
        for each in etree.fromstring(found["xl/_rels/workbook.xml.rels"])
    }
    return {
        str(sheet.get("name")): _cells(found[f"xl/{relations[sheet.get(RELATION)]}"], shared)
        for sheet in etree.fromstring(found["xl/workbook.xml"]).iter(f"{MAIN}sheet")
    }


def _cells(sheet: bytes, shared: Sequence[str]) -> Read:
    placed: dict[tuple[int, int], str | float] = {}
    for cell in etree.fromstring(sheet).iter(f"{MAIN}c"):
        reference = str(cell.get("r"))
        letters = reference.rstrip("0123456789")
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - ord("A") + 1
        assert cell.find(f"{MAIN}f") is None, f"{reference} is a formula"
        value = cell.findtext(f"{MAIN}v")
        if value is not None:
            told = shared[int(value)] if cell.get("t") == "s" else float(value)
            placed[int(reference[len(letters) :]) - 1, column - 1] = told
    rows = 1 + max((row for row, _ in placed), default=-1)
    width = 1 + max((column for _, column in placed), default=-1)
    return [[placed.get((row, column)) for column in range(width)] for row in range(rows)]


def paragraphs(package: bytes) -> list[str]:
    """Return the paragraphs of a document that stand outside of tables."""
    return [each.text for each in Document(BytesIO(package)).paragraphs]


def tables(package: bytes) -> list[list[list[str]]]:
    """Return the tables of a document."""
    return [
        [[cell.text for cell in row.cells] for row in table.rows]
        for table in Document(BytesIO(package)).tables
    ]


def slides(package: bytes) -> Iterator[tuple[str, list[str], list[list[list[str]]]]]:
    """Yield of each slide its title, the other texts and the tables."""
    for slide in Presentation(BytesIO(package)).slides:
        title = slide.shapes.title
        assert title is not None
        yield (
            title.text_frame.text,
            [
                shape.text_frame.text
                for shape in slide.shapes
                if shape.has_text_frame and shape.shape_id != title.shape_id
            ],
            [
                [[cell.text_frame.text for cell in row.cells] for row in shape.table.rows]
                for shape in slide.shapes
                if shape.has_table
            ],
        )
