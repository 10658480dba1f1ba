"""Write a report as slides: one that says what it is, then each section's figures and table."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from math import ceil
from typing import Any, Final

from pptx import Presentation
from pptx.presentation import Presentation as Written
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from projections.reports.office import NOTHING, heading, reason, steady, words
from projections.reports.section import Cell

WIDE: Final = Inches(13.333)
HIGH: Final = Inches(7.5)
EDGE: Final = Inches(0.5)
TITLE_HIGH: Final = Inches(0.8)
TOP: Final = Inches(1.4)
INSIDE: Final = Emu(WIDE - 2 * EDGE)
LETTERS: Final = Pt(11)
LETTERS_AN_INCH: Final = 11
"""How many letters of that size stand in an inch of a cell, counted on the safe side."""
LINE_HIGH: Final = Inches(0.19)
ROW_EDGE: Final = Inches(0.11)
"""What a row is higher than its lines."""
ROOM: Final = HIGH - TOP - EDGE
COLUMN_MAX: Final = 40
COLUMN_MIN: Final = 6
"""How many letters a column is thought to be wide, at most and at least, when room is divided."""
TITLE_LAYOUT: Final = 0
TABLE_LAYOUT: Final = 5
"""Places of the layouts "Title Slide" and "Title Only" in the library's own template."""


def report_pptx(document: Mapping[str, Any]) -> bytes:
    """Return the report as slides."""
    top = heading(document)
    written = Presentation()
    written.slide_width, written.slide_height = WIDE, HIGH
    about = written.core_properties
    about.title, about.author, about.last_modified_by = top.title, "Takt", "Takt"
    about.created = about.modified = top.at
    first = _slide(written, TITLE_LAYOUT, top.title)
    below = first.placeholders[1]
    below.left, below.top, below.width, below.height = EDGE, TOP, INSIDE, Inches(2)
    below.text_frame.text = f"{top.about}\n{top.digest}"
    for paragraph in below.text_frame.paragraphs:
        paragraph.font.size = Pt(14)
    for number, section in enumerate(document["sections"], 1):
        _section(written, words(f"{number}. {section['title']}"), section)
    package = BytesIO()
    written.save(package)
    return steady(package.getvalue())


def _section(written: Written, title: str, section: Mapping[str, Any]) -> None:
    if not section["available"]:
        _saying(written, title, reason(section))
        return
    facts = [(fact["label"], fact["value"]) for fact in section["facts"]]
    if facts:
        _tables(written, title, ("Figure", "Value"), facts)
    if section["columns"] and section["rows"]:
        _tables(written, title, section["columns"], section["rows"])
    elif section["columns"]:
        _saying(written, title, NOTHING)


def _saying(written: Written, title: str, text: str) -> None:
    slide = _slide(written, TABLE_LAYOUT, title)
    frame = slide.shapes.add_textbox(EDGE, TOP, INSIDE, Inches(1)).text_frame
    frame.word_wrap = True
    frame.text = text


def _slide(written: Written, layout: int, title: str) -> Slide:
    slide: Slide = written.slides.add_slide(written.slide_layouts[layout])
    head = slide.shapes.title
    assert head is not None, "both layouts have a title"
    head.left, head.top, head.width, head.height = EDGE, EDGE, INSIDE, TITLE_HIGH
    head.text_frame.text = title
    head.text_frame.paragraphs[0].font.size = Pt(24)
    return slide


def _tables(
    written: Written, title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> None:
    """Write a table over as many slides as it needs, each with its head."""
    told = [[words(cell) for cell in row] for row in rows]
    widths = _widths(columns, told)
    lines = (ROOM - _height(columns, widths) - ROW_EDGE) // LINE_HIGH
    told = [[_cut(*each, lines) for each in zip(row, widths, strict=True)] for row in told]
    slides = list(_slides(columns, told, widths))
    for number, part in enumerate(slides, 1):
        counted = title if len(slides) == 1 else f"{title} ({number} of {len(slides)})"
        shapes = _slide(written, TABLE_LAYOUT, counted).shapes
        table = shapes.add_table(len(part) + 1, len(columns), EDGE, TOP, INSIDE, Emu(0)).table
        for place, width in enumerate(widths):
            table.columns[place].width = Emu(width)
        for row, cells in zip(table.rows, [columns, *part], strict=True):
            row.height = Emu(_height(cells, widths))
            for place, text in zip(row.cells, cells, strict=True):
                place.text_frame.text = text
                for paragraph in place.text_frame.paragraphs:
                    paragraph.font.size = LETTERS


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Divide the room among the columns by the longest each holds."""
    letters = [
        min(max(COLUMN_MIN, len(title), *(len(row[place]) for row in rows)), COLUMN_MAX)
        for place, title in enumerate(columns)
    ]
    return [INSIDE * each // sum(letters) for each in letters]


def _slides(
    columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> Iterator[Sequence[Sequence[str]]]:
    """Yield the rows of each slide: as many as fit, and one at least."""
    part: list[Sequence[str]] = []
    left = room = ROOM - _height(columns, widths)
    for row in rows:
        high = _height(row, widths)
        if part and high > left:
            yield part
            part, left = [], room
        part.append(row)
        left -= high
    yield part


def _height(cells: Sequence[str], widths: Sequence[int]) -> int:
    lines = max(_lines(*each) for each in zip(cells, widths, strict=True))
    return ROW_EDGE + lines * LINE_HIGH


def _lines(text: str, width: int) -> int:
    return sum(max(1, ceil(len(line) / _letters(width))) for line in text.split("\n"))


def _cut(text: str, width: int, lines: int) -> str:
    """Return a text that no slide is too low for; what is cut stands in the other forms."""
    if _lines(text, width) <= lines:
        return text
    return f"{' '.join(text.split())[: _letters(width) * lines - 1]}…"


def _letters(width: int) -> int:
    return max(1, int((width / Inches(1) - 0.2) * LETTERS_AN_INCH))  # 0.1 inch on each side.
