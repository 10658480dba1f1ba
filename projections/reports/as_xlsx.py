"""Write a report or a grid as a workbook: figures on one sheet, each table on one of its own.

No cell is ever a formula or a link: what people typed is written as words, whatever it begins with.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from projections.reports.grid import Grid, GridCell
from projections.reports.office import NOTHING, WRITTEN, heading, reason, steady, words
from projections.reports.section import Cell

WORDS_MAX: Final = 32_767
"""So many characters a cell holds; the library leaves a longer one out without a word."""
EXACT_MAX: Final = 10**15
"""A sheet counts in floating point with 15 digits: a larger number stays words, digit by digit."""
MOMENT: Final = "yyyy-mm-dd hh:mm"
WIDTH_MAX: Final = 60
WIDTH_MIN: Final = 8
OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def report_xlsx(document: Mapping[str, Any]) -> bytes:
    """Return the report as a workbook."""
    top = heading(document)
    written, book = _book(top.title, top.at)
    summary = book.add_worksheet("Summary")
    bold = book.add_format({"bold": True})
    lines: list[tuple[tuple[Cell, ...], Any]] = [
        ((top.title,), bold), ((top.about,), None), ((top.digest,), None),
    ]  # fmt: skip
    for number, section in enumerate(document["sections"], 1):
        lines += [((), None), ((f"{number}. {section['title']}",), bold)]
        if not section["available"]:
            lines.append(((reason(section),), None))
            continue
        lines += [((fact["label"], fact["value"]), None) for fact in section["facts"]]
        if section["columns"]:
            name = _sheet_name(section)
            told = f"{len(section['rows'])} rows on the sheet {name}"
            lines.append(((told if section["rows"] else NOTHING,), None))
            _table(book, name, section["columns"], section["rows"])
    for row, (cells, form) in enumerate(lines):
        for column, value in enumerate(cells):
            _write(summary, row, column, value, form)
    summary.set_column(0, 0, WIDTH_MAX // 2)
    summary.set_column(1, 1, WIDTH_MAX)
    summary.fit_to_pages(1, 0)
    book.close()
    return steady(written.getvalue())


def grid_xlsx(grid: Grid) -> bytes:
    """Return the grid as a workbook of one sheet; its moments are dates, in the zone of their row.

    A schedule knows no moment at which it was asked for, so the file tells none.
    """
    written, book = _book(words(grid.title), datetime(*WRITTEN, tzinfo=UTC))
    _table(book, grid.sheet, grid.columns, grid.rows)
    book.close()
    return steady(written.getvalue())


def _book(title: str, at: datetime) -> tuple[BytesIO, Workbook]:
    written = BytesIO()
    book = Workbook(written, OPTIONS)
    book.set_properties({"title": title, "author": "Takt", "created": at})
    return written, book


def _sheet_name(section: Mapping[str, Any]) -> str:
    """Return a name no program refuses: a section's id is ours, its title may hold anything."""
    return str(section["id"]).replace("_", " ").capitalize()


def _table(
    book: Workbook, name: str, columns: Sequence[str], rows: Sequence[Sequence[GridCell]]
) -> None:
    """Write a table that can be filtered, with a head that stays in sight and on each page."""
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bottom": 1})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    moment = book.add_format({"num_format": MOMENT, "valign": "top"})
    for column, title in enumerate(columns):
        _write(sheet, 0, column, title, head)
        longest = max((_width(row[column]) for row in rows), default=0)
        wide = max(WIDTH_MIN, len(title) + 4, longest + 2)  # Beside a title stands its filter.
        sheet.set_column(column, column, min(wide, WIDTH_MAX))
    for number, cells in enumerate(rows, 1):
        for column, value in enumerate(cells):
            if isinstance(value, datetime):
                # A sheet knows no zones: what stands there is the time by the clock on the wall.
                sheet.write_datetime(number, column, value.replace(tzinfo=None), moment)
            else:
                _write(sheet, number, column, value, body)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _width(value: GridCell) -> int:
    return len(MOMENT) if isinstance(value, datetime) else len(words(value))


def _write(sheet: Worksheet, row: int, column: int, value: Cell, form: Any) -> None:  # noqa: ANN401
    """Write a number as a number, all else as words; a cell of which nothing is known is empty."""
    if value is None:
        return
    if isinstance(value, int) and abs(value) < EXACT_MAX:
        sheet.write_number(row, column, value, form)
        return
    text = words(value)
    shown = text if len(text) <= WORDS_MAX else f"{text[: WORDS_MAX - 1]}…"
    sheet.write_string(row, column, shown, form)
