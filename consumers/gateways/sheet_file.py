"""Read a sheet from a file, a workbook or comma-separated values: a head, and rows below it."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import StringIO
from itertools import count, zip_longest
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from consumers.failures import WrongInput
from consumers.strict_json import MIB
from projections.reports.as_csv import RUN

FILE_BYTES_MAX: Final = 32 * MIB
ROWS_MAX: Final = 100_000
COLUMNS_MAX: Final = 200
NOTES_MAX: Final = 20
PACKAGE: Final = b"PK"
"""How a workbook begins: it is a zip archive."""
COMPOUND: Final = b"\xd0\xcf\x11\xe0"
"""How a workbook begins that has a password, or is of the kind before .xlsx."""
SEPARATORS: Final = (",", ";", "\t")
BYTE_ORDER_16: Final = (b"\xff\xfe", b"\xfe\xff")

BLANK: Final = " \t\r\n"
"""What around words is nobody's meaning."""

SheetCell: TypeAlias = str | int | datetime | None
"""What stands in a cell: words, a whole number, or a moment by the clock on the wall.

What is empty, or blank, is None. Any other number is the words it is written with: nothing here
counts in floating point.
"""


class SheetRow(NamedTuple):
    """A row that is not empty: its number as programs show it (the head is 1), cells by title."""

    number: int
    cells: Mapping[str, SheetCell]


class Sheet(NamedTuple):
    """The titles of the columns, the rows, and what is to be said about how they were read."""

    columns: Sequence[str]
    rows: Sequence[SheetRow]
    notes: Sequence[str]


class Lines(NamedTuple):
    """What a file holds line by line, the head first, before anything is made of it."""

    lines: Iterator[tuple[int, Sequence[SheetCell]]]
    notes: Sequence[str]


def read_sheet(file: Path) -> Sheet:
    """Read a sheet; raises WrongInput that says what is wrong with the file, OSError without one.

    A file has at most 32 MiB, 100,000 rows and 200 columns. What a formula showed last is taken,
    and noted. Raises ModuleNotFoundError where a workbook cannot be read for want of openpyxl.
    """
    if file.stat().st_size > FILE_BYTES_MAX:
        msg = f"{file.name}: the file is larger than {FILE_BYTES_MAX // MIB} MiB"
        raise WrongInput(msg)
    try:
        return sheet_of(file.read_bytes())
    except WrongInput as wrong:
        msg = f"{file.name}: {wrong}"
        raise WrongInput(msg) from wrong


def sheet_of(raw: bytes) -> Sheet:
    """Return the sheet that some bytes are; raises as `read_sheet`."""
    if raw.startswith(COMPOUND):
        msg = "it has a password or is of an old kind: save it as .xlsx without one"
        raise WrongInput(msg)
    return _sheet(_workbook(raw) if raw.startswith(PACKAGE) else _separated(raw))


def _workbook(raw: bytes) -> Lines:
    # A file of separated values is read without the extra that workbooks need.
    from consumers.gateways.sheet_workbook import workbook_lines  # noqa: PLC0415

    return workbook_lines(raw)


def _separated(raw: bytes) -> Lines:
    encoding = "utf-16" if raw.startswith(BYTE_ORDER_16) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as unreadable:
        msg = f"it is neither a workbook nor text in UTF-8 (byte {unreadable.start})"
        raise WrongInput(msg) from unreadable
    if "\x00" in text:
        msg = "there are NUL characters in it: it is no text"
        raise WrongInput(msg)
    head = text.split("\n", 1)[0].split("\r", 1)[0]
    separator = max(SEPARATORS, key=head.count)
    told = {",": "commas", ";": "semicolons", "\t": "tabs"}[separator]
    return Lines(_separated_lines(text, separator), (f"read as values separated by {told}",))


def _separated_lines(text: str, separator: str) -> Iterator[tuple[int, Sequence[SheetCell]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    wide = None
    for number in count(1):  # A row may go over several lines, so it is not the line's number.
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            msg = f"row {number}: {wrong}"
            raise WrongInput(msg) from wrong
        wide = len(cells) if wide is None else wide
        if cells and len(cells) < wide:
            msg = f"row {number} has {len(cells)} cells where the head names {wide}"
            raise WrongInput(msg)
        yield number, [_as_written(each) for each in cells]


def _as_written(cell: str) -> str:
    """Return a cell without the apostrophe that kept a program from running it."""
    return cell[1:] if cell.startswith("'") and RUN.match(cell[1:]) else cell


def _sheet(found: Lines) -> Sheet:
    head: tuple[str, ...] | None = None
    rows: list[SheetRow] = []
    for number, cells in found.lines:
        if len(cells) > COLUMNS_MAX:
            msg = f"row {number} has more than {COLUMNS_MAX} columns"
            raise WrongInput(msg)
        values = [_blank_is_nothing(each) for each in cells]
        if head is None:
            head = _head(values)
        elif any(value is not None for value in values):
            rows.append(_row(number, head, values))
        if len(rows) > ROWS_MAX:
            msg = f"it has more than {ROWS_MAX:,} rows: delete what stands below the table"
            raise WrongInput(msg)
    if head is None or not rows:
        msg = "there is no row below its head"
        raise WrongInput(msg)
    return Sheet(tuple(title for title in head if title), rows, found.notes)


def _blank_is_nothing(cell: SheetCell) -> SheetCell:
    if isinstance(cell, str):
        return cell.strip(BLANK) or None
    return cell


def _head(values: Sequence[SheetCell]) -> tuple[str, ...]:
    head = tuple("" if value is None else str(value).strip().lower() for value in values)
    while head and not head[-1]:
        head = head[:-1]
    for title in head:
        if title and head.count(title) > 1:
            msg = f"the column {title!r} is there twice"
            raise WrongInput(msg)
    if "id" not in head:
        msg = "its first row has no column 'id': the first row names the columns"
        raise WrongInput(msg)
    return head


def _row(number: int, head: Sequence[str], values: Sequence[SheetCell]) -> SheetRow:
    for value in values[len(head) :]:
        if value is not None:
            msg = f"row {number}: {str(value)[:40]!r} stands in a column that has no title"
            raise WrongInput(msg)
    named = zip_longest(head, values[: len(head)])
    return SheetRow(number, {title: value for title, value in named if title})
